//! Reports as they come: a sos report, a sysinfo-snapshot, and how they are packed.
//!
//! Must not do: use the product's code.

use std::io::Write;
use std::path::Path;

use mlx5_fixtures::hostile::tar::{Entry, tar};

/// What `mstconfig -d 0000:3b:00.0 -e q` prints.
pub(crate) const QUERY: &str = "\
Device #1:
----------

Device type:        ConnectX6DX
Name:               MCX623106AN-CDA_Ax
Description:        ConnectX-6 Dx EN adapter card
Device:             0000:3b:00.0

Configurations:                                     Default         Current         Next Boot
*       NUM_OF_VFS                                  8               8               16
        SRIOV_EN                                    True(1)         True(1)         True(1)
        LINK_TYPE_P1                                ETH(2)          ETH(2)          ETH(2)
The '*' shows parameters with next value different from default/current value.
";
/// What `mstflint -d 0000:3b:00.0 q` prints.
const FLINT: &str = "\
Image type:            FS4
FW Version:            22.41.1000
FW Release Date:       5.5.2024
Product Version:       22.41.1000
Description:           UID                GuidsNumber
Base GUID:             b83fd20300000100        4
Base MAC:              b83fd2000100            4
PSID:                  MT_0000000436
Security Attributes:   N/A
";
const DRIVER: &str = "\
driver: mlx5_core
version: 6.1.0-28-amd64
firmware-version: 22.41.1000 (MT_0000000436)
expansion-rom-version:
bus-info: 0000:3b:00.0
supports-statistics: yes
supports-test: yes
supports-eeprom-access: no
supports-register-dump: no
supports-priv-flags: yes
";
const DMESG: &str = "\
[    0.000000] Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)
[    3.100000] mlx5_core 0000:3b:00.0: firmware version: 22.41.1000
[    3.200000] usb 1-1: new high-speed USB device number 2
";
const MESSAGES: &str = "\
Nov 20 10:00:00 h sshd[1]: Accepted publickey for root
Nov 20 10:00:01 h kernel: mlx5_core 0000:3b:00.0: firmware version: 22.40.1000
";

/// What is in a report.
pub(crate) enum Piece {
    Text(String),
    Link(&'static str),
}

/// Paths and what is there, ordered by path.
pub(crate) type Tree = Vec<(String, Piece)>;

fn tree(root: &str, pieces: &[(&str, &str)]) -> Tree {
    let path = |name: &str| format!("{root}/{name}");
    let mut tree: Tree = pieces
        .iter()
        .map(|(name, text)| match *text {
            "LINK" => (path(name), Piece::Link("../usr/lib/os-release")),
            text if text.starts_with("-> ") => (path(name), Piece::Link("sos_commands/kernel/dmesg")),
            text => (path(name), Piece::Text(text.to_owned())),
        })
        .collect();
    tree.sort_by(|left, right| left.0.cmp(&right.0));
    tree
}

/// A sos report.
pub(crate) fn sos() -> Tree {
    tree(
        "sosreport-h-2026-11-20-abcdefg",
        &[
            ("dmesg", "-> sos_commands/kernel/dmesg"),
            ("etc/os-release", "LINK"),
            ("usr/lib/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"),
            ("etc/hosts", "127.0.0.1 localhost\n"),
            ("proc/version", "Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)\n"),
            ("proc/cmdline", "BOOT_IMAGE=/vmlinuz-6.1.0-28-amd64 root=/dev/vda1 ro\n"),
            ("proc/sys/kernel/tainted", "0\n"),
            ("sos_commands/kernel/dmesg", DMESG),
            ("sos_commands/kernel/lsmod", "Module Size Used by\nmlx5_core 1 0\n"),
            ("sos_commands/logs/journalctl_--disk-usage", "8M\n"),
            ("sos_commands/mellanox_firmware/mstconfig_-d_0000_3b_00.0_-e_q", QUERY),
            ("sos_commands/mellanox_firmware/mstflint_-d_0000_3b_00.0_q", FLINT),
            ("sos_commands/networking/ethtool_-i_eth0", DRIVER),
            ("sos_commands/networking/ethtool_-S_eth0", "NIC statistics:\n     rx_packets: 7\n"),
            ("sos_commands/networking/netstat_-s", "Ip:\n    7 total packets received\n"),
            ("sos_reports/manifest.json", "{\"version\": \"4.0\"}\n"),
            ("var/log/messages", MESSAGES),
            ("version.txt", "sosreport: 4.0\n"),
        ],
    )
}

/// A sysinfo-snapshot.
pub(crate) fn sysinfo() -> Tree {
    let page = format!(
        "<html><body><pre><h2>1. Server Commands: </h2><table><tr></tr></table>\
         <h2>ethtool_all_interfaces</h2><p>ethtool version 6.1\n\nethtool -i eth0\n{DRIVER}\n____________\n\n</p>\
         <h2>free</h2><p>Mem: 7</p><h2>/proc/version</h2><p>Linux version 6.1.0<br/></p></body></pre></html>"
    );
    let sysfs = "File: /sys/devices/pci0000:3a/0000:3b:00.0/infiniband/mlx5_0/fw_ver: 22.41.1000\n";
    tree(
        "sysinfo-snapshot-v3.7.6-h-20261120-100000",
        &[
            ("sysinfo-snapshot-20261120-100000.html", &page),
            ("performance_tuning_analyze.html", "<h2>uname</h2><p>no</p>"),
            ("firmware/mstconfig_00003b000", &format!("mstconfig -d 0000:3b:00.0 -e  q\n{QUERY}\n")),
            ("firmware/mstflint_00003b000_q", &format!("mstflint -d 0000:3b:00.0 q\n{FLINT}\n")),
            ("firmware/mstdump_00003b000_run_1", "mstdump 0000:3b:00.0\n0x00000000 0x00000001\n"),
            ("dmesg", DMESG),
            ("other_system_files", sysfs),
            ("status-log-x", "PASSED\n"),
        ],
    )
}

/// As tar.
pub(crate) fn packed_tar(tree: &Tree) -> Vec<u8> {
    let root = tree[0].0.split('/').next().unwrap();
    let entries = tree.iter().map(|(path, piece)| match piece {
        Piece::Text(text) => Entry::file(path, text.as_bytes()),
        Piece::Link(target) => Entry::symbolic_link(path, target),
    });
    tar(&std::iter::once(Entry::folder(&format!("{root}/"))).chain(entries).collect::<Vec<_>>())
}

/// Unpacked.
pub(crate) fn unpacked(tree: &Tree, folder: &Path) {
    for (path, piece) in tree {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match piece {
            Piece::Text(text) => std::fs::write(path, text).unwrap(),
            Piece::Link(target) => std::os::unix::fs::symlink(target, path).unwrap(),
        }
    }
}

/// Packed with xz.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Packed with bzip2.
pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
