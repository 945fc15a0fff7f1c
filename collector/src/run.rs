//! One run: find, ask, read the host, make members, seal, write.
//!
//! Must not do: end without a bundle because of a device or of the host. Only a wrong command line, a missing key and
//! a file that cannot be written are errors here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use mlx5_schemas::bundle::SealError;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Outcome, SkipReason};
use mlx5_schemas::model::fact::{Fact, Route};
use mlx5_schemas::model::manifest::{Ending, FORMAT, FORMAT_VERSION, Manifest, Seal, Source, Tool};

use crate::members::{self, Members, MembersError};
use crate::output::{self, OutputError, Pending};
use crate::probe::ProbeId;
use crate::signing::{self, Choice, SigningError};
use crate::supervise::{self, DeviceOutcome, Event};
use crate::tools::{self, DeviceRuns};

mod devices;
mod host;
mod models;
mod routes;
mod rows;
mod seal;

pub use devices::{Device, Found, Place, find};
pub use models::ModelError;
pub use routes::DeviceRoute;

/// The part of the time allowed, as a divisor, that is kept for what follows collection: decoding, sealing, writing.
const RESERVE_DIVISOR: u32 = 4;
/// The most that is kept for it.
const LONGEST_RESERVE: Duration = Duration::from_secs(2);

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whom.
    pub place: Place,
    /// Which probes of devices.
    pub probes: Vec<ProbeId>,
    /// Whether the host is read.
    pub host: bool,
    /// How long each of the vendor's tools may take, if they are to be run for devices without a node.
    pub tools: Option<Duration>,
    /// How long everything may take.
    pub deadline: Duration,
    /// What seals the bundle.
    pub signing: Choice,
    /// Where the bundle goes.
    pub destination: Destination,
}

/// Where a bundle goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A file in the working directory, named by time and id.
    Default,
    /// This file.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Nothing can sign it.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A model is no card.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Members cannot be made.
    #[error(transparent)]
    Members(#[from] MembersError),
    /// The parts cannot be put together.
    #[error("the bundle cannot be sealed: {source}")]
    Seal {
        /// Why.
        #[from]
        source: SealError,
    },
}

/// A bundle that was written.
#[derive(Debug)]
pub struct Finished {
    /// Its manifest (without the list of members, which the sealed one holds).
    pub manifest: Manifest,
    /// The file; `None` for standard output.
    pub path: Option<PathBuf>,
    /// Its length in bytes.
    pub length: usize,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// PSID and firmware version of each device, where they are known.
    pub facts: Vec<Fact>,
    /// By which way each device without a usable node answered, by device id.
    pub routes: BTreeMap<String, DeviceRoute>,
}

/// Collects and writes a bundle.
///
/// # Errors
/// When no bundle could be written; see [`RunError`].
pub fn run(
    settings: &Settings,
    interrupted: &AtomicBool,
    started_with: &mut dyn FnMut(&[&str]),
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Finished, RunError> {
    let id = hex(&signing::random::<8>()?);
    let created = Utc::now().trunc_subsecs(3);
    // Everything that can be refused is tried before a device is asked.
    let pending = open_output(&settings.destination, created, &id)?;
    let found = devices::find(&settings.place)?;
    let mut sealer = signing::prepare(&settings.signing, interrupted)?;

    let started = Instant::now();
    let deadline = started + collection_time(settings.deadline);
    let host = settings
        .host
        .then(|| host::Reading::start(&settings.place.root, found.functions(&settings.place), started));
    if let Some(reading) = &host {
        reading.head_start(deadline, interrupted);
    }
    let tasks = found.tasks(&settings.probes);
    started_with(&tasks.iter().map(|task| task.device.id.as_str()).collect::<Vec<_>>());
    let options = supervise::Options::new(started, deadline);
    let bounds = tools::Bounds { started, deadline, interrupted };
    let (outcomes, runs) = std::thread::scope(|scope| {
        let runs = scope.spawn(|| run_tools(settings, &found, bounds));
        let outcomes = supervise::collect(tasks, &options, interrupted, progress);
        (outcomes, runs.join().unwrap_or_else(|_| tools::lost(&found.for_tools())))
    });
    let host = host.map(|reading| reading.finish(&settings.place.root, deadline, interrupted));

    let mut members = Members::new();
    let mut facts = Vec::new();
    for outcome in &outcomes {
        facts.extend(members::add_device(outcome, &mut members)?);
    }
    for device in &found.devices {
        if let Some(runs) = runs.iter().find(|runs| runs.device == device.description.id) {
            members::add_tools(&device.description, runs, &mut members)?;
        }
    }
    if let Some(host) = &host {
        facts.extend(members::add_host(&host.captures, host_route(&found.source), &mut members)?);
    }
    let rows = rows::rows(settings, &found, &outcomes, &runs, host.as_ref());
    let mut notes = found.notes(&settings.probes, &runs);
    let ending = ending(interrupted, &outcomes, &runs, host.as_ref());
    match ending {
        Ending::Finished => {}
        Ending::Interrupted => {
            notes.push("the run was interrupted; what had been read by then is here".to_owned())
        }
        Ending::Deadline => notes.push(format!(
            "the deadline of {} s passed; what had been read by then is here (--deadline gives more time)",
            settings.deadline.as_secs()
        )),
    }
    let complete = notes.is_empty() && !rows.iter().any(|row| row.is_gap);
    notes.extend(found.remarks(&runs));
    let mut manifest = Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        id,
        created,
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalog_sha256: Catalog::embedded().digest().to_owned(),
        },
        source: found.source.clone(),
        complete,
        ending,
        seal: Seal::Unsigned,
        devices: found.described(&outcomes, &runs),
        other_nodes: found.other_nodes.clone(),
        probes: rows.into_iter().map(|row| row.report).collect(),
        notes,
        members: Vec::new(),
    };
    let bytes = seal::seal(&mut manifest, &members, &mut sealer)?;
    let path = write(pending, &bytes)?;
    let routes = routes::routes(&found, &runs);
    Ok(Finished { manifest, path, length: bytes.len(), sha256: seal::sha256(&bytes), facts, routes })
}

/// Runs the vendor's tools, where that was asked for.
fn run_tools(settings: &Settings, found: &Found, bounds: tools::Bounds<'_>) -> Vec<DeviceRuns> {
    match &settings.tools {
        Some(limit) if !settings.probes.is_empty() => {
            let place = &settings.place;
            tools::collect(&place.root, &place.tools, &found.for_tools(), *limit, bounds)
        }
        Some(_) | None => Vec::new(),
    }
}

/// How much of the time allowed collection may take, so that the bundle too is there within it.
fn collection_time(allowed: Duration) -> Duration {
    allowed.saturating_sub(LONGEST_RESERVE.min(allowed / RESERVE_DIVISOR))
}

fn open_output(
    destination: &Destination,
    created: DateTime<Utc>,
    id: &str,
) -> Result<Option<Pending>, OutputError> {
    // Eight digits tell bundles of one second apart; the manifest has all sixteen.
    let tag = id.get(..8).unwrap_or(id);
    let path = match destination {
        Destination::Stdout => return Ok(None),
        Destination::File(path) => path.clone(),
        Destination::Default => {
            PathBuf::from(format!("./mlx5-bundle-{}-{tag}.zip", created.format("%Y%m%dT%H%M%SZ")))
        }
    };
    Pending::create(&path, tag).map(Some)
}

fn write(pending: Option<Pending>, bytes: &[u8]) -> Result<Option<PathBuf>, OutputError> {
    match pending {
        Some(pending) => pending.finish(bytes).map(Some),
        None => output::to_stdout(bytes).map(|()| None),
    }
}

fn host_route(source: &Source) -> Route {
    match source {
        Source::Live | Source::Simulated { root: None, .. } => Route::Kernel,
        Source::Simulated { root: Some(_), .. } | Source::AlternateRoot { .. } => Route::AlternateRoot,
        Source::Imported { .. } => Route::Imported,
    }
}

fn ending(
    interrupted: &AtomicBool,
    outcomes: &[DeviceOutcome],
    runs: &[DeviceRuns],
    host: Option<&host::Read>,
) -> Ending {
    let exchanges = outcomes.iter().flat_map(|outcome| &outcome.probes).flat_map(|probe| &probe.exchanges);
    let late = exchanges
        .into_iter()
        .any(|(exchange, _)| exchange.outcome == Outcome::NotAsked(SkipReason::Deadline));
    if interrupted.load(Ordering::Relaxed) {
        Ending::Interrupted
    } else if late || host.is_some_and(host::Read::is_late) || runs.iter().any(|runs| runs.late) {
        Ending::Deadline
    } else {
        Ending::Finished
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
