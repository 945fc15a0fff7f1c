//! The vocabulary of requests: what it can say, and what cannot be said in it.

use mlx5_schemas::model::command::HEADER_LENGTH;
use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::request::{CapabilityMode, Readable, Request, RequestError, register};
use mlx5_schemas::redaction;

use crate::mnvda;

/// The worked example of the NV protocol: class 0 index 0x80, next boot, with the writer left out.
#[test]
fn mnvda_bytes_are_those_of_the_protocol() {
    let input = mnvda(&[0x02, 0x00, 0x01, 0x00, 0, 0, 0, 0x80]).input();
    assert_eq!(input.len(), 284);
    assert_eq!(input[..16], [0x08, 0x05, 0, 0, 0, 0, 0, 1, 0, 0, 0x90, 0x24, 0, 0, 0, 0]);
    assert_eq!(input[16..24], [0x02, 0x00, 0x01, 0x00, 0, 0, 0, 0x80]);
    assert!(input[24..].iter().all(|&byte| byte == 0));
}

#[test]
fn capability_op_mod_is_type_and_mode() {
    let op_mod = |mode| Request::capability(0xc, mode).unwrap().input()[6..8].to_vec();
    assert_eq!(op_mod(CapabilityMode::Maximum), [0, 0x18]);
    assert_eq!(op_mod(CapabilityMode::Current), [0, 0x19]);
}

#[test]
fn a_register_write_cannot_be_read_back_as_a_request() {
    for &Readable { id, lengths, .. } in Readable::all() {
        let mut input = Request::register(id, vec![0; usize::from(lengths[0])]).unwrap().input();
        assert!(Request::from_input(&input).is_ok());
        input[7] = 0;
        assert!(matches!(Request::from_input(&input), Err(RequestError::NotARequest { .. })), "0x{id:04x}");
    }
}

#[test]
fn registers_outside_the_list_have_no_request() {
    // MNVDI and MNVIA delete NV settings; MTCQ's read makes a token challenge; MFBA reaches flash.
    for id in [0x9025, 0x9033, 0x9029, 0x9109, 0x9011, 0xc009] {
        assert!(matches!(Request::register(id, vec![0; 16]), Err(RequestError::RegisterNotReadable { .. })));
    }
}

/// What the read plan says must be zero on a read, one register each: clear, reset, apply, enable, end, start.
#[test]
fn nothing_but_index_fields_can_be_set() {
    for (id, length, bit, what) in [
        (0x9110, 48, 32, "MDSR.end"),
        (0x9110, 48, 33, "MDSR.revoke_version"),
        (0xb001, 24, 128, "SBPR.clr"),
        (0xb002, 40, 160, "SBCM.clr"),
        (0x900a, 32, 65, "MTMP.mtr"),
        (0x5012, 16, 0, "PMAOS.rst"),
        (0x5018, 8, 22, "PPLR.apply_im"),
        (0x5037, 36, 1, "PPRT.s"),
        (0x5027, 76, 19, "SLTP.c_db"),
        (0x9028, 8, 35, "MFRL.pci_sync_for_fw_update_resp"),
        (0x9062, 32, 24, "MCC.instruction"),
        (0x902c, 20, 2, "MVTS.clear_all_ts_flag"),
    ] {
        let mut data = vec![0; length];
        data[bit / 8] |= 0x80 >> (bit % 8);
        let input =
            [[8, 5, 0, 0, 0, 0, 0, 1, 0, 0].as_slice(), &u16::to_be_bytes(id), &[0; 4], &data].concat();
        assert_eq!(Request::register(id, data), Err(RequestError::NotAnIndexBit { id, bit }), "{what}");
        assert_eq!(Request::from_input(&input), Err(RequestError::NotAnIndexBit { id, bit }), "{what}");
    }
}

#[test]
fn an_index_has_only_the_values_of_the_plan() {
    // Page 9 of PDDR shows latched flags of the module, which many modules clear when they are read.
    let refused = Request::read(0x5031, 256, &[("local_port", 1), ("page_select", 9)]);
    assert_eq!(refused, Err(RequestError::IndexValue { id: 0x5031, field: "page_select", value: 9 }));
    assert!(Request::read(0x5031, 256, &[("local_port", 1), ("page_select", 8)]).is_ok());
    // All tokens at once goes with `end` only.
    assert!(Request::read(register::MDSR, 48, &[("type_of_token", 255)]).is_err());
    // A value that does not fit, a field twice, a field that is none.
    for indexes in [&[("local_port", 256)][..], &[("local_port", 1), ("local_port", 1)], &[("clr", 1)]] {
        assert!(Request::read(register::PAOS, 16, indexes).is_err(), "{indexes:?}");
    }
    let bytes = Request::read(register::PTYS, 64, &[("local_port", 2), ("proto_mask", 4)]).unwrap();
    assert_eq!(bytes.as_register().unwrap().1[..4], [0, 2, 0, 4]);
}

#[test]
fn what_only_a_write_of_an_nv_register_would_set_has_no_request() {
    let header = |dword: u32| {
        let mut data = [dword.to_be_bytes(), 0x80_u32.to_be_bytes()].concat();
        data.resize(268, 0);
        Request::register(register::MNVDA, data)
    };
    // mlxconfig's own header, and the one that tells an echo.
    assert!(header(0x0209_0100).is_ok() && header(0x100a_0100).is_ok());
    // A version, rd_en, access mode 3, another writer.
    for dword in [0x0200_1100, 0x0300_0100, 0x02c0_0100, 0x0204_0100] {
        assert!(matches!(header(dword), Err(RequestError::NvField { id: 0x9024, .. })), "0x{dword:08x}");
    }
    // A byte of data, as a write has it: not even as bytes.
    let mut input = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 0x80]).input();
    input[28] = 1;
    assert!(matches!(Request::from_input(&input), Err(RequestError::NvField { .. })));
}

#[test]
fn a_secret_has_a_row_and_no_request() {
    for &(class, index) in redaction::SECRET_TLVS {
        // As it stands, of another function and host, and for all functions.
        let plain = u32::from(class) << 24 | index;
        let mut dwords = vec![plain];
        if class == 3 {
            dwords.extend([plain | 1 << 18 | 2 << 10, plain | 0xc000_0000, plain | 0x4000_0000]);
        }
        for type_dword in dwords {
            let mut data = vec![2, 0, 1, 0];
            data.extend(type_dword.to_be_bytes());
            data.resize(268, 0);
            let asked = Request::register(register::MNVDA, data);
            assert_eq!(asked, Err(RequestError::Secret { type_dword }));
            let row = Request::left_out_secret(type_dword).unwrap();
            assert_eq!(row.secret(), Some(type_dword));
            assert_eq!(Request::from_input(&row.input()), Ok(row.clone()), "old bundles have such rows");
            // Should an answer to it turn up all the same, nothing of it is kept.
            let reply = Reply::from_output(vec![0; 284]).unwrap();
            assert_eq!(redaction::kept_length(&row, &reply), HEADER_LENGTH);
        }
    }
    assert!(Request::left_out_secret(0x80).is_err());
}

#[test]
fn bits_outside_the_vocabulary_make_no_request() {
    // User context, reserved bytes, the argument of ACCESS_REG, data behind QUERY_ADAPTER, `other_function`.
    let register = Request::register(register::QPTS, vec![0; 8]).unwrap().input();
    let capability = Request::capability(0, CapabilityMode::Current).unwrap().input();
    let adapter = Request::adapter().input();
    for (input, at) in
        [(&register, 3), (&register, 4), (&register, 15), (&capability, 8), (&adapter, 7), (&adapter, 10)]
    {
        let mut changed = input.clone();
        changed[at] |= 0x80;
        assert!(matches!(Request::from_input(&changed), Err(RequestError::NotARequest { .. })), "byte {at}");
    }
    for input in [&adapter, &capability] {
        let longer = [input.as_slice(), &[0]].concat();
        assert!(matches!(Request::from_input(&longer), Err(RequestError::NotARequest { .. })));
    }
    assert!(Request::from_input(&adapter[..15]).is_err());
}

#[test]
fn an_nv_read_of_two_dwords_is_that_of_the_same_bytes() {
    for id in [register::MNVDA, register::MNVQC, register::MNVGC, register::MNVGN] {
        for dwords in [[0, 0], [0x0200_0100, 0x80], [0x80, 0x200], [7, 0], [0x0300_0100, 0x80], [0x80, 0x202]]
        {
            let length = usize::from(Readable::of(id).unwrap().lengths[0]);
            let mut data = dwords.map(u32::to_be_bytes).concat();
            data.resize(length, 0);
            assert_eq!(Request::nv(id, dwords), Request::register(id, data), "0x{id:04x} {dwords:x?}");
        }
    }
    assert_eq!(Request::nv(register::MNVDA, [0, 0x19b]), Err(RequestError::Secret { type_dword: 0x19b }));
    assert!(matches!(Request::nv(register::MGIR, [0, 0]), Err(RequestError::NvField { .. })));
}

#[test]
fn a_read_of_nv_that_takes_the_place_of_another_is_the_same_as_a_new_one() {
    let items = [[0x0200_0100, 0x80], [0x1289_0300, 0x0300_0110], [0, 0], [0x0240_0100, 0xff00_0001]];
    let of = |id| match id {
        register::MNVDA => items,
        register::MNVQC => items.map(|[_, item]| [item, 0x200]),
        register::MNVGN => items.map(|[place, _]| [place, 0]),
        _ => [[0, 0]; 4],
    };
    for id in [register::MNVDA, register::MNVQC, register::MNVGN, register::MNVGC] {
        let mut request = Request::nv(id, [0, 0]).unwrap();
        for dwords in of(id) {
            request.set_nv(dwords).unwrap();
            assert_eq!(Ok(&request), Request::nv(id, dwords).as_ref(), "0x{id:04x} {dwords:x?}");
        }
    }
    // What could not be asked anew cannot be asked so, and what there was stays.
    let mut request = Request::nv(register::MNVDA, items[0]).unwrap();
    for refused in
        [[0x0200_0100, 0x19b], [0x0200_0100, 0xc300_0238], [0x8000_0000, 0x80], [0x00c0_0000, 0x80]]
    {
        assert_eq!(request.set_nv(refused), Request::nv(register::MNVDA, refused).map(|_| ()));
        assert_eq!(Ok(&request), Request::nv(register::MNVDA, items[0]).as_ref());
    }
    assert!(matches!(request.set_nv([0x0200_0100, 0x19b]), Err(RequestError::Secret { .. })));
    let mut other = Request::register(register::MGIR, [0; 160]).unwrap();
    assert!(other.set_nv([0, 0]).is_err() && Request::adapter().set_nv([0, 0]).is_err());
    // The name of a secret, which is no request, does not stay one.
    let mut secret = Request::left_out_secret(0x19b).unwrap();
    secret.set_nv(items[0]).unwrap();
    assert_eq!((secret.secret(), Ok(&secret)), (None, Request::nv(register::MNVDA, items[0]).as_ref()));
}

/// So that a field can be set without a look at the others.
#[test]
fn no_two_index_fields_of_a_register_have_a_bit_in_common() {
    for readable in Readable::all() {
        let mut ranges: Vec<_> =
            readable.indexes.iter().map(|index| (index.bit_offset, index.bit_width)).collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{}", readable.name);
        }
    }
}

#[test]
fn room_that_is_used_again_has_nothing_of_the_earlier_answer() {
    let short = Request::register(register::MFRL, [0; 8]).unwrap();
    let long = Request::capability(0, CapabilityMode::Current).unwrap();
    for earlier in [0, 8, 24, 1000, 1024, 1500, 2048, 4112, 5000] {
        assert_eq!(short.output_room(vec![0xee; earlier]), [0; 24]);
        assert_eq!(long.output_room(vec![0xee; earlier]), [0; 4112]);
    }
}
