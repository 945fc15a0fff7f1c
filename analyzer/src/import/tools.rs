//! What the collector had the vendor's tools print about a device, read by the same readers as anybody's text.
//!
//! Must not do: take what a tool prints about another device for this one's.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Route, Subject};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::tool_run::{TOOLS_MEMBER, ToolRun, ToolRuns};

use super::text::{Origin, Text};
use super::{devices, readers, together};

/// Name of the member that lists a device's runs.
pub(crate) fn member(device: &Device) -> String {
    format!("{}/{TOOLS_MEMBER}", device.folder)
}

/// The facts of a device's runs; none where there were no runs.
///
/// # Errors
/// When the list of runs is none.
pub(crate) fn facts(
    device: &Device,
    route: Route,
    members: &BTreeMap<String, Vec<u8>>,
    catalog: &Catalog,
) -> Result<Vec<Fact>, serde_json::Error> {
    let Some(list) = members.get(&member(device)) else { return Ok(Vec::new()) };
    let ToolRuns { runs } = serde_json::from_slice(list)?;
    let mut reads = Vec::new();
    for run in &runs {
        let Some((name, bytes)) = output(run, device, members) else { continue };
        let origin = Origin { name: name.to_owned(), command: Some(run.command.clone()), file: None };
        let mut read = readers::read(&Text::new(name, &origin, bytes), catalog, route);
        let names: BTreeSet<&String> = read.described.keys().collect();
        let wanted = ours(&names, &device.id);
        read.facts.retain_mut(|fact| match fact.subject.device() {
            None => false,
            Some(name) if wanted.as_ref() == Some(&name.to_owned()) => {
                fact.subject = renamed(&fact.subject, &device.id);
                true
            }
            Some(_) => false,
        });
        // The manifest describes the device; here only the facts count.
        read.described.clear();
        read.same.clear();
        reads.push((name.to_owned(), read));
    }
    Ok(together::together(reads).facts)
}

/// What a run printed, if it printed anything that counts: also what a tool printed before it failed or was ended.
fn output<'m>(
    run: &ToolRun,
    device: &Device,
    members: &'m BTreeMap<String, Vec<u8>>,
) -> Option<(&'m str, &'m [u8])> {
    match run.status {
        CollectionStatus::Captured | CollectionStatus::Timeout | CollectionStatus::Error => {}
        CollectionStatus::Absent
        | CollectionStatus::Masked
        | CollectionStatus::Skipped
        | CollectionStatus::NotRecorded
        | CollectionStatus::Denied => return None,
    }
    let name = run.stdout.as_ref()?;
    let (name, bytes) = members.get_key_value(name)?;
    name.starts_with(&format!("{}/", device.folder)).then_some((name.as_str(), bytes.as_slice()))
}

/// Which name in a text is the device's: its address; or else the only one, if it is no other address.
fn ours(names: &BTreeSet<&String>, id: &str) -> Option<String> {
    let address = |name: &str| devices::address(name);
    if let Some(name) = names.iter().find(|name| address(name).as_deref() == Some(id)) {
        return Some((**name).clone());
    }
    let mut unaddressed = names.iter().filter(|name| address(name).is_none());
    match (unaddressed.next(), unaddressed.next(), names.len()) {
        (Some(name), None, 1) => Some((**name).clone()),
        (_, _, _) => None,
    }
}

fn renamed(subject: &Subject, device: &str) -> Subject {
    let device = device.to_owned();
    match subject {
        Subject::Host => Subject::Host,
        Subject::Device { .. } => Subject::Device { device },
        Subject::Port { port, .. } => Subject::Port { device, port: *port },
        Subject::Module { module, .. } => Subject::Module { device, module: *module },
    }
}
