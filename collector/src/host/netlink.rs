//! Questions to the kernel's generic netlink families, and the messages that come back.
//!
//! A family is found in the list of all that there are: asking for one by its name would make the kernel load the module
//! that has it (`genl_ctrl_getfamily`, `request_module`).
//!
//! Must not do: load a module, join a multicast group, or keep on receiving without a bound.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use mlx5_schemas::decode::host::netlink::{self, ByteOrder};
use rustix::io::Errno;
use rustix::net::netlink::{GENERIC, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, sockopt};

/// `GENL_ID_CTRL`.
const CONTROL: u16 = 0x10;
/// `CTRL_CMD_GETFAMILY`.
const GET_FAMILY: u8 = 3;
/// `CTRL_ATTR_FAMILY_ID` and `CTRL_ATTR_FAMILY_NAME`.
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
/// `NLM_F_REQUEST`, `NLM_F_ACK`, `NLM_F_DUMP` (`NLM_F_ROOT | NLM_F_MATCH`).
const REQUEST: u16 = 0x1;
const ACKNOWLEDGE: u16 = 0x4;
const DUMP: u16 = 0x300;
/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// How long a next message may take. The kernel answers before the question returns; this is for defects.
const PATIENCE: Duration = Duration::from_secs(2);
/// Room for one datagram: the kernel makes none larger than 32 KiB for a reader of this room.
const DATAGRAM: usize = 64 << 10;
/// Most bytes of one answer.
const ANSWER_LIMIT: usize = 1 << 20;

/// Whether one thing is asked for, or all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One answer.
    One,
    /// A list.
    Dump,
}

/// A connection to the generic families.
#[derive(Debug)]
pub(super) struct Generic {
    socket: OwnedFd,
    sequence: u32,
}

impl Generic {
    /// Opens one.
    pub(super) fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(GENERIC))?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE))?;
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(Self { socket, sequence: 0 })
    }

    /// The number of a family; `None` when the kernel has no such family at this time.
    pub(super) fn family(&mut self, wanted: &str) -> io::Result<Option<u16>> {
        for message in self.ask(CONTROL, GET_FAMILY, Kind::Dump, &[])? {
            let Some((order, attributes)) = attributes(&message) else { continue };
            let payload = |kind: u16| {
                let found = attributes.iter().find(|attribute| attribute.kind == kind)?;
                message.get(found.place.clone())
            };
            let name = payload(FAMILY_NAME).map(|name| name.strip_suffix(&[0]).unwrap_or(name));
            if name == Some(wanted.as_bytes()) {
                let id = payload(FAMILY_ID).and_then(|id| order.number(id));
                return Ok(id.and_then(|id| u16::try_from(id).ok()));
            }
        }
        Ok(None)
    }

    /// Asks, and gives the messages that answer, each with its header. The sender's port number, which the kernel takes
    /// from the process, is zero in them.
    pub(super) fn ask(
        &mut self,
        family: u16,
        command: u8,
        kind: Kind,
        attributes: &[u8],
    ) -> io::Result<Vec<Vec<u8>>> {
        self.sequence = self.sequence.wrapping_add(1);
        let flags = match kind {
            Kind::One => REQUEST | ACKNOWLEDGE,
            Kind::Dump => REQUEST | DUMP,
        };
        let question = question(family, flags, self.sequence, command, attributes)?;
        let kernel = SocketAddrNetlink::new(0, 0);
        rustix::net::sendto(&self.socket, &question, SendFlags::empty(), &kernel)?;
        self.receive()
    }

    fn receive(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut answer = Vec::new();
        let mut buffer = vec![0; DATAGRAM];
        let mut received = 0_usize;
        while received < ANSWER_LIMIT {
            let (length, _) = match rustix::net::recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            received = received.saturating_add(length.max(1));
            let datagram = buffer.get(..length).unwrap_or_default();
            let (order, messages) = netlink::messages(datagram).map_err(io::Error::other)?;
            for message in messages.iter().filter(|message| message.sequence == self.sequence) {
                let bytes = datagram.get(message.place.clone()).unwrap_or_default();
                match message.kind {
                    ERROR | DONE => return ended(order, bytes).map(|()| answer),
                    _ => answer.push(without_port(bytes)),
                }
            }
        }
        Err(io::Error::other("the answer is too long"))
    }
}

/// Attributes of a message of a family.
pub(super) fn attributes(message: &[u8]) -> Option<(ByteOrder, Vec<netlink::Attribute>)> {
    let (order, messages) = netlink::messages(message).ok()?;
    let place = netlink::body(messages.first()?).ok()?;
    Some((order, netlink::attributes(message, place, order).ok()?))
}

/// One attribute, as it is sent.
pub(super) fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    // Payloads are names of devices and parameters: they always fit.
    let length = u16::try_from(payload.len().saturating_add(4)).unwrap_or(u16::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn question(family: u16, flags: u16, sequence: u32, command: u8, attributes: &[u8]) -> io::Result<Vec<u8>> {
    let length = netlink::HEADER_LENGTH.saturating_add(4).saturating_add(attributes.len());
    let length = u32::try_from(length).map_err(|_| io::Error::from_raw_os_error(libc::EMSGSIZE))?;
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(family.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend([0; 4]);
    // `struct genlmsghdr`: command, version, nothing.
    bytes.extend([command, 1, 0, 0]);
    bytes.extend(attributes);
    Ok(bytes)
}

/// What the last message says: zero, or a negative errno.
fn ended(order: ByteOrder, message: &[u8]) -> io::Result<()> {
    let code = message.get(netlink::HEADER_LENGTH..netlink::HEADER_LENGTH + 4);
    let code = code.and_then(|code| order.number(code)).and_then(|code| u32::try_from(code).ok());
    match code.map(u32::cast_signed) {
        // A list may end without a code.
        None | Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(code.saturating_neg())),
    }
}

fn without_port(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    if let Some(port) = message.get_mut(12..16) {
        port.fill(0);
    }
    message
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Every Linux has this family, and anybody may ask for the list; a sandbox may have no netlink.
    #[test]
    fn the_control_family_is_in_the_list_of_families() {
        let mut generic = match Generic::open() {
            Ok(generic) => generic,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "netlink is needed here: {error}");
                return;
            }
        };
        assert_eq!(generic.family("nlctrl").unwrap(), Some(CONTROL));
        assert_eq!(generic.family("no-such-family").unwrap(), None);
        // Asked for by a number that no family has: refused with an errno, in the answer's own form.
        let refused = generic.ask(CONTROL, 0xee, Kind::One, &[]).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EOPNOTSUPP));
    }

    #[test]
    fn a_question_is_laid_out_as_the_kernel_reads_it() {
        let name = attribute(2, b"abc\0");
        let bytes = question(0x15, REQUEST | DUMP, 7, 51, &name).unwrap();
        let (order, messages) = netlink::messages(&bytes).unwrap();
        assert_eq!(order, ByteOrder::NATIVE);
        assert_eq!((messages[0].kind, messages[0].sequence), (0x15, 7));
        let (_, attributes) = attributes(&bytes).unwrap();
        assert_eq!(&bytes[attributes[0].place.clone()], b"abc\0");
    }
}
