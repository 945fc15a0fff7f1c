//! Logs, and what people paste of a host: texts made for these tests.

use mlx5_analyzer::import::import;
use mlx5_analyzer::import::source::Found;

use super::{facts_of, imported, told};
use crate::support::now;

pub(super) const LOG: &str = "\
[    0.000000] Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP Debian 6.1.55-1
[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-13-amd64 root=/dev/sda1 ro quiet
[    1.100000] mlx_compat: loading out-of-tree module taints kernel.
[    1.438118] mlx5_core 0000:3b:00.0: firmware version: 22.41.1000
[    1.738118] mlx5_core 0000:3b:00.0 eth0: Link up
[    1.839121] mlx5_core 0000:3b:00.0 ens1f0np0: renamed from eth0
[    2.738118] mlx5_core 0000:3b:00.1 eth0: Link up
kern  :err   : [   90.123456] mlx5_core 0000:3b:00.0: mlx5_cmd_out_err:838:(pid 12): ACCESS_REG(0x805) op_mod(0x1) failed, status bad operation(0x2), syndrome (0x305684), err(-22)
<3>[   91.000001] mlx5_core 0000:3b:00.0: print_health_info:424:(pid 0): ext_synd 0x8b2d
[   92.000001] NETDEV WATCHDOG: ens1f0np0 (mlx5_core): transmit queue 3 timed out
[   93.000001] infiniband mlx5_0: mlx5_ib_dev_res_init:10:(pid 3): Couldn't create it
[   94.000001] fwctl fwctl0: mstconfig(412): has requested full access to the physical device
[   95.000001] pcieport 0000:3a:00.0: AER: Corrected error received: 0000:3b:00.0
[   96.000001] CPU: 3 PID: 412 Comm: mstconfig Tainted: G        W  OE      6.1.0-13-amd64 #1
[   97.000001] CPU: 3 PID: 412 Comm: mstconfig Tainted: G      D W  OE      6.1.0-13-amd64 #1
[   98.000001] e1000e 0000:00:1f.6 eno1: NIC Link is Up
";

/// The event whose text begins so, and one of its parts.
fn event(facts: &[String], whom: &str, text: &str, part: &str) -> Option<String> {
    let fact = facts.iter().find(|fact| fact.starts_with(whom) && fact.contains(&format!("]={text}")))?;
    let path = fact.split('=').next()?;
    let part = facts.iter().find(|fact| fact.starts_with(&format!("{path}{part}=")))?;
    Some(part.split_once('=')?.1.to_owned())
}

#[test]
fn a_log_tells_of_cards_and_host() {
    let facts = told(&facts_of(LOG.as_bytes()));
    for fact in [
        "host/kernel=6.1.0-13-amd64",
        "host/cmdline=BOOT_IMAGE=/boot/vmlinuz-6.1.0-13-amd64 root=/dev/sda1 ro quiet",
        "0000:3b:00.0 log/firmware_version=22.41.1000",
        "host/taint_letters=G D W OE",
        "host/taint/D=1",
        "host/taint/W=1",
        "host/taint/O=1",
        "host/taint/E=1",
    ] {
        assert!(facts.contains(&fact.to_owned()), "{fact} is not in {facts:#?}");
    }
    let card = "0000:3b:00.0 ";
    for (whom, text, part, expected) in [
        ("log/", "mlx_compat: loading out-of-tree module", ".kind", "module-taint"),
        ("log/", "fwctl fwctl0: mstconfig(412)", ".kind", "fwctl-taint"),
        (card, "ACCESS_REG(0x805)", ".kind", "command-failed"),
        (card, "ACCESS_REG(0x805)", ".function", "mlx5_cmd_out_err"),
        (card, "ACCESS_REG(0x805)", ".syndrome", "3167876"),
        (card, "ext_synd 0x8b2d", ".ext_synd", "35629"),
        (card, "pcieport 0000:3a:00.0: AER", ".kind", "pcie"),
        // The watchdog names the interface only; another message tells whose it is.
        (card, "NETDEV WATCHDOG: ens1f0np0", ".kind", "tx-timeout"),
        ("rdma mlx5_0 ", "Couldn't create it", ".kind", "driver-error"),
    ] {
        assert_eq!(event(&facts, whom, text, part).as_deref(), Some(expected), "{text} in {facts:#?}");
    }
    assert_eq!(facts.iter().filter(|fact| fact.contains("]=")).count(), 7);
    // `eth0` was another function's name first.
    let devices = imported(LOG.as_bytes()).unwrap().bundle.manifest.devices;
    let names: Vec<(&str, Vec<&str>)> = devices
        .iter()
        .map(|device| (device.id.as_str(), device.netdevs.iter().map(String::as_str).collect()))
        .collect();
    let expected =
        [("0000:3b:00.0", vec!["ens1f0np0"]), ("0000:3b:00.1", vec!["eth0"]), ("rdma mlx5_0", vec![])];
    assert_eq!(names, expected);
}

/// A report has the same log more than once; each place is one more piece of evidence, and no contradiction.
#[test]
fn two_logs_of_one_host_say_the_same() {
    let journal: String =
        LOG.lines().skip(3).map(|line| format!("Mar 06 14:26:57 node1 kernel: {line}\n")).collect();
    let mut found = Found::loose("dmesg.txt", LOG.as_bytes().to_vec());
    found.append(Found::loose("journal.txt", journal.into_bytes()));
    let both = told(&import(found, now()).unwrap().facts);
    assert_eq!(both.iter().filter(|fact| fact.ends_with('?')).count(), 0, "{both:#?}");
    assert_eq!(both.iter().filter(|fact| fact.contains("]=")).count(), 7, "{both:#?}");
}

#[test]
fn the_taint_of_an_earlier_boot_is_gone() {
    let again = format!("{LOG}[    0.000000] Linux version 6.1.0-14-amd64 (x) #1 SMP\n");
    let facts = told(&facts_of(again.as_bytes()));
    assert!(facts.contains(&"host/kernel=6.1.0-14-amd64".to_owned()), "{facts:#?}");
    assert!(!facts.iter().any(|fact| fact.starts_with("host/taint")), "{facts:#?}");
}

pub(super) const HOST: &str = "\
$ uname -a
Linux node1 5.14.0-427.13.1.el9_4.x86_64 #1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2024 x86_64 x86_64 x86_64 GNU/Linux
$ cat /proc/sys/kernel/tainted
12288
$ sysctl kernel.random.boot_id
kernel.random.boot_id = 5f0c1d2e-0000-4000-8000-000000000001
$ cat /etc/os-release
NAME=\"Red Hat Enterprise Linux\"
ID=\"rhel\"
PRETTY_NAME=\"Red Hat Enterprise Linux 9.4 (Plow)\"

$ cat /proc/cmdline
BOOT_IMAGE=(hd0,gpt2)/vmlinuz root=/dev/mapper/rhel-root ro iommu=pt intel_iommu=on
$ modinfo mlx5_core
filename:       /lib/modules/5.14.0-427.13.1.el9_4.x86_64/extra/mlnx-ofa_kernel/mlx5_core.ko
version:        24.10-1.1.4
srcversion:     7C0F5E1A0B6D3C2F4E5A6B7
intree:         Y

$ lsmod | grep mlx
Module                  Size  Used by
mlx5_core            2129920  1 mlx5_ib
psample                20480  1 mlx5_core
$ grep -H . /sys/class/infiniband/*/fw_ver /sys/bus/pci/devices/*/numa_node
/sys/class/infiniband/mlx5_0/fw_ver:22.41.1000
/sys/class/infiniband/mlx5_0/ports/1/state:4: ACTIVE
/sys/bus/pci/devices/0000:3b:00.0/vendor:0x15b3
/sys/bus/pci/devices/0000:3b:00.0/current_link_speed:16.0 GT/s PCIe
/sys/bus/pci/devices/0000:3b:00.0/infiniband/mlx5_0/board_id:MT_0000000436
/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/net/ens1f0np0/mtu:9000
/sys/bus/pci/devices/0000:00:1f.6/vendor:0x8086
/sys/bus/pci/devices/0000:00:1f.6/numa_node:0
==> /sys/module/mlx5_core/version <==
24.10-1.1.4

$ ibstat
CA 'mlx5_0'
\tCA type: MT4125
\tNumber of ports: 1
\tFirmware version: 22.41.1000
\tNode GUID: 0x1070fd0300000000
\tPort 1:
\t\tState: Active
\t\tPhysical state: LinkUp
\t\tRate: 100
\t\tLink layer: Ethernet
$ ibdev2netdev
mlx5_0 port 1 ==> ens1f0np0 (Up)
$ rdma link
link mlx5_0/1 state ACTIVE physical_state LINK_UP netdev ens1f0np0
$ ibv_devinfo
hca_id:\tmlx5_0
\ttransport:\t\t\tInfiniBand (0)
\tfw_ver:\t\t\t\t22.41.1000
\tvendor_id:\t\t\t0x02c9
\tboard_id:\t\t\tMT_0000000436
\t\tport:\t1
\t\t\tstate:\t\t\tPORT_ACTIVE (4)
\t\t\tlink_layer:\t\tEthernet
";

#[test]
fn what_people_paste_of_a_host_is_read() {
    let facts = told(&facts_of(HOST.as_bytes()));
    for fact in [
        "host/kernel=5.14.0-427.13.1.el9_4.x86_64",
        "host/architecture=x86_64",
        "host/taint=12288",
        "host/taint/O=1",
        "host/taint/E=1",
        "host/taint/J=0",
        "host/boot_id=5f0c1d2e-0000-4000-8000-000000000001",
        "host/distribution=Red Hat Enterprise Linux 9.4 (Plow)",
        "host/distribution_id=rhel",
        "host/cmdline=BOOT_IMAGE=(hd0,gpt2)/vmlinuz root=/dev/mapper/rhel-root ro iommu=pt intel_iommu=on",
        "host/module/mlx5_core/version=24.10-1.1.4",
        "host/module/mlx5_core/srcversion=7C0F5E1A0B6D3C2F4E5A6B7",
        "host/module/mlx5_core/loaded=1",
        "0000:3b:00.0 rdma/mlx5_0.fw_ver=22.41.1000",
        "0000:3b:00.0 rdma/mlx5_0.port1.state=4: ACTIVE",
        "0000:3b:00.0 pci/vendor=0x15b3",
        "0000:3b:00.0 pci/current_link_speed=16.0 GT/s",
        "0000:3b:00.0 rdma/mlx5_0.board_id=MT_0000000436",
        "0000:3b:00.0 netdev/ens1f0np0.mtu=9000",
        "0000:3b:00.0 rdma/mlx5_0.hca_type=MT4125",
        "0000:3b:00.0 ibstat/mlx5_0.port1.rate=100",
        "0000:3b:00.0 rdma/mlx5_0.port1.link_layer=Ethernet",
        "0000:3b:00.0 rdma_link/mlx5_0.port1.state=ACTIVE",
        "0000:3b:00.0 ibv_devinfo/mlx5_0.port1.state=PORT_ACTIVE (4)",
    ] {
        assert!(facts.contains(&fact.to_owned()), "{fact} is not in {facts:#?}");
    }
    assert!(!facts.iter().any(|fact| fact.contains("psample") || fact.contains("1f.6")), "{facts:#?}");
}
