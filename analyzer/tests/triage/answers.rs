//! What is asked for is read when it comes back: each command of the closed list, a sample of its output, the format
//! that reads it, and the fact that closes the gap.

use mlx5_analyzer::ask::ask;
use mlx5_analyzer::ask::commands::{Command, Target};
use mlx5_schemas::model::fact::{Fact, Subject, Value, View};
use mlx5_schemas::model::manifest::Source;

use super::{text_case, texts_case};

const ADDRESS: &str = "0000:3b:00.0";

fn target() -> Target {
    Target { address: Some(ADDRESS.to_owned()), interface: Some("eth0".to_owned()), ..Target::default() }
}

const QUERY: &str = "\
Device #1:
----------

Device type:        ConnectX6DX
Device:             0000:3b:00.0

Configurations:                        Default         Current         Next Boot
        NUM_OF_VFS                     8               8               16
";
const FLINT: &str = "\
Image type:            FS4
FW Version:            22.41.1000
FW Version(Running):   22.39.1002
FW Release Date:       5.5.2024
Description:           UID                GuidsNumber
PSID:                  MT_0000000436
";
const DEVLINK: &str = "\
pci/0000:3b:00.0:
  driver mlx5_core
  versions:
      fixed:
        fw.psid MT_0000000436
      running:
        fw.version 22.39.1002
        fw 22.39.1002
      stored:
        fw.version 22.41.1000
        fw 22.41.1000
";
const DRIVER: &str = "\
driver: mlx5_core
version: 6.11.10-amd64
firmware-version: 22.41.1000 (MT_0000000436)
expansion-rom-version:
bus-info: 0000:3b:00.0
supports-statistics: yes
";
const SETTINGS: &str = "\
Settings for eth0:
	Supported ports: [ FIBRE ]
	Speed: 100000Mb/s
	Duplex: Full
	Auto-negotiation: on
	Port: FIBRE
	Link detected: yes
";
const LOG: &str = "\
[    1.438118] mlx5_core 0000:3b:00.0: firmware version: 22.41.1000
[    1.438142] mlx5_core 0000:3b:00.0: 126.016 Gb/s available PCIe bandwidth, limited by 16.0 GT/s PCIe x8 link at 0000:3a:00.0 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)
";
const PCI: &str = "\
0000:3b:00.0 Ethernet controller: Mellanox Technologies MT2892 Family [ConnectX-6 Dx]
	Subsystem: Mellanox Technologies ConnectX-6 Dx
	Control: I/O- Mem+ BusMaster+
	Capabilities: [60] Express (v2) Endpoint, MSI 00
		LnkCap:	Port #0, Speed 16GT/s, Width x16, ASPM not supported
		LnkSta:	Speed 16GT/s, Width x8 (downgraded)
	Kernel driver in use: mlx5_core
	Kernel modules: mlx5_core
";
const LIST: &str = "\
0000:3b:00.0 Ethernet controller [0200]: Mellanox Technologies MT2892 Family [ConnectX-6 Dx] [15b3:101d]
";
const HOST: &str = "\
/proc/sys/kernel/osrelease:6.11.10-amd64
/proc/sys/kernel/tainted:4096
";

/// Output, then path and value of a fact that it must give; the view where there is one.
fn answer(command: Command) -> Option<(&'static str, &'static str, &'static str)> {
    match command {
        Command::Mstconfig | Command::Mlxconfig => Some((QUERY, "nv/0:0x080.total_vfs", "16")),
        Command::Mstflint | Command::Flint => Some((FLINT, "flint/fw_version_running", "22.39.1002")),
        Command::DevlinkInfo => Some((DEVLINK, "devlink/info.stored.fw.version", "22.41.1000")),
        Command::EthtoolDriver => Some((DRIVER, "ethtool/version", "6.11.10-amd64")),
        Command::EthtoolSettings => Some((SETTINGS, "netdev/eth0.speed", "100000")),
        Command::KernelLog => Some((LOG, "log/firmware_version", "22.41.1000")),
        Command::PciLink => Some((PCI, "pci/current_link_width", "8")),
        Command::PciList => Some((LIST, "pci/device", "0x101d")),
        Command::Host => Some((HOST, "host/kernel", "6.11.10-amd64")),
        // It writes a bundle.
        Command::Collector => None,
    }
}

fn formats(source: &Source) -> Vec<String> {
    match source {
        Source::Imported { files, .. } => {
            files.iter().flat_map(|file| file.format.split('+').map(str::to_owned)).collect()
        }
        Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => Vec::new(),
    }
}

#[test]
fn each_answer_is_read_by_the_format_that_is_named() {
    for command in Command::ALL {
        let Some((output, path, value)) = answer(command) else {
            assert!(command.formats().is_empty(), "{command:?}");
            continue;
        };
        // As the one line for a shell gathers it.
        let text = format!("# {}\n{output}", command.line(&target()));
        let case = text_case(&text);
        let found = formats(&case.opened.bundle.manifest.source);
        for word in command.formats() {
            assert!(found.iter().any(|format| format == word), "{command:?}: {found:?} has no {word}");
        }
        let holds = |fact: &Fact| {
            let subject = match &fact.subject {
                Subject::Host => path.starts_with("host/"),
                Subject::Device { .. } | Subject::Port { .. } | Subject::Module { .. } => true,
            };
            let shown = match fact.value() {
                Some(Value::Number { number, .. }) => number.to_string(),
                Some(other) => other.to_string(),
                None => return false,
            };
            subject && fact.path == path && shown == value && fact.view.is_none_or(|view| view == View::Next)
        };
        assert!(
            case.facts.iter().any(holds),
            "{command:?} gives no {path} {value}: {:?}",
            case.facts.iter().map(|fact| (&fact.path, fact.value())).collect::<Vec<_>>()
        );
    }
}

#[test]
fn all_answers_in_one_file_leave_nothing_to_ask_for() {
    let first = text_case(DRIVER);
    let asked = ask(&first);
    assert!(asked.asks.len() >= 4, "{asked:?}");
    let mut ticket = String::new();
    for one in &asked.asks {
        let command = Command::ALL.into_iter().find(|command| {
            let bare = Target { interface: None, ..target() };
            command.line(&target()) == one.command || command.line(&bare) == one.command
        });
        let (output, ..) = answer(command.unwrap()).unwrap();
        ticket.push_str(&format!("# {}\n{output}", one.command));
    }
    let again = texts_case(&[("first.txt", DRIVER), ("ticket.txt", &ticket)]);
    assert_eq!(again.opened.devices().len(), 1, "the answers are about the card that was asked for");
    let left: Vec<String> = ask(&again).asks.into_iter().map(|one| one.command).collect();
    assert!(left.is_empty(), "{left:?}");
}
