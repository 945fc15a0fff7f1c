//! Carries out one verb: files in, text and an exit code out.
//!
//! Must not do: print. What is to be printed is handed back.

use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Evidence;
use mlx5_schemas::model::manifest::Tool;
use mlx5_schemas::model::report::{BundleReview, REPORT_SCHEMA, REPORT_VERSION, Report, ReportResult};

use super::{CheckArgs, Cli, Format, ShowArgs, Verb, VerifyArgs, explain, import, report, triage};
use crate::case::{self, Case};
use crate::catalog::{self, Chosen, Entry};
use crate::pattern::Pattern;
use crate::render::{self, Page, Shown};
use crate::report::Judgement;
use crate::{baseline, check, show, verify};

/// Exit code for trouble.
pub(super) const TROUBLE: u8 = 2;
/// Exit code of `check` when something is outside: it stands whatever trouble there is beside.
const OUTSIDE: u8 = 1;
/// Most bytes of an allowed_signers file that are read.
const MAX_SIGNERS_BYTES: u64 = 4 << 20;

/// What comes in from the edge.
#[derive(Debug, Clone, Copy)]
pub struct Edge<'c> {
    /// The time, for the validity of signers' keys.
    pub now: DateTime<Utc>,
    /// Whether stdout shows colours.
    pub colours: bool,
    /// The catalog to decode by, where the command line names none.
    pub catalog: &'c Catalog,
}

/// What a verb hands back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// For stdout.
    pub output: String,
    /// Whether that is a page for people, to which something can be added.
    pub is_page: bool,
    /// A bundle for stdout, in place of words.
    pub bundle: Vec<u8>,
    /// For stderr, a line each.
    pub troubles: Vec<String>,
    /// The exit code.
    pub code: u8,
    /// The exit code when the output could not be written.
    pub code_if_unwritten: u8,
}

/// Carries out a verb.
pub fn run(cli: &Cli, edge: Edge<'_>) -> Outcome {
    let file = cli.verb.allowed_signers();
    let chosen_path = cli.verb.catalog();
    let result = allowed(file).and_then(|signers| {
        let signers = signers.as_ref();
        let chosen = chosen_path.map(|path| catalog::choose(Some(path))).transpose();
        let chosen = chosen.map_err(|error| words(&error))?;
        let edge = chosen.as_ref().map_or(edge, |chosen| Edge { catalog: &chosen.catalog, ..edge });
        let mut outcome = match &cli.verb {
            Verb::Verify(args) => run_verify(args, signers, edge),
            Verb::Show(args) => run_show(args, signers, edge),
            Verb::Diff(args) => super::diff::run_diff(args, signers, edge),
            Verb::Export(args) => super::diff::run_export(args, signers, edge),
            Verb::Check(args) => run_check(args, signers, edge),
            Verb::Explain(args) => explain::run_explain(args, signers, edge),
            Verb::Import(args) => import::run(args, edge),
            Verb::Triage(args) => triage::run_triage(args, signers, edge),
            Verb::Ask(args) => triage::run_ask(args, signers, edge),
            Verb::Expect(args) => triage::run_expect(args, signers, edge),
            Verb::Known(args) => triage::run_known(args, edge),
            Verb::Catalog(args) => super::catalog::run(args, edge),
            Verb::Baseline(args) => super::baseline::run(args, signers, edge),
        }?;
        if let (Some(chosen), Some(path)) = (&chosen, chosen_path) {
            say_chosen(chosen, path, cli, edge, &mut outcome);
        }
        // A line that is passed over may be the one that the user meant to trust by.
        for passed in signers.map(AllowedSigners::passed).unwrap_or_default() {
            let file = file.map(|path| path.display().to_string()).unwrap_or_default();
            outcome.troubles.push(format!("{file}: line {} is passed over: {}", passed.line, passed.reason));
        }
        Ok(outcome)
    });
    result.unwrap_or_else(|trouble| Outcome {
        output: String::new(),
        is_page: false,
        bundle: Vec::new(),
        troubles: vec![trouble],
        code: TROUBLE,
        code_if_unwritten: TROUBLE,
    })
}

/// Where a catalog was chosen, people are told which; programs find it in the report.
fn say_chosen(chosen: &Chosen, path: &Path, cli: &Cli, edge: Edge<'_>, outcome: &mut Outcome) {
    if outcome.is_page && !matches!(cli.verb, Verb::Catalog(_)) {
        let mut page = Page::new(edge.colours);
        page.end();
        render::catalog_identity(&mut page, &catalog::report::identity(&chosen.catalog));
        outcome.output.push_str(&page.into_text());
    }
    if !chosen.notes.is_empty() {
        outcome.troubles.push(format!(
            "{}: {} notes on what is not its own; `catalog import` tells them",
            path.display(),
            chosen.notes.len()
        ));
    }
}

pub(super) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    verify::with_causes(error)
}

fn allowed(file: Option<&PathBuf>) -> Result<Option<AllowedSigners>, String> {
    let Some(path) = file else { return Ok(None) };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_SIGNERS_BYTES).read_to_string(&mut text))
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    AllowedSigners::parse(&text).map(Some).map_err(|error| format!("{}: {error}", path.display()))
}

pub(super) fn open(path: &Path, allowed: Option<&AllowedSigners>, edge: Edge<'_>) -> Result<Case, String> {
    case::open(path, allowed, edge.now)
        .and_then(|opened| opened.decode(edge.catalog))
        .map_err(|error| words(&error))
}

/// The page for people, where that is the format.
pub(super) fn page(format: Format, edge: Edge<'_>, render: impl FnOnce(&mut Page)) -> Option<String> {
    (format == Format::Text).then(|| {
        let mut page = Page::new(edge.colours);
        render(&mut page);
        page.into_text()
    })
}

/// The page, or the report in JSON where there is none.
pub(super) fn finish(
    edge: Edge<'_>,
    page: Option<String>,
    result: ReportResult,
    code: u8,
) -> Result<Outcome, String> {
    let is_page = page.is_some();
    let output = match page {
        Some(page) => page,
        None => crate::report::json(&envelope(edge, result)).map_err(|error| words(&error))?,
    };
    Ok(Outcome {
        output,
        is_page,
        bundle: Vec::new(),
        troubles: Vec::new(),
        code,
        code_if_unwritten: TROUBLE,
    })
}

/// What every report says of itself around its result.
fn envelope(edge: Edge<'_>, result: ReportResult) -> Report {
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        schema_version: REPORT_VERSION,
        tool: Tool { catalog_sha256: edge.catalog.digest().to_owned(), ..case::tool() },
        catalog: Some(catalog::report::identity(edge.catalog)),
        result,
    }
}

fn run_verify(
    args: &VerifyArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let report = verify::verify(&args.bundle, allowed, edge.now).map_err(|error| words(&error))?;
    let code = verify::exit_code(report.state);
    let page = page(args.common.format, edge, |page| render::verify(page, &report));
    finish(edge, page, ReportResult::Verify(report), code)
}

fn run_show(args: &ShowArgs, allowed: Option<&AllowedSigners>, edge: Edge<'_>) -> Result<Outcome, String> {
    let case = open(&args.bundle, allowed, edge)?;
    let patterns: Vec<Pattern> = args.patterns.iter().map(|text| Pattern::new(text)).collect();
    let report = show::show(&case, &patterns);
    let unmatched: Vec<String> = patterns
        .iter()
        .filter(|pattern| !report.facts.iter().any(|fact| pattern.takes(fact)))
        .map(|pattern| {
            let names = case.facts.iter().flat_map(|fact| fact.aliases.iter().chain([&fact.path]));
            let near = baseline::suggest::nearest(pattern.text(), names.map(String::as_str));
            let hint = match (elsewhere(edge.catalog, pattern.text()), near) {
                (Some(words), _) => words,
                (None, Some(near)) => format!("; did you mean {near}?"),
                (None, None) => String::new(),
            };
            let verb = if pattern.is_wild() { "matches" } else { "is called" };
            format!("no fact {verb} {}{hint}", pattern.text())
        })
        .collect();
    let code = if unmatched.is_empty() { 0 } else { TROUBLE };
    let shown = Shown { case: &case, patterns: !patterns.is_empty(), raw: args.raw };
    let page = page(args.common.format, edge, |page| render::show(page, &report, shown));
    let mut outcome = finish(edge, page, ReportResult::Show(report), code)?;
    outcome.troubles = unmatched;
    Ok(outcome)
}

/// Where a parameter of this name is, if not among the facts: in a TLV that was not read, or in other releases.
fn elsewhere(catalog: &Catalog, name: &str) -> Option<String> {
    catalog::find(catalog, name).into_iter().find_map(|found| match found.entry {
        Entry::Parameter(tlv, _) => {
            Some(format!("; it is of {}: show nv/{}:0x{:03x} tells", tlv.name, tlv.class, tlv.index))
        }
        Entry::Removed(owner, removed) => {
            let last = &removed.last;
            Some(format!(
                "; releases of mstflint until {last} have it, at {owner}: catalog show {name} tells"
            ))
        }
        Entry::Tlv(_)
        | Entry::Register(_)
        | Entry::Field(..)
        | Entry::Capability(_)
        | Entry::CapabilityField(..)
        | Entry::GoneTlv(..) => None,
    })
}

fn run_check(args: &CheckArgs, allowed: Option<&AllowedSigners>, edge: Edge<'_>) -> Result<Outcome, String> {
    let judges = args.judging.load(edge.catalog)?;
    if let Some(name) = &args.explain {
        return explain::run_rule(args, name, &judges, edge);
    }
    let on_stdout = report::on_stdout(args)?;
    let candidates: Vec<_> = args.bundles.iter().map(|path| open(path, allowed, edge)).collect();
    let found = check::check(&candidates, &judges.baselines, args.judging.options(&judges, edge));
    let mut code = found.exit_code;
    let report = envelope(edge, ReportResult::Check(found));
    let bytes = |review: &BundleReview, evidence: &Evidence| {
        let ReportResult::Check(found) = &report.result else { return None };
        let place = found.bundles.iter().position(|other| std::ptr::eq(other, review))?;
        // Reviews stand in the order of the bundles that could be opened.
        render::bytes::shown(&candidates.iter().flatten().nth(place)?.opened, evidence)
    };
    let judgement = Judgement::of(&report, &bytes).ok_or("this is no report of check")?;
    let output = match on_stdout {
        Some(format) => report::text(format, &judgement)?,
        None => {
            let mut page = Page::new(edge.colours);
            render::check(&mut page, &judgement);
            page.into_text()
        }
    };
    let mut troubles = report::troubles(judgement.check, on_stdout.is_none());
    let unwritten = report::write_files(args, &judgement);
    let code_if_unwritten = if code == OUTSIDE { OUTSIDE } else { TROUBLE };
    if !unwritten.is_empty() {
        code = code_if_unwritten;
    }
    troubles.extend(unwritten);
    let is_page = on_stdout.is_none();
    Ok(Outcome { output, is_page, bundle: Vec::new(), troubles, code, code_if_unwritten })
}
