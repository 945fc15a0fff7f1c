//! What the board calls itself, from texts that come eight bytes at a time.

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::Exchange;
use mlx5_schemas::model::fact::Knowledge;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::CollectionStatus;

use crate::samples::*;

const LENGTH: u8 = 20;

fn request(offset: u8) -> Request {
    // info_type, read_offset, read_length.
    read(register::MQIS, 24, &[(3, 1), (9, offset), (11, 8)])
}

fn piece(offset: u8, text: &[u8; 8]) -> Exchange {
    let mut data = [0; 24];
    (data[3], data[7], data[9], data[11]) = (1, LENGTH, offset, 8);
    data[16..].copy_from_slice(text);
    answered(request(offset), &data)
}

fn part_number(exchanges: &[Exchange]) -> (Knowledge, usize) {
    let facts = facts(exchanges);
    let fact = one(&facts, "board/part_number", None, &on_device());
    (fact.knowledge.clone(), fact.evidence.len())
}

#[test]
fn pieces_are_put_together_up_to_the_end_of_the_text() {
    let pieces = [piece(0, b"MCX62310"), piece(8, b"5AN-CDA\0"), piece(16, b"stale...")];
    let (knowledge, evidence) = part_number(&pieces);
    assert_eq!(knowledge, Knowledge::Known { value: text("MCX623105AN-CDA") });
    assert_eq!(evidence, 2);
    let (whole, _) = part_number(&[piece(0, b"MCX62310"), piece(8, b"5AN-CDAT"), piece(16, b"_Axxstal")]);
    assert_eq!(
        whole,
        Knowledge::Known { value: text("MCX623105AN-CDAT_Axx") },
        "as long as the answer tells"
    );
}

#[test]
fn a_piece_that_was_not_read_leaves_no_text() {
    let missing = || Knowledge::Unknown {
        status: CollectionStatus::Error,
        reason: "the text's bytes from 8 on were not read".to_owned(),
    };
    assert_eq!(part_number(&[piece(0, b"MCX62310")]).0, missing());
    assert_eq!(part_number(&[piece(0, b"MCX62310"), piece(16, b"\0\0\0\0\0\0\0\0")]).0, missing());
    let refused = part_number(&[piece(0, b"MCX62310"), refused(request(8), CommandStatus::BAD_PARAM, 0)]).0;
    assert!(matches!(refused, Knowledge::Unknown { .. }), "{refused:?}");
}

#[test]
fn a_board_without_a_text_has_none() {
    let empty = part_number(&[piece(0, b"\0\0\0\0\0\0\0\0")]).0;
    assert!(matches!(empty, Knowledge::Unknown { status: CollectionStatus::Absent, .. }), "{empty:?}");
}
