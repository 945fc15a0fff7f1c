//! What flint, mlxfwmanager and mst print, and the raw TLV files of mlxconfig.

use std::collections::BTreeMap;

use mlx5_analyzer::import::import;
use mlx5_analyzer::import::source::Found;
use mlx5_schemas::model::fact::{Fact, Knowledge, View};
use mlx5_schemas::model::manifest::{Device, Source};
use mlx5_schemas::model::status::CollectionStatus;
use serde_json::json;

use super::{case, facts_of, is_known_text, written};
use crate::support::{baseline, gist, now, samples};
use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::model::verdict::Assurance;

pub(super) const FLINT: &str = "\
[root@host ~]# mstflint -d 3b:00.0 q full
Image type:            FS4
FW Version:            22.41.1000
FW Version(Running):   22.39.2048
FW Release Date:       29.4.2024
Part Number:           MCX623106AN-CDA_Ax
Description:           ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56;
PCIe 4.0 x16
Product Version:       22.41.1000
Rom Info:              type=UEFI Virtio net version=21.4.10 cpu=AMD64,AARCH64
                       type=UEFI version=14.34.12 cpu=AMD64,AARCH64
type=PXE version=3.7.400 cpu=AMD64

Description:           UID                GuidsNumber
Base GUID:             b83fd20300000100        16
Orig Base GUID:        N/A                     16
Base MAC:              b83fd2000100            16
Image VSD:             N/A
Device VSD:            N/A
PSID:                  MT_0000000436
Security Attributes:   secure-fw, dev
Life cycle:            GA SECURED
Some Newer Key:        Manually ; Disabled
[root@host ~]# flint -d /dev/mst/mt4129_pciconf0.1 q | grep -e PSID -e Version
FW Version:            28.40.1000
PSID:                  MT_0000000834
";

pub(super) const UPDATES: &str = "\
Querying Mellanox devices firmware ...

Device #1:
----------

  Device Type:      ConnectX6DX
  Part Number:      MCX623106AC-CDA_Ax
  Description:      ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56;
PCIe 4.0 x16
  PSID:             MT_0000000436
  PCI Device Name:  03:00.0
  Base MAC:         1c34da73458a
  Versions:         Current        Available
     FW             22.45.3608     N/A
     FW (Running)   22.43.1020     N/A
     UEFI Virtio blk   22.4.0013      N/A

  Status:           No matching image found

Device #2:
----------

  Device Type:      ConnectX7
  PSID:             MT_0000001244
  PCI Device Name:  /dev/mst/mt4129_pciconf1
  Port1 GUID:       24be05ffffbd0801
  Versions:         Current        Available
     FW             28.42.1000     28.43.1014

  Status:           Update required

Found 1 device(s) requiring firmware update...
";

pub(super) const UPDATES_XML: &str = r#"# mlxup --query --query-format XML
> <Devices>
>   <Device pciName="03:00.0" type="ConnectX6DX" psid="MT_0000000436" partNumber="MCX623106AC-CDA_Ax">
>     <Versions>
>       <FW current="22.45.3608" available="N/A"/>
>     </Versions>
>     <MACs Base_Mac="1c34da73458a" />
>     <Status>No matching image found</Status>
>     <Description>ConnectX-6 Dx EN adapter card; 100GbE;</Description>
>   </Device>
> </Devices>
"#;

pub(super) const STATUS: &str = "\
MST modules:
------------
    MST PCI module is not loaded
    MST PCI configuration module loaded
MST devices:
------------
/dev/mst/mt4125_pciconf0         - PCI configuration cycles access.
                                   domain:bus:dev.fn=0000:3b:00.0 addr.reg=88 data.reg=92 cr_bar.gw_offset=-1
                                   Chip revision is: 00
PCI devices:
------------
DEVICE_TYPE             MST                           PCI       RDMA            NET                       NUMA
ConnectX6DX(rev:0)      /dev/mst/mt4125_pciconf0.1    3b:00.1   mlx5_1          net-p1,net-pf1hpf         -1

NA                      NA                            3b:00.2   mlx5_2                                    0

ConnectX7(rev:0)        /dev/mst/mt4129_pciconf0      0000:05:00.0   mlx5_0     net-enp5s0np0
                  1
";

pub(super) const BACKUP: &str = "\
MLNX_RAW_TLV_FILE
% TLV Type: 0x00000080, Writer ID: ICMD MLXCONFIG(0x09), Writer Host ID: 0x00
0x03090010 0x00000080 0x00000000 0x00000000 0x00000000 0x00000000 0x00000000
% TLV Type: 0x07000083, Writer ID: ICMD(0x05), Writer Host ID: 0x00
0x03050204 0x07000083 0x00000000
0x1000000f
";

fn by_path(facts: &[Fact], device: &str) -> BTreeMap<String, String> {
    let of = facts.iter().filter(|fact| fact.subject.device() == Some(device));
    of.map(|fact| (fact.path.clone(), written(fact))).collect()
}

fn devices_of(text: &str) -> Vec<Device> {
    import(Found::loose("m.txt", text.as_bytes().to_vec()), now()).unwrap().bundle.manifest.devices
}

fn unread_of(text: &str) -> Vec<String> {
    let imported = import(Found::loose("m.txt", text.as_bytes().to_vec()), now()).unwrap();
    let Source::Imported { files, .. } = &imported.bundle.manifest.source else { panic!() };
    files[0].unread_lines.iter().map(|line| line.text.clone()).collect()
}

#[test]
fn flint_is_read_run_by_run() {
    let facts = facts_of(FLINT.as_bytes());
    let full = by_path(&facts, "0000:3b:00.0");
    for (path, value) in [
        ("fw_version", "22.41.1000"),
        ("fw_version_running", "22.39.2048"),
        ("description", "ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56; PCIe 4.0 x16"),
        ("rom_info[0]", "type=UEFI Virtio net version=21.4.10 cpu=AMD64,AARCH64"),
        ("rom_info[2]", "type=PXE version=3.7.400 cpu=AMD64"),
        ("base_guid", "b83fd20300000100"),
        ("base_guid_count", "16"),
        ("orig_base_guid", "?the text does not say"),
        ("orig_base_guid_count", "16"),
        ("image_vsd", "?the text does not say"),
        ("security_attributes", "secure-fw, dev"),
        ("some_newer_key", "Manually ; Disabled"),
    ] {
        assert_eq!(full.get(&format!("flint/{path}")).map(String::as_str), Some(value), "{path}");
    }
    assert_eq!(full.len(), 22);
    assert!(!full.values().any(|value| value.contains("GuidsNumber")), "a table's head is no fact");
    let grepped = by_path(&facts, "/dev/mst/mt4129_pciconf0.1");
    assert_eq!(grepped.into_values().collect::<Vec<_>>(), ["28.40.1000", "MT_0000000834"]);
    assert_eq!(unread_of(FLINT), Vec::<String>::new());
}

#[test]
fn an_image_file_is_no_device() {
    let text = FLINT.replace("-d 3b:00.0 q full", "-i fw.bin q full");
    let facts = facts_of(text.as_bytes());
    assert!(facts.iter().all(|fact| fact.subject.device() == Some("/dev/mst/mt4129_pciconf0.1")));
    assert!(case(&text).opened.bundle.manifest.notes.iter().any(|note| note.contains("image file")));
}

#[test]
fn runs_that_nothing_names_are_counted() {
    let run = "Image type:            FS3\nPSID:                  MT_1\n";
    let ids = |text: &str| devices_of(text).into_iter().map(|device| device.id).collect::<Vec<_>>();
    assert_eq!(ids(&format!("{run}{run}")), ["device #1", "device #2"]);
    assert_eq!(ids(&format!("=== Device: 05:00.0 ===\n{run}{run}")), ["0000:05:00.0"]);
    // What lspci lists is no heading.
    assert_eq!(ids(&format!("05:00.0 Ethernet controller: Mellanox Device 101d\n{run}")), ["device #1"]);
    // Nor is the first file's the first run's.
    let backup = format!("{run}{BACKUP}");
    assert_eq!(ids(&backup), ["device #1", "device #1 of a raw TLV file"]);
    // Nor is another tool's first device this one's.
    let query = "Device #1:\n\nDevice type:   ConnectX7\nConfigurations:   Next Boot\n  A_B   1\n";
    assert_eq!(ids(&format!("{query}{run}")), ["device #1", "device #1 of flint"]);
    let facts = facts_of(format!("{query}{FLINT}").as_bytes());
    assert!(!facts.iter().any(|fact| fact.path == "board/description"), "flint's description is flint's");
}

#[test]
fn updates_are_read_device_by_device() {
    let facts = facts_of(UPDATES.as_bytes());
    let first = by_path(&facts, "0000:03:00.0");
    for (path, value) in [
        ("device_type", "ConnectX6DX"),
        ("description", "ConnectX-6 Dx EN adapter card; 100GbE; Dual-port QSFP56; PCIe 4.0 x16"),
        ("versions.fw.current", "22.45.3608"),
        ("versions.fw.available", "?the text does not say"),
        ("versions.fw_running.current", "22.43.1020"),
        ("versions.uefi_virtio_blk.current", "22.4.0013"),
        ("status", "No matching image found"),
    ] {
        assert_eq!(first.get(&format!("mlxfwmanager/{path}")).map(String::as_str), Some(value), "{path}");
    }
    let second = by_path(&facts, "/dev/mst/mt4129_pciconf1");
    assert_eq!(second["mlxfwmanager/port1_guid"], "24be05ffffbd0801");
    assert_eq!((first.len(), second.len()), (13, 7));
    assert!(!facts.iter().any(|fact| fact.path.starts_with("board/")), "no head of mlxconfig's");
    assert_eq!(unread_of(UPDATES), Vec::<String>::new());
    let broken = UPDATES.replace("28.42.1000     28.43.1014", "28.42.1000");
    assert!(unread_of(&broken).iter().any(|line| line.starts_with("FW   ")), "{:?}", unread_of(&broken));
}

#[test]
fn xml_says_what_the_text_says() {
    let facts = facts_of(UPDATES_XML.as_bytes());
    let found = by_path(&facts, "0000:03:00.0");
    assert_eq!(found["mlxfwmanager/versions.fw.current"], "22.45.3608");
    assert_eq!((found["mlxfwmanager/base_mac"].as_str(), found.len()), ("1c34da73458a", 9));
    assert_eq!(unread_of(UPDATES_XML), ["# mlxup --query --query-format XML"]);
    let strange = UPDATES_XML.replace("<Status>No matching image found</Status>", "<Fuses>7</Fuses>");
    assert_eq!(unread_of(&strange)[1], "<Fuses>7</Fuses>");
    // What is not whole, or has a document type, says nothing.
    for bad in [
        UPDATES_XML.replace("</Device>", ""),
        UPDATES_XML
            .replace("> <Devices>", "> <!DOCTYPE x [<!ENTITY a \"b\">]><Devices>")
            .replace("MT_0", "&a;"),
        UPDATES_XML.replace("</Devices>", ""),
    ] {
        assert_eq!(facts_of(bad.as_bytes()), [], "{bad}");
    }
    let deep =
        format!("<Devices><Device>{}{}</Device></Devices>\n", "<a>".repeat(20_000), "</a>".repeat(20_000));
    assert_eq!(facts_of(deep.as_bytes()), []);
}

#[test]
fn samples_of_both_forms_say_the_same() {
    let Some(folder) = samples() else { return };
    let of = |name: &str| {
        let facts = facts_of(&std::fs::read(folder.join(name)).unwrap());
        facts.into_iter().map(|fact| (fact.path, fact.knowledge)).collect::<BTreeMap<_, _>>()
    };
    let text = of("61-mlxfwmanager-cx6lx-empovit-text.txt");
    assert_eq!(text, of("62-mlxfwmanager-cx6lx-empovit-xml.xml"));
    assert_eq!(text.len(), 14);
}

#[test]
fn status_puts_names_together() {
    let text =
        format!("{STATUS}# flint -d /dev/mst/mt4125_pciconf0 q\n{}", FLINT.split_once('\n').unwrap().1);
    let devices: BTreeMap<String, Device> =
        devices_of(&text).into_iter().map(|device| (device.id.clone(), device)).collect();
    let ids: Vec<&str> = devices.keys().map(String::as_str).collect();
    // The name of flint's second run is nobody's here.
    assert_eq!(
        ids,
        ["/dev/mst/mt4129_pciconf0.1", "0000:05:00.0", "0000:3b:00.0", "0000:3b:00.1", "0000:3b:00.2"]
    );
    assert_eq!(devices["0000:3b:00.1"].netdevs, ["p1", "pf1hpf"]);
    assert_eq!(devices["0000:3b:00.1"].rdma_devices, ["mlx5_1"]);
    let facts = facts_of(text.as_bytes());
    assert_eq!(by_path(&facts, "0000:3b:00.0")["flint/psid"], "MT_0000000436");
    let numa = |id: &str| by_path(&facts, id)["mst/numa"].clone();
    assert_eq!(numa("0000:05:00.0"), "1");
    assert_eq!(numa("0000:3b:00.2"), "0");
    assert!(numa("0000:3b:00.1").starts_with("?-1"), "{}", numa("0000:3b:00.1"));
    assert_eq!(by_path(&facts, "0000:3b:00.2")["mst/device_type"], "?the text does not say");
    // A row that is cut puts nothing together.
    let cut = &STATUS[..STATUS.find("net-p1").unwrap() + 5];
    assert!(devices_of(cut).iter().all(|device| device.netdevs.is_empty()));
}

#[test]
fn a_backup_is_what_is_stored() {
    let facts = facts_of(BACKUP.as_bytes());
    assert!(facts.iter().all(|fact| fact.view == Some(View::Next) && fact.path.starts_with("nv/")));
    let found = by_path(&facts, "device #1");
    assert_eq!(found["nv/7:0x083/data"], "1000000f");
    assert_eq!(found["nv/0:0x080/writer"], "ICMD_MLXCONFIG(9)");
    let vfs = facts.iter().find(|fact| fact.name() == "NUM_OF_VFS").unwrap();
    assert_eq!((vfs.path.as_str(), written(vfs).as_str()), ("nv/0:0x080.total_vfs", "0"));
    assert_eq!(unread_of(BACKUP), Vec::<String>::new());
    assert_eq!(devices_of(&format!("# mlxconfig -d 3b:00.0 -f x backup\n{BACKUP}"))[0].id, "0000:3b:00.0");
}

#[test]
fn what_a_raw_file_asks_for_is_no_value_of_a_device() {
    let text = "MLNX_RAW_TLV_FILE\n0x03000204 0x07000083 0x00000000 0x1000000f";
    let facts = facts_of(text.as_bytes());
    assert!(facts.iter().all(|fact| fact.view.is_none() && fact.path.starts_with("raw_tlv/7:0x083")));
    assert!(facts.iter().any(|fact| fact.path == "raw_tlv/7:0x083/data"), "all of its digits are there");
    let rules =
        baseline(json!([{"id": "r", "facts": ["nv/7:0x083/data"], "expect": {"equals": "1000000f"}}]));
    let options = Options { min_assurance: Some(Assurance::Claimed), ..Options::default() };
    let report = check(&[Ok(case(text))], &[rules], options);
    assert!(!gist(&report).is_empty() || report.exit_code != 0, "no rule is fulfilled by it");
    for bad in [
        &text[..text.len() - 1],
        "MLNX_RAW_TLV_FILE\n0x03000204 0x07000083 0x00000000 0x1000000f 0x00000000\n",
        "MLNX_RAW_TLV_FILE\n0x03000208 0x07000083 0x00000000 0x1000000f\n",
        "MLNX_RAW_TLV_FILE\n0x03000206 0x07000083 0x00000000 0x1000000f\n",
        "MLNX_RAW_TLV_FILE\n0x03000204 0x07000083 0x00000000 what\n",
    ] {
        assert_eq!((facts_of(bad.as_bytes()), is_known_text(bad.as_bytes())), (vec![], true), "{bad}");
        assert_eq!(unread_of(bad).len(), 1, "{bad}");
    }
}

#[test]
fn a_secret_is_masked() {
    let text = "MLNX_RAW_TLV_FILE\n0x00000008 0x0000019b 0x00000000 0x68756e74 0x65723200\n";
    let facts = facts_of(text.as_bytes());
    let [fact] = &facts[..] else { panic!("{facts:?}") };
    assert!(
        matches!(&fact.knowledge, Knowledge::Unknown { status: CollectionStatus::Masked, reason } if !reason.contains("6875"))
    );
    assert_eq!(unread_of(text), Vec::<String>::new());
}
