//! What devlink tells of a function: versions of driver and firmware, parameters, eswitch mode, health reporters.
//!
//! For versions and permanent parameters the driver reads registers of the firmware (MCQI, MCQS, MNVDA): they are asked
//! for only where there is no fwctl node to read them by ourselves, and last.
//!
//! Must not do: send a command that changes, dumps or runs anything, ask other drivers' devices, or keep serial numbers.

use std::collections::BTreeMap;
use std::io;

use mlx5_schemas::decode::host::devlink::attribute;
use mlx5_schemas::decode::host::netlink::LIMIT;
use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::io::Errno;

use super::netlink::{self, Generic, Kind};
use super::{Function, files};
use crate::errno;

/// `enum devlink_command`: the five that are sent, all of which read.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Command {
    /// `DEVLINK_CMD_GET`.
    Device = 1,
    /// `DEVLINK_CMD_ESWITCH_GET`.
    Eswitch = 29,
    /// `DEVLINK_CMD_PARAM_GET`.
    Param = 38,
    /// `DEVLINK_CMD_INFO_GET`.
    Info = 51,
    /// `DEVLINK_CMD_HEALTH_REPORTER_GET`.
    Health = 52,
}

/// Attributes whose payload identifies the card or the board.
const IDENTIFYING: [u16; 2] = [attribute::INFO_SERIAL_NUMBER, attribute::INFO_BOARD_SERIAL_NUMBER];
/// What stands in place of each of their bytes.
const BLOT: u8 = b'X';

/// Parameters of mlx5, each asked for by name: a list of all would ask every driver's devices.
/// Source: `mlx5/core/{devlink,fs_core,fw_reset,eswitch*}.c`, `lib/nv_param.c`, `net/devlink/param.c`.
const PARAMS: &[&str] = &[
    "cqe_compress_type",
    "ct_action_on_nat_conns",
    "enable_eth",
    "enable_rdma",
    "enable_remote_dev_reset",
    "enable_roce",
    "enable_sriov",
    "enable_vnet",
    "esw_multiport",
    "esw_port_metadata",
    "event_eq_size",
    "fdb_large_groups",
    "flow_steering_mode",
    "hairpin_num_queues",
    "hairpin_queue_size",
    "io_eq_size",
    "max_macs",
    "max_sfs",
    "num_doorbells",
    "pcie_cong_inbound_high",
    "pcie_cong_inbound_low",
    "pcie_cong_outbound_high",
    "pcie_cong_outbound_low",
    "swp_l4_csum_mode",
    "total_vfs",
];

/// Asks for each function.
pub(super) fn capture(functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
    let functions: Vec<&Function> = functions.iter().filter(|function| !function.is_virtual).collect();
    if functions.is_empty() {
        return;
    }
    let mut devlink = open();
    for function in &functions {
        let address = &function.address;
        sink(answer("device", address, &mut devlink, |devlink| devlink.one(Command::Device, address)));
        sink(answer("eswitch", address, &mut devlink, |devlink| devlink.one(Command::Eswitch, address)));
        sink(answer("health", address, &mut devlink, |devlink| devlink.reporters(address)));
    }
    for function in functions.iter().filter(|function| !function.has_node) {
        let address = &function.address;
        sink(answer("param", address, &mut devlink, |devlink| devlink.params(address)));
        sink(answer("info", address, &mut devlink, |devlink| devlink.one(Command::Info, address)));
    }
}

type Opened = Result<Devlink, (CollectionStatus, String)>;

/// The family, or why there is none.
fn open() -> Opened {
    let opened = Generic::open().and_then(|mut generic| Ok((generic.family("devlink")?, generic)));
    match opened {
        Ok((Some(family), generic)) => Ok(Devlink { generic, family }),
        Ok((None, _)) => Err((CollectionStatus::Absent, "this kernel offers no devlink".to_owned())),
        Err(error) => Err((errno::status(&error), errno::words(&error))),
    }
}

fn answer(
    kind: &str,
    address: &str,
    devlink: &mut Opened,
    ask: impl FnOnce(&mut Devlink) -> io::Result<Answer>,
) -> HostCapture {
    let name = format!("devlink-{kind}@{address}");
    let devlink = match devlink {
        Ok(devlink) => devlink,
        Err((status, reason)) => return files::failed(&name, *status, reason.clone()),
    };
    match ask(devlink) {
        Ok(answer) => kept(&name, answer),
        Err(error) => files::unanswered(&name, &error),
    }
}

/// Messages, and what is to be known of those that are missing.
#[derive(Debug, Default)]
struct Answer {
    messages: Vec<Vec<u8>>,
    reason: Option<String>,
}

struct Devlink {
    generic: Generic,
    family: u16,
}

impl Devlink {
    fn one(&mut self, command: Command, address: &str) -> io::Result<Answer> {
        let messages = self.generic.ask(self.family, command as u8, Kind::One, &handle(address))?;
        Ok(Answer { messages, reason: None })
    }

    /// Reporters of ports can be asked for only in the list of all, which the core answers by itself; those of other
    /// devices are dropped.
    fn reporters(&mut self, address: &str) -> io::Result<Answer> {
        let mut messages =
            self.generic.ask(self.family, Command::Health as u8, Kind::Dump, &handle(address))?;
        messages.retain(|message| is_of(message, address));
        Ok(Answer { messages, reason: None })
    }

    fn params(&mut self, address: &str) -> io::Result<Answer> {
        let mut answer = Answer::default();
        let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in PARAMS {
            let mut attributes = handle(address);
            attributes.extend(netlink::attribute(attribute::PARAM_NAME, &zero_ended(name)));
            match self.generic.ask(self.family, Command::Param as u8, Kind::One, &attributes) {
                Ok(messages) => answer.messages.extend(messages),
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::NODEV | Errno::PERM | Errno::ACCESS) => return Err(error),
                    Some(_) | None => refused.entry(errno::words(&error)).or_default().push(name),
                },
            }
        }
        answer.reason = not_read(&refused);
        Ok(answer)
    }
}

/// What is to be known of parameters without an answer. EINVAL is that of a parameter that the driver does not have, and
/// also what the driver makes of a firmware that refuses: nothing tells them apart.
fn not_read(refused: &BTreeMap<String, Vec<&str>>) -> Option<String> {
    let words = |(words, names): (&String, &Vec<&str>)| format!("{words}: {}", names.join(", "));
    let refused: Vec<String> = refused.iter().map(words).collect();
    (!refused.is_empty())
        .then(|| format!("not there, or refused by the driver or its firmware: {}", refused.join("; ")))
}

fn zero_ended(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn handle(address: &str) -> Vec<u8> {
    let bus = netlink::attribute(attribute::BUS_NAME, b"pci\0");
    [bus, netlink::attribute(attribute::DEVICE_NAME, &zero_ended(address))].concat()
}

fn is_of(message: &[u8], address: &str) -> bool {
    let Some((_, attributes)) = netlink::attributes(message) else { return false };
    let name = attributes.iter().find(|found| found.kind == attribute::DEVICE_NAME);
    name.and_then(|name| message.get(name.place.clone())) == Some(&zero_ended(address))
}

fn kept(name: &str, answer: Answer) -> HostCapture {
    if answer.messages.is_empty() {
        // What was refused for a reason is not what is not there.
        let (status, reason) = match answer.reason {
            Some(reason) => (CollectionStatus::Error, reason),
            None => (CollectionStatus::Absent, "the driver tells nothing of this".to_owned()),
        };
        return files::failed(name, status, reason);
    }
    let mut blotted = false;
    let mut bytes = Vec::new();
    for mut message in answer.messages {
        match blot(&mut message) {
            Some(true) => blotted = true,
            Some(false) => {}
            None => {
                let words = "an answer is not understood, and may hold serial numbers: not kept";
                return files::failed(name, CollectionStatus::Error, words.to_owned());
            }
        }
        // Each message begins at a multiple of four, as in a datagram.
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(message);
    }
    if bytes.len() >= LIMIT {
        return files::failed(name, CollectionStatus::Error, "the answer has 64 KiB or more".to_owned());
    }
    let blotted = blotted.then(|| "serial numbers are blotted out".to_owned());
    let reasons: Vec<String> = [blotted, answer.reason].into_iter().flatten().collect();
    HostCapture { reason: (!reasons.is_empty()).then(|| reasons.join("; ")), ..files::bytes(name, &bytes) }
}

/// Blots out what identifies; says whether there was any. `None` for bytes that are no attributes from end to end.
fn blot(message: &mut [u8]) -> Option<bool> {
    let (_, attributes) = netlink::attributes(message)?;
    let mut blotted = false;
    for found in attributes.into_iter().filter(|found| IDENTIFYING.contains(&found.kind)) {
        let payload = message.get_mut(found.place)?;
        let (text, end) = payload.split_at_mut(payload.len().saturating_sub(1));
        text.fill(BLOT);
        // The zero at the end stays, so that the text is one; without it there is no text but bytes.
        if end.first() != Some(&0) {
            end.fill(BLOT);
        }
        blotted = true;
    }
    Some(blotted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn message(attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = attributes.concat();
        let mut bytes = u32::try_from(body.len() + 20).unwrap().to_ne_bytes().to_vec();
        bytes.extend([0; 12]);
        bytes.extend([Command::Info as u8, 1, 0, 0]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn serial_numbers_are_blotted_out_and_nothing_else() {
        let version = netlink::attribute(attribute::INFO_DRIVER_NAME, b"mlx5_core\0");
        let serial = netlink::attribute(attribute::INFO_SERIAL_NUMBER, b"MT2041X12345\0");
        let board = netlink::attribute(attribute::INFO_BOARD_SERIAL_NUMBER, b"1234567");
        let capture = kept(
            "devlink-info@x",
            Answer {
                messages: vec![message(&[version, serial, board])],
                reason: Some("a reason".to_owned()),
            },
        );
        assert_eq!(capture.reason.as_deref(), Some("serial numbers are blotted out; a reason"));
        let hex = |text: &[u8]| text.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let kept = capture.base16.unwrap();
        assert!(kept.contains(&hex(b"mlx5_core\0")) && kept.contains(&hex(b"XXXXXXXXXXXX\0")), "{kept}");
        assert!(!kept.contains(&hex(b"MT2041")) && !kept.contains(&hex(b"1234567")), "{kept}");
    }

    #[test]
    fn an_answer_that_is_not_understood_is_not_kept() {
        let mut cut = message(&[netlink::attribute(attribute::INFO_SERIAL_NUMBER, b"MT2041X12345\0")]);
        // The attribute claims more than there is.
        cut[20..22].copy_from_slice(&200_u16.to_ne_bytes());
        let capture = kept("devlink-info@x", Answer { messages: vec![cut], reason: None });
        assert_eq!((capture.status, capture.base16), (CollectionStatus::Error, None));
    }

    #[test]
    fn parameters_without_an_answer_are_named_by_their_errno() {
        assert_eq!(not_read(&BTreeMap::new()), None);
        let refused = BTreeMap::from([
            ("EINVAL: Invalid argument".to_owned(), vec!["max_sfs", "total_vfs"]),
            ("EREMOTEIO: Remote I/O error".to_owned(), vec!["enable_sriov"]),
        ]);
        assert_eq!(
            not_read(&refused).unwrap(),
            "not there, or refused by the driver or its firmware: EINVAL: Invalid argument: max_sfs, total_vfs; EREMOTEIO: Remote I/O error: enable_sriov"
        );
    }

    #[test]
    fn reporters_of_other_devices_are_told_by_their_name() {
        let of = |name: &str| message(&[netlink::attribute(attribute::DEVICE_NAME, &zero_ended(name))]);
        assert!(is_of(&of("0000:3b:00.0"), "0000:3b:00.0"));
        assert!(!is_of(&of("0000:3b:00.1"), "0000:3b:00.0") && !is_of(&[1, 2, 3], "0000:3b:00.0"));
    }

    #[test]
    fn a_function_without_devlink_gives_one_capture_each_that_says_so() {
        let function = Function { address: "0000:ff:1f.7".to_owned(), is_virtual: false, has_node: false };
        let mut captures = Vec::new();
        capture(&[function], &mut |capture| captures.push(capture));
        let names: Vec<&str> = captures.iter().map(|capture| capture.name.as_str()).collect();
        let expected = ["device", "eswitch", "health", "param", "info"];
        assert_eq!(names, expected.map(|kind| format!("devlink-{kind}@0000:ff:1f.7")));
        for capture in captures {
            assert_ne!(capture.status, CollectionStatus::Captured, "{capture:?}");
            assert!(capture.reason.is_some());
        }
    }
}
