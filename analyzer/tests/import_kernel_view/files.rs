//! Copies of a host's files, by the place that an archive says they had; and outputs whose command line it says.

use mlx5_analyzer::import::import;
use mlx5_analyzer::import::source::{Found, FoundText};
use mlx5_analyzer::import::text::Origin;

use super::told;
use crate::support::now;

fn text(name: &str, bytes: &[u8]) -> FoundText {
    let Found { texts, .. } = Found::loose(name, bytes.to_vec());
    texts.into_iter().next().unwrap()
}

fn copy(file: &str, bytes: &[u8]) -> FoundText {
    let found = text(file, bytes);
    let origin = Origin { file: Some(file.to_owned()), ..found.origin };
    FoundText { origin, ..found }
}

fn printed(command: &[&str], bytes: &[u8]) -> FoundText {
    let found = text(&command.join("_"), bytes);
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    let origin = Origin { command: Some(command), ..found.origin };
    FoundText { origin, ..found }
}

fn of(texts: Vec<FoundText>) -> (Vec<String>, usize) {
    let imported = import(Found { texts, ..Found::default() }, now()).unwrap();
    (told(&imported.facts), imported.bundle.manifest.devices.len())
}

#[test]
fn copies_say_what_the_collectors_captures_say() {
    for (file, content, expected) in [
        ("proc/sys/kernel/tainted", "4096\n", "host/taint=4096"),
        ("proc/sys/kernel/tainted", "4096\n", "host/taint/O=1"),
        ("proc/cmdline", "BOOT_IMAGE=/vmlinuz quiet\n", "host/cmdline=BOOT_IMAGE=/vmlinuz quiet"),
        ("proc/version", "Linux version 6.1.0 (x) #1\n", "host/kernel=6.1.0"),
        ("proc/version", "Linux version 6.1.0 (x) #1\n", "host/kernel_version=Linux version 6.1.0 (x) #1"),
        ("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian 13\"\n", "host/distribution=Debian 13"),
        ("sys/module/mlx5_core/version", "24.10-1.1.4\n", "host/module/mlx5_core/version=24.10-1.1.4"),
        ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n", "host/lockdown=integrity"),
        ("sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs", "8\n", "0000:3b:00.0 pci/sriov_numvfs=8"),
        ("sys/class/net/eth0/speed", "100000\n", "netdev eth0 netdev/eth0.speed=100000"),
    ] {
        let (facts, _) = of(vec![copy(file, content.as_bytes())]);
        assert!(facts.contains(&expected.to_owned()), "{file}: {facts:?}");
    }
    let (facts, _) = of(vec![copy(
        "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
        &[6, 0, 0, 0, 1],
    )]);
    assert_eq!(facts, ["host/secure_boot?"], "a copy without a line end may be cut");
}

#[test]
fn a_cut_copy_says_nothing() {
    for content in ["4096", "40", "4"] {
        let (facts, _) = of(vec![copy("proc/sys/kernel/tainted", content.as_bytes())]);
        assert!(facts.iter().all(|fact| fact.ends_with('?')), "{facts:?}");
    }
}

#[test]
fn files_of_another_vendors_function_make_no_device() {
    let folder = "sys/bus/pci/devices/0000:00:1f.6";
    let (facts, devices) = of(vec![
        copy(&format!("{folder}/vendor"), b"0x8086\n"),
        copy(&format!("{folder}/numa_node"), b"0\n"),
        copy("sys/devices/pci0000:00/0000:00:1f.6/net/eno1/mtu", b"1500\n"),
        copy("sys/class/net/lo/mtu", b"65536\n"),
        printed(&["ethtool", "lo"], b"Settings for lo:\n\tLink detected: yes\n"),
    ]);
    assert_eq!((facts, devices), (vec![], 0));
}

#[test]
fn the_command_line_of_an_archive_names_the_interface() {
    let driver = "driver: mlx5_core\nversion: 5.0-0\nfirmware-version: 22.41.1000 (MT_0000000436)\nbus-info: 0000:3b:00.0\n";
    let (facts, devices) = of(vec![
        printed(&["ethtool", "-i", "eth0"], driver.as_bytes()),
        printed(&["ethtool", "eth0"], b"Settings for eth0:\n\tSpeed: 100000Mb/s\n\tLink detected: yes\n"),
    ]);
    assert!(facts.contains(&"0000:3b:00.0 netdev/eth0.speed=100000".to_owned()), "{facts:?}");
    assert_eq!(devices, 1);
}
