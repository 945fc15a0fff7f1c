//! The list itself, made by `schemas/data/read_list.py`: tier, group, id, name, lengths, index fields (place as bit:width).
//!
//! Must not do: hold a register of the avoid list, or a field that acts on an access.

use super::{Group, IndexField, Readable, Tier, Values::*};

macro_rules! read_list {
    ($($tier:tt $group:ident $id:literal $name:ident [$($length:literal),+]
        $($field:ident $offset:tt : $width:tt $values:expr),* ;)+) => {
        &[$(Readable {
            id: $id,
            name: stringify!($name),
            lengths: &[$($length),+],
            tier: read_list!(@tier $tier),
            group: read_list!(@group $group),
            indexes: &[$(IndexField {
                name: stringify!($field),
                bit_offset: $offset,
                bit_width: $width,
                values: $values,
            }),*],
        }),+]
    };
    (@tier 1) => { Tier::Standard };
    (@tier 2) => { Tier::Full };
    (@group nv) => { Group::Nv };
    (@group fw) => { Group::Firmware };
    (@group cap) => { Group::Capabilities };
    (@group nic) => { Group::Nic };
    (@group port) => { Group::Port };
    (@group qos) => { Group::Qos };
    (@group pcie) => { Group::Pcie };
    (@group env) => { Group::Environment };
    (@group time) => { Group::Time };
    (@group taint) => { Group::Taint };
}

/// Every register that may be read.
pub(super) const READ_LIST: &[Readable] = read_list! {
    1 nv    0x9024 MNVDA [268] header 0:32 Any, item 32:32 Any;
    1 nv    0x9030 MNVQC [8] item 0:32 Any, host_id_valid 54:1 Any;
    1 nv    0x9035 MNVGN [284, 156] nv_pointer 0:32 Any;
    1 fw    0x9020 MGIR [160];
    1 fw    0x9018 MIDFV [128];
    1 fw    0x9021 MSGI [128];
    2 fw    0x911a MDIR [64];
    1 fw    0x9064 MQIS [24] info_type 24:8 Each(&[1, 2, 3, 4, 5]), read_offset 64:16 Told { place: (48, 16), step: 8, last: false }, read_length 80:16 Room(8);
    1 fw    0x9026 MISOC [288] type 28:4 UpTo(9), query_pending 1:1 Each(&[0, 1]);
    1 fw    0x9060 MCQS [16] component_index 16:16 Components;
    1 fw    0x9061 MCQI [148] component_index 16:16 Components, info_type 91:5 Each(&[0, 1, 5]), read_pending_component 0:1 Each(&[0, 1]), data_size 176:16 Room(124);
    1 fw    0x9062 MCC [32] component_index 48:16 Each(&[0]);
    1 fw    0x9028 MFRL [8];
    1 fw    0x902f MROQ [32] reset_type 16:8 Each(&[0, 1, 2, 3, 4, 5, 255]);
    1 fw    0x912a MRSI [64] device 28:4 Each(&[0, 1]);
    1 fw    0x9162 MIRC [8];
    1 fw    0x902a MSCI [12] index 28:4 UntilRefused(16);
    2 fw    0x902c MVTS [20];
    1 fw    0x9115 MFSV [48] index 12:4 Each(&[0, 1, 2, 3, 4]);
    2 fw    0x9164 MRSV [64];
    1 fw    0x904a MMHI [128];
    1 fw    0x9058 MSMR [16];
    2 fw    0x905d MHMPR [20];
    2 fw    0xc020 HOST_OS_INIT_CTRL [64];
    1 cap   0x907f MCAM [72] access_reg_group 24:8 Each(&[0, 1, 2, 3]);
    1 cap   0x507f PCAM [80] access_reg_group 24:8 Each(&[0, 1]), feature_group 8:8 Each(&[0, 1]);
    1 cap   0x4019 QCAM [72];
    1 cap   0xb01f SBCAM [76];
    2 cap   0x281f CWCAM [80];
    2 cap   0x9702 MPCAM [72] access_reg_group 24:8 UpTo(7);
    1 cap   0xc00d NIC_CAP_REG [128, 16];
    2 cap   0xc011 NIC_CAP_EXT_REG [128] cap_group 0:16 Each(&[1]);
    1 nv    0x9034 MNVGC [16];
    2 nv    0x9068 MGLS [12];
    1 nic   0xc001 NCFG [64];
    1 nic   0x402c ROCE_ACCL [128] adp_retx_profile_id 33:3 Told { place: (69, 3), step: 1, last: true };
    1 nic   0xc007 VHCA_TRUST_LEVEL [16] vhca_id 16:16 Function;
    2 nic   0xc010 VHCA_ICM_CTRL [64] vhca_id 16:16 Function;
    1 nic   0xc008 PORT_STATE_BEHAVIOR [16];
    1 nic   0xc00e DTOR [64];
    1 nic   0x7004 HOST_ENDIANNESS [16];
    2 nic   0x6001 SET_NODE [64];
    2 nic   0xc01d ADP_RETX_HISTOGRAM_CONFIG [128];
    1 port  0x5002 PMLP [64] local_port 8:8 Ports;
    2 port  0x500a PLIB [16] local_port 8:8 Ports;
    1 port  0x5067 PMTM [16] module 8:8 Modules;
    1 port  0x5012 PMAOS [16] module 8:8 Modules;
    1 port  0x5004 PTYS [68, 64] local_port 8:8 Ports, proto_mask 29:3 Protocol;
    1 port  0x5006 PAOS [16] local_port 8:8 Ports;
    1 port  0x5003 PMTU [16] local_port 8:8 Ports;
    1 port  0x5007 PFCC [32] local_port 8:8 Ports, dcbx_operation_type 0:2 Each(&[0, 1, 2]);
    1 port  0x5023 PPLM [128, 120] local_port 8:8 Ports, test_mode 30:1 Each(&[0, 1]);
    1 port  0x500c PBMC [108] local_port 8:8 Ports;
    1 port  0x500b PPTB [12] local_port 8:8 Ports, mm 2:2 Each(&[0]);
    1 port  0x5041 PCMR [12] local_port 8:8 Ports;
    2 port  0x5017 PIPG [8] local_port 8:8 Ports, ipg_cap_index 36:6 Each(&[0]);
    2 port  0x504c PPCR [16] local_port 8:8 Ports;
    2 port  0x5001 PCAP [20] local_port 8:8 Ports;
    2 port  0x500f PVLC [16] local_port 8:8 Ports;
    1 port  0x5076 PLDS [24] local_port 8:8 Ports;
    1 port  0x5050 PCNR [12] local_port 8:8 Ports;
    2 port  0x5056 PEPC [16] local_port 8:8 Ports;
    1 port  0x5046 PLTC [16] local_port 8:8 Ports, lane_mask 24:8 Each(&[0]);
    1 port  0x5045 PMCR [44] local_port 8:8 Ports;
    1 port  0x5044 PMMP [64] module 8:8 Modules;
    2 port  0x5013 PMPR [16] module 8:8 Modules;
    2 port  0x5027 SLTP [76] local_port 8:8 Ports, lane 20:4 Lanes;
    2 port  0x503e PPHCR [92, 80] local_port 8:8 Ports, hist_type 60:4 Each(&[0]);
    2 port  0x5066 PGUID [96] local_port 8:8 Ports;
    2 port  0x5031 PDDR [256] local_port 8:8 Ports, page_select 56:8 Each(&[0, 3, 8]);
    2 port  0x902b MLCR [12] local_port 8:8 Ports, led_type 28:4 Each(&[2]);
    1 port  0x9178 MFCDR [8] query_type 0:1 Each(&[0]), local_port 8:8 Ports;
    1 qos   0x4002 QPTS [8] local_port 8:8 Ports;
    1 qos   0x4013 QPDPM [132] local_port 8:8 Ports;
    2 qos   0x4007 QPDP [8] local_port 8:8 Ports;
    2 qos   0x4008 QPRT [8] local_port 8:8 Ports, pcp 21:3 UpTo(7), dei 20:1 Each(&[0, 1]);
    1 qos   0x400a QTCT [8] local_port 8:8 Ports, switch_prio 28:4 UpTo(7), operation_type 0:2 Each(&[0]);
    1 qos   0x4005 QETCR [80] port_number 8:8 Ports;
    2 qos   0x4030 QSHR [80] local_port 8:8 Ports;
    2 qos   0x400d QEEC [32] local_port 8:8 Ports, element_hierarchy 44:4 Each(&[0, 2, 3]), element_index 56:8 UpTo(7);
    2 qos   0x4016 QHLL [12] local_port 8:8 Ports;
    1 qos   0x4020 DCBX_PARAM [64] port_number 8:8 Ports;
    1 qos   0xb001 SBPR [24] dir 6:2 Each(&[0, 1]), pool 28:4 Pools;
    1 qos   0xb002 SBCM [40] local_port 8:8 Ports, dir 30:2 Each(&[0, 1]), pg_buff 18:6 Buffers;
    2 qos   0x2802 CWTP [64] local_port 8:8 Ports, traffic_class 280:8 UpTo(7);
    2 qos   0x2803 CWTPM [68] local_port 8:8 Ports, traffic_class 280:8 UpTo(7);
    1 pcie  0x9050 MPEIN [48] pcie_index 8:8 Each(&[0]), depth 2:6 Each(&[0]), node 16:8 Each(&[0]);
    1 pcie  0x9059 MPIR [16] pcie_index 8:8 Each(&[0]), depth 2:6 Each(&[0]), node 16:8 Each(&[0]);
    1 pcie  0x9056 MPEGC [44] pcie_index 8:8 Each(&[0]), depth 2:6 Each(&[0]), node 16:8 Each(&[0]);
    1 env   0x9009 MTCAP [16];
    1 env   0x900a MTMP [32] sensor_index 20:12 Sensors;
    2 env   0x902e MVCAP [16] sensor_map_type 66:2 Each(&[0]);
    2 env   0x910d MTMG [16];
    2 env   0x917d MPCS [80] channel 30:2 Each(&[0]);
    2 env   0x7001 POWER_SETTINGS [16];
    1 time  0x9055 MTUTC [28];
    1 time  0x9053 MTPPS [56, 60] pin 280:8 Told { place: (12, 4), step: 1, last: false };
    2 time  0x9180 MTPTM [16];
    2 time  0x9155 MSECQ [64];
    1 taint 0x9110 MDSR [48] type_of_token 0:8 Each(&[0, 1, 2, 3, 4, 5, 6, 8]);
    2 taint 0x911c MTIM [16];
    1 taint 0x9040 MTRC_CAP [132, 128];
    1 taint 0x5055 PTER [32] local_port 8:8 Ports, error_page 4:4 Each(&[0, 1]);
    1 taint 0x5058 PREI [24] local_port 8:8 Ports;
    1 taint 0x5036 PPTT [28] local_port 8:8 Ports, lane 20:4 Each(&[0]);
    1 taint 0x5037 PPRT [36] local_port 8:8 Ports, lane 20:4 Each(&[0]);
    1 taint 0x5040 PPAOS [16] local_port 8:8 Ports;
    1 taint 0x5018 PPLR [8] local_port 8:8 Ports;
    1 taint 0x5083 PFLDC [12] local_port 8:8 Ports, lane 28:4 Each(&[0]);
    2 taint 0x9057 MPEINJ [64] pcie_index 8:8 Each(&[0]);
    1 taint 0x9190 MTEIR [12];
    1 taint 0x9179 MSGCR [8];
};
