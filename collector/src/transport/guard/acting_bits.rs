//! What no read may touch, made by `schemas/data/read_list.py`: fields that act on the access (clear, reset, apply,
//! enable, end) of registers that are read, and registers that are left alone.
//!
//! Must not do: be derived from what the vocabulary of requests allows; this is the second opinion.

macro_rules! places {
    ($($id:literal [$($place:expr),+];)+) => { &[$(($id, &[$($place),+])),+] };
}

/// Registers with (bit offset, width) of fields that must be zero on a read, from the first bit of the register's data.
pub(super) const ACTING_BITS: &[(u16, &[(u16, u16)])] = places! {
    0x9062 [(64, 1), (128, 32)]; // MCC: auto_update, component_size
    0x9028 [(35, 2)]; // MFRL: pci_sync_for_fw_update_resp
    0x902c [(0, 1), (2, 1)]; // MVTS: check_timestamp_flag, clear_all_ts_flag
    0xc020 [(1, 1)]; // HOST_OS_INIT_CTRL: delay_host_os_init_clr
    0x507f [(23, 1)]; // PCAM: pl_op
    0xc010 [(32, 1), (34, 1)]; // VHCA_ICM_CTRL: max_alloc_icm_th_mask, rst_max_reached_alloc_icm
    0x5002 [(3, 1)]; // PMLP: m_lane_m
    0x5012 [(0, 1), (32, 1), (33, 1)]; // PMAOS: ase, ee, rst
    0x5004 [(3, 1)]; // PTYS: ee_tx_ready
    0x5006 [(32, 1), (33, 1), (34, 1), (35, 1), (36, 1)]; // PAOS: ase, ee, ee_ls, ee_nmxas, ee_ps
    0x5007 [(6, 2), (25, 1), (26, 1), (27, 1), (28, 1), (29, 1), (36, 1), (40, 8), (56, 8), (66, 1), (98, 1)]; // PFCC: cable_length_mask, critical_stall_mask, minor_stall_mask, mlb_mask, packet_ratio_mask, ppan_mask_n, pprx_mask_n, pptx_mask_n, prio_mask_rx, prio_mask_tx, set_buf_ownership
    0x5023 [(4, 1), (5, 1), (6, 1), (7, 1), (28, 1), (29, 1)]; // PPLM: plr_margin_th_override_to_default, plr_reject_mode_override_to_default, plr_reject_mode_vld, plr_vld, tx_crc_plr_override_to_default, tx_crc_plr_vld
    0x500c [(96, 1), (101, 1), (160, 1), (165, 1), (224, 1), (229, 1), (288, 1), (293, 1), (352, 1), (357, 1), (416, 1), (421, 1), (480, 1), (485, 1), (544, 1), (549, 1), (608, 1), (613, 1), (672, 1), (677, 1), (736, 1), (741, 1), (800, 1), (805, 1)]; // PBMC: buffer[].drop_over_max_mask, buffer[].xon_xoff_threshold_mask_n, port_shared_buffer.drop_over_max_mask, port_shared_buffer.xon_xoff_threshold_mask_n, shared_headroom_pool.drop_over_max_mask, shared_headroom_pool.xon_xoff_threshold_mask_n
    0x500b [(22, 1), (23, 1), (24, 8), (64, 8)]; // PPTB: cm, pm, pm_msb, um
    0x5076 [(117, 11)]; // PLDS: set_mask
    0x5050 [(25, 4), (31, 1), (63, 1)]; // PCNR: flua_we_mask, keep_phy_setting, tuning_override
    0x5044 [(2, 1), (28, 2), (30, 1), (32, 16), (256, 3)]; // PMMP: apply_im, eeprom_override_mask, els_trigger_mode, override_target, set_laser_operation
    0x5027 [(19, 1), (31, 1), (193, 1)]; // SLTP: c_db, conf_mod, page_data.sltp_5nm_ext.set_main_location
    0x503e [(112, 16)]; // PPHCR: bin_range_write_mask
    0x5031 [(33, 2)]; // PDDR: module_info_ext
    0x4030 [(578, 1)]; // QSHR: global_configuration.r
    0xb001 [(1, 1), (128, 1)]; // SBPR: clr, snap
    0xb002 [(1, 1), (160, 1)]; // SBCM: clr, snap
    0x9056 [(48, 16)]; // MPEGC: field_select
    0x900a [(65, 1), (66, 1), (67, 1)]; // MTMP: mtr, sdme, weme
    0x9055 [(28, 4), (128, 32), (162, 30), (192, 32)]; // MTUTC: operation, time_adjustment, utc_nsec, utc_sec
    0x9053 [(128, 32)]; // MTPPS: field_select
    0x9110 [(32, 1), (33, 1)]; // MDSR: end, revoke_version
    0x5058 [(26, 2)]; // PREI: time_res
    0x5036 [(5, 1), (31, 1)]; // PPTT: dm_ig, le
    0x5037 [(1, 1), (5, 1), (31, 1)]; // PPRT: dm_ig, le, s
    0x5040 [(34, 1)]; // PPAOS: dc_cpl_allow
    0x5018 [(22, 1), (23, 1)]; // PPLR: apply_im, op_mod
    0x5083 [(32, 1), (38, 1)]; // PFLDC: dc_cpl_allow, disable_debug_mode_admin
};

/// Registers that are not read, with why.
pub(super) const AVOIDED: &[u16] = &[
    0x9025, // MNVDI: invalidates one stored item
    0x9033, // MNVIA: invalidates all stored items
    0x9065, // MTCQ: a read makes a new token challenge and moves MDSR to state 4
    0x9066, // MKDC: keep-alive for a debug session
    0x903a, // MGCR: GPIO set/clear fields; board wiring, not configuration
    0x905a, // MPCIR: all/ports operation fields start or end the in-service update flow
    0x910e, // MTMR: op 1 and 2 clear counters; only op 0 reads
    0x506e, // PPCC: cmd_type 7 reads and clears; other commands act on the algorithm
    0x5028, // SLRG: starts a figure-of-merit measurement on some generations
    0x505a, // SLRED: starts an eye scan
    0x505b, // SLLM: link-margin measurement; c_db acts on access
    0x507b, // SLPRR: serdes measurement data
    0x5081, // SLTR: serdes trace; pages report clear-on-read
    0x5065, // PMPD: cl bit clears module PRBS diagnostics
    0x5064, // PMPT: module PRBS control
    0x5038, // PBSR: clear_wm bits
    0x5008, // PPCNT: counters; clr bit on the same access
    0x9051, // MPCNT: counters; clr bit
    0x5052, // PPBMC: clr_stat, ievent
    0x5086, // PCCT: tracer page has clr
    0xc01e, // ADP_RETX_HISTOGRAM: clears on read when so configured
    0x9036, // MGNLE: log read; clr bit; only with clr=0 and on request
    0x9014, // MCIA: slow module I2C, page change; carries a password field
    0x9011, // MFBA: flash block access
    0x9012, // MFBE: flash erase
    0x9010, // MFPA: flash access path
    0x9063, // MCDA: component data
    0x905c, // MCDD: component data by DMA
    0x9017, // MMDIO: bus access
    0x901f, // MJTAG: bus access
    0x911b, // MTIE: enable_all acts on access
    0x911d, // MTDC: trace buffer addresses in host memory
    0x9043, // MTRC_CTRL: arming fields
    0x9041, // MTRC_CONF: tracer memory set-up
    0x9042, // MTRC_STDB: large string database
    0xc009, // HCA_CMD_ENCAP: runs an embedded command
    0x9073, // MDTR: event trap record
    0x9117, // MRPR: generic parameter proxy, meaning depends on an unlisted type
    0xc000, // Resource_dump_registers: needs memory registration; heavy
    0xc002, // CRYPTO_OPERATIONAL: key material
    0xc004, // IMPORT_KEK_HANDLE: key material
    0xc005, // CREDENTIAL_HANDLE: key material
    0x9181, // MTCTR: asks the device to take a cross time stamp
    0x9116, // MQDIK: device identity keys
    0x906d, // MRFV: fuse values, wafer identity
    0x905b, // MPECS: raw configuration-space access of any capability
    0xc01f, // NIC_DPA_SELF_HOST_APP_MGMT: application management
    0xc012, // NIC_DPA_EUG_REG: operation field
    0xc006, // ZTT: operation field
    0x0100, // UNIT_PERF_COUNTERS_GLOBAL_CTRL: cmd field
    0x0101, // UNIT_PERF_COUNTERS_CFG: counter set-up
];
