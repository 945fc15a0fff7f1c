//! Where releases of mstflint disagree about bytes: companions, and names of other releases.

use mlx5_schemas::model::fact::{Fact, Knowledge, Value, View};
use mlx5_schemas::model::status::CollectionStatus;

use crate::samples::*;

/// nv_pcc_int: the data mode had bits 1 to 3, and has bits 1 to 7.
fn pcc(byte: u8) -> Vec<Fact> {
    facts(&[answered(read_nv(0x114, 0), &nv_answer(0x114, &[byte, 0, 0, 0]))])
}

fn companions(facts: &[Fact]) -> Vec<String> {
    let shown = |fact: &Fact| match &fact.knowledge {
        Knowledge::Known { value } => format!("{} = {value}", fact.path),
        Knowledge::Unknown { reason, .. } => format!("{}: {reason}", fact.path),
    };
    facts.iter().filter(|fact| fact.path.contains("/layout[")).map(shown).collect()
}

#[test]
fn a_parameter_that_moved_is_read_both_ways_where_they_differ() {
    let facts = pcc(0x10);
    let mode = one(&facts, "nv/0:0x114.np_rtt_int_data_mode", Some(View::Next), &on_device());
    assert_eq!(mode.value(), Some(&named(16, "HPCC_MOST_CONGESTED")));
    let path = "nv/0:0x114.np_rtt_int_data_mode/layout[until=4.21.0]";
    assert_eq!(companions(&facts), [format!("{path} = INT_MODE1(1)")]);
    let companion = one(&facts, path, Some(View::Next), &on_device());
    let place = companion.evidence[0].field.unwrap();
    assert_eq!((place.bit_offset, place.bit_width), (128 + 96 + 1, 3));
}

#[test]
fn a_number_without_a_name_stays_a_number() {
    let facts = pcc(0x7f);
    let mode = one(&facts, "nv/0:0x114.np_rtt_int_data_mode", Some(View::Next), &on_device());
    assert_eq!(mode.value(), Some(&number(0x7f)));
    assert_eq!(companions(&facts), ["nv/0:0x114.np_rtt_int_data_mode/layout[until=4.21.0] = 7"]);
}

#[test]
fn where_all_releases_read_alike_nothing_is_in_doubt() {
    // nv_roce_cc_ecn: rates of 17 bits became 32, at the same end.
    let ecn = |rate: [u8; 4]| {
        let mut data = vec![0; 64];
        data[20..24].copy_from_slice(&rate);
        facts(&[answered(read_nv(0x0101_0108, 0), &nv_answer(0x0101_0108, &data))])
    };
    assert_eq!(companions(&ecn([0, 1, 0xff, 0xff])), [""; 0]);
    assert_eq!(
        companions(&ecn([0x80, 0, 0, 5])),
        ["nv/1:0x108.rpg_ai_rate/layout[until=4.32.0] = 5"],
        "the upper bits are read by one of the two alone"
    );
}

#[test]
fn a_value_that_was_called_otherwise_says_so_in_every_view() {
    // Bits 13 to 15 of the data.
    let read = |access, state: u8| {
        answered(read_nv(0x0101_0192, access), &nv_answer(0x0101_0192, &[0, state, 0, 0]))
    };
    let facts = facts(&[read(0, 2), read(1, 0), read(2, 5)]);
    let state = |view| {
        let fact = one(&facts, "nv/1:0x192.qos_trust_state", Some(view), &on_port(1));
        fact.value().unwrap().to_string()
    };
    let before = |view| {
        let path = "nv/1:0x192.qos_trust_state/layout[until=4.21.0]";
        one(&facts, path, Some(view), &on_port(1)).value().unwrap().to_string()
    };
    assert_eq!(View::ALL.map(state), ["5", "TRUST_PORT(0)", "TRUST_DSCP(2)"]);
    assert_eq!(View::ALL.map(before), ["TRUST_PCP(5)", "DEVICE_DEFAULT(0)", "2"]);
}

#[test]
fn bits_that_were_another_parameter_are_said_to_be() {
    // nv_dpa_app_0: dpa_eu_num was in bits 136 to 143, where Init_thread_eu is since 4.34.
    let app = |number: u8| {
        let mut data = vec![0; 64];
        data[17] = number;
        facts(&[answered(read_nv(0x1a0, 0), &nv_answer(0x1a0, &data))])
    };
    assert_eq!(companions(&app(0)), [""; 0]);
    let facts = app(7);
    assert_eq!(
        companions(&facts),
        ["nv/0:0x1a0.Init_thread_eu/layout[until=4.33.0]: these bits were dpa_eu_num (7) until 4.33.0"]
    );
    let companion = facts.iter().find(|fact| fact.path.contains("/layout[")).unwrap();
    assert!(matches!(companion.knowledge, Knowledge::Unknown { status: CollectionStatus::Absent, .. }));
    let ptys = |bits: u8| {
        let mut data = vec![0; 68];
        data[1] = 1;
        data[44] = bits;
        answered(read(0x5004, 68, &[(1, 1), (3, 4)]), &data)
    };
    assert_eq!(
        companions(&crate::samples::facts(&[ptys(0x80)])),
        [
            "reg/PTYS.xdr_2x_slow_cap/layout[until=4.21.0]: these bits were eth_proto_lp_valid (1) until 4.21.0"
        ]
    );
    assert_eq!(companions(&crate::samples::facts(&[ptys(0)])), [""; 0]);
}

#[test]
fn names_of_other_releases_are_aliases_and_the_name_of_today_comes_first() {
    let facts = pcc(0);
    let enabled = one(&facts, "nv/0:0x114.pcc_int_en", Some(View::Next), &on_device());
    assert_eq!(enabled.name(), "PCC_INT_EN");
    for old in ["HPCC_INT_EN", "nv_hpcc_int.hpcc_int_en", "nv_pcc_int.pcc_int_en"] {
        assert!(enabled.aliases.iter().any(|alias| alias == old), "{old}: {:?}", enabled.aliases);
    }
    let distinct: std::collections::BTreeSet<&String> = enabled.aliases.iter().collect();
    assert_eq!(distinct.len(), enabled.aliases.len());
}

#[test]
fn a_tlv_that_later_releases_do_not_have_has_its_name() {
    let facts = facts(&[answered(read_nv(0xff, 0), &nv_answer(0xff, &[1, 2, 3, 4]))]);
    let data = one(&facts, "nv/0:0x0ff/data", Some(View::Next), &on_device());
    assert_eq!(data.aliases, ["nv_debug_mode/data"]);
    assert_eq!(data.value(), Some(&Value::Bytes { hex: "01020304".to_owned() }));
}
