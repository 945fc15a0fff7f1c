//! `triage`, `ask`, `expect` and `known`: their arguments, and files in, text out.
//!
//! Must not do: put two hosts together. Each bundle and each archive is one host; loose texts together are one, with
//! the archive where there is just one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::model::report::{AskReport, HostTriage, KnownReport, ReportResult, TriageReport};

use super::Common;
use super::run::{Edge, Outcome, finish, page, words};
use crate::case::{self, Case};
use crate::expect::{self, Wanted};
use crate::import::source::{self, Kind};
use crate::known::{self, LoadedIssue};
use crate::{ask, render, triage};

/// Exit code for trouble.
const TROUBLE: u8 = 2;
/// Bytes that tell what a file is.
const HEAD: u64 = 512;

/// Arguments of `triage`.
#[derive(Debug, Args)]
pub struct TriageArgs {
    /// Bundles, sos reports and other archives, texts of tools; loose texts are taken for one host's.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Also say where each thing stands: member and lines.
    #[arg(long)]
    pub evidence: bool,
    /// A folder with known issues of your own, beside the shipped ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub known: Vec<PathBuf>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// Bundles, sos reports and other archives, texts of tools; loose texts are taken for one host's.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `expect`.
#[derive(Debug, Args)]
pub struct ExpectArgs {
    /// The bundle, archive or text.
    pub file: PathBuf,
    /// What was set: `NUM_OF_VFS=16`, `LINK_TYPE_P1=ETH`, `LINK_TYPE_P1=ETH(2)`, `SRIOV_EN=True`; or a fact's path.
    #[arg(required = true, value_name = "NAME=VALUE")]
    pub wanted: Vec<String>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `known`.
#[derive(Debug, Args)]
pub struct KnownArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: KnownVerb,
}

/// What to do with known issues.
#[derive(Debug, Subcommand)]
pub enum KnownVerb {
    /// List the known issues.
    ///
    /// Exit: 0 listed; 2 trouble.
    List {
        /// A folder with known issues of your own, beside the shipped ones; repeatable.
        #[arg(long, value_name = "DIR")]
        known: Vec<PathBuf>,
        /// Options of every verb.
        #[command(flatten)]
        common: Common,
    },
    /// Show a known issue: what happens, when, what to do, where it is told.
    ///
    /// Exit: 0 shown; 2 trouble.
    Show {
        /// Its id.
        id: String,
        /// A folder with known issues of your own, beside the shipped ones; repeatable.
        #[arg(long, value_name = "DIR")]
        known: Vec<PathBuf>,
        /// Options of every verb.
        #[command(flatten)]
        common: Common,
    },
    /// Check a folder of known issues: form, names, ranges, expressions, and that their examples come out.
    ///
    /// Exit: 0 nothing wrong; 1 something is; 2 trouble.
    Lint {
        /// The folder.
        folder: PathBuf,
        /// Options of every verb.
        #[command(flatten)]
        common: Common,
    },
}

impl KnownArgs {
    /// The options that every verb has.
    pub fn common(&self) -> &Common {
        match &self.what {
            KnownVerb::List { common, .. }
            | KnownVerb::Show { common, .. }
            | KnownVerb::Lint { common, .. } => common,
        }
    }
}

/// The hosts that files are of.
fn hosts(files: &[PathBuf], allowed: Option<&AllowedSigners>, edge: Edge<'_>) -> Result<Vec<Case>, String> {
    let decode = |opened: Result<case::Opened, case::CaseError>| {
        opened.and_then(|opened| opened.decode(edge.catalog)).map_err(|error| words(&error))
    };
    if let [only] = files {
        return Ok(vec![decode(case::open(only, allowed, edge.now))?]);
    }
    let kinds: Vec<(&PathBuf, Kind)> =
        files.iter().map(|path| kind(path).map(|kind| (path, kind))).collect::<Result<_, String>>()?;
    let archives = kinds.iter().filter(|(_, kind)| *kind == Kind::Archive).count();
    let goes_along = |kind: Kind| kind == Kind::Text || (kind == Kind::Archive && archives == 1);
    let mut hosts = Vec::new();
    for (path, _) in kinds.iter().filter(|(_, kind)| !goes_along(*kind)) {
        hosts.push(decode(case::open(path, allowed, edge.now))?);
    }
    let along: Vec<&Path> =
        kinds.iter().filter(|(_, kind)| goes_along(*kind)).map(|(path, _)| path.as_path()).collect();
    if !along.is_empty() {
        let names: Vec<String> = along.iter().map(|path| path.display().to_string()).collect();
        let found = case::gather(along).map_err(|error| words(&error))?;
        hosts.push(decode(case::open_found(found, names.join(" "), edge.now))?);
    }
    Ok(hosts)
}

fn kind(path: &Path) -> Result<Kind, String> {
    if path.is_dir() {
        return Ok(Kind::Archive);
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    Ok(source::kind_of(&head))
}

pub(super) fn issues(folders: &[PathBuf]) -> Result<Vec<LoadedIssue>, String> {
    let mut issues = known::shipped().map_err(|error| words(&error))?;
    for folder in folders {
        known::add_folder(&mut issues, folder).map_err(|error| words(&error))?;
    }
    Ok(issues)
}

/// `triage`.
pub(super) fn run_triage(
    args: &TriageArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let issues = issues(&args.known)?;
    let cases = hosts(&args.files, allowed, edge)?;
    let hosts: Vec<HostTriage> = cases.iter().map(|case| triage::triage(case, &issues)).collect();
    let report = TriageReport { hosts };
    let page = page(args.common.format, edge, |page| render::triage(page, &report, &cases, args.evidence));
    finish(edge, page, ReportResult::Triage(report), 0)
}

/// `ask`.
pub(super) fn run_ask(
    args: &AskArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let cases = hosts(&args.files, allowed, edge)?;
    let report = AskReport { hosts: cases.iter().map(ask::ask).collect() };
    let page = page(args.common.format, edge, |page| render::ask(page, &report));
    finish(edge, page, ReportResult::Ask(report), 0)
}

/// `expect`.
pub(super) fn run_expect(
    args: &ExpectArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let wanted: Vec<Wanted> = args
        .wanted
        .iter()
        .map(|text| text.parse::<Wanted>().map_err(|error| words(&error)))
        .collect::<Result<_, String>>()?;
    let case = case::open(&args.file, allowed, edge.now)
        .and_then(|opened| opened.decode(edge.catalog))
        .map_err(|error| words(&error))?;
    let report = expect::expect(&case, &wanted, edge.catalog)
        .map_err(|error| format!("{}: {}", args.file.display(), words(&error)))?;
    let code = report.exit_code;
    let page = page(args.common.format, edge, |page| render::expect(page, &report));
    finish(edge, page, ReportResult::Expect(report), code)
}

/// `known`.
pub(super) fn run_known(args: &KnownArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let format = args.common().format;
    let (loaded, faults, code) = match &args.what {
        KnownVerb::List { known, .. } => (issues(known)?, Vec::new(), 0),
        KnownVerb::Show { id, known, .. } => {
            let mut all = issues(known)?;
            let ids: Vec<String> = all.iter().map(|one| one.issue.id.clone()).collect();
            all.retain(|one| one.issue.id == *id);
            if all.is_empty() {
                let near = crate::baseline::suggest::nearest(id, ids.iter().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                return Err(format!("no known issue is called {id}{hint}"));
            }
            (all, Vec::new(), 0)
        }
        KnownVerb::Lint { folder, .. } => {
            let mut own = Vec::new();
            known::add_folder(&mut own, folder).map_err(|error| words(&error))?;
            if own.is_empty() {
                return Err(format!("{}: there is no *.json in it", folder.display()));
            }
            let mut faults: Vec<String> = own.iter().flat_map(known::lint).collect();
            let shipped = known::shipped().map_err(|error| words(&error))?;
            // A folder of the shipped ones themselves is no fault.
            let twins = own.iter().filter(|one| {
                shipped.iter().any(|other| other.issue.id == one.issue.id && other.issue != one.issue)
            });
            faults.extend(
                twins.map(|one| format!("{}: the id {} is that of a shipped issue", one.file, one.issue.id)),
            );
            let code = u8::from(!faults.is_empty());
            (own, faults, code)
        }
    };
    let report = KnownReport { issues: loaded.into_iter().map(|one| one.issue).collect(), faults };
    let is_one = matches!(args.what, KnownVerb::Show { .. });
    let is_lint = matches!(args.what, KnownVerb::Lint { .. });
    let page = page(format, edge, |page| render::known(page, &report, is_one, is_lint));
    let mut outcome = finish(edge, page, ReportResult::Known(report), code)?;
    outcome.code_if_unwritten = TROUBLE;
    Ok(outcome)
}
