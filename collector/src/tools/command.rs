//! The closed list of command lines: what can be asked of which program, and nothing else.
//!
//! Each was looked up in mstflint's sources (`docs/tools.md` has the places). `get_raw` of mstconfig is not among them: it
//! ends by writing the register MFRL, so that the next reset becomes another one. `backup` walks MNVGN and reads only;
//! it wants a file, and `/dev/stdout` is one.
//!
//! Must not do: take an argument from outside other than a PCI address.

use mlx5_schemas::model::pci_address;

/// A program of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// NV configuration, from mstflint.
    Mstconfig,
    /// Firmware image, from mstflint.
    Mstflint,
    /// Versions of all components, from mstflint (not in every build).
    Mstfwmanager,
    /// NV configuration, from MFT.
    Mlxconfig,
    /// Firmware image, from MFT.
    Flint,
    /// Versions of all components, from MFT.
    Mlxfwmanager,
}

/// Who publishes a program, and with it what is known of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// mstflint: open source.
    Mstflint,
    /// MFT: NVIDIA's own build.
    Mft,
}

impl Program {
    /// All of them, those whose sources are public first.
    pub const ALL: [Self; 6] = [
        Self::Mstconfig,
        Self::Mstflint,
        Self::Mstfwmanager,
        Self::Mlxconfig,
        Self::Flint,
        Self::Mlxfwmanager,
    ];

    /// The name of its file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mstconfig => "mstconfig",
            Self::Mstflint => "mstflint",
            Self::Mstfwmanager => "mstfwmanager",
            Self::Mlxconfig => "mlxconfig",
            Self::Flint => "flint",
            Self::Mlxfwmanager => "mlxfwmanager",
        }
    }

    /// The package that it comes from.
    pub fn package(self) -> Package {
        match self {
            Self::Mstconfig | Self::Mstflint | Self::Mstfwmanager => Package::Mstflint,
            Self::Mlxconfig | Self::Flint | Self::Mlxfwmanager => Package::Mft,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// NV configuration by name, in all three views.
    Configuration,
    /// The NV items that are stored, as bytes, with who wrote them.
    RawConfiguration,
    /// The firmware image: versions, PSID, GUIDs.
    Firmware,
    /// Versions of all components.
    Versions,
}

impl Reading {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Configuration, Self::RawConfiguration, Self::Firmware, Self::Versions];

    /// The word in names of members.
    pub fn word(self) -> &'static str {
        match self {
            Self::Configuration | Self::Firmware | Self::Versions => "query",
            Self::RawConfiguration => "backup",
        }
    }

    /// The programs that can answer, the better known first.
    pub fn programs(self) -> [Program; 2] {
        match self {
            Self::Configuration | Self::RawConfiguration => [Program::Mstconfig, Program::Mlxconfig],
            Self::Firmware => [Program::Mstflint, Program::Flint],
            Self::Versions => [Program::Mstfwmanager, Program::Mlxfwmanager],
        }
    }

    /// The arguments for a device.
    pub fn arguments(self, address: &Address) -> Vec<String> {
        let rest: &[&str] = match self {
            Self::Configuration => &["-e", "q"],
            Self::RawConfiguration => &["-f", "/dev/stdout", "backup"],
            Self::Firmware => &["q", "full"],
            Self::Versions => &["--query"],
        };
        ["-d", &address.0].into_iter().chain(rest.iter().copied()).map(str::to_owned).collect()
    }
}

/// The argument that asks a program for its version, without a device.
pub const VERSION: &str = "--version";

/// A PCI address with domain, and so nothing that a program could take for an option or another kind of device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// `None` for anything that is no address.
    pub fn new(text: &str) -> Option<Self> {
        pci_address::is_full(text).then(|| Self(text.to_owned()))
    }

    /// Stands for the address of any device where command lines are shown.
    pub fn placeholder() -> Self {
        Self("ADDRESS".to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn these_are_all_the_command_lines_that_there_are() {
        let address = Address::new("0000:3b:00.0").unwrap();
        let mut lines: Vec<String> = Vec::new();
        for reading in Reading::ALL {
            for program in reading.programs() {
                lines.push(format!("{} {}", program.word(), reading.arguments(&address).join(" ")));
            }
        }
        assert_eq!(
            lines,
            [
                "mstconfig -d 0000:3b:00.0 -e q",
                "mlxconfig -d 0000:3b:00.0 -e q",
                "mstconfig -d 0000:3b:00.0 -f /dev/stdout backup",
                "mlxconfig -d 0000:3b:00.0 -f /dev/stdout backup",
                "mstflint -d 0000:3b:00.0 q full",
                "flint -d 0000:3b:00.0 q full",
                "mstfwmanager -d 0000:3b:00.0 --query",
                "mlxfwmanager -d 0000:3b:00.0 --query",
            ]
        );
    }

    #[test]
    fn only_an_address_is_an_argument() {
        for text in ["", "-i", "/dev/mst/mt4125_pciconf0", "fwctl0", "0000:3b:00.0 reset", "3b:00.0"] {
            assert_eq!(Address::new(text), None, "{text}");
        }
    }
}
