//! What passes and what does not, from bytes made by hand and from everything that a `Request` can be.
#![allow(clippy::unwrap_used)]

use mlx5_fixtures::reads::any_read;
use mlx5_schemas::model::request::{CapabilityMode, Readable, Request};
use mlx5_schemas::redaction::SECRET_TLVS;
use proptest::prelude::*;

use super::*;

fn register_input(op_mod: u8, id: u16) -> Vec<u8> {
    let mut input = vec![0_u8; 16 + 8];
    input[0] = 0x08;
    input[1] = 0x05;
    input[7] = op_mod;
    input[10..12].copy_from_slice(&id.to_be_bytes());
    input
}

#[test]
fn a_read_passes_and_the_same_bytes_as_a_write_do_not() {
    assert!(check(&register_input(1, 0x9028)).is_ok());
    assert_eq!(check(&register_input(0, 0x9028)).unwrap_err(), NotARead::OpMod { op_mod: 0 });
    assert_eq!(check(&register_input(2, 0x9028)).unwrap_err(), NotARead::OpMod { op_mod: 2 });
}

#[test]
fn no_register_of_the_never_list_is_readable() {
    for &id in NEVER.iter().chain(AVOIDED) {
        assert_eq!(check(&register_input(1, id)).unwrap_err(), NotARead::Register { id });
        assert!(Readable::of(id).is_none(), "0x{id:04x} is on both lists");
        assert!(Request::register(id, vec![0; 16]).is_err(), "0x{id:04x}");
    }
    assert_eq!(AVOIDED.len(), 51);
}

/// The second opinion: a bit that acts is refused in bytes that no `Request` could have made, and no index field that
/// a request sets overlaps one.
#[test]
fn a_bit_that_acts_is_refused_in_every_register_that_has_one() {
    let mut bits = 0;
    for (id, places) in ACTING_BITS {
        let readable = Readable::of(*id).unwrap();
        for bit in places.iter().flat_map(|(offset, width)| *offset..offset + width) {
            let mut input = register_input(1, *id);
            input.resize(16 + usize::from(readable.lengths[0]), 0);
            assert!(check(&input).is_ok(), "0x{id:04x}");
            input[16 + usize::from(bit / 8)] |= 0x80 >> (bit % 8);
            assert_eq!(check(&input).unwrap_err(), NotARead::Acts { id: *id, bit });
            assert!(Request::from_input(&input).is_err(), "0x{id:04x}: bit {bit}");
            for index in readable.indexes {
                let own = index.bit_offset..index.bit_offset + index.bit_width;
                assert!(!own.contains(&bit), "0x{id:04x}: {} acts", index.name);
            }
            bits += 1;
        }
    }
    assert!(bits > 300, "{bits}");
}

#[test]
fn user_context_other_function_and_argument_must_be_zero() {
    for at in [2, 3, 4, 5, 8, 9, 12, 15] {
        let mut input = register_input(1, 0x9028);
        input[at] = 1;
        assert_eq!(check(&input).unwrap_err(), NotARead::Header { at });
    }
    let mut other_function = Request::capability(0, CapabilityMode::Current).unwrap().input();
    other_function[8] = 0x80;
    assert_eq!(check(&other_function).unwrap_err(), NotARead::Header { at: 8 });
}

#[test]
fn a_secret_is_refused_in_every_view_and_instance() {
    for &(class, index) in SECRET_TLVS {
        for view in [0x00, 0x40, 0x80] {
            let plain = u32::from(class) << 24 | index;
            let mut input = Request::left_out_secret(plain).unwrap().input();
            input[17] = view;
            assert_eq!(check(&input).unwrap_err(), NotARead::Secret { class, index });
            if class == 3 {
                // Of another function and host.
                let mut input = Request::left_out_secret(plain | 0x05_0400).unwrap().input();
                input[17] = view;
                assert_eq!(check(&input).unwrap_err(), NotARead::Secret { class, index });
            }
        }
    }
}

#[test]
fn short_and_overlong_input_is_refused() {
    assert_eq!(check(&[]).unwrap_err(), NotARead::Length { length: 0 });
    assert_eq!(check(&[0x01, 0x01]).unwrap_err(), NotARead::Length { length: 2 });
    let mut adapter = Request::adapter().input();
    adapter.push(0);
    assert_eq!(check(&adapter).unwrap_err(), NotARead::Length { length: 17 });
}

fn any_request() -> impl Strategy<Value = Request> {
    let registers = (any::<usize>(), any::<usize>(), any::<u64>())
        .prop_map(|(which, length, seed)| any_read(which, length, seed).unwrap());
    prop_oneof![
        1 => Just(Request::adapter()),
        2 => (0_u16..=0x7fff, any::<bool>()).prop_map(|(capability, current)| {
            let mode = if current { CapabilityMode::Current } else { CapabilityMode::Maximum };
            Request::capability(capability, mode).unwrap()
        }),
        8 => registers,
    ]
}

proptest! {
    #[test]
    fn every_request_for_no_secret_passes(request in any_request()) {
        let input = request.input();
        let passed = check(&input);
        prop_assume!(!matches!(passed, Err(NotARead::Secret { .. })));
        prop_assert!(passed.is_ok());
    }

    #[test]
    fn whatever_passes_reads(
        mut input in proptest::collection::vec(any::<u8>(), 0..64),
        opcode in 0_usize..4,
        op_mod in 0_u8..4,
        zero in any::<bool>(),
    ) {
        // Random bytes alone would hardly ever get past the opcode.
        if input.len() >= 16 && opcode < 3 {
            input[0..2].copy_from_slice(&[[1, 0], [1, 1], [8, 5]][opcode]);
            if zero {
                input[2..16].fill(0);
                input[10..12].copy_from_slice(&[0x90, 0x24]);
            }
            input[7] = op_mod;
        }
        if check(&input).is_ok() {
            match &input[0..2] {
                [1, 0 | 1] => prop_assert_eq!(input.len(), 16),
                [8, 5] => prop_assert_eq!(&input[6..8], &[0, 1]),
                _ => prop_assert!(false, "opcode passed: {:?}", &input[0..2]),
            }
        }
    }

    #[test]
    fn one_flipped_bit_of_a_read_never_passes_as_a_register_write(request in any_request(), bit in 0_usize..128) {
        let mut input = request.input();
        input[bit / 8] ^= 1 << (bit % 8);
        if check(&input).is_ok() && input[0..2] == [8, 5] {
            prop_assert_eq!(&input[6..8], &[0, 1]);
        }
    }
}
