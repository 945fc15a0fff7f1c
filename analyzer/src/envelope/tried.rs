//! A baseline that was made, held against the bundles that it was made of: what is not inside is said in the file.
//!
//! Must not do: judge otherwise than `check` does.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::CheckReport;
use mlx5_schemas::model::verdict::Word;

use crate::baseline::LoadedBaseline;
use crate::case::Case;
use crate::check::{Options, check};

/// Most reasons that are told of one bundle.
const MOST: usize = 5;

/// Why a bundle is not inside; nothing where it is.
pub(super) fn not_inside(case: Case, baseline: &LoadedBaseline, catalog: &Catalog) -> Option<Vec<String>> {
    let report =
        check(&[Ok(case)], std::slice::from_ref(baseline), Options { catalog, ..Options::default() });
    if report.word == Word::Inside && report.exit_code == 0 {
        return None;
    }
    Some(reasons(&report))
}

fn reasons(report: &CheckReport) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for finding in report.bundles.iter().flat_map(|bundle| &bundle.findings) {
        if !finding.verdict.holds_back() {
            continue;
        }
        let line = format!("{}: {}, {}", finding.name, finding.verdict, finding.message);
        // Several functions of a card say the same.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        let devices = report.bundles.iter().flat_map(|bundle| &bundle.devices);
        lines.extend(devices.flat_map(|device| device.reasons.iter().cloned()));
        lines.extend(report.troubles.iter().cloned());
        lines.dedup();
    }
    // Never empty: that would read as nothing against it.
    if lines.is_empty() {
        lines.push(format!("{}, and no finding says why", report.word.words()));
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("and {more} more: check tells"));
    }
    lines
}
