//! NV registers on the wire: what a read of MNVDA, MNVQC, MNVGC and MNVGN may set, and what an answer says of itself.
//!
//! Layouts: PRM `mnvda_reg_ext`, `mnvqc_reg_ext`, `mnvgc_reg_ext`, `mnvgn_reg_ext`; kernel `mlx5_ifc.h`
//! (`mlx5_ifc_configuration_item_*`, `mlx5_ifc_mnvda_reg_bits`). Bits are counted from the least significant end of a
//! big-endian dword.
//!
//! Must not do: decode what an item holds, or know which items exist.

use super::fact::View;
use super::request::register;
use super::transcript::without_trailing_zeros;

/// Bytes of MNVDA before the item's data.
pub const ITEM_HEADER: usize = 12;
/// Most data of an item, in bytes.
pub const MAX_ITEM_DATA: usize = 256;
/// Bytes of MNVGN before the item's header: the pointer, and three reserved dwords.
pub const WALK_ITEM_AT: usize = 16;

/// `length`: bits 8:0 of an item's first dword.
const LENGTH: u32 = 0x1ff;
/// `host_id_valid`: bit 9 of MNVDA's first dword and of MNVQC's second.
pub const HOST_ID_VALID: u32 = 1 << 9;
/// `writer_id`: bits 20:16.
const WRITER: u32 = 0x1f << 16;
/// `access_mode`: bits 23:22.
const ACCESS_MODE: u32 = 3 << 22;
/// `ovr_en`: bit 25.
const OVERWRITABLE: u32 = 1 << 25;
/// `priority`: bits 29:28.
const PRIORITY: u32 = 3 << 28;

/// Writers that a read may name: none, and two to tell a stored writer from an echoed one. mlxconfig names 9 in its own
/// reads; 10 is for items that 9 wrote.
const WRITERS: [u32; 3] = [0, 9, 10];
/// Priorities that a read may name: USER, and OEM to tell a stored one from an echoed one.
const PRIORITIES: [u32; 2] = [0, 1];

/// The first dword of an MNVDA read. Nothing in it is written anywhere: the method is a read, and the fields beside
/// view and room are looked at by no firmware that we know of, but may come back in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemHeader {
    /// Room for data, in bytes.
    pub room: u16,
    /// The view asked for.
    pub view: View,
    /// Whether host and function of the type are meant as they stand, and not as "whoever asks".
    pub host_id_valid: bool,
    /// `writer_id`; 0 names nobody.
    pub writer: u8,
    /// `priority`.
    pub priority: u8,
    /// `ovr_en`.
    pub overwritable: bool,
}

impl ItemHeader {
    /// The dword.
    pub fn dword(self) -> u32 {
        let view = match self.view {
            View::Next => 0_u32,
            View::Current => 1,
            View::Default => 2,
        };
        u32::from(self.room) & LENGTH
            | if self.host_id_valid { HOST_ID_VALID } else { 0 }
            | u32::from(self.writer) << 16 & WRITER
            | view << 22
            | if self.overwritable { OVERWRITABLE } else { 0 }
            | u32::from(self.priority) << 28 & PRIORITY
    }

    /// Reads it out of MNVDA data, a request's or an answer's; `None` for the access mode 3, which is no view.
    pub fn read(data: &[u8]) -> Option<Self> {
        let dword = dword(data, 0)?;
        let field = |mask: u32| (dword & mask) >> mask.trailing_zeros();
        Some(Self {
            room: u16::try_from(field(LENGTH)).ok()?,
            view: match field(ACCESS_MODE) {
                0 => View::Next,
                1 => View::Current,
                2 => View::Default,
                _ => return None,
            },
            host_id_valid: dword & HOST_ID_VALID != 0,
            writer: u8::try_from(field(WRITER)).ok()?,
            priority: u8::try_from(field(PRIORITY)).ok()?,
            overwritable: dword & OVERWRITABLE != 0,
        })
    }

    /// Whether MNVDA data of a request and of its answer name the same view.
    pub(super) fn is_same_view(asked: &[u8], answer: &[u8]) -> bool {
        dword(asked, 0).zip(dword(answer, 0)).is_some_and(|(asked, told)| (asked ^ told) & ACCESS_MODE == 0)
    }

    /// Whether it names a writer or a priority, so that an answer may only repeat them.
    pub fn names_somebody(self) -> bool {
        self.writer != 0 || self.priority != 0
    }
}

/// The type dword of MNVDA data.
pub fn type_dword(data: &[u8]) -> Option<u32> {
    dword(data, 4)
}

/// The big-endian dword at a byte offset.
pub fn dword(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at.checked_add(4)?).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
}

/// What is wrong with data that sets more.
const BEYOND: &str = "data beyond what a read sets";

/// Whether the data of a register read sets nothing but what chooses the item, view, room and place in the walk, and
/// what tells an echo. `None` for registers that do not tell of NV configuration: those have index fields alone.
pub(super) fn check_read(id: u16, data: &[u8]) -> Option<Result<(), &'static str>> {
    match id {
        register::MNVDA | register::MNVQC | register::MNVGN | register::MNVGC => {
            Some(check_nv_read(id, data))
        }
        _ => None,
    }
}

fn check_nv_read(id: u16, data: &[u8]) -> Result<(), &'static str> {
    let (first, rest) = data.split_first_chunk::<4>().ok_or(BEYOND)?;
    let (second, rest) = rest.split_first_chunk::<4>().ok_or(BEYOND)?;
    check_dwords(id, [u32::from_be_bytes(*first), u32::from_be_bytes(*second)])?;
    if without_trailing_zeros(rest).is_empty() { Ok(()) } else { Err(BEYOND) }
}

/// Likewise of the first two dwords; everything after them is zero.
pub(super) fn check_dwords(id: u16, [first, second]: [u32; 2]) -> Result<(), &'static str> {
    // The bits of them that a read may set.
    let free = match id {
        register::MNVDA => {
            let field = |mask: u32| (first & mask) >> mask.trailing_zeros();
            if first & ACCESS_MODE == ACCESS_MODE {
                return Err("an access mode that is no view");
            }
            if first & !(LENGTH | HOST_ID_VALID | WRITER | ACCESS_MODE | OVERWRITABLE | PRIORITY) != 0 {
                return Err("a header field that no read sets");
            }
            if field(LENGTH) > MAX_ITEM_DATA as u32 {
                return Err("more room than an item can take");
            }
            if !WRITERS.contains(&field(WRITER)) || !PRIORITIES.contains(&field(PRIORITY)) {
                return Err("a writer or a priority that no read names");
            }
            [u32::MAX, u32::MAX]
        }
        register::MNVQC => [u32::MAX, HOST_ID_VALID],
        register::MNVGN => [u32::MAX, 0],
        register::MNVGC => [0, 0],
        _ => return Err("no register of NV configuration"),
    };
    if first & !free[0] == 0 && second & !free[1] == 0 { Ok(()) } else { Err(BEYOND) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn header(view: View) -> ItemHeader {
        ItemHeader { room: 256, view, host_id_valid: false, writer: 0, priority: 0, overwritable: true }
    }

    #[test]
    fn a_header_has_the_bytes_that_the_vendor_s_tool_sends_but_for_the_writer() {
        assert_eq!(header(View::Next).dword(), 0x0200_0100);
        assert_eq!(header(View::Current).dword(), 0x0240_0100);
        assert_eq!(ItemHeader { writer: 9, ..header(View::Default) }.dword(), 0x0289_0100);
        let other =
            ItemHeader { host_id_valid: true, priority: 1, overwritable: false, ..header(View::Next) };
        assert_eq!(other.dword(), 0x1000_0300);
        assert_eq!(ItemHeader::read(&other.dword().to_be_bytes()), Some(other));
        assert_eq!(ItemHeader::read(&[0, 0xc0, 0, 0]), None);
    }

    #[test]
    fn what_a_read_does_not_set_cannot_be_set() {
        let check = |id, dwords: &[u32]| {
            let data: Vec<u8> = dwords.iter().flat_map(|dword| dword.to_be_bytes()).collect();
            check_read(id, &data).is_some_and(|checked| checked.is_ok())
        };
        assert!(check(register::MNVDA, &[0x1289_0300, 0x0300_0110, 0, 0]));
        for header in [
            // valid, header_type, rd_en, the bit between mode and writer, version, bits 11 and 10.
            0x8000_0000,
            0x4000_0000,
            0x0800_0000,
            0x0100_0000,
            0x0020_0000,
            0x0000_1000,
            0x0000_0800,
            0x0000_0400,
            // Access mode 3, room above 256, priorities MLNX and 2, writers that nothing needs.
            0x00c0_0000,
            0x0000_0101,
            0x3000_0000,
            0x2000_0000,
            0x0001_0000,
            0x000c_0000,
        ] {
            assert!(!check(register::MNVDA, &[header, 0x80, 0, 0]), "0x{header:08x}");
        }
        // The check sum, and data: what a write would store.
        assert!(!check(register::MNVDA, &[0x0200_0100, 0x80, 1, 0]));
        assert!(!check(register::MNVDA, &[0x0200_0100, 0x80, 0, 0x8000_0000]));
        assert!(check(register::MNVQC, &[0x80, 0x200]) && !check(register::MNVQC, &[0x80, 0x202]));
        assert!(check(register::MNVGN, &[7, 0, 0]) && !check(register::MNVGN, &[7, 0, 0, 0, 1]));
        assert!(check(register::MNVGC, &[0, 0]) && !check(register::MNVGC, &[4, 0]));
    }
}
