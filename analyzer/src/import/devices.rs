//! Which names of texts are one device, and what the manifest says of it.
//!
//! Must not do: put together what no text puts together. Two PCI addresses are two devices, whatever a text says.

use mlx5_schemas::model::pci_address;
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

/// What all texts together say of devices, as they say it: which names there are, and which pairs of them are one device.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    described: BTreeMap<String, Described>,
    pairs: BTreeSet<(String, String)>,
}

impl Devices {
    /// Takes a name with what is said of it.
    pub(crate) fn add(&mut self, name: &str, described: &Described) {
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
            self.described.entry(name.to_owned()).or_default();
        }
        self.pairs.insert((one.to_owned(), other.to_owned()));
    }

    /// Decides which names are one device, once everything is said: the order of the texts decides nothing.
    pub(crate) fn settle(self) -> Groups {
        let mut neighbours: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (one, other) in &self.pairs {
            neighbours.entry(one).or_default().insert(other);
            neighbours.entry(other).or_default().insert(one);
        }
        let of = |name: &str| neighbours.get(name).into_iter().flatten().copied();
        let is_address = |name: &str| pci_address::full(name).is_some();
        let mut groups = Groups::default();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for start in self.described.keys() {
            let (mut linked, mut next): (BTreeSet<&str>, Vec<&str>) = (BTreeSet::new(), vec![start.as_str()]);
            while let Some(name) = next.pop() {
                if seen.insert(name) {
                    linked.insert(name);
                    next.extend(of(name));
                }
            }
            let addresses: Vec<&str> = linked.iter().copied().filter(|name| is_address(name)).collect();
            // The address stands for the group; then the firmware tools' own name; then the first in the order of names.
            let named = || linked.iter().find(|name| name.starts_with("/dev/")).or(linked.first());
            let root = match addresses.as_slice() {
                [] => named().copied(),
                [only] => Some(*only),
                [_, _, ..] => None,
            };
            for name in &linked {
                // Where several addresses hang together, a name is the one's that it is said to be, and of that alone.
                let mut said = of(name).filter(|other| is_address(other));
                let root = match (root, said.next(), said.next()) {
                    (Some(root), _, _) => Some(root),
                    (None, _, _) if is_address(name) => Some(*name),
                    (None, Some(only), None) => Some(only),
                    (None, _, _) => None,
                };
                match root {
                    Some(root) => {
                        groups.roots.insert((*name).to_owned(), root.to_owned());
                    }
                    None => {
                        groups.contested.insert((*name).to_owned());
                    }
                }
            }
        }
        let both = |(one, other): &&(String, String)| is_address(one) && is_address(other) && one != other;
        groups.contradictions = self.pairs.iter().filter(both).cloned().collect();
        groups.described = self.described;
        groups
    }
}

/// Which names are one device.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Name to the name that stands for its group.
    roots: BTreeMap<String, String>,
    described: BTreeMap<String, Described>,
    /// Names that the texts give to several addresses: what is said of them alone is said of nobody.
    pub(crate) contested: BTreeSet<String>,
    /// Pairs that a text calls one device and that have two addresses.
    pub(crate) contradictions: Vec<(String, String)>,
}

impl Groups {
    /// The name that stands for a name's group.
    pub(crate) fn root(&self, name: &str) -> String {
        self.roots.get(name).map_or(name, String::as_str).to_owned()
    }

    /// One device of the manifest for each group that is not said to be another driver's, by id. The second value are
    /// the ids that are.
    pub(crate) fn list(&self) -> (Vec<Device>, BTreeSet<String>) {
        let mut groups: BTreeMap<&str, Described> = BTreeMap::new();
        for (name, root) in &self.roots {
            let described = self.described.get(name).cloned().unwrap_or_default();
            groups.entry(root).or_default().join(&described);
        }
        let mut foreign = BTreeSet::new();
        let mut devices = Vec::new();
        for (id, described) in groups {
            if described.is_foreign {
                foreign.insert(id.to_owned());
                continue;
            }
            devices.push(device(id.to_owned(), described));
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

/// The PCI device that a name has in decimal, as sysfs has it: `/dev/mst/mt4121_pciconf0` is `0x1019`.
pub(super) fn pci_device(name: &str) -> Option<String> {
    let (_, rest) = name.rsplit_once("/mt")?;
    let number: u16 = rest.split('_').next()?.parse().ok()?;
    Some(format!("0x{number:04x}"))
}

fn device(id: String, described: Described) -> Device {
    let mut pci = described.pci;
    if let Some(number) = pci_device(&id) {
        pci.entry("device".to_owned()).or_insert(number);
    }
    let mut device = Device {
        driver: described.driver,
        pci,
        netdevs: described.netdevs.into_iter().collect(),
        rdma_devices: described.rdma_devices.into_iter().collect(),
        physical_function: described.physical_function,
        ..Device::new(id, TransportKind::Imported)
    };
    if !pci_address::is_full(&device.id) {
        // Other names are no names of folders; a number is given in the end.
        device.folder.clear();
    }
    device
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
        let (list, foreign) = devices.settle().list();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].id, "0000:05:00.0");
        assert_eq!(list[0].folder, "devices/0000-05-00.0");
        assert_eq!(foreign, BTreeSet::from(["netdev eth1".to_owned()]));
    }

    #[test]
    fn two_addresses_are_never_one_device() {
        // In any order: a name that two have is nobody's, one that only one of them has is that one's.
        let pairs = [
            ("rdma mlx5_0", "0000:05:00.0"),
            ("rdma mlx5_0", "0000:06:00.0"),
            ("/dev/mst/mt4129_pciconf0", "0000:06:00.0"),
            ("/dev/mst/mt4129_pciconf0", "rdma mlx5_0"),
        ];
        for turn in 0..pairs.len() {
            let mut devices = Devices::default();
            for place in 0..pairs.len() {
                let (one, other) = pairs[(turn + place) % pairs.len()];
                devices.join(one, other);
            }
            let groups = devices.settle();
            let ids: Vec<String> = groups.list().0.into_iter().map(|device| device.id).collect();
            assert_eq!(ids, ["0000:05:00.0", "0000:06:00.0"]);
            assert_eq!(groups.contested, BTreeSet::from(["rdma mlx5_0".to_owned()]));
            assert_eq!(groups.root("/dev/mst/mt4129_pciconf0"), "0000:06:00.0");
        }
        let mut devices = Devices::default();
        devices.join("0000:05:00.0", "0000:06:00.0");
        let groups = devices.settle();
        assert_eq!((groups.list().0.len(), groups.contradictions.len()), (2, 1));
    }
}
