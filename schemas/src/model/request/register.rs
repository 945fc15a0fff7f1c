//! Register ids used by name in this workspace (PRM access registers).
//!
//! Must not do: say which may be read (see the read list).

/// NV data of one TLV in one view.
pub const MNVDA: u16 = 0x9024;
/// Whether one TLV can be read or written, and its version.
pub const MNVQC: u16 = 0x9030;
/// Which NV access modes exist.
pub const MNVGC: u16 = 0x9034;
/// The walk over the NV items that are stored in flash.
pub const MNVGN: u16 = 0x9035;
/// Which hosts a card of several hosts has.
pub const MMHI: u16 = 0x904a;
/// Firmware identity.
pub const MGIR: u16 = 0x9020;
/// Firmware components.
pub const MCQS: u16 = 0x9060;
/// One firmware component's versions.
pub const MCQI: u16 = 0x9061;
/// Which 0x9000 registers exist.
pub const MCAM: u16 = 0x907f;
/// Which 0x5000 registers exist.
pub const PCAM: u16 = 0x507f;
/// Which 0x4000 registers exist.
pub const QCAM: u16 = 0x4019;
/// Port speeds.
pub const PTYS: u16 = 0x5004;
/// Port administrative and operational state.
pub const PAOS: u16 = 0x5006;
/// Port to module and lane map.
pub const PMLP: u16 = 0x5002;
/// Pause and priority flow control.
pub const PFCC: u16 = 0x5007;
/// Forward error correction.
pub const PPLM: u16 = 0x5023;
/// Enhanced transmission selection.
pub const QETCR: u16 = 0x4005;
/// Trust state.
pub const QPTS: u16 = 0x4002;
/// PCIe link.
pub const MPEIN: u16 = 0x9050;
/// Reset types and pending reset.
pub const MFRL: u16 = 0x9028;
/// Debug token sessions.
pub const MDSR: u16 = 0x9110;
/// Safe mode.
pub const MSMR: u16 = 0x9058;
/// Temperature sensors.
pub const MTCAP: u16 = 0x9009;
/// Board strings.
pub const MQIS: u16 = 0x9064;
/// Which 0xb000 registers exist.
pub const SBCAM: u16 = 0xb01f;
/// Which 0x2800 registers exist.
pub const CWCAM: u16 = 0x281f;
/// Which of some 0xc000 registers exist.
pub const NIC_CAP_REG: u16 = 0xc00d;
