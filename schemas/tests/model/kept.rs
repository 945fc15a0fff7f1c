//! What is kept of an answer, and what is never in one.

use mlx5_schemas::model::command::{CommandStatus, HEADER_LENGTH};
use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::redaction;

use crate::mnvda;

#[test]
fn of_the_walk_over_the_store_no_data_is_kept() {
    let request = Request::register(register::MNVGN, vec![0; 284]).unwrap();
    let mut output = vec![0xee; 300];
    output[..16].fill(0);
    let kept = redaction::kept(&request, Reply::from_output(output).unwrap());
    assert_eq!(kept.output.len(), 16 + 28);
}

#[test]
fn what_lies_behind_the_declared_length_is_not_kept() {
    let request = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 2]);
    let mut output = vec![0xee; 284];
    output[..16].fill(0);
    output[16..20].copy_from_slice(&[0x03, 0, 0, 0x10]);
    let reply = Reply::from_output(output.clone()).unwrap();
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 12 + 16);
    let mut kept = reply.clone();
    let returned = redaction::keep(&request, &mut kept);
    assert_eq!((returned, redaction::returned_length(&request, &kept)), (16 + 12 + 16, 16 + 12 + 16));
    output[0] = CommandStatus::BAD_PARAM.0;
    let refused = redaction::kept(&request, Reply::from_output(output).unwrap());
    assert_eq!(refused.output.len(), HEADER_LENGTH);
}

#[test]
fn mcqi_is_kept_to_its_declared_size() {
    let request = Request::register(register::MCQI, vec![0; 148]).unwrap();
    let mut output = vec![0xee; 16 + 148];
    output[..40].fill(0);
    output[31] = 0x14; // info_size
    output[39] = 0x14; // data_size
    let mut reply = Reply::from_output(output).unwrap();
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 24 + 0x14);
    // A device that echoes the room that was asked for still declares the size of the item.
    reply.output[39] = 0x7c;
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 24 + 0x14);
}

#[test]
fn an_output_is_as_long_as_it_says() {
    let returned = |request: &Request, data: &[u8]| {
        let output = [&[0; HEADER_LENGTH], data].concat();
        redaction::returned_length(request, &Reply::from_output(output).unwrap())
    };
    let nv = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 2]);
    // The nine bits of the length, whatever stands above them, and whether that many bytes are there or not.
    assert_eq!(returned(&nv, &[0, 0, 0xfe, 0x10]), 16 + 12 + 0x10);
    assert_eq!(returned(&nv, &[0, 0, 0x01, 0x00]), 16 + 12 + 0x100);
    // Too short to declare anything: all was asked for.
    assert_eq!(returned(&nv, &[0, 0, 0]), 284);
    let ptys = Request::register(register::PTYS, vec![0; 64]).unwrap();
    assert_eq!(returned(&ptys, &[0; 8]), 80);
    // No more is kept than there was room for, or than is there.
    let kept = |request: &Request, length: usize| {
        redaction::kept_length(request, &Reply::from_output(vec![0; length]).unwrap())
    };
    assert_eq!((kept(&ptys, 300), kept(&ptys, 24)), (80, 24));
}

#[test]
fn secrets_are_those_of_the_parameter_database() {
    for (class, index) in
        [(0, 0x19b), (3, 0x238), (3, 0x239), (3, 0x245), (3, 0x247), (3, 0x255), (3, 0x257), (6, 1)]
    {
        assert!(redaction::is_secret_tlv(class, index), "{class}:0x{index:x}");
    }
    for (class, index) in [(0, 0x19c), (3, 0x19b), (3, 0x237), (3, 0x246), (0, 0x238), (7, 0x83)] {
        assert!(!redaction::is_secret_tlv(class, index), "{class}:0x{index:x}");
    }
    // Whatever the database says is a password, a CHAP identity or a private key is one of them.
    for tlv in mlx5_schemas::catalog::Catalog::embedded().tlvs() {
        if ["chap", "passw", "pwd", "secure_host"].iter().any(|word| tlv.name.contains(word)) {
            assert!(redaction::is_secret_tlv(tlv.class, tlv.index), "{}", tlv.name);
        }
    }
}
