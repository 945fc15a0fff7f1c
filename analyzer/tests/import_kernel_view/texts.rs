//! Texts made for these tests, in the forms that the samples do not have.

use super::{facts_of, file_of, imported, told};

pub(super) const ETHTOOL: &str = "\
root@host:~# ethtool -i eth0
driver: mlx5_core
version: 24.10-1.1.4
firmware-version: 22.41.1000 (MT_0000000436)
expansion-rom-version:
bus-info: 0000:3b:00.0
supports-statistics: yes
root@host:~# ethtool -l eth0
Channel parameters for eth0:
Pre-set maximums:
RX:\t\tn/a
TX:\t\tn/a
Other:\t\tn/a
Combined:\t63
Current hardware settings:
RX:\t\tn/a
TX:\t\tn/a
Other:\t\tn/a
Combined:\t8

root@host:~# ethtool -k eth0
Features for eth0:
rx-checksumming: on
tx-checksumming: on
\ttx-checksum-ipv4: off [fixed]
hw-tc-offload: off
root@host:~# ethtool -a eth0
Pause parameters for eth0:
Autonegotiate:\toff
RX:\t\ton
TX:\t\ton

root@host:~# ethtool -c eth0
Coalesce parameters for eth0:
Adaptive RX: on  TX: off
rx-usecs:\t8
root@host:~# ethtool --show-fec eth0
FEC parameters for eth0:
Supported/Configured FEC encodings: Auto RS
Active FEC encoding: RS
root@host:~# ethtool --show-priv-flags eth0
Private flags for eth0:
rx_cqe_compress    : off
root@host:~# ethtool -T eth0
Time stamping parameters for eth0:
Capabilities:
\thardware-transmit
PTP Hardware Clock: 2
Hardware Transmit Timestamp Modes:
\toff
\ton
root@host:~# ethtool eth0
Settings for eth0:
\tSupported ports: [ FIBRE ]
\tSpeed: Unknown!
\tDuplex: Unknown! (255)
\tAuto-negotiation: on
\tLink detected: no
";

#[test]
fn tables_of_ethtool_belong_to_the_card_that_minus_i_names() {
    let imported = imported(ETHTOOL.as_bytes()).unwrap();
    let facts = told(&imported.facts);
    for fact in [
        "ethtool/driver=mlx5_core",
        "ethtool/version=24.10-1.1.4",
        "ethtool/firmware_version=22.41.1000",
        "ethtool/psid=MT_0000000436",
        "netdev/eth0.channels.max.combined=63",
        "netdev/eth0.channels.combined=8",
        "netdev/eth0.channels.rx?",
        "netdev/eth0.feature.tx-checksum-ipv4=off [fixed]",
        "netdev/eth0.feature.hw-tc-offload=off",
        "netdev/eth0.pause.autonegotiate=off",
        "netdev/eth0.pause.rx=on",
        "netdev/eth0.coalesce.adaptive_rx=on",
        "netdev/eth0.coalesce.adaptive_tx=off",
        "netdev/eth0.coalesce.rx-usecs=8",
        "netdev/eth0.fec.supported_configured_fec_encodings=Auto RS",
        "netdev/eth0.fec.active_fec_encoding=RS",
        "netdev/eth0.private_flag.rx_cqe_compress=off",
        "netdev/eth0.ptp_hardware_clock=2",
        "netdev/eth0.supported_ports=FIBRE",
        "netdev/eth0.speed?",
        "netdev/eth0.duplex?",
        "netdev/eth0.autoneg=on",
        "netdev/eth0.link_detected=no",
    ] {
        assert!(facts.contains(&format!("0000:3b:00.0 {fact}")), "{fact} is not in {facts:#?}");
    }
    assert_eq!(file_of(&imported).unread, 0, "{:?}", file_of(&imported).unread_lines);
    assert_eq!(imported.bundle.manifest.devices.len(), 1);
}

#[test]
fn interfaces_of_other_drivers_are_no_devices() {
    for driver in ["igb", "mlx4_en", "bonding"] {
        let text = ETHTOOL.replace("mlx5_core", driver);
        let imported = imported(text.as_bytes()).unwrap();
        assert!(imported.bundle.manifest.devices.is_empty(), "{driver}");
        assert_eq!(told(&imported.facts), Vec::<String>::new(), "{driver}");
    }
}

pub(super) const DEVLINK: &str = "\
# devlink dev info
pci/0000:3b:00.0:
  driver mlx5_core
  versions:
      fixed:
        fw.psid MT_0000000436
      running:
        fw.version 22.41.1000
        fw 22.41.1000
      stored:
        fw.version 22.43.1014
        fw 22.43.1014
pci/0000:01:00.0:
  driver ice
  versions:
      running:
        fw 5.1.9
# devlink dev param show
pci/0000:3b:00.0:
  name flow_steering_mode type driver-specific
    values:
      cmode runtime value dmfs
  name enable_roce type generic
    values:
      cmode driverinit value true
  name event_eq_size type generic
    values:
      cmode driverinit value 4096
# devlink dev eswitch show pci/0000:3b:00.0
pci/0000:3b:00.0: mode legacy inline-mode none encap-mode basic
# devlink health
pci/0000:3b:00.0:
  reporter fw
    state healthy error 0 recover 0 auto_dump true
  reporter fw_fatal
    state error error 1 recover 0 last_dump_date 2025-10-10 last_dump_time 12:08:47 grace_period
60000 auto_recover true auto_dump true
";

pub(super) const DEVLINK_JSON: &str = concat!(
    "{\"info\":{\"pci/0000:3b:00.0\":{\"driver\":\"mlx5_core\",\"versions\":{\"fixed\":{\"fw.psid\":\"MT_0000000436\"},",
    "\"running\":{\"fw.version\":\"22.41.1000\",\"fw\":\"22.41.1000\"},\"stored\":{\"fw.version\":\"22.43.1014\",\"fw\":\"22.43.1014\"}}}}}\n",
    "{\"param\":{\"pci/0000:3b:00.0\":[{\"name\":\"flow_steering_mode\",\"type\":\"driver-specific\",\"values\":[{\"cmode\":\"runtime\",\"value\":\"dmfs\"}]},",
    "{\"name\":\"enable_roce\",\"type\":\"generic\",\"values\":[{\"cmode\":\"driverinit\",\"value\":true}]},",
    "{\"name\":\"event_eq_size\",\"type\":\"generic\",\"values\":[{\"cmode\":\"driverinit\",\"value\":4096}]}]}}\n",
    "{\"dev\":{\"pci/0000:3b:00.0\":{\"mode\":\"legacy\",\"inline-mode\":\"none\",\"encap-mode\":\"basic\"}}}\n",
    "{\n    \"health\": {\n        \"pci/0000:3b:00.0\": [ {\n                \"reporter\": \"fw\",\n",
    "                \"state\": \"healthy\",\n                \"error\": 0,\n                \"recover\": 0,\n",
    "                \"auto_dump\": true\n            },{\n                \"reporter\": \"fw_fatal\",\n",
    "                \"state\": \"error\",\n                \"error\": 1,\n                \"recover\": 0,\n",
    "                \"last_dump_date\": \"2025-10-10\",\n                \"last_dump_time\": \"12:08:47\",\n",
    "                \"grace_period\": 60000,\n                \"auto_recover\": true,\n",
    "                \"auto_dump\": true\n            } ]\n    }\n}\n",
);

/// What the driver prints where it could not read the stored version is no version.
#[test]
fn a_version_that_stands_for_none_is_a_gap() {
    for text in [DEVLINK, DEVLINK_JSON] {
        let found = imported(text.replace("22.43.1014", "255.255.65535").as_bytes()).unwrap();
        let found = told(&found.facts);
        assert!(found.contains(&"0000:3b:00.0 devlink/info.stored.fw.version?".to_owned()), "{found:?}");
        assert!(found.contains(&"0000:3b:00.0 devlink/info.running.fw.version=22.41.1000".to_owned()));
    }
    let dead = ETHTOOL.replace("22.41.1000", "65535.65535.65535");
    assert!(dead.contains("firmware-version: 65535"));
    let found = told(&imported(dead.as_bytes()).unwrap().facts);
    assert!(found.iter().any(|fact| fact.ends_with("ethtool/firmware_version?")), "{found:?}");
}

#[test]
fn text_and_json_of_devlink_say_the_same() {
    let (text, json) = (imported(DEVLINK.as_bytes()).unwrap(), imported(DEVLINK_JSON.as_bytes()).unwrap());
    assert_eq!(told(&text.facts), told(&json.facts));
    assert_eq!(text.facts.len(), 24, "{:#?}", told(&text.facts));
    for imported in [&text, &json] {
        assert_eq!(file_of(imported).unread, 0, "{:?}", file_of(imported).unread_lines);
        let devices = &imported.bundle.manifest.devices;
        assert_eq!((devices.len(), devices[0].id.as_str()), (1, "0000:3b:00.0"));
    }
    assert!(
        told(&text.facts).contains(&"0000:3b:00.0 devlink/health.fw_fatal.grace_period=60000".to_owned())
    );
}

pub(super) const LSPCI: &str = "\
3b:00.0 Ethernet controller [0200]: Mellanox Technologies MT2892 Family [ConnectX-6 Dx] [15b3:101d] (rev 01)
\tSubsystem: Mellanox Technologies Device [15b3:0016]
\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
\tNUMA node: 1
\tRegion 0: Memory at a2000000 (64-bit, prefetchable) [size=32M]
\tCapabilities: [60] Express (v2) Endpoint, MSI 00
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM not supported
\t\t\tClockPM- Surprise- LLActRep- BwNot- ASPMOptComp+
\t\tLnkSta:\tSpeed 8GT/s (downgraded), Width x8 (downgraded)
\tCapabilities: [48] Vital Product Data
\t\tProduct Name: ConnectX-6 Dx EN adapter card
\t\tRead-only fields:
\t\t\t[PN] Part number: MCX623106AN-CDAT
\t\t\t[EC] Engineering changes: A7
\t\t\t[SN] Serial number: MT2225300179
\t\tEnd
\tCapabilities: [180 v1] Single Root I/O Virtualization (SR-IOV)
\t\tInitial VFs: 8, Total VFs: 16, Number of VFs: 4, Function Dependency Link: 00
\tKernel driver in use: mlx5_core
\tKernel modules: mlx5_core

3c:00.0 PCI bridge [0604]: Mellanox Technologies MT42822 Family [BlueField-2 SoC PCIe Bridge] [15b3:1978]
\tLnkSta:\tSpeed 16GT/s, Width x16
00:1f.6 Ethernet controller [0200]: Intel Corporation Ethernet Connection [8086:15b8]
\tKernel driver in use: e1000e
05:00.0 0200: 15b3:1003
\tKernel driver in use: mlx4_core
06:00.0 0207: 15b3:101b (rev 02)
";

#[test]
fn details_of_lspci_are_those_of_sysfs() {
    let imported = imported(LSPCI.as_bytes()).unwrap();
    let of_card = |fact: &str| format!("0000:3b:00.0 {fact}");
    let mut wanted: Vec<String> = [
        "lspci/name=Mellanox Technologies MT2892 Family [ConnectX-6 Dx]",
        "pci/vendor=0x15b3",
        "pci/device=0x101d",
        "pci/revision=0x01",
        "pci/subsystem_vendor=0x15b3",
        "pci/subsystem_device=0x0016",
        "pci/numa_node=1",
        "pci/max_link_speed=16.0 GT/s",
        "pci/max_link_width=16",
        "pci/current_link_speed=8.0 GT/s",
        "pci/current_link_width=8",
        "lspci/vpd.product_name=ConnectX-6 Dx EN adapter card",
        "lspci/vpd.part_number=MCX623106AN-CDAT",
        "lspci/vpd.engineering_changes=A7",
        "pci/sriov_totalvfs=16",
        "pci/sriov_numvfs=4",
        "lspci/kernel_driver=mlx5_core",
        "lspci/kernel_modules=mlx5_core",
    ]
    .map(of_card)
    .to_vec();
    let other = ["pci/vendor=0x15b3", "pci/device=0x101b", "pci/revision=0x02"];
    wanted.extend(other.map(|fact| format!("0000:06:00.0 {fact}")));
    assert_eq!(told(&imported.facts), wanted);
    assert_eq!(file_of(&imported).unread, 0, "{:?}", file_of(&imported).unread_lines);
}

#[test]
fn prose_is_none_of_these() {
    for prose in [
        "The driver: mlx5_core prints this.\nversion 5.\n",
        "Linux is what we run, and ethtool says so.\n",
        "I ran lspci: nothing. 1.2.3.4 Ethernet controller: none\n",
        "[1] Mellanox\n[2.5 GT/s] is slow\nMar 06 was a Monday\n",
        "pci/devices: type this\nmode legacy\n",
        "PATH=/usr/bin\nHOME=/root\n",
    ] {
        assert_eq!(told(&facts_of(prose.as_bytes())), Vec::<String>::new(), "{prose}");
    }
}
