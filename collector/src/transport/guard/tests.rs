//! What passes and what does not, from bytes made by hand and from everything that a `Request` can be.
#![allow(clippy::unwrap_used)]

use mlx5_schemas::model::request::{CapabilityMode, Request};
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
    for &id in NEVER {
        assert_eq!(check(&register_input(1, id)).unwrap_err(), NotARead::Register { id });
        assert!(
            !READABLE_REGISTERS.iter().any(|(readable, _)| *readable == id),
            "0x{id:04x} is on both lists"
        );
    }
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
            let mut data = vec![0; 268];
            data[1] = view;
            data[4..8].copy_from_slice(&(u32::from(class) << 24 | index).to_be_bytes());
            let input = Request::register(register::MNVDA, data.clone()).unwrap().input();
            assert_eq!(check(&input).unwrap_err(), NotARead::Secret { class, index });
            if class == 3 {
                // Of another function and host.
                data[5] = 0x05;
                data[6] |= 0x04;
                let input = Request::register(register::MNVDA, data).unwrap().input();
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
    let registers = (0..READABLE_REGISTERS.len()).prop_flat_map(|at| {
        let (id, lengths) = READABLE_REGISTERS[at];
        (0..lengths.len()).prop_flat_map(move |which| {
            proptest::collection::vec(any::<u8>(), usize::from(lengths[which]))
                .prop_map(move |data| Request::register(id, data).unwrap())
        })
    });
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
