//! What bundles are judged by: the options that `check` and `explain` share, and the files that they name.
//!
//! Must not do: judge.

use std::path::PathBuf;

use clap::Args;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::verdict::Assurance;

use super::run::{Edge, words};
use super::triage::issues;
use crate::baseline::{self, LoadedBaseline};
use crate::check::advisories::unknown_names;
use crate::check::policy::{Accepted, Unvouched};
use crate::check::{Options, Waivers};
use crate::known::LoadedIssue;
use crate::waiver::{self, LoadedWaivers};

/// What bundles are judged by.
#[derive(Debug, Args)]
pub struct Judging {
    /// A baseline; repeat it for several.
    #[arg(long = "baseline", value_name = "FILE")]
    pub baselines: Vec<PathBuf>,
    /// A file of waivers: findings that somebody accepted until a day; repeat it for several.
    #[arg(long, value_name = "FILE")]
    pub waivers: Vec<PathBuf>,
    /// Least assurance, in place of what the baselines demand: claimed, reported, tainted, read or strong.
    #[arg(long, value_name = "LEVEL", value_parser = parse_assurance)]
    pub min_assurance: Option<Assurance>,
    /// Demand a signature by a key that you name with --allowed-signers, whatever the baselines say.
    #[arg(long)]
    pub require_signature: bool,
    /// Reasons of unknown values and of caps that hold no word back, with commas between (timeout,no-lockdown); the report
    /// says so.
    #[arg(long, value_name = "REASON,…", value_delimiter = ',')]
    pub allow_unvouched: Vec<Unvouched>,
    /// A folder with known issues of your own, which are advisories beside the shipped ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub known: Vec<PathBuf>,
}

/// The files that were named, read and understood.
pub(super) struct Judges {
    pub(super) baselines: Vec<LoadedBaseline>,
    waivers: Vec<LoadedWaivers>,
    accepted: Accepted,
    issues: Vec<LoadedIssue>,
}

/// Reads baselines that are to judge together, and the known issues that are advisories beside them.
pub(super) fn load_baselines(
    paths: &[PathBuf],
    known: &[PathBuf],
    catalog: &Catalog,
) -> Result<(Vec<LoadedBaseline>, Vec<LoadedIssue>), String> {
    let load = |path: &PathBuf| baseline::load_by(path, catalog).map_err(|error| words(&error));
    let baselines: Vec<LoadedBaseline> = paths.iter().map(load).collect::<Result<_, String>>()?;
    for (place, loaded) in baselines.iter().enumerate() {
        let is_twin = |other: &&LoadedBaseline| {
            other.baseline.name == loaded.baseline.name && other.sha256 != loaded.sha256
        };
        if let Some(twin) = baselines.iter().take(place).find(is_twin) {
            return Err(format!(
                "{} and {} both have the name `{}`, by which their rules and findings are told apart: rename one",
                twin.file, loaded.file, loaded.baseline.name
            ));
        }
    }
    let issues = issues(known)?;
    match unknown_names(&baselines, &issues).into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok((baselines, issues)),
    }
}

impl Judging {
    /// Reads the files. Any that is not understood stops the run.
    pub(super) fn load(&self, catalog: &Catalog) -> Result<Judges, String> {
        self.without_baseline()?;
        let (baselines, issues) = load_baselines(&self.baselines, &self.known, catalog)?;
        Ok(Judges {
            baselines,
            waivers: waiver::load(self.waivers.iter().map(PathBuf::as_path))
                .map_err(|error| words(&error))?,
            accepted: self.allow_unvouched.iter().copied().collect(),
            issues,
        })
    }

    /// Refuses what bounds a judgement where there is none: nothing would heed it, and the run would end with 0.
    fn without_baseline(&self) -> Result<(), String> {
        let given = [
            ("--waivers", !self.waivers.is_empty()),
            ("--min-assurance", self.min_assurance.is_some()),
            ("--require-signature", self.require_signature),
            ("--allow-unvouched", !self.allow_unvouched.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) if self.baselines.is_empty() => {
                Err(format!("{option} goes with --baseline FILE: without one nothing is judged"))
            }
            _ => Ok(()),
        }
    }

    /// How to check by them.
    pub(super) fn options<'c>(&self, judges: &'c Judges, edge: Edge<'c>) -> Options<'c> {
        Options {
            min_assurance: self.min_assurance,
            require_signature: self.require_signature,
            accepted: &judges.accepted,
            waivers: Waivers { files: &judges.waivers, today: edge.now.date_naive() },
            catalog: edge.catalog,
            issues: &judges.issues,
        }
    }
}

fn parse_assurance(text: &str) -> Result<Assurance, String> {
    Assurance::ALL.into_iter().find(|level| level.word() == text).ok_or_else(|| {
        let words: Vec<&str> = Assurance::ALL.map(Assurance::word).to_vec();
        format!("the levels are {}", words.join(", "))
    })
}
