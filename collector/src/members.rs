//! Makes the members of a bundle of what was gathered: transcripts, their times, what the vendor's tools printed, and a
//! decoded view for people.
//!
//! Must not do: judge, or keep anything that the transcripts do not hold.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::host::{encode, host_facts};
use mlx5_schemas::decode::{device_facts, text};
use mlx5_schemas::model::exchange::ExchangeTime;
use mlx5_schemas::model::fact::{Fact, Route};
use mlx5_schemas::model::host::{HOST_MEMBER, HostCaptures};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::tool_run::{TOOLS_MEMBER, ToolRuns};
use mlx5_schemas::model::transcript::{self, TranscriptError};

use crate::supervise::{DeviceOutcome, ProbeOutcome};
use crate::tools::DeviceRuns;

/// The host's facts for people.
const HOST_TEXT: &str = "host/host.txt";

/// The facts that are kept of a device: what a summary names it by. All of them are ten megabytes and more.
const KEPT_FACTS: [&str; 2] = ["fw/psid", "fw/version"];
/// The same of the kernel's view, for devices whose firmware was not asked.
const KEPT_KERNEL_FACTS: [&str; 4] = [
    "devlink/info.running.fw.version",
    "devlink/info.fixed.fw.psid",
    "ethtool/firmware_version",
    "ethtool/psid",
];

/// Members by name.
pub type Members = BTreeMap<String, Vec<u8>>;

/// Why members cannot be made. Each is a defect of this program, not of a device.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    /// What was recorded cannot be read back.
    #[error("the transcript {member} cannot be read back: {source}")]
    Transcript {
        /// Its name.
        member: String,
        /// Why.
        source: TranscriptError,
    },
    /// JSON cannot be written.
    #[error("{member} cannot be written: {source}")]
    Json {
        /// Its name.
        member: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// Name of the transcript of one probe.
pub fn transcript_name(device: &Device, probe: &ProbeOutcome) -> String {
    format!("{}/{}.exchanges", device.folder, probe.probe)
}

fn text_name(device: &Device, probe: &ProbeOutcome) -> String {
    format!("{}/{}.txt", device.folder, probe.probe)
}

/// Adds the members of one device, and gives those facts of it that a summary shows.
///
/// # Errors
/// See [`MembersError`].
pub fn add_device(outcome: &DeviceOutcome, members: &mut Members) -> Result<Vec<Fact>, MembersError> {
    let device = &outcome.device;
    let mut transcripts = Vec::new();
    let mut times = BTreeMap::new();
    for probe in &outcome.probes {
        let name = transcript_name(device, probe);
        let bytes = transcript::encode(probe.exchanges.iter().map(|(exchange, _)| exchange));
        // Read back: what the bundle holds is what is decoded, here as later.
        let records = transcript::decode(&bytes)
            .map_err(|source| MembersError::Transcript { member: name.clone(), source })?;
        members.insert(name.clone(), bytes);
        transcripts.push((name, records));
        let row = |(_, time): &(_, ExchangeTime)| [time.start_us, time.elapsed_us];
        times.insert(probe.probe.word(), probe.exchanges.iter().map(row).collect::<Vec<_>>());
    }
    let name = format!("{}/times.json", device.folder);
    let json =
        serde_json::to_vec(&times).map_err(|source| MembersError::Json { member: name.clone(), source })?;
    members.insert(name, json);

    let mut facts = device_facts(Catalog::embedded(), device, route(device.transport), &transcripts);
    drop(transcripts);
    let mut named = Vec::new();
    for probe in &outcome.probes {
        let transcript = transcript_name(device, probe);
        let of_probe =
            |fact: &mut Fact| fact.evidence.first().is_some_and(|evidence| evidence.member == transcript);
        let of_probe: Vec<Fact> = facts.extract_if(.., of_probe).collect();
        members.insert(text_name(device, probe), text::render(&of_probe).into_bytes());
        named.extend(of_probe.into_iter().filter(|fact| KEPT_FACTS.contains(&fact.path.as_str())));
    }
    Ok(named)
}

/// Adds what the vendor's tools were asked and printed for one device.
///
/// # Errors
/// See [`MembersError`].
pub fn add_tools(device: &Device, runs: &DeviceRuns, members: &mut Members) -> Result<(), MembersError> {
    let list = ToolRuns { runs: runs.runs.iter().map(|run| run.record.clone()).collect() };
    let name = format!("{}/{TOOLS_MEMBER}", device.folder);
    let json = serde_json::to_vec_pretty(&list)
        .map_err(|source| MembersError::Json { member: name.clone(), source })?;
    members.insert(name, json);
    for run in &runs.runs {
        for (name, bytes) in [(&run.record.stdout, &run.stdout), (&run.record.stderr, &run.stderr)] {
            if let Some(name) = name {
                members.insert(name.clone(), bytes.clone());
            }
        }
    }
    Ok(())
}

/// Names of the members that [`add_tools`] writes.
pub fn tool_names(device: &Device, runs: &DeviceRuns) -> Vec<String> {
    let printed = runs.runs.iter().flat_map(|run| [&run.record.stdout, &run.record.stderr]);
    let printed = printed.filter_map(Clone::clone);
    std::iter::once(format!("{}/{TOOLS_MEMBER}", device.folder)).chain(printed).collect()
}

/// Adds the members of the host, and gives those facts of devices that a summary shows.
///
/// # Errors
/// See [`MembersError`].
pub fn add_host(
    captures: &HostCaptures,
    route: Route,
    members: &mut Members,
) -> Result<Vec<Fact>, MembersError> {
    let json =
        encode(captures).map_err(|source| MembersError::Json { member: HOST_MEMBER.to_owned(), source })?;
    members.insert(HOST_MEMBER.to_owned(), json);
    let facts = host_facts(route, HOST_MEMBER, captures);
    members.insert(HOST_TEXT.to_owned(), text::render(&facts).into_bytes());
    let mut facts = facts;
    let is_rdma =
        |path: &str| path.starts_with("rdma/") && (path.ends_with(".fw_ver") || path.ends_with(".board_id"));
    facts.retain(|fact| KEPT_KERNEL_FACTS.contains(&fact.path.as_str()) || is_rdma(&fact.path));
    Ok(facts)
}

/// Names of the members that the host probe writes.
pub fn host_names() -> Vec<String> {
    vec![HOST_MEMBER.to_owned(), HOST_TEXT.to_owned()]
}

/// Names of the members that one probe of a device writes, apart from the device's common `times.json`.
pub fn probe_names(device: &Device, probe: &ProbeOutcome) -> Vec<String> {
    vec![transcript_name(device, probe), text_name(device, probe)]
}

fn route(transport: TransportKind) -> Route {
    match transport {
        TransportKind::Fwctl => Route::Fwctl,
        TransportKind::Mlx5ctl => Route::Mlx5ctl,
        TransportKind::Simulated => Route::Simulated,
        TransportKind::VendorTool => Route::VendorTool,
        TransportKind::Kernel => Route::Kernel,
        TransportKind::Imported => Route::Imported,
    }
}
