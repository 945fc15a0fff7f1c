//! The kinds `present` and `absent`.

use serde_json::{Value, json};

use crate::support::{Bundle, card, faulty, gist, rule};

fn of(card: Value, fact: &str, expect: &str) -> (String, u8) {
    let report = Bundle::of([card]).check(&[rule(&[fact], json!(expect))]);
    (gist(&report).join("; "), report.exit_code)
}

#[test]
fn what_is_there_is_present_and_not_absent() {
    for fact in ["NUM_OF_VFS", "fw/psid", "reg/PTYS.eth_proto_admin"] {
        assert_eq!(of(card(), fact, "present"), (String::new(), 0), "{fact}");
        assert_eq!(of(card(), fact, "absent").1, 1, "{fact}");
    }
    assert_eq!(of(card(), "NUM_OF_VFS", "absent").0, "outside NUM_OF_VFS");
}

/// The device says that it has no such TLV.
#[test]
fn what_the_device_refuses_is_absent_and_not_present() {
    assert_eq!(of(card(), "UCTX_EN", "absent"), (String::new(), 0));
    assert_eq!(of(card(), "UCTX_E*", "absent"), (String::new(), 0));
    assert_eq!(of(card(), "UCTX_EN", "present"), ("outside UCTX_EN".to_owned(), 1));
    // A pattern takes what there is.
    let (gist, code) = of(card(), "UCTX_E*", "present");
    assert_eq!((gist.as_str(), code), ("not-applicable(absent) nv_sw_offload_conf", 3));
}

#[test]
fn a_gap_is_neither() {
    let hung = || faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    for expect in ["present", "absent"] {
        assert_eq!(of(hung(), "NUM_OF_VFS", expect), ("unknown(timeout) NUM_OF_VFS".to_owned(), 3));
        let (gist, code) = of(card(), "pci/no_such_attribute", expect);
        assert_eq!((gist.as_str(), code), ("unknown(unknown-parameter) pci/no_such_attribute", 3));
    }
}
