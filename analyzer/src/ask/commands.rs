//! The closed list of commands that are asked for. All of them only read.
//!
//! Must not do: take anything into a command line that is not plainly an address, an interface or a device file. Names
//! come from strangers' files, and the line goes into a root shell.

use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::report::Ask;

/// Stands where a device's name is needed and none is known.
pub const PLACEHOLDER: &str = "DEVICE";
/// Longest name of a network interface (`IFNAMSIZ` less its zero byte).
const MAX_INTERFACE: usize = 15;
/// Longest path of a device file.
const MAX_FILE: usize = 64;

/// How a device is called on the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Full PCI address.
    pub address: Option<String>,
    /// A network interface.
    pub interface: Option<String>,
    /// Device file of the MFT driver: `/dev/mst/mt4129_pciconf0`.
    pub file: Option<String>,
    /// RDMA device.
    pub rdma: Option<String>,
}

impl Target {
    /// What is known of a device, as far as it is safe in a command line.
    pub fn of(device: &Device) -> Self {
        let rdma = device.rdma_devices.first().map(String::as_str).or(device.id.strip_prefix("rdma "));
        Self {
            address: pci_address::full(&device.id),
            interface: super::interface(device).filter(|name| is_interface(name)).map(str::to_owned),
            file: Some(device.id.as_str()).filter(|name| is_file(name)).map(str::to_owned),
            rdma: rdma.filter(|name| is_interface(name)).map(str::to_owned),
        }
    }

    /// What mstflint's tools and MFT take behind `-d`.
    fn tool_device(&self) -> &str {
        [&self.file, &self.address, &self.rdma]
            .into_iter()
            .flatten()
            .next()
            .map_or(PLACEHOLDER, String::as_str)
    }

    fn interface(&self) -> &str {
        self.interface.as_deref().unwrap_or(PLACEHOLDER)
    }
}

/// Letters, digits and a few marks, not beginning with one that an option or a hidden file begins with.
fn is_interface(name: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=MAX_INTERFACE).contains(&name.len())
        && name.bytes().all(permitted)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_file(name: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    name.len() <= MAX_FILE
        && name
            .strip_prefix("/dev/mst/")
            .is_some_and(|rest| !rest.is_empty() && !rest.contains("..") && rest.bytes().all(permitted))
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// All settings in all views, by mstflint's tool.
    Mstconfig,
    /// The same by MFT's.
    Mlxconfig,
    /// Our own collector: settings over fwctl.
    Collector,
    /// Firmware and PSID, running and stored, by mstflint's tool.
    Mstflint,
    /// The same by MFT's.
    Flint,
    /// The same by the kernel.
    DevlinkInfo,
    /// Driver, its version, running firmware and PSID.
    EthtoolDriver,
    /// Network link.
    EthtoolSettings,
    /// What the kernel logged of mlx5 and fwctl.
    KernelLog,
    /// PCI link, subsystem, driver.
    PciLink,
    /// The cards there are.
    PciList,
    /// Kernel release and taint.
    Host,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Mstconfig,
        Self::Mlxconfig,
        Self::Collector,
        Self::Mstflint,
        Self::Flint,
        Self::DevlinkInfo,
        Self::EthtoolDriver,
        Self::EthtoolSettings,
        Self::KernelLog,
        Self::PciLink,
        Self::PciList,
        Self::Host,
    ];

    /// The command line.
    pub fn line(self, target: &Target) -> String {
        let tool = target.tool_device();
        match self {
            Self::Mstconfig => format!("mstconfig -d {tool} -e q"),
            Self::Mlxconfig => format!("mlxconfig -d {tool} -e q"),
            Self::Collector => match &target.address {
                Some(address) => format!("mlx5-collector -d {address} -o mlx5.zip"),
                None => "mlx5-collector -o mlx5.zip".to_owned(),
            },
            Self::Mstflint => format!("mstflint -d {tool} q"),
            Self::Flint => format!("flint -d {tool} q"),
            Self::DevlinkInfo => match &target.address {
                Some(address) => format!("devlink dev info pci/{address}"),
                None => "devlink dev info".to_owned(),
            },
            Self::EthtoolDriver => format!("ethtool -i {}", target.interface()),
            Self::EthtoolSettings => format!("ethtool {}", target.interface()),
            Self::KernelLog => "dmesg | grep -e mlx5 -e fwctl".to_owned(),
            Self::PciLink => match &target.address {
                Some(address) => format!("lspci -D -vv -s {address}"),
                None => "lspci -D -vv -d 15b3:".to_owned(),
            },
            Self::PciList => "lspci -D -nn -d 15b3:".to_owned(),
            Self::Host => "grep -H . /proc/sys/kernel/osrelease /proc/sys/kernel/tainted".to_owned(),
        }
    }

    /// Words of the formats by which its output is read; none where it writes a bundle.
    pub fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Mstconfig | Self::Mlxconfig => &["mlxconfig-query"],
            Self::Collector => &[],
            Self::Mstflint | Self::Flint => &["flint-query"],
            Self::DevlinkInfo => &["devlink"],
            Self::EthtoolDriver | Self::EthtoolSettings => &["ethtool"],
            Self::KernelLog => &["kernel-log"],
            Self::PciLink | Self::PciList => &["lspci"],
            Self::Host => &["host-words"],
        }
    }

    /// What it would tell.
    pub fn tells(self) -> &'static str {
        match self {
            Self::Mstconfig | Self::Mlxconfig => "all settings: factory, in force now, next boot",
            Self::Collector => "all settings with their writers, straight from the firmware",
            Self::Mstflint | Self::Flint => "firmware running and stored, PSID",
            Self::DevlinkInfo => "firmware running and stored, PSID, by the kernel",
            Self::EthtoolDriver => "driver and its version, firmware, PSID",
            Self::EthtoolSettings => "link speed and state",
            Self::KernelLog => "errors, slot bandwidth, who asked fwctl for more",
            Self::PciLink => "PCI link against what the card can, board",
            Self::PciList => "which cards there are, and where",
            Self::Host => "kernel release and taint",
        }
    }

    /// Whether it needs root to tell all.
    pub fn needs_root(self) -> bool {
        match self {
            Self::Mstconfig | Self::Mlxconfig | Self::Collector | Self::Mstflint | Self::Flint => true,
            Self::KernelLog | Self::PciLink => true,
            Self::DevlinkInfo | Self::EthtoolDriver | Self::EthtoolSettings | Self::PciList | Self::Host => {
                false
            }
        }
    }

    /// As a report says it.
    pub fn ask(self, target: &Target) -> Ask {
        Ask {
            command: self.line(target),
            tells: self.tells().to_owned(),
            formats: self.formats().iter().map(|word| (*word).to_owned()).collect(),
            root: self.needs_root(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_only_reads() {
        let readers = [
            "mstconfig",
            "mlxconfig",
            "mlx5-collector",
            "mstflint",
            "flint",
            "devlink",
            "ethtool",
            "dmesg",
            "lspci",
            "grep",
        ];
        let writes = [
            " set",
            "reset",
            "burn",
            " b ",
            " -s ",
            "mst start",
            ">",
            "reload",
            "&",
            "`",
            "$(",
            "clear",
            "modprobe",
            "-C",
            "-c ",
        ];
        for command in Command::ALL {
            let line = command.line(&Target::default());
            let first = line.split_whitespace().next().unwrap_or_default();
            assert!(readers.contains(&first), "{line}");
            for word in writes {
                assert!(!line.contains(word), "{line} has {word}");
            }
            // What mlxconfig, flint and devlink are asked to do is their last word but for the device.
            if matches!(first, "mstconfig" | "mlxconfig" | "mstflint" | "flint") {
                assert!(line.ends_with(" q"), "{line}");
            }
            if first == "devlink" {
                assert!(line.starts_with("devlink dev info"), "{line}");
            }
            if first == "ethtool" {
                assert!(line == "ethtool -i DEVICE" || line == "ethtool DEVICE", "{line}");
            }
        }
    }

    #[test]
    fn names_that_a_shell_would_understand_are_left_out() {
        for bad in
            ["eth0;reboot", "$(id)", "-i", "a b", "", "..", "eth0\n", "a`b", "averyveryverylongname", "ä"]
        {
            assert!(!is_interface(bad), "{bad}");
        }
        assert!(is_interface("enp1s0f0np0") && is_interface("ib0.8001") && is_interface("mlx5_0"));
        for bad in ["/dev/mst/../sda", "/dev/sda", "/dev/mst/", "/dev/mst/a;b", "/dev/mst/a b"] {
            assert!(!is_file(bad), "{bad}");
        }
        assert!(is_file("/dev/mst/mt4129_pciconf0.1"));
    }
}
