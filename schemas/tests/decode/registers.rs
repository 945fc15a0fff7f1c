//! Registers, capability pages and firmware components.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::device_facts;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::Exchange;
use mlx5_schemas::model::fact::{Fact, FieldPlace, Knowledge, Route};
use mlx5_schemas::model::request::{CapabilityMode, Request, register};
use mlx5_schemas::model::status::CollectionStatus;

use crate::samples::*;

#[test]
fn ports_are_subjects_and_other_instances_are_in_the_path() {
    let pfcc = |operation: u8, pptx: u8| {
        let mut data = [0; 32];
        data[0] = operation << 6;
        data[1] = 1;
        data[8] = pptx << 7;
        answered(read(register::PFCC, 32, &[(0, operation << 6), (1, 1)]), &data)
    };
    let facts = facts(&[pfcc(0, 0), pfcc(1, 1)]);
    let operative = one(&facts, "reg/PFCC[dcbx_operation_type=0].pptx", None, &on_port(1));
    assert_eq!(operative.value(), Some(&number(0)));
    let admin = one(&facts, "reg/PFCC[dcbx_operation_type=1].pptx", None, &on_port(1));
    assert_eq!(admin.value(), Some(&number(1)));
    assert_eq!(admin.evidence[0].field, Some(FieldPlace { bit_offset: 128 + 64, bit_width: 1 }));
}

#[test]
fn the_shorter_form_of_a_register_lacks_its_tail() {
    let request = || read(register::PTYS, 64, &[(1, 2), (3, 4)]);
    let mut data = [0; 64];
    data[24..28].copy_from_slice(&[0, 0x10, 0, 0]);
    let facts = facts(&[
        refused(read(register::PTYS, 68, &[(1, 2), (3, 4)]), CommandStatus::BAD_OUTPUT_LENGTH, 0),
        answered(request(), &data),
    ]);
    let admin = one(&facts, "reg/PTYS.eth_proto_admin", None, &on_port(2));
    assert_eq!(admin.value(), Some(&number(0x10_0000)));
    // The InfiniBand members of the unions at the end do not exist on an Ethernet port.
    assert!(!facts.iter().any(|fact| fact.path.contains("ext_proto_ib")));
}

#[test]
fn each_element_of_an_array_chooses_its_own_member_of_a_union() {
    let layout = "R\tPTYS\t5004\t68\n\
                  F\tbuffer[].lossy\t32\t1\tw\t2x32\tLossless=0,Lossy=1\n\
                  F\tbuffer[].thresholds.lossless.xon\t48\t16\tw\t2x32\t\tbuffer[].lossy=0\n";
    let catalog = Catalog::parse(&[layout]).unwrap();
    let mut data = [0; 68];
    data[4..12].copy_from_slice(&[0x80, 0, 0, 1, 0, 0, 0, 2]);
    let exchange = answered(read(register::PTYS, 68, &[]), &data);
    let facts = device_facts(&catalog, &device(), Route::Fwctl, &[member("device", &[exchange])]);
    let xon: Vec<_> = facts
        .iter()
        .filter(|fact| fact.path.ends_with(".xon"))
        .map(|fact| (fact.path.as_str(), fact.value()))
        .collect();
    assert_eq!(xon, [("reg/PTYS.buffer[1].thresholds.lossless.xon", Some(&number(2)))]);
}

#[test]
fn only_the_selected_member_of_a_union_is_there() {
    let version = |pending: u8, number: [u8; 4]| {
        let mut data = [0; 148];
        data[0] = pending << 7;
        data[3] = 1;
        data[11] = 1;
        data[15] = 124;
        data[23] = 124;
        data[28..32].copy_from_slice(&number);
        let set = [(0, pending << 7), (3, 1), (11, 1), (23, 124)];
        answered(read(register::MCQI, 148, &set), &data)
    };
    let facts = facts(&[version(0, [16, 35, 0x11, 0x9a]), version(1, [16, 35, 0x0f, 0xa2])]);
    let running = "reg/MCQI[component_index=1,info_type=1,read_pending_component=0]";
    let stored = one(&facts, &format!("{running}.data.mcqi_version_ext.version"), None, &on_device());
    assert_eq!(stored.value(), Some(&number(0x1023_119a)));
    assert!(!facts.iter().any(|fact| fact.path.contains("mcqi_cap_ext")));
    let value = |path: &str| one(&facts, path, None, &on_device()).value().cloned();
    assert_eq!(value("fw/components[1].version"), Some(text("16.35.4506")));
    assert_eq!(value("fw/components[1].pending_version"), Some(text("16.35.4002")));
}

#[test]
fn of_a_run_of_bytes_what_is_returned_counts() {
    // As a ConnectX-5 Ex returned it: 20 of the 92 bytes that the string has room for.
    let mut data = [0; 148];
    (data[11], data[15], data[23]) = (1, 0x34, 0x34);
    data[56..66].copy_from_slice(b"16.35.4506");
    let answer = || answered(read(register::MCQI, 148, &[(11, 1), (23, 124)]), &data);
    let string = |exchange: Exchange| {
        let path = ".data.mcqi_version_ext.version_string";
        facts(&[exchange]).into_iter().find(|fact| fact.path.ends_with(path)).unwrap()
    };
    let whole = string(answer());
    assert_eq!(whole.value(), Some(&text("16.35.4506")));
    assert_eq!(whole.evidence[0].field, Some(FieldPlace { bit_offset: 128 + 56 * 8, bit_width: 20 * 8 }));
    // Bytes of it that are missing leave it unknown, and an answer that ends before it does not have it.
    let status = |fact: Fact| match fact.knowledge {
        Knowledge::Unknown { status, .. } => Some(status),
        Knowledge::Known { .. } => None,
    };
    assert_eq!(status(string(cut(answer(), 16 + 60))), Some(CollectionStatus::Error));
    (data[15], data[23]) = (0x20, 0x20);
    let without = answered(read(register::MCQI, 148, &[(11, 1), (23, 124)]), &data);
    assert_eq!(status(string(without)), Some(CollectionStatus::Absent));
}

#[test]
fn components_are_named() {
    let mut data = [0; 16];
    data[3] = 2;
    data[7] = 1;
    data[10] = 1;
    data[11] = 0x04;
    let facts = facts(&[answered(read(register::MCQS, 16, &[(3, 2)]), &data)]);
    let value = |path: &str| one(&facts, path, None, &on_device()).value().unwrap().to_string();
    assert_eq!(value("fw/components[2].identifier"), "BOOT_IMG(1)");
    assert_eq!(value("fw/components[2].update_state"), "ACTIVE_PENDING_RESET(4)");
}

#[test]
fn a_register_cut_short_is_an_error_where_bytes_are_missing() {
    let whole = answered(read(register::PTYS, 68, &[(1, 1), (3, 4)]), &[0xff; 68]);
    let facts = facts(&[cut(whole, 16 + 26)]);
    let of = |path: &str| one(&facts, path, None, &on_port(1)).knowledge.clone();
    assert!(matches!(of("reg/PTYS.eth_proto_capability"), Knowledge::Known { .. }));
    assert!(
        matches!(of("reg/PTYS.eth_proto_admin"), Knowledge::Unknown { status: CollectionStatus::Error, .. }),
        "two of its four bytes came"
    );
    // The selector of MCQI's union is part of the request, so its members are there, unknown.
    let whole = answered(read(register::MCQI, 148, &[(3, 1), (11, 1)]), &[0xff; 148]);
    let facts = crate::samples::facts(&[cut(whole, 16 + 20)]);
    let version = facts.iter().find(|fact| fact.path.ends_with("mcqi_version_ext.version")).unwrap();
    assert!(matches!(version.knowledge, Knowledge::Unknown { status: CollectionStatus::Error, .. }));
    assert!(!facts.iter().any(|fact| fact.path.contains("mcqi_cap_ext")));
}

#[test]
fn a_selector_in_the_answer_decides_only_where_it_was_read() {
    let pplm = |generation: u8| {
        let mut data = [0; 128];
        data[1] = 1;
        data[7] = generation;
        answered(read(register::PPLM, 128, &[(1, 1)]), &data)
    };
    let members = |exchange: Exchange| {
        facts(&[exchange]).iter().filter(|fact| fact.path.contains("pplm_nvl6_fec_ext")).count()
    };
    assert_eq!(members(pplm(0)), 12);
    assert_eq!(members(pplm(1)), 0);
    assert_eq!(members(cut(pplm(0), 16 + 7)), 0);
    assert_eq!(members(refused(read(register::PPLM, 128, &[(1, 1)]), CommandStatus::BAD_OP, 0)), 0);
}

#[test]
fn registers_of_the_kernel_decode_by_element() {
    // ETS of port 1: traffic class 3 has its own rate, ten units of 100 Mb/s, and half of the bandwidth of group 2.
    let mut data = [0; 80];
    data[1] = 1;
    data[8 + 3 * 8..8 + 4 * 8].copy_from_slice(&[0x60, 0x02, 0, 50, 0, 3, 0, 10]);
    let facts = facts(&[answered(read(register::QETCR, 80, &[(1, 1)]), &data)]);
    let of = |leaf: &str| {
        one(&facts, &format!("reg/QETCR.tc_configuration[3].{leaf}"), None, &on_port(1)).value().cloned()
    };
    for (leaf, expected) in [
        ("g", 0),
        ("b", 1),
        ("r", 1),
        ("group", 2),
        ("bw_allocation", 50),
        ("max_bw_units", 3),
        ("max_bw_value", 10),
    ] {
        assert_eq!(of(leaf), Some(number(expected)), "{leaf}");
    }
}

#[test]
fn a_refused_register_has_its_fields_as_unknown() {
    let facts = facts(&[refused(read(register::MDSR, 48, &[(0, 3)]), CommandStatus::BAD_SYS_STATE, 9)]);
    let status = one(&facts, "reg/MDSR[type_of_token=3].status", None, &on_device());
    assert_eq!(
        status.knowledge,
        Knowledge::Unknown {
            status: CollectionStatus::Absent,
            reason: "BAD_SYS_STATE_ERR (0x04), syndrome 0x9".to_owned()
        }
    );
}

#[test]
fn an_unreachable_device_has_no_identity() {
    let facts =
        facts(&[undelivered(read(register::MGIR, 160, &[]), 110), undelivered(Request::adapter(), 110)]);
    for path in ["fw/version", "fw/psid", "fw/date", "fw/base_mac", "fw/adapter_psid"] {
        assert!(
            matches!(
                one(&facts, path, None, &on_device()).knowledge,
                Knowledge::Unknown { status: CollectionStatus::Timeout, .. }
            ),
            "{path}"
        );
    }
}

#[test]
fn the_adapter_tells_its_own_psid() {
    let mut data = vec![0; 256];
    data[240..253].copy_from_slice(b"MT_0000000013");
    let facts = facts(&[answered(Request::adapter(), &data)]);
    let psid = one(&facts, "fw/adapter_psid", None, &on_device());
    assert_eq!(psid.value(), Some(&text("MT_0000000013")));
    assert_eq!(psid.evidence[0].field, Some(FieldPlace { bit_offset: 256 * 8, bit_width: 128 }));
}

#[test]
fn capabilities_have_a_current_and_a_maximal_value() {
    let page = |mode, uctx: u8| {
        let mut data = vec![0; 4096];
        data[1696 / 8 + 3] = uctx;
        answered(Request::capability(0, mode).unwrap(), &data)
    };
    let facts = facts(&[page(CapabilityMode::Maximum, 7), page(CapabilityMode::Current, 4)]);
    assert_eq!(one(&facts, "cap/GENERAL.uctx_cap", None, &on_device()).value(), Some(&number(4)));
    assert_eq!(one(&facts, "cap_max/GENERAL.uctx_cap", None, &on_device()).value(), Some(&number(7)));
}
