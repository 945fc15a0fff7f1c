//! The mlx5 command interface as far as a reader needs it: opcodes, header offsets, status bytes.
//!
//! Source: Linux `include/linux/mlx5/mlx5_ifc.h` and `include/linux/mlx5/device.h` (7.3).
//! Must not do: build requests (see [`super::request`]).

/// Bytes before the data in every input and output buffer.
pub const HEADER_LENGTH: usize = 16;

/// Largest data that a register access carries here, in bytes: the largest register of the read plan has 288, MNVDA
/// has 268; the bound leaves room.
pub const MAX_REGISTER_LENGTH: usize = 1024;

/// Bytes of one capability page (`union hca_cap_union`).
pub const CAPABILITY_LENGTH: usize = 4096;

/// A command opcode (bytes 0-1 of the input).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opcode(pub u16);

impl Opcode {
    /// Queries one capability page, maximum or current.
    pub const QUERY_HCA_CAP: Self = Self(0x100);
    /// Queries the adapter's identity (PSID, VSD).
    pub const QUERY_ADAPTER: Self = Self(0x101);
    /// Reads (op_mod 1) or writes (op_mod 0) a PRM access register.
    pub const ACCESS_REG: Self = Self(0x805);

    /// The name in `mlx5_ifc.h`, without its `MLX5_CMD_OP_` prefix.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::QUERY_HCA_CAP => Some("QUERY_HCA_CAP"),
            Self::QUERY_ADAPTER => Some("QUERY_ADAPTER"),
            Self::ACCESS_REG => Some("ACCESS_REG"),
            Self(_) => None,
        }
    }
}

/// The status byte of an output (byte 0): what firmware said. See `enum` `MLX5_CMD_STAT_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandStatus(pub u8);

impl CommandStatus {
    /// The command was carried out.
    pub const OK: Self = Self(0x00);
    /// Internal error.
    pub const INT_ERR: Self = Self(0x01);
    /// Opcode or method not supported.
    pub const BAD_OP: Self = Self(0x02);
    /// A parameter is not accepted.
    pub const BAD_PARAM: Self = Self(0x03);
    /// System state; for register accesses "register not supported".
    pub const BAD_SYS_STATE: Self = Self(0x04);
    /// Resource not available.
    pub const BAD_RES: Self = Self(0x05);
    /// Device busy: worth a repeat.
    pub const RES_BUSY: Self = Self(0x06);
    /// Device not ready: worth a repeat.
    pub const NOT_READY: Self = Self(0x07);
    /// A size exceeds the limit.
    pub const LIM_ERR: Self = Self(0x08);
    /// Resource in the wrong state.
    pub const BAD_RES_STATE: Self = Self(0x09);
    /// Bad index.
    pub const BAD_INDEX: Self = Self(0x0a);
    /// Resource not available.
    pub const NO_RES: Self = Self(0x0f);
    /// Bad input length.
    pub const BAD_INPUT_LENGTH: Self = Self(0x50);
    /// Bad output length.
    pub const BAD_OUTPUT_LENGTH: Self = Self(0x51);
    /// Ours, never a device's: a replayed card was not asked this when it was recorded. It must never be
    /// taken for a refusal by firmware. The value is unassigned in `device.h`.
    pub const NOT_RECORDED: Self = Self(0xfe);

    /// The name in `device.h`, without its prefix; `None` for values it does not list.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x00 => "OK",
            0x01 => "INT_ERR",
            0x02 => "BAD_OP_ERR",
            0x03 => "BAD_PARAM_ERR",
            0x04 => "BAD_SYS_STATE_ERR",
            0x05 => "BAD_RES_ERR",
            0x06 => "RES_BUSY",
            0x07 => "NOT_READY",
            0x08 => "LIM_ERR",
            0x09 => "BAD_RES_STATE_ERR",
            0x0a => "IX_ERR",
            0x0f => "NO_RES_ERR",
            0x10 => "BAD_QP_STATE_ERR",
            0x30 => "BAD_PKT_ERR",
            0x40 => "BAD_SIZE_OUTS_CQES_ERR",
            0x50 => "BAD_INP_LEN_ERR",
            0x51 => "BAD_OUTP_LEN_ERR",
            0xfe => "not recorded",
            _ => return None,
        })
    }
}

impl std::fmt::Display for CommandStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{:02x})", self.0),
            None => write!(f, "status 0x{:02x}", self.0),
        }
    }
}
