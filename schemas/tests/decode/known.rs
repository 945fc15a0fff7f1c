//! Identity and NV configuration against bytes whose meaning is known.

use mlx5_schemas::decode::text::render;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply, SkipReason};
use mlx5_schemas::model::fact::{Fact, FieldPlace, Knowledge, Value, View};
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::status::CollectionStatus;

use crate::samples::*;

fn real() -> Vec<Exchange> {
    vec![
        answered(read(register::MGIR, 160, &[]), &unhex(REAL_MGIR)),
        answered(query_nv(2), &unhex("0000000200000003")),
        answered(read_nv(2, 0), &unhex(REAL_BASE_ADDRESSES)),
        answered(read_nv(3, 2), &unhex("018000080000000300000000c0000000 00080008 043f7203")),
    ]
}

#[test]
fn a_real_device_is_who_it_is() {
    let facts = facts(&real());
    let value = |path: &str| one(&facts, path, None, &on_device()).value().cloned().unwrap();
    assert_eq!(value("fw/version"), text("16.35.4506"));
    assert_eq!(value("fw/psid"), text("MT_0000000013"));
    assert_eq!(value("fw/date"), text("2024-12-22"));
    assert_eq!(value("fw/base_mac"), text("043f72eae210"));
    assert_eq!(value("fw/base_guid"), text("043f720300eae210"));
    assert_eq!(value("reg/MGIR.hw_info.device_id"), number(0x1019));
    assert_eq!(value("reg/MGIR.hw_info.hw_dev_id"), number(0x20d));
    assert_eq!(value("reg/MGIR.fw_info.psid"), text("MT_0000000013"));
    assert_eq!(value("reg/MGIR.dev_info.dev_branch_tag"), text(""));
}

#[test]
fn real_nv_items_decode_within_their_length() {
    let facts = facts(&real());
    let next = |path: &str| one(&facts, path, Some(View::Next), &on_device());
    assert_eq!(next("nv/0:0x002/length").value(), Some(&number(16)));
    assert_eq!(next("nv/0:0x002/writer").value(), Some(&named(0, "UNSPECIFIED")));
    assert_eq!(next("nv/0:0x002/overwritable").value(), Some(&named(1, "True")));
    assert_eq!(
        next("nv/0:0x002/data").value(),
        Some(&Value::Bytes { hex: "0000043f72eae210043f720300eae210".to_owned() })
    );
    let guid = next("nv/0:0x002.base_guid[7]");
    assert_eq!(guid.value(), Some(&number(0x10)));
    assert_eq!(guid.aliases, ["nv_base_mac_guid.base_guid[7]"]);
    // 128 bits of command header, 96 of MNVDA header, 15 bytes of data.
    assert_eq!(guid.evidence[0].field, Some(FieldPlace { bit_offset: 128 + 96 + 15 * 8, bit_width: 8 }));
    let default = |path: &str| one(&facts, path, Some(View::Default), &on_device()).value().cloned();
    assert_eq!(default("nv/0:0x003.num_of_allocated_guids"), Some(number(8)));
    assert_eq!(default("nv/0:0x003.num_of_allocated_macs"), Some(number(8)));
    assert_eq!(one(&facts, "nv/0:0x002/readable", None, &on_device()).value(), Some(&named(1, "True")));
}

/// nv_global_pci_conf with SR-IOV on and 16 virtual functions.
fn pci(vfs: u8) -> Vec<u8> {
    let mut data = vec![0; 24];
    data[4] = 0x80;
    data[7] = vfs;
    data
}

#[test]
fn names_and_values_are_those_of_mstconfig() {
    let facts = facts(&[answered(read_nv(0x80, 0), &nv_answer(0x80, &pci(16)))]);
    let vfs = one(&facts, "nv/0:0x080.total_vfs", Some(View::Next), &on_device());
    assert_eq!(vfs.value(), Some(&number(16)));
    assert_eq!(vfs.aliases, ["NUM_OF_VFS", "nv_global_pci_conf.total_vfs"]);
    assert_eq!(vfs.name(), "NUM_OF_VFS");
    let sriov = one(&facts, "nv/0:0x080.sriov_en", Some(View::Next), &on_device());
    assert_eq!(sriov.value().unwrap().to_string(), "True(1)");
    let mode = one(&facts, "nv/0:0x080.partial_wr_cache_mode", Some(View::Next), &on_device());
    assert_eq!(mode.value().unwrap().to_string(), "DEVICE_DEFAULT(0)");
    let writer = one(&facts, "nv/0:0x080/writer", Some(View::Next), &on_device());
    assert_eq!(writer.value(), Some(&named(9, "ICMD_MLXCONFIG")));
    assert_eq!(writer.aliases, ["nv_global_pci_conf/writer"]);
}

#[test]
fn ports_and_modules_are_subjects_with_suffixed_names() {
    let catalog = mlx5_schemas::catalog::Catalog::embedded();
    let of = |alias: &str| {
        let owner = |tlv: &&mlx5_schemas::catalog::Tlv| {
            tlv.parameters.iter().any(|parameter| parameter.alias.as_deref() == Some(alias))
        };
        catalog.tlvs().iter().find(owner).unwrap()
    };
    let (link, split) = (of("LINK_TYPE"), of("MODULE_SPLIT"));
    let port_2 = 0x0102_0000 | link.index;
    let module_0 = 0x0900_0000 | split.index;
    let facts = facts(&[
        answered(read_nv(port_2, 1), &nv_answer(port_2, &[0, 0, 0, 2 << 2])),
        answered(read_nv(module_0, 1), &nv_answer(module_0, &[7; 16])),
    ]);
    let link_type = facts.iter().find(|fact| fact.name() == "LINK_TYPE_P2").unwrap();
    assert_eq!(link_type.subject, on_port(2));
    assert_eq!(link_type.value().unwrap().to_string(), "ETH(2)");
    assert_eq!(link_type.view, Some(View::Current));
    let lane = facts.iter().find(|fact| fact.name() == "MODULE_SPLIT_M0[3]").unwrap();
    assert_eq!(lane.subject.to_string(), "0000:3b:00.0 module 0");
    assert_eq!(lane.path, format!("nv/9:0x{:03x}.mac_assignment_for_lane[3]", split.index));
}

#[test]
fn what_was_not_read_says_why() {
    let facts = facts(&[
        refused(read_nv(0x80, 2), CommandStatus::BAD_PARAM, 0x1234),
        undelivered(read_nv(0x80, 1), 110),
        Exchange { request: read_nv(0x80, 0), outcome: Outcome::NotAsked(SkipReason::DeviceGivenUp) },
        refused(query_nv(0x81), CommandStatus::INT_ERR, 0),
        refused(read_nv(0x82, 0), CommandStatus::NOT_RECORDED, 0),
    ]);
    let unknown = |path: &str, view| match &one(&facts, path, view, &on_device()).knowledge {
        Knowledge::Unknown { status, reason } => (*status, reason.clone()),
        Knowledge::Known { value } => panic!("{path} is known: {value}"),
    };
    let vfs = "nv/0:0x080.total_vfs";
    assert_eq!(
        unknown(vfs, Some(View::Default)),
        (CollectionStatus::Absent, "BAD_PARAM_ERR (0x03), syndrome 0x1234".to_owned())
    );
    assert_eq!(
        unknown(vfs, Some(View::Current)),
        (CollectionStatus::Timeout, "no answer in time (ETIMEDOUT)".to_owned())
    );
    assert_eq!(
        unknown(vfs, Some(View::Next)),
        (CollectionStatus::Skipped, "the device was given up".to_owned())
    );
    assert_eq!(unknown("nv/0:0x081/supported", None).0, CollectionStatus::Absent);
    assert_eq!(unknown("nv/0:0x082/data", Some(View::Next)).0, CollectionStatus::NotRecorded);
    // The refusal itself is the evidence: status and syndrome.
    let refusal = one(&facts, vfs, Some(View::Default), &on_device());
    assert_eq!(refusal.evidence[0].field, Some(FieldPlace { bit_offset: 0, bit_width: 64 }));
    assert_eq!(one(&facts, vfs, Some(View::Current), &on_device()).evidence[0].field, None);
}

#[test]
fn beyond_the_returned_length_is_absent_and_no_zero() {
    let facts = facts(&[answered(read_nv(0x80, 0), &nv_answer(0x80, &pci(16)[..7]))]);
    let knowledge = |path: &str| &one(&facts, path, Some(View::Next), &on_device()).knowledge;
    assert!(matches!(knowledge("nv/0:0x080.sriov_en"), Knowledge::Known { .. }));
    assert_eq!(
        *knowledge("nv/0:0x080.total_vfs"),
        Knowledge::Unknown {
            status: CollectionStatus::Absent,
            reason: "beyond the returned length".to_owned()
        }
    );
}

#[test]
fn an_answer_cut_short_says_nothing_of_what_is_missing() {
    let whole = answered(read_nv(0x80, 0), &nv_answer(0x80, &pci(16)));
    let facts = facts(&[cut(whole, 16 + 12 + 7)]);
    let knowledge = |path: &str| &one(&facts, path, Some(View::Next), &on_device()).knowledge;
    assert!(matches!(knowledge("nv/0:0x080.sriov_en"), Knowledge::Known { .. }));
    for path in ["nv/0:0x080.total_vfs", "nv/0:0x080/data"] {
        assert_eq!(
            *knowledge(path),
            Knowledge::Unknown {
                status: CollectionStatus::Error,
                reason: "the answer is cut short: 35 bytes of 52".to_owned()
            },
            "{path}"
        );
    }
}

#[test]
fn strings_that_differ_look_different() {
    // nv_rom_iscsi_initiator_name: 224 bytes of text.
    let dword = 0x0300_0237;
    let shown = |text: &[u8]| {
        let mut data = text.to_vec();
        data.resize(224, 0);
        let facts = facts(&[answered(read_nv(dword, 0), &nv_answer(dword, &data))]);
        one(&facts, "nv/3:0x237.value", Some(View::Next), &on_device()).value().cloned().unwrap()
    };
    assert_eq!(shown(b"iqn.2026-11.example:a"), text("iqn.2026-11.example:a"));
    assert_eq!(shown(b""), text(""));
    // Bytes behind the end of the text are bytes of the value.
    for odd in [b"iqn\0hidden".as_slice(), b"\0iqn", b"\x1b[2J", "n\u{e4}me".as_bytes()] {
        assert!(matches!(shown(odd), Value::Bytes { hex } if hex.len() == 448), "{odd:?}");
    }
}

#[test]
fn the_base_guid_is_the_one_in_force() {
    let guid = |mode: u8, last: u8| {
        let mut data = [0; 16];
        data[15] = last;
        answered(read_nv(2, mode), &nv_answer(2, &data))
    };
    let of = |exchanges: &[Exchange]| {
        let facts = facts(exchanges);
        match &one(&facts, "fw/base_guid", None, &on_device()).knowledge {
            Knowledge::Known { value } => value.to_string(),
            Knowledge::Unknown { status, .. } => status.to_string(),
        }
    };
    let no_current = || refused(read_nv(2, 1), CommandStatus::INT_ERR, 0);
    assert_eq!(of(&[guid(0, 1), guid(1, 2), guid(2, 3)]), "0000000000000002");
    assert_eq!(of(&[guid(0, 1), no_current(), guid(2, 3)]), "0000000000000001");
    assert_eq!(of(&[guid(2, 3)]), "0000000000000003");
    assert_eq!(of(&[no_current()]), "error");
    assert_eq!(of(&[guid(1, 0)]), "absent");
}

#[test]
fn old_firmware_has_its_version_in_the_short_fields() {
    let mut mgir = unhex(REAL_MGIR);
    mgir[68..80].fill(0);
    mgir[33..36].copy_from_slice(&[12, 28, 200]);
    let facts = facts(&[answered(read(register::MGIR, 160, &[]), &mgir)]);
    let version = one(&facts, "fw/version", None, &on_device());
    assert_eq!(version.value(), Some(&text("12.28.0200")));
    assert_eq!(version.evidence[0].field, Some(FieldPlace { bit_offset: 128 + 264, bit_width: 24 }));
}

#[test]
fn the_bytes_of_item_zero_are_not_dropped() {
    let facts = facts(&[answered(read_nv(0, 0), &nv_answer(0, &[1]))]);
    assert!(one(&facts, "nv/0:0x000/data", Some(View::Next), &on_device()).value().is_some());
}

#[test]
fn other_hosts_and_functions_have_paths_of_their_own() {
    // Host 1 function 2 of nv_pf_pci_conf (3:0x80); host 2 of nv_host_priv_conf (7:0x83).
    let (function, host) = (0x0300_0080 | 1 << 18 | 2 << 10, 0x0700_0083 | 2 << 18);
    let facts = facts(&[
        answered(read_nv(function, 0), &nv_answer(function, &[0; 16])),
        answered(read_nv(0x0300_0080, 0), &nv_answer(0x0300_0080, &[0; 16])),
        answered(read_nv(host, 0), &nv_answer(host, &[0x10, 0, 0, 0])),
    ]);
    for path in ["nv/3:0x080[host=1,function=2]/data", "nv/3:0x080/data", "nv/7:0x083[host=2]/data"] {
        one(&facts, path, Some(View::Next), &on_device());
    }
}

#[test]
fn the_header_names_writer_priority_and_version() {
    // Version 5, two bytes; around the fields asked for, all other bits of the header set.
    let shown = |first: u8, second: u8| {
        let header = [first, second, 0x5e, 0x02];
        let data = [&header[..], &0x80_u32.to_be_bytes(), &[0; 4], &[1, 2]].concat();
        let facts = facts(&[answered(read_nv(0x80, 2), &data)]);
        ["/writer", "/priority", "/overwritable", "/version", "/length"].map(|name| {
            let path = format!("nv/0:0x080{name}");
            one(&facts, &path, Some(View::Default), &on_device()).value().unwrap().to_string()
        })
    };
    assert_eq!(shown(0xdd, 0xec), ["ICMD_MLXCONFIG_SET_RAW(12)", "OEM(1)", "False(0)", "5", "2"]);
    assert_eq!(shown(0xfe, 0xf2), ["BMC_APP3(18)", "MLNX(3)", "True(1)", "5", "2"]);
    assert_eq!(shown(0xce, 0xff), ["OTHER(31)", "USER(0)", "True(1)", "5", "2"]);
    assert_eq!(shown(0xee, 0xee), ["14", "2", "True(1)", "5", "2"]);
}

#[test]
fn bytes_behind_the_declared_length_are_nobodys() {
    // A transcript that kept them all the same: four bytes declared, 256 there.
    let request = read_nv(0x80, 0);
    let mut output = vec![0xee; 284];
    output[..16].fill(0);
    output[16..28].copy_from_slice(&nv_answer(0x80, &[0; 4])[..12]);
    let reply = Reply::from_output(output).unwrap();
    let facts = facts(&[Exchange { request, outcome: Outcome::Replied(reply) }]);
    let fact = |path: &str| one(&facts, path, Some(View::Next), &on_device());
    assert_eq!(fact("nv/0:0x080/data").value(), Some(&Value::Bytes { hex: "eeeeeeee".to_owned() }));
    assert!(matches!(
        fact("nv/0:0x080.total_vfs").knowledge,
        Knowledge::Unknown { status: CollectionStatus::Absent, .. }
    ));
}

#[test]
fn every_view_comes_from_its_access_mode() {
    let facts = facts(&[0, 1, 2].map(|mode| answered(read_nv(0x80, mode), &nv_answer(0x80, &pci(mode + 1)))));
    let vfs = |view| one(&facts, "nv/0:0x080.total_vfs", Some(view), &on_device()).value().cloned();
    assert_eq!(vfs(View::Next), Some(number(1)));
    assert_eq!(vfs(View::Current), Some(number(2)));
    assert_eq!(vfs(View::Default), Some(number(3)));
}

#[test]
fn what_the_query_says_of_a_tlv() {
    let query = |last: u8| {
        let facts = facts(&[answered(query_nv(0x80), &[0, 0, 0, 0x80, 0, 0, 0, last])]);
        ["/readable", "/writable", "/supported_version"].map(|name| {
            one(&facts, &format!("nv/0:0x080{name}"), None, &on_device()).value().unwrap().to_string()
        })
    };
    assert_eq!(query(0x51), ["True(1)", "False(0)", "5"]);
    assert_eq!(query(0x02), ["False(0)", "True(1)", "0"]);
}

#[test]
fn parameters_of_later_versions_are_absent() {
    // nv_keep_link_up of port 1: DO_NOT_CLEAR_PORT_STATS came with version 2, KEEP_LINK_UP_ON_BOOT with 1.
    let dword = 0x0101_0190;
    let with_version = |version: u8| {
        facts(&[
            answered(query_nv(dword), &[1, 1, 1, 0x90, 0, 0, 0, version << 4 | 3]),
            answered(read_nv(dword, 0), &nv_answer(dword, &[0xff; 4])),
        ])
    };
    let knowledge = |facts: &[Fact], name: &str| {
        facts.iter().find(|fact| fact.name() == name).map(|fact| fact.knowledge.clone()).unwrap()
    };
    let old = with_version(1);
    assert!(matches!(knowledge(&old, "KEEP_LINK_UP_ON_BOOT_P1"), Knowledge::Known { .. }));
    assert_eq!(
        knowledge(&old, "DO_NOT_CLEAR_PORT_STATS_P1"),
        Knowledge::Unknown {
            status: CollectionStatus::Absent,
            reason: "exists from TLV version 2 on; this one has 1".to_owned()
        }
    );
    assert!(matches!(knowledge(&with_version(2), "DO_NOT_CLEAR_PORT_STATS_P1"), Knowledge::Known { .. }));
    // A header's version proves nothing missing where the firmware was not heard.
    let unheard = facts(&[answered(read_nv(dword, 0), &nv_answer(dword, &[0xff; 4]))]);
    assert!(matches!(
        knowledge(&unheard, "DO_NOT_CLEAR_PORT_STATS_P1"),
        Knowledge::Unknown { status: CollectionStatus::Error, .. }
    ));
}

#[test]
fn an_answer_to_a_repeated_request_wins() {
    let with = |first: Exchange, second: Exchange| {
        let facts = facts(&[first, second]);
        one(&facts, "nv/0:0x080.total_vfs", Some(View::Next), &on_device()).value().cloned()
    };
    let answer = |vfs| answered(read_nv(0x80, 0), &nv_answer(0x80, &pci(vfs)));
    let busy = || refused(read_nv(0x80, 0), CommandStatus::RES_BUSY, 0);
    assert_eq!(with(busy(), answer(4)), Some(number(4)));
    assert_eq!(with(answer(4), busy()), Some(number(4)));
    assert_eq!(with(answer(4), answer(5)), Some(number(5)));
    assert_eq!(with(busy(), busy()), None);
}

#[test]
fn access_modes_and_items_without_a_name() {
    // nvda_read_factory_settings is bit 0, nvda_read_current_settings bit 1, priv_nv_other_host bit 2.
    for modes in 0..8 {
        let facts = facts(&[answered(read(register::MNVGC, 16, &[]), &[0, 0, 0, modes])]);
        let of = |name: &str| one(&facts, &format!("nv/access.{name}"), None, &on_device()).value().cloned();
        let flag = |bit: u8| Some(if modes & bit == 0 { named(0, "False") } else { named(1, "True") });
        assert_eq!(["read_default", "read_current", "other_host"].map(of), [1, 2, 4].map(flag), "{modes}");
    }
    let facts =
        facts(&[answered(query_nv(0), &[0; 8]), answered(read_nv(0xf00, 0), &nv_answer(0xf00, &[1, 2, 3]))]);
    let value = |path: &str| one(&facts, path, None, &on_device()).value().unwrap().to_string();
    assert_eq!(value("nv/access.supported"), "True(1)");
    let bytes = one(&facts, "nv/0:0xf00/data", Some(View::Next), &on_device());
    assert_eq!(bytes.value(), Some(&Value::Bytes { hex: "010203".to_owned() }));
    assert!(bytes.aliases.is_empty());
}

#[test]
fn the_text_shows_equal_values_once_and_refusals_by_reason() {
    let mut changed = real();
    changed.extend([
        answered(query_nv(0x80), &[0, 0, 0, 0x80, 0, 0, 0, 3]),
        answered(read_nv(0x80, 0), &nv_answer(0x80, &pci(16))),
        answered(read_nv(0x80, 1), &nv_answer(0x80, &pci(8))),
        answered(read_nv(0x80, 2), &nv_answer(0x80, &pci(8))),
        refused(query_nv(0x81), CommandStatus::BAD_PARAM, 0x77),
    ]);
    let shown = render(&facts(&changed));
    let line = |name: &str| {
        let is_row = |line: &&str| line.trim_start_matches(['*', ' ']).split(' ').next() == Some(name);
        let found: Vec<&str> = shown.lines().filter(is_row).collect();
        assert_eq!(found.len(), 1, "{name} in\n{shown}");
        found[0].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("NUM_OF_VFS"), "* NUM_OF_VFS 8 | 8 | 16");
    assert_eq!(line("SRIOV_EN"), "SRIOV_EN True(1)");
    assert_eq!(line("version"), "version 16.35.4506");
    assert_eq!(line("base_mac[0..7]"), "base_mac[0..7] 0 0 4 63 114 234 226 16");
    assert!(
        shown.contains("nothing could be asked: BAD_PARAM_ERR (0x03), syndrome 0x77\n  0:0x081 "),
        "{shown}"
    );
    assert!(
        shown.contains("0:0x080 nv_global_pci_conf, version 0, bytes 24, writer ICMD_MLXCONFIG(9)\n"),
        "{shown}"
    );
}
