//! PCI functions as sysfs shows them.
//!
//! Must not do: read configuration space, `rom`, `resource*` or `vpd` (slow, identifying, or not a plain read).

use mlx5_schemas::model::pci_address;
use std::collections::BTreeMap;

use crate::root::Root;

/// The folder with one entry per PCI function.
pub const FUNCTIONS: &str = "sys/bus/pci/devices";
/// Mellanox Technologies.
const VENDOR: &str = "0x15b3";

/// PCI device ids that `mlx5_core` binds to (`mlx5_core_pci_table` in `mlx5/core/main.c`), as sysfs writes them.
const MLX5_DEVICES: &[(&str, &str)] = &[
    ("0x1011", "Connect-IB"),
    ("0x1012", "Connect-IB VF"),
    ("0x1013", "ConnectX-4"),
    ("0x1014", "ConnectX-4 VF"),
    ("0x1015", "ConnectX-4 Lx"),
    ("0x1016", "ConnectX-4 Lx VF"),
    ("0x1017", "ConnectX-5"),
    ("0x1018", "ConnectX-5 VF"),
    ("0x1019", "ConnectX-5 Ex"),
    ("0x101a", "ConnectX-5 Ex VF"),
    ("0x101b", "ConnectX-6"),
    ("0x101c", "ConnectX-6 VF"),
    ("0x101d", "ConnectX-6 Dx"),
    ("0x101e", "ConnectX VF"),
    ("0x101f", "ConnectX-6 Lx"),
    ("0x1021", "ConnectX-7"),
    ("0x1023", "ConnectX-8"),
    ("0x1025", "ConnectX-9"),
    ("0x1027", "ConnectX-10"),
    ("0x2101", "ConnectX-10 NVLink-C2C"),
    ("0xa2d2", "BlueField"),
    ("0xa2d3", "BlueField VF"),
    ("0xa2d6", "BlueField-2"),
    ("0xa2dc", "BlueField-3"),
    ("0xa2df", "BlueField-4"),
];

/// A PCI function that `mlx5_core` drives or could drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// PCI address.
    pub address: String,
    /// The family's name.
    pub model: &'static str,
    /// The driver bound to it, if any.
    pub driver: Option<String>,
    /// The physical function, when this is a virtual one and the physical one is here too.
    pub physical_function: Option<String>,
}

impl Function {
    /// Whether this is a virtual function, whose firmware settings are its physical function's.
    pub fn is_virtual(&self) -> bool {
        self.physical_function.is_some() || self.model.ends_with(" VF")
    }
}

/// All PCI functions that `mlx5_core` drives, or with a device id that it binds to. `None` when sysfs shows no PCI at
/// all.
pub fn mlx5_functions(root: &Root) -> Option<Vec<Function>> {
    let addresses = root.names(FUNCTIONS).ok()?;
    let functions =
        addresses.into_iter().filter(|address| pci_address::is_full(address)).filter_map(|address| {
            let folder = format!("{FUNCTIONS}/{address}");
            if root.attribute(&format!("{folder}/vendor"))? != VENDOR {
                return None;
            }
            let id = root.attribute(&format!("{folder}/device"))?;
            let driver = root.link_name(&folder, "driver");
            // A card newer than the table is known by its driver.
            let model = model_name(&id).or_else(|| {
                (driver.as_deref() == Some(super::DRIVER)).then_some("a card of the mlx5 family")
            })?;
            let physical_function = root.link_name(&folder, "physfn");
            Some(Function { address, model, driver, physical_function })
        });
    Some(functions.collect())
}

/// The card that a function is on: its address without the function's number.
pub fn card(address: &str) -> &str {
    address.split_once('.').map_or(address, |(card, _)| card)
}

/// Functions in the order of their addresses, card by card; `address` says where each is.
pub(crate) fn by_card<T>(functions: &[T], address: impl Fn(&T) -> &str) -> Vec<Vec<&T>> {
    let same_card = |a: &T, b: &T| card(address(a)) == card(address(b));
    functions.chunk_by(same_card).map(|card| card.iter().collect()).collect()
}

/// The family's name for a device id as sysfs writes it.
pub fn model_name(device_id: &str) -> Option<&'static str> {
    MLX5_DEVICES.iter().find(|(known, _)| *known == device_id).map(|(_, model)| *model)
}

/// The identification registers of a function that could be read, as sysfs writes them.
pub fn identification(root: &Root, function: &str) -> BTreeMap<String, String> {
    ["vendor", "device", "subsystem_vendor", "subsystem_device", "revision", "class"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), root.attribute(&format!("{function}/{name}"))?)))
        .collect()
}
