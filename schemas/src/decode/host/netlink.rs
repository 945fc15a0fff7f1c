//! The framing of generic netlink: messages, and the attributes in them.
//!
//! Source: `include/uapi/linux/netlink.h` (`struct nlmsghdr`, `struct nlattr`) and `genetlink.h` (`struct genlmsghdr`).
//! Numbers are in the byte order of the host that sent them, which the first length tells: below 64 KiB no length fits in both
//! orders (256 and 65,536 are the smallest two that are each other's mirror image), and there is no longer capture.
//!
//! Must not do: know what an attribute means, or go on behind bytes that are no message.

use std::ops::Range;

/// Bytes of `struct nlmsghdr`.
pub const HEADER_LENGTH: usize = 16;
/// Bytes of `struct genlmsghdr`, behind it.
const GENERIC_HEADER_LENGTH: usize = 4;
/// Bytes of `struct nlattr`.
const ATTRIBUTE_HEADER_LENGTH: usize = 4;
/// Bytes that no list of messages reaches.
pub const LIMIT: usize = 64 << 10;
/// The two flags that an attribute's type carries (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
const TYPE_MASK: u16 = 0x3fff;

/// Bytes that are no messages, or no attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not netlink: the {what} at byte {at} does not fit")]
pub struct Malformed {
    /// What was expected there.
    pub what: &'static str,
    /// Where.
    pub at: usize,
}

/// The byte order of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// That of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };

    /// A number of 1, 2, 4 or 8 bytes; `None` for any other length.
    pub fn number(self, bytes: &[u8]) -> Option<u64> {
        if !matches!(bytes.len(), 1 | 2 | 4 | 8) {
            return None;
        }
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Some(match self {
            Self::Big => bytes.iter().fold(0, add),
            Self::Little => bytes.iter().rev().fold(0, add),
        })
    }

    fn length(self, bytes: &[u8]) -> Option<usize> {
        usize::try_from(self.number(bytes)?).ok()
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it lies, header included, without padding.
    pub place: Range<usize>,
    /// `nlmsg_type`: the family, or one of the control messages below 16.
    pub kind: u16,
    /// `nlmsg_seq`.
    pub sequence: u32,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its type without flags.
    pub kind: u16,
    /// Where its payload lies.
    pub place: Range<usize>,
}

/// The byte order of messages, by the first length, and the messages.
///
/// # Errors
/// When the bytes are not messages from end to end, or are [`LIMIT`] bytes and more.
pub fn messages(bytes: &[u8]) -> Result<(ByteOrder, Vec<Message>), Malformed> {
    if bytes.len() >= LIMIT {
        return Err(Malformed { what: "end within 64 KiB", at: bytes.len() });
    }
    let first = bytes.get(..4).ok_or(Malformed { what: "message", at: 0 })?;
    let fits = |order: &ByteOrder| {
        order.length(first).is_some_and(|length| (HEADER_LENGTH..=bytes.len()).contains(&length))
    };
    let order = [ByteOrder::Little, ByteOrder::Big].into_iter().find(fits);
    let order = order.ok_or(Malformed { what: "message", at: 0 })?;
    let mut messages = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let message = message(bytes, at, order).ok_or(Malformed { what: "message", at })?;
        // Padding behind the last message may be left out.
        at = aligned(message.place.end).min(bytes.len());
        messages.push(message);
    }
    Ok((order, messages))
}

fn message(bytes: &[u8], at: usize, order: ByteOrder) -> Option<Message> {
    let header = bytes.get(at..at.checked_add(HEADER_LENGTH)?)?;
    let length = order.length(header.get(..4)?)?;
    let end = at.checked_add(length)?;
    (length >= HEADER_LENGTH && end <= bytes.len()).then_some(())?;
    Some(Message {
        place: at..end,
        kind: u16::try_from(order.number(header.get(4..6)?)?).ok()?,
        sequence: u32::try_from(order.number(header.get(8..12)?)?).ok()?,
    })
}

/// Where the attributes of a message of a generic family lie.
///
/// # Errors
/// When the message has no room for the family's header.
pub fn body(message: &Message) -> Result<Range<usize>, Malformed> {
    let malformed = Malformed { what: "family header", at: message.place.start };
    let head = HEADER_LENGTH.saturating_add(GENERIC_HEADER_LENGTH);
    let start = message.place.start.checked_add(head).ok_or(malformed)?;
    if start > message.place.end { Err(malformed) } else { Ok(start..message.place.end) }
}

/// The attributes in `place`: those of a message, or those nested in an attribute.
///
/// # Errors
/// When the bytes are not attributes from end to end.
pub fn attributes(bytes: &[u8], place: Range<usize>, order: ByteOrder) -> Result<Vec<Attribute>, Malformed> {
    let mut attributes = Vec::new();
    let mut at = place.start;
    while at < place.end {
        let attribute = attribute(bytes, at, place.end, order).ok_or(Malformed { what: "attribute", at })?;
        at = aligned(attribute.place.end).min(place.end);
        attributes.push(attribute);
    }
    Ok(attributes)
}

fn attribute(bytes: &[u8], at: usize, end: usize, order: ByteOrder) -> Option<Attribute> {
    let start = at.checked_add(ATTRIBUTE_HEADER_LENGTH)?;
    let header = bytes.get(at..start)?;
    let length = order.length(header.get(..2)?)?;
    let stop = at.checked_add(length)?;
    (start <= stop && stop <= end && end <= bytes.len()).then_some(())?;
    let kind = u16::try_from(order.number(header.get(2..4)?)?).ok()?;
    Some(Attribute { kind: kind & TYPE_MASK, place: start..stop })
}

/// Messages and attributes begin at multiples of four, counted from where the first begins.
fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

#[cfg(test)]
pub(crate) mod build {
    //! Messages for tests, as the kernel writes them.
    #![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

    /// An attribute with its payload, padded; little-endian.
    pub(crate) fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u16::try_from(payload.len() + 4).unwrap().to_le_bytes().to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    pub(crate) fn text(kind: u16, text: &str) -> Vec<u8> {
        attribute(kind, format!("{text}\0").as_bytes())
    }

    pub(crate) fn nested(kind: u16, inner: &[Vec<u8>]) -> Vec<u8> {
        attribute(kind | 0x8000, &inner.concat())
    }

    /// A message of family 0x15, command 51.
    pub(crate) fn message(attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = attributes.concat();
        let mut bytes = u32::try_from(body.len() + 20).unwrap().to_le_bytes().to_vec();
        bytes.extend([0x15, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 1, 0, 0]);
        bytes.extend(body);
        bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_byte_orders_are_told_by_the_first_length() {
        let little = build::message(&[build::text(1, "pci")]);
        let (order, found) = messages(&little).unwrap();
        assert_eq!((order, found.len(), found[0].kind, found[0].sequence), (ByteOrder::Little, 1, 0x15, 1));
        let place = attributes(&little, body(&found[0]).unwrap(), order).unwrap()[0].place.clone();
        assert_eq!(&little[place], b"pci\0");

        // The same as a big-endian host sends it.
        let big: Vec<u8> = [
            &[0, 0, 0, 28][..],
            &[0, 0x15, 0, 0],
            &[0, 0, 0, 1],
            &[0; 4],
            &[51, 1, 0, 0],
            &[0, 8, 0, 1],
            b"pci\0",
        ]
        .concat();
        let (order, found) = messages(&big).unwrap();
        assert_eq!((order, found[0].kind), (ByteOrder::Big, 0x15));
        assert_eq!(attributes(&big, body(&found[0]).unwrap(), order).unwrap()[0].kind, 1);
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_place() {
        let mut bytes = build::message(&[build::text(1, "pci"), build::text(2, "0000:3b:00.0")]);
        let (order, found) = messages(&bytes).unwrap();
        let room = body(&found[0]).unwrap();
        bytes[28] = 200;
        assert_eq!(attributes(&bytes, room, order), Err(Malformed { what: "attribute", at: 28 }));
        bytes.push(1);
        assert_eq!(messages(&bytes), Err(Malformed { what: "message", at: 48 }));
        assert!(messages(&[]).is_err());
    }

    /// 256 in one order is 65,536 in the other: where both fitted, nothing told them apart.
    #[test]
    fn a_length_is_never_taken_for_its_mirror_image() {
        let big = |length: usize| {
            let mut bytes = vec![0; length];
            // Messages of 256 bytes, the first number of each in big-endian order.
            for message in bytes.chunks_mut(256) {
                let length = u32::try_from(message.len()).unwrap();
                message[..4].copy_from_slice(&length.to_be_bytes());
            }
            bytes
        };
        let (order, found) = messages(&big(LIMIT - 256)).unwrap();
        assert_eq!((order, found.len()), (ByteOrder::Big, 255));
        assert_eq!(messages(&big(LIMIT)), Err(Malformed { what: "end within 64 KiB", at: LIMIT }));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_all_places_are_inside(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((order, found)) = messages(&bytes) {
                for message in found {
                    prop_assert!(message.place.end <= bytes.len());
                    let Ok(room) = body(&message) else { continue };
                    for attribute in attributes(&bytes, room, order).unwrap_or_default() {
                        prop_assert!(bytes.get(attribute.place).is_some());
                    }
                }
            }
            let _ = attributes(&bytes, 0..bytes.len(), ByteOrder::Big);
        }
    }
}
