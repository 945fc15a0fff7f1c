#!/usr/bin/env python3
"""Makes the read list and the list of acting bits from the study's read plan.

usage: read_list.py FOLDER [ROOT]

FOLDER holds read_plan.json, reg_catalog.json and reg_supplement.json; ROOT is the repository (two folders above
this script by default). Writes schemas/src/model/request/read_list.rs and
collector/src/transport/guard/acting_bits.rs. Same input, same bytes.
"""
import json
import pathlib
import sys

# Lengths beside mstflint's own, from the kernel's mlx5_ifc.h; asked second.
KERNEL_LENGTHS = {"PTYS": 64, "PPLM": 120, "PPHCR": 80, "MTRC_CAP": 128, "MTPPS": 60, "NIC_CAP_REG": 16}
# What stands in the NV registers of a request is the NV procedure's (src/model/nv.rs): header, item, place in the walk.
NV = [
    ("MNVDA", 0x9024, [268], "header 0:32 Any, item 32:32 Any"),
    ("MNVQC", 0x9030, [8], "item 0:32 Any, host_id_valid 54:1 Any"),
    # Head and the largest item, then with the room that mstflint gives it.
    ("MNVGN", 0x9035, [284, 156], "nv_pointer 0:32 Any"),
]
# Rooms for data that the request states.
ROOMS = {"MQIS": "read_length 80:16 Room(8)", "MCQI": "data_size 176:16 Room(124)"}


def main(folder, root):
    def load(name):
        return json.loads((folder / name).read_text())

    plan = load("read_plan.json")
    layouts = {r["name"]: r for r in load("reg_supplement.json")["registers"]}
    layouts.update({r["name"]: r for r in load("reg_catalog.json")["registers"]})

    def place(register, path):
        fields = [f for f in layouts[register]["fields"] if f["path"] == path]
        if len(fields) != 1:
            raise SystemExit("%s has no single %s" % (register, path))
        return fields[0]

    def told(register, path, step, how):
        field = place(register, path)
        return "Told { place: (%d, %d), step: %d, %s }" % (field["bit_offset"], field["bit_width"], step, how)

    def values(register, index):
        words = index["values"]
        if isinstance(words, list):
            return "Each(&%s)" % words
        return {
            "0..9": "UpTo(9)",
            "0..7": "UpTo(7)",
            "ports": "Ports",
            "modules": "Modules",
            "hosts": "Each(&[0])",
            "4 if Ethernet, 1 if InfiniBand": "Protocol",
            "from QUERY_HCA_CAP": "Function",
            "from MCQS": "Components",
            "0.. until last_index_flag": "Components",
            "0.. until error, at most 16": "UntilRefused(16)",
            "0..width-1": "Lanes",
            "bits of MTCAP.sensor_map; 64+module": "Sensors",
            "0..cap_num_pool_supported-1": "Pools",
            "0..cap_max_pg_buffers-1": "Buffers",
            "0..info_length step 8": lambda: told(register, "info_length", 8, "last: false"),
            "0..adp_retx_profile_max_id": lambda: told(register, "adp_retx_profile_max_id", 1, "last: true"),
            "0..cap_number_of_pps_pins-1": lambda: told(register, "cap_number_of_pps_pins", 1, "last: false"),
        }[words]

    def row(tier, group, name, number, lengths, indexes):
        cells = "%d %-5s 0x%04x %s [%s]" % (tier, group, number, name, ", ".join(map(str, lengths)))
        return "    %s %s;" % (cells, indexes) if indexes else "    %s;" % cells

    lines = [row(1, "nv", name, number, lengths, indexes) for name, number, lengths, indexes in NV]
    for entry in plan["read"]:
        name = entry["name"]
        lengths = [entry["size"]] + [KERNEL_LENGTHS[n] for n in [name] if n in KERNEL_LENGTHS]
        indexes = []
        for index in entry["iterate"]:
            found = values(name, index)
            found = found() if callable(found) else found
            indexes.append("%s %d:%d %s" % (index["field"], index["bit_offset"], index["bit_width"], found))
        if name in ROOMS:
            indexes.append(ROOMS[name])
        lines.append(row(entry["tier"], entry["group"], name, entry["id"], lengths, ", ".join(indexes)))
    text = """//! The list itself, made by `schemas/data/read_list.py`: tier, group, id, name, lengths, index fields (place as bit:width).
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
%s
};
""" % "\n".join(lines)
    (root / "schemas/src/model/request/read_list.rs").write_text(text)

    acting = []
    for entry in plan["read"]:
        places = []
        for path in entry["must_be_zero"]:
            field = place(entry["name"], path)
            dims = field.get("dims") or [{"count": 1, "stride": 0}]
            for element in range(dims[0]["count"]):
                places.append((field["bit_offset"] + element * dims[0]["stride"], field["bit_width"]))
        if places:
            cells = ", ".join("(%d, %d)" % place for place in sorted(places))
            acting.append("    0x%04x [%s]; // %s: %s" % (entry["id"], cells, entry["name"], ", ".join(entry["must_be_zero"])))
    avoid = ["    0x%s, // %s: %s" % (a["id_hex"][2:], a["name"], a["why"]) for a in plan["avoid"]]
    text = """//! What no read may touch, made by `schemas/data/read_list.py`: fields that act on the access (clear, reset, apply,
//! enable, end) of registers that are read, and registers that are left alone.
//!
//! Must not do: be derived from what the vocabulary of requests allows; this is the second opinion.

macro_rules! places {
    ($($id:literal [$($place:expr),+];)+) => { &[$(($id, &[$($place),+])),+] };
}

/// Registers with (bit offset, width) of fields that must be zero on a read, from the first bit of the register's data.
pub(super) const ACTING_BITS: &[(u16, &[(u16, u16)])] = places! {
%s
};

/// Registers that are not read, with why.
pub(super) const AVOIDED: &[u16] = &[
%s
];
""" % ("\n".join(acting), "\n".join(avoid))
    (root / "collector/src/transport/guard/acting_bits.rs").write_text(text)
    print("%d registers, %d with acting bits, %d avoided" % (len(lines), len(acting), len(avoid)))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    here = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else here.parent.parent)
