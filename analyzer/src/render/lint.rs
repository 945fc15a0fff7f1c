//! `baseline lint` for people.
//!
//! Must not do: leave out a place. A place stands alone on its line's beginning, so that editors find it.

use mlx5_schemas::model::report::{LintReport, LintSeverity};

use super::wrap::{WIDTH, lines};
use super::{Page, Style, number_of};

/// Lays out what is wrong with files: a line for the place and the kind, then words.
pub fn lint(page: &mut Page, report: &LintReport) {
    for finding in &report.findings {
        let style = match finding.severity {
            LintSeverity::Error => Style::Bad,
            LintSeverity::Warning => Style::Doubt,
            LintSeverity::Advice => Style::Dim,
        };
        page.put(Style::Bold, &format!("{}:{}:{}: ", finding.file, finding.line, finding.column));
        page.line(style, &format!("{} ({})", finding.severity.word(), finding.kind));
        let remedy = finding.remedy.iter().map(|remedy| format!("remedy: {remedy}"));
        for words in [finding.message.clone()].into_iter().chain(remedy) {
            for line in lines(&words, WIDTH.saturating_sub(4)) {
                page.line(Style::Plain, &format!("    {line}"));
            }
        }
    }
    let count = |severity: LintSeverity| {
        let of_it = report.findings.iter().filter(|finding| finding.severity == severity).count();
        u64::try_from(of_it).unwrap_or(u64::MAX)
    };
    let files = u64::try_from(report.files.len()).unwrap_or(u64::MAX);
    let (errors, warnings) = (count(LintSeverity::Error), count(LintSeverity::Warning));
    let words = format!(
        "{}: {}, {}, {} of advice",
        number_of(files, "file", "files"),
        number_of(errors, "error", "errors"),
        number_of(warnings, "warning", "warnings"),
        number_of(count(LintSeverity::Advice), "word", "words"),
    );
    let style = match (errors, warnings) {
        (0, 0) => Style::Good,
        (0, _) => Style::Doubt,
        (_, _) => Style::Bad,
    };
    page.line(style, &words);
}
