//! The walk over the store, fields that firmware repeats, and answers about something else.

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Exchange, Outcome};
use mlx5_schemas::model::fact::{Fact, Knowledge, View};
use mlx5_schemas::model::nv::ItemHeader;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange};

use crate::samples::*;

fn step(place: u32) -> Request {
    let place = place.to_be_bytes();
    read(register::MNVGN, 284, &[(0, place[0]), (1, place[1]), (2, place[2]), (3, place[3])])
}

/// The item at a place, written by a BMC with the priority OEM, 8 bytes long, and the next place.
fn stored(place: u32, next: u32, type_dword: u32) -> Exchange {
    let head = [next, 0, 0, 0, 0x1003_0008, type_dword, 0, 0xdead_beef, 0xdead_beef];
    answered(step(place), &head.iter().flat_map(|dword| dword.to_be_bytes()).collect::<Vec<u8>>())
}

fn end(place: u32) -> Exchange {
    answered(step(place), &[0; 4])
}

fn said(facts: &[Fact], path: &str) -> String {
    match &one(facts, path, None, &on_device()).knowledge {
        Knowledge::Known { value } => value.to_string(),
        Knowledge::Unknown { status, reason } => format!("{status}: {reason}"),
    }
}

#[test]
fn the_walk_says_what_is_stored_and_by_whom() {
    let facts = facts(&[stored(0, 0x40, 0x80), stored(0x40, 0x80, 0x7f_0000), end(0x80)]);
    assert_eq!(said(&facts, "nv/access.stored_listed"), "True(1)");
    assert_eq!(said(&facts, "nv/access.stored_count"), "2");
    for item in ["nv/0:0x080", "nv/0:0x7f0000"] {
        assert_eq!(said(&facts, &format!("{item}/stored")), "True(1)");
        assert_eq!(said(&facts, &format!("{item}/stored.writer")), "BMC(3)");
        assert_eq!(said(&facts, &format!("{item}/stored.priority")), "OEM(1)");
        assert_eq!(said(&facts, &format!("{item}/stored.length")), "8");
    }
    let known = one(&facts, "nv/0:0x080/stored", None, &on_device());
    assert_eq!(known.aliases, ["nv_global_pci_conf/stored"]);
    assert!(facts.iter().all(|fact| !format!("{fact:?}").contains("deadbeef")), "no data is kept");
}

#[test]
fn a_walk_that_did_not_end_says_so_and_why() {
    let refused_step = |place, status| refused(step(place), status, 0);
    // Nothing stored is an end; a walk that there is not is no end, and no gap of ours.
    let of = |exchanges: &[Exchange]| said(&facts(exchanges), "nv/access.stored_listed");
    assert_eq!(of(&[refused_step(0, CommandStatus::BAD_RES)]), "True(1)");
    assert_eq!(said(&facts(&[refused_step(0, CommandStatus::NO_RES)]), "nv/access.stored_count"), "0");
    assert!(of(&[refused_step(0, CommandStatus::BAD_SYS_STATE)]).starts_with("absent: BAD_SYS_STATE"));
    for (exchanges, words) in [
        (vec![stored(0, 0x40, 0x80), stored(0x40, 0, 0x81), stored(0x40, 0x40, 0x81)], "came back"),
        (
            vec![stored(0, 0x40, 0x80), stored(0x40, 0, 0x81), stored(0x40, 0x77, 0x81)],
            "left at the place 0x00000077",
        ),
        (vec![stored(0, 0x40, 0x80)], "left at the place 0x00000040"),
        (vec![stored(0, 0x40, 0x80), refused_step(0x40, CommandStatus::BAD_RES)], "ended early: BAD_RES"),
        (vec![stored(0, 0x40, 0x80), cut(stored(0x40, 0, 0x80), 30)], "cut short"),
    ] {
        let found = of(&exchanges);
        assert!(found.starts_with("error: ") && found.contains(words), "{found}, not {words}");
        // What was seen before stays.
        assert_eq!(said(&facts(&exchanges), "nv/0:0x080/stored"), "True(1)");
    }
    let timeout = of(&[stored(0, 0x40, 0x80), undelivered(step(0x40), 110)]);
    assert!(timeout.starts_with("timeout: "), "{timeout}");
    assert!(!facts(&[answered(query_nv(0), &[0; 8])]).iter().any(|fact| fact.path.contains("stored")));
}

/// MNVDA of nv_global_pci_conf in the next view, asked by this header and answered by that.
fn item(asked: u32, answer: u32) -> Exchange {
    let bytes = asked.to_be_bytes();
    let request =
        read(register::MNVDA, 268, &[(0, bytes[0]), (1, bytes[1]), (2, bytes[2]), (3, bytes[3]), (7, 0x80)]);
    let data =
        [answer, 0x80, 0, 0, 0x8000_0008].iter().flat_map(|dword| dword.to_be_bytes()).collect::<Vec<u8>>();
    answered(request, &data)
}

#[test]
fn what_firmware_repeats_is_no_provenance() {
    let writer = |facts: &[Fact]| {
        let fact = one(facts, "nv/0:0x080/writer", Some(View::Next), &on_device());
        match &fact.knowledge {
            Knowledge::Known { value } => value.to_string(),
            Knowledge::Unknown { status, reason } => format!("{status}: {reason}"),
        }
    };
    // Asked without a writer and with mlxconfig's, OEM and without ovr_en.
    let (plain, stated) = (0x0200_0100, 0x1009_0100);
    let echoing = facts(&[item(plain, 0x0200_0008), item(stated, 0x1009_0008)]);
    for field in ["writer", "priority", "overwritable"] {
        assert_eq!(said(&echoing, &format!("nv/access.{field}_echoed")), "True(1)", "{field}");
    }
    assert_eq!(writer(&echoing), "absent: this firmware repeats what the request says here");
    // The writer is the device's own, the priority an echo, and ovr_en was seen to be its own.
    let honest = facts(&[item(plain, 0x0203_0008), item(stated, 0x1203_0008)]);
    assert_eq!(said(&honest, "nv/access.writer_echoed"), "False(0)");
    assert_eq!(said(&honest, "nv/access.priority_echoed"), "True(1)");
    assert_eq!(said(&honest, "nv/access.overwritable_echoed"), "False(0)");
    assert_eq!(writer(&honest), "BMC(3)");
    // The view's values are those of the request that names nobody, whichever came last.
    let again = facts(&[item(stated, 0x1009_0008), item(plain, 0x0203_0008)]);
    assert_eq!(writer(&again), "BMC(3)");
    // Refused when asked again: nothing tells, and a writer that was not in the request counts.
    let refused_again =
        facts(&[item(plain, 0x0203_0008), refused(item(stated, 0).request, CommandStatus::BAD_PARAM, 0)]);
    assert!(said(&refused_again, "nv/access.writer_echoed").starts_with("absent: BAD_PARAM"));
    assert_eq!(writer(&refused_again), "BMC(3)");
    // Only mlxconfig's own form is taken: its writer is nobody's word, another's is.
    let form = 0x0209_0100;
    let refused_plain = || refused(item(plain, 0).request, CommandStatus::BAD_PARAM, 0);
    assert!(
        writer(&facts(&[refused_plain(), item(form, 0x0209_0008)]))
            .starts_with("absent: the request said the same")
    );
    assert_eq!(writer(&facts(&[refused_plain(), item(form, 0x0203_0008)])), "BMC(3)");
    let bytes = facts(&[refused_plain(), item(form, 0x0203_0008)]);
    let data = one(&bytes, "nv/0:0x080/data", Some(View::Next), &on_device());
    assert_eq!(data.value().unwrap().to_string(), "0000000080000008");
}

#[test]
fn an_answer_about_another_item_or_view_is_an_error_and_never_data() {
    let exact = |type_dword: u32, mode: u8| {
        let mut bytes = nv_answer(type_dword, &[1, 2, 3, 4]);
        bytes[1] = mode << 6;
        bytes
    };
    for (request, bytes, words) in [
        (read_nv(0x80, 0), exact(0x81, 0), "TLV 0:0x081, not TLV 0:0x080"),
        (read_nv(0x80, 2), exact(0x80, 0), "the view next, not default"),
        (read_nv(0x80, 1), exact(0x80, 3), "no view, not current"),
    ] {
        let view = ItemHeader::read(request.as_register().unwrap().1).unwrap().view;
        let mut exchange = answered(request, &bytes);
        let Outcome::Replied(reply) = &mut exchange.outcome else { panic!() };
        reply.output[16..16 + bytes.len()].copy_from_slice(&bytes);
        assert_eq!(classify_exchange(&exchange.request, &exchange.outcome), CollectionStatus::Error);
        let facts = facts(&[exchange]);
        for path in ["nv/0:0x080/data", "nv/0:0x080.total_vfs"] {
            match &one(&facts, path, Some(view), &on_device()).knowledge {
                Knowledge::Unknown { status: CollectionStatus::Error, reason } => {
                    assert!(reason.contains(words), "{reason}");
                }
                other @ (Knowledge::Known { .. } | Knowledge::Unknown { .. }) => panic!("{path}: {other:?}"),
            }
        }
        assert!(
            !facts.iter().any(|fact| fact.path.starts_with("nv/0:0x081") || fact.path.ends_with("/writer"))
        );
    }
}

#[test]
fn a_good_answer_is_not_lost_to_a_later_one_about_something_else() {
    let mut wrong = answered(read_nv(0x80, 0), &nv_answer(0x81, &[9; 8]));
    let Outcome::Replied(_) = &mut wrong.outcome else { panic!() };
    let facts = facts(&[answered(read_nv(0x80, 0), &nv_answer(0x80, &[7; 8])), wrong]);
    let data = one(&facts, "nv/0:0x080/data", Some(View::Next), &on_device());
    assert_eq!(data.value().unwrap().to_string(), "0707070707070707");
}

#[test]
fn hosts_and_functions_as_they_stand_have_brackets() {
    let mut request = read_nv(0x0300_0080, 0).as_register().unwrap().1.to_vec();
    request[2] |= 2;
    let named = Request::register(register::MNVDA, request).unwrap();
    let facts = facts(&[
        answered(read_nv(0x0300_0080, 0), &nv_answer(0x0300_0080, &[1; 4])),
        answered(named, &nv_answer(0x0300_0080, &[2; 4])),
    ]);
    let bytes = |path: &str| one(&facts, path, Some(View::Next), &on_device()).value().unwrap().to_string();
    assert_eq!(bytes("nv/3:0x080/data"), "01010101");
    assert_eq!(bytes("nv/3:0x080[host=0,function=0]/data"), "02020202");
}
