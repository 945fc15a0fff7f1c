//! Which names of texts are one device, and what the manifest says of it.
//!
//! Must not do: put together what no text puts together. Two PCI addresses are two devices, whatever a text says.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::manifest::{Device, TransportKind};

/// What is said of a device beside facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Described {
    /// PCI identification as in sysfs: `vendor`, `device`, …, each `0x…`.
    pub(crate) pci: BTreeMap<String, String>,
    /// Driver bound to it.
    pub(crate) driver: Option<String>,
    /// Its network interfaces.
    pub(crate) netdevs: BTreeSet<String>,
    /// Its RDMA devices.
    pub(crate) rdma_devices: BTreeSet<String>,
    /// The physical function's address, for a virtual function.
    pub(crate) physical_function: Option<String>,
    /// Whether the text says that this is no mlx5 device.
    pub(crate) is_foreign: bool,
}

impl Described {
    fn join(&mut self, other: &Self) {
        for (name, id) in &other.pci {
            self.pci.entry(name.clone()).or_insert_with(|| id.clone());
        }
        self.driver = self.driver.take().or_else(|| other.driver.clone());
        self.netdevs.extend(other.netdevs.iter().cloned());
        self.rdma_devices.extend(other.rdma_devices.iter().cloned());
        self.physical_function = self.physical_function.take().or_else(|| other.physical_function.clone());
        self.is_foreign |= other.is_foreign;
    }
}

/// The full PCI address (`0000:3b:00.0`, lower case) that a name is, with or without a domain; `None` for others.
pub(crate) fn address(name: &str) -> Option<String> {
    let (rest, function) = name.split_once('.')?;
    let mut parts: Vec<&str> = rest.split(':').collect();
    if parts.len() == 2 {
        parts.insert(0, "0000");
    }
    let &[domain, bus, device] = parts.as_slice() else { return None };
    let lengths =
        (4..=8).contains(&domain.len()) && bus.len() == 2 && device.len() == 2 && function.len() == 1;
    let hex = [domain, bus, device, function].iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()));
    (lengths && hex).then(|| format!("{domain}:{bus}:{device}.{function}").to_ascii_lowercase())
}

/// The devices that all texts together speak of.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    /// Name to the name that stands for its group.
    parents: BTreeMap<String, String>,
    described: BTreeMap<String, Described>,
    /// Pairs that a text calls one device and that have two addresses.
    pub(crate) contradictions: Vec<(String, String)>,
}

impl Devices {
    /// Takes a name with what is said of it.
    pub(crate) fn add(&mut self, name: &str, described: &Described) {
        self.parents.entry(name.to_owned()).or_insert_with(|| name.to_owned());
        self.described.entry(name.to_owned()).or_default().join(described);
        for interface in &described.netdevs {
            self.join(name, &super::reading::netdev_name(interface));
        }
        for rdma in &described.rdma_devices {
            self.join(name, &super::reading::rdma_name(rdma));
        }
    }

    /// Two names are one device.
    pub(crate) fn join(&mut self, one: &str, other: &str) {
        for name in [one, other] {
            self.parents.entry(name.to_owned()).or_insert_with(|| name.to_owned());
        }
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        // The address stands for the group; then what was there first in the order of names.
        let (root, child) = match (address(&one), address(&other)) {
            (Some(_), Some(_)) => {
                self.contradictions.push((one, other));
                return;
            }
            (None, Some(_)) => (other, one),
            (Some(_), None) => (one, other),
            (None, None) if other.starts_with("/dev/") && !one.starts_with("/dev/") => (other, one),
            (None, None) => (one, other),
        };
        self.parents.insert(child, root);
    }

    /// The name that stands for a name's group.
    pub(crate) fn root(&self, name: &str) -> String {
        let mut name = name;
        // Groups are shallow; a bound makes a mistake end.
        for _ in 0..self.parents.len().saturating_add(1) {
            match self.parents.get(name) {
                Some(parent) if parent != name => name = parent,
                Some(_) | None => break,
            }
        }
        name.to_owned()
    }

    /// One device of the manifest for each group that is not said to be another driver's, by id. The second value are
    /// the ids that are.
    pub(crate) fn list(&self) -> (Vec<Device>, BTreeSet<String>) {
        let mut groups: BTreeMap<String, Described> = BTreeMap::new();
        for name in self.parents.keys() {
            let described = self.described.get(name).cloned().unwrap_or_default();
            groups.entry(self.root(name)).or_default().join(&described);
        }
        let mut foreign = BTreeSet::new();
        let mut devices = Vec::new();
        for (id, described) in groups {
            if described.is_foreign {
                foreign.insert(id);
                continue;
            }
            devices.push(device(id, described));
        }
        let mut folders = BTreeSet::new();
        for (number, device) in devices.iter_mut().enumerate() {
            if !folders.insert(device.folder.clone()) || device.folder.is_empty() {
                device.folder = format!("devices/imported-{}", number.saturating_add(1));
                folders.insert(device.folder.clone());
            }
        }
        (devices, foreign)
    }
}

fn device(id: String, described: Described) -> Device {
    let folder = match address(&id) {
        Some(address) => format!("devices/{}", address.replace(':', "-")),
        None => String::new(),
    };
    let mut pci = described.pci;
    // `/dev/mst/mt4121_pciconf0` names the PCI device, in decimal.
    let by_name = id.rsplit_once("/mt").and_then(|(_, rest)| rest.split('_').next()?.parse::<u16>().ok());
    if let Some(number) = by_name {
        pci.entry("device".to_owned()).or_insert_with(|| format!("0x{number:04x}"));
    }
    Device {
        id,
        folder,
        transport: TransportKind::Imported,
        node: None,
        device_number: None,
        driver: described.driver,
        pci,
        netdevs: described.netdevs.into_iter().collect(),
        rdma_devices: described.rdma_devices.into_iter().collect(),
        physical_function: described.physical_function,
        fwctl: None,
        mlx5ctl: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_that_texts_put_together_are_one_device() {
        let mut devices = Devices::default();
        devices.add("/dev/mst/mt4129_pciconf0", &Described::default());
        let netdevs = BTreeSet::from(["eth0".to_owned()]);
        devices.add("0000:05:00.0", &Described { netdevs, ..Described::default() });
        devices.join("/dev/mst/mt4129_pciconf0", "0000:05:00.0");
        devices.add("netdev eth0", &Described::default());
        devices.add("netdev eth1", &Described { is_foreign: true, ..Described::default() });
        let (list, foreign) = devices.list();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].id, "0000:05:00.0");
        assert_eq!(list[0].folder, "devices/0000-05-00.0");
        assert_eq!(foreign, BTreeSet::from(["netdev eth1".to_owned()]));
    }

    #[test]
    fn two_addresses_are_never_one_device() {
        let mut devices = Devices::default();
        devices.join("rdma mlx5_0", "0000:05:00.0");
        devices.join("rdma mlx5_0", "0000:06:00.0");
        assert_eq!(devices.list().0.len(), 2);
        assert_eq!(devices.contradictions.len(), 1);
    }

    #[test]
    fn addresses_are_told_from_other_names() {
        assert_eq!(address("3B:00.0").as_deref(), Some("0000:3b:00.0"));
        assert_eq!(address("10000:01:00.1").as_deref(), Some("10000:01:00.1"));
        for other in ["", "3b:00", "eth0.100", "/dev/mst/mt4129_pciconf0.1", "3b:00.0 x", "1.2.3.4"] {
            assert_eq!(address(other), None, "{other}");
        }
    }
}
