//! What the collector had the vendor's tools print about a device, read by the same readers as anybody's text.
//!
//! Must not do: take what a tool prints about another device for this one's.

use mlx5_schemas::model::pci_address;
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
        let wanted = ours(&names, device);
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

/// Which name in a text is the device's: its address; or else the only one, if it is no other address and no name that
/// the tools give to another kind of card.
fn ours(names: &BTreeSet<&String>, device: &Device) -> Option<String> {
    let address = |name: &str| pci_address::full(name);
    if let Some(name) = names.iter().find(|name| address(name).as_deref() == Some(&device.id)) {
        return Some((**name).clone());
    }
    let only = names.first().filter(|name| names.len() == 1 && address(name).is_none())?;
    let is_other =
        devices::pci_device(only).zip(device.pci.get("device")).is_some_and(|(named, known)| named != *known);
    (!is_other).then(|| (*only).clone())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mlx5_schemas::model::manifest::TransportKind;
    use serde_json::json;

    use super::*;

    /// What is taken of a run for `0000:3b:00.0`, a ConnectX-6 Dx, that printed this.
    fn taken(printed: &str) -> Vec<String> {
        let device = Device {
            pci: BTreeMap::from([("device".to_owned(), "0x101d".to_owned())]),
            ..Device::new("0000:3b:00.0", TransportKind::VendorTool)
        };
        let stdout = format!("{}/tools/1.txt", device.folder);
        let runs = json!({"runs": [{
            "command": ["mlxfwmanager", "-d", "0000:3b:00.0", "--query"],
            "program": {"path": "/usr/bin/mlxfwmanager"},
            "status": "captured", "elapsed_ms": 1, "stdout": stdout, "cut": false,
        }]});
        let members = BTreeMap::from([
            (member(&device), runs.to_string().into_bytes()),
            (stdout, printed.as_bytes().to_vec()),
        ]);
        let facts = facts(&device, Route::VendorTool, &members, Catalog::embedded()).unwrap();
        assert!(facts.iter().all(|fact| fact.subject.device() == Some("0000:3b:00.0")));
        facts
            .iter()
            .filter(|fact| fact.path.ends_with("psid"))
            .map(|fact| fact.value().unwrap().to_string())
            .collect()
    }

    #[test]
    fn what_is_printed_of_another_device_is_not_taken() {
        let of = |name: &str, psid: &str| {
            format!(
                "  Device Type:      ConnectX\n  PSID:             {psid}\n  PCI Device Name:  {name}\n  Status: x\n"
            )
        };
        assert_eq!(taken(&of("3b:00.0", "MT_1")), ["MT_1"]);
        // The tool's own name for it, of which this is the only one.
        assert_eq!(taken(&of("/dev/mst/mt4125_pciconf0", "MT_1")), ["MT_1"]);
        assert_eq!(taken(&(of("0000:05:00.0", "MT_2") + &of("0000:3b:00.0", "MT_1"))), ["MT_1"]);
        for other in [
            of("0000:05:00.0", "MT_2"),
            of("/dev/mst/mt4129_pciconf0", "MT_2"),
            of("/dev/mst/mt4125_pciconf0", "MT_1") + &of("/dev/mst/mt4125_pciconf1", "MT_2"),
        ] {
            assert_eq!(taken(&other), Vec::<String>::new(), "{other}");
        }
    }
}
