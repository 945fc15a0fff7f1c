//! The MNVDA header: what a TLV says of itself (PRM configuration item header; kernel `mnvda_reg_bits`).
//!
//! Must not do: conclude from the writer. It is what the writer called itself.

use crate::model::fact::Value;
use crate::model::status::CollectionStatus;

use crate::decode::bits;
use crate::decode::source::{Silence, flag_value, number_value};

/// Offset and width of a field in the header.
pub(super) type Place = (u32, u32);

pub(super) const PRIORITY: Place = (2, 2);
pub(super) const OVERWRITABLE: Place = (6, 1);
/// `rd_en`: the sources contradict each other on what it means, so it is shown and nothing more.
const READ_ENABLE: Place = (7, 1);
pub(super) const WRITER: Place = (11, 5);
const VERSION: Place = (16, 4);
const LENGTH: Place = (23, 9);

/// Bytes of the header.
const HEADER_LENGTH: usize = 12;

/// A header that was read.
#[derive(Debug)]
pub(super) struct Header {
    priority: u64,
    overwritable: u64,
    read_enable: u64,
    writer: u64,
    /// Layout version of the TLV.
    pub(super) version: u64,
    length: u64,
}

impl Header {
    /// Reads the header of an answer's register data.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Silence> {
        let short = || Silence {
            status: CollectionStatus::Error,
            reason: "the answer is shorter than an MNVDA header".to_owned(),
        };
        if bytes.len() < HEADER_LENGTH {
            return Err(short());
        }
        let field = |(offset, width): Place| bits::number(bytes, offset, width).ok_or_else(short);
        Ok(Self {
            priority: field(PRIORITY)?,
            overwritable: field(OVERWRITABLE)?,
            read_enable: field(READ_ENABLE)?,
            writer: field(WRITER)?,
            version: field(VERSION)?,
            length: field(LENGTH)?,
        })
    }

    /// The data that the answer declares, as far as it is there. Devices leave bytes of earlier commands behind
    /// the declared length: those are nobody's.
    pub(super) fn data<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let data = bytes.get(HEADER_LENGTH..).unwrap_or_default();
        let declared = usize::try_from(self.length).unwrap_or(usize::MAX);
        data.get(..declared).unwrap_or(data)
    }

    /// The header's facts: name, place, value.
    pub(super) fn values(&self) -> [(&'static str, Place, Value); 6] {
        [
            ("/version", VERSION, number_value(self.version, None)),
            ("/length", LENGTH, number_value(self.length, None)),
            ("/writer", WRITER, number_value(self.writer, writer_name(self.writer))),
            ("/priority", PRIORITY, number_value(self.priority, priority_name(self.priority))),
            ("/overwritable", OVERWRITABLE, flag_value(self.overwritable)),
            ("/read_enable", READ_ENABLE, flag_value(self.read_enable)),
        ]
    }
}

/// Names of `writer_id` (PRM enumeration; `mlxcfg_utils.h`). The PRM's spelling of 18, BMP_APP3, is a slip.
fn writer_name(writer: u64) -> Option<&'static str> {
    Some(match writer {
        0x00 => "UNSPECIFIED",
        0x01 => "CHASSIS_BMC",
        0x02 => "MAD",
        0x03 => "BMC",
        0x04 => "COMMAND_INTERFACE",
        0x05 => "ICMD",
        0x06 => "ICMD_UEFI_HII",
        0x07 => "ICMD_UEFI_CLP",
        0x08 => "ICMD_FLEXBOOT",
        0x09 => "ICMD_MLXCONFIG",
        0x0a => "ICMD_USER1",
        0x0b => "ICMD_USER2",
        0x0c => "ICMD_MLXCONFIG_SET_RAW",
        0x0d => "ICMD_FLEXBOOT_CLP",
        0x10 => "BMC_APP1",
        0x11 => "BMC_APP2",
        0x12 => "BMC_APP3",
        0x1f => "OTHER",
        _ => return None,
    })
}

/// Names of the priority (life-cycle owner of a stored value).
fn priority_name(priority: u64) -> Option<&'static str> {
    match priority {
        0 => Some("USER"),
        1 => Some("OEM"),
        3 => Some("MLNX"),
        _ => None,
    }
}
