//! The run report: what `--format json` writes to stdout.
//!
//! Must not do: hold values of devices; those are in the bundle.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mlx5_schemas::model::manifest::{Ending, OtherNode, ProbeReport, Seal, Source};
use serde::Serialize;

use crate::run::{Finished, RunError};

/// Value of [`RunReport::format`].
pub const FORMAT: &str = "mlx5-collector-run";

/// One run, for programs.
#[derive(Debug, Serialize)]
pub struct RunReport<'a> {
    /// Always [`FORMAT`].
    pub format: &'static str,
    /// Version of this form: 1.
    pub version: u32,
    /// The exit code of the program.
    pub exit_code: u8,
    /// Why there is no bundle, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The bundle, where there is one.
    #[serde(flatten)]
    pub bundle: Option<Bundle<'a>>,
}

/// The bundle, and what its manifest says of the run.
#[derive(Debug, Serialize)]
pub struct Bundle<'a> {
    /// The file.
    pub path: Option<String>,
    /// Its length in bytes.
    pub length: usize,
    /// Its SHA-256, in hex.
    pub sha256: &'a str,
    /// Its identity.
    pub id: &'a str,
    /// When collection began.
    pub created: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Where the evidence comes from.
    pub source: &'a Source,
    /// Whether everything that was asked for is there.
    pub complete: bool,
    /// How the run ended.
    pub ending: Ending,
    /// What seals it.
    pub seal: &'a Seal,
    /// Node by device id.
    pub devices: BTreeMap<&'a str, Option<&'a str>>,
    /// Nodes of other drivers.
    pub other_nodes: &'a [OtherNode],
    /// What became of each probe.
    pub probes: &'a [ProbeReport],
    /// Words about the run as a whole.
    pub notes: &'a [String],
}

impl<'a> RunReport<'a> {
    /// The report of a run.
    pub fn new(result: &'a Result<Finished, RunError>, exit_code: u8) -> Self {
        Self {
            format: FORMAT,
            version: 1,
            exit_code,
            error: result.as_ref().err().map(ToString::to_string),
            bundle: result.as_ref().ok().map(Bundle::new),
        }
    }
}

impl<'a> Bundle<'a> {
    fn new(finished: &'a Finished) -> Self {
        let manifest = &finished.manifest;
        Self {
            path: finished.path.as_ref().map(|path| path.display().to_string()),
            length: finished.length,
            sha256: &finished.sha256,
            id: &manifest.id,
            created: manifest.created,
            elapsed_ms: manifest.elapsed_ms,
            source: &manifest.source,
            complete: manifest.complete,
            ending: manifest.ending,
            seal: &manifest.seal,
            devices: manifest
                .devices
                .iter()
                .map(|device| (device.id.as_str(), device.node.as_deref()))
                .collect(),
            other_nodes: &manifest.other_nodes,
            probes: &manifest.probes,
            notes: &manifest.notes,
        }
    }
}
