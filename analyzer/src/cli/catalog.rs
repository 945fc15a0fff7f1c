//! `catalog`: what is decoded by.
//!
//! Must not do: replace a file that is there.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::{CatalogReport, ReportResult};

use super::Common;
use super::run::{Edge, Outcome, TROUBLE, finish, page, words};
use crate::catalog::{choose, find, report};
use crate::pattern::Pattern;
use crate::{baseline, render};

/// Arguments of `catalog`.
#[derive(Debug, Args)]
pub struct CatalogArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: CatalogVerb,
}

/// What to do with a catalog.
#[derive(Debug, Subcommand)]
pub enum CatalogVerb {
    /// List TLVs, registers and capability pages, or all that patterns take.
    ///
    /// Exit: 0 listed; 2 trouble, or a pattern takes nothing.
    List(ListArgs),
    /// Show a TLV, parameter, register or capability page by any of its names, those of other releases too.
    ///
    /// Exit: 0 shown; 2 trouble, or there is no such thing.
    Show(NameArgs),
    /// Read an installed mstflint's files and keep them as one catalog file.
    ///
    /// Exit: 0 kept; 2 trouble.
    Import(KeepArgs),
}

/// Arguments of `catalog list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Patterns over paths and names: `*` within a step, `**` across steps.
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `catalog show`.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// Names: `NUM_OF_VFS`, `nv_global_pci_conf`, `nv/0:0x080`, `PTYS`, `PTYS.eth_proto_admin`.
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `catalog import`.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// Folder with mlxconfig_host.db and register_access_table.adb, such as /usr/share/mstflint.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The catalog file to write; a file that exists is not replaced.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

impl CatalogArgs {
    /// The options that every verb has.
    pub fn common(&self) -> &Common {
        match &self.verb {
            CatalogVerb::List(args) => &args.common,
            CatalogVerb::Show(args) => &args.common,
            CatalogVerb::Import(args) => &args.common,
        }
    }
}

/// Carries it out.
pub(super) fn run(args: &CatalogArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    match &args.verb {
        CatalogVerb::List(args) => list(args, edge),
        CatalogVerb::Show(args) => show(args, edge),
        CatalogVerb::Import(args) => import(args, edge),
    }
}

fn about(catalog: &Catalog) -> CatalogReport {
    CatalogReport {
        catalog: report::identity(catalog),
        counts: report::counts(catalog),
        entries: Vec::new(),
        file: None,
        notes: Vec::new(),
    }
}

fn tell(report: CatalogReport, common: &Common, edge: Edge<'_>, code: u8) -> Result<Outcome, String> {
    let page = page(common.format, edge, |page| render::catalog(page, &report));
    finish(edge, page, ReportResult::Catalog(report), code)
}

fn list(args: &ListArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let patterns: Vec<Pattern> = args.patterns.iter().map(|text| Pattern::new(text)).collect();
    let entries = report::list(edge.catalog, &patterns);
    let is_taken = |pattern: &&Pattern| {
        entries.iter().any(|entry| entry.names.iter().chain([&entry.path]).any(|name| pattern.matches(name)))
    };
    let lost = patterns.iter().filter(|pattern| !is_taken(pattern));
    let troubles: Vec<String> =
        lost.map(|pattern| format!("nothing in the catalog matches {}", pattern.text())).collect();
    let code = if troubles.is_empty() { 0 } else { TROUBLE };
    let mut outcome = tell(CatalogReport { entries, ..about(edge.catalog) }, &args.common, edge, code)?;
    outcome.troubles = troubles;
    Ok(outcome)
}

fn show(args: &NameArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let (mut entries, mut troubles) = (Vec::new(), Vec::new());
    for name in &args.names {
        let found = find(edge.catalog, name);
        if found.is_empty() {
            let all = report::list(edge.catalog, &[Pattern::new("**")]);
            let names = all.iter().flat_map(|entry| entry.names.iter().chain([&entry.path]));
            let near = baseline::suggest::nearest(name, names.map(String::as_str));
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            troubles.push(format!("nothing in the catalog is called {name}{hint}"));
        }
        entries.extend(report::show(edge.catalog, &found));
    }
    let code = if troubles.is_empty() { 0 } else { TROUBLE };
    let mut outcome = tell(CatalogReport { entries, ..about(edge.catalog) }, &args.common, edge, code)?;
    outcome.troubles = troubles;
    Ok(outcome)
}

fn import(args: &KeepArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let chosen = choose(Some(&args.folder)).map_err(|error| words(&error))?;
    let text = chosen.catalog.to_text().map_err(|error| words(&error))?;
    write_new(&args.output, text.as_bytes())?;
    let report = CatalogReport {
        file: Some(args.output.display().to_string()),
        notes: chosen.notes,
        ..about(&chosen.catalog)
    };
    tell(report, &args.common, Edge { catalog: &chosen.catalog, ..edge }, 0)
}

/// Writes a file that was not there; nothing is left of one that could not be written whole.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let shown = path.display();
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| format!("{shown}: cannot be created: {error}"))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // It is ours: it was not there before.
        let _ = std::fs::remove_file(path);
        format!("{shown}: cannot be written: {error}; nothing was left behind")
    })
}
