#!/usr/bin/env python3
"""Makes the catalog's text files from the study's JSON catalogs.

usage: generate.py FOLDER [OUT]

FOLDER holds nv_catalog.json, reg_catalog.json, reg_supplement.json, cap_catalog.json and read_plan.json.
OUT (this script's folder by default) receives nv.tsv, registers.tsv and capabilities.tsv, in the form that
README.md beside this script documents. Same input, same bytes.
"""
import json
import pathlib
import sys

# Registers of the NV part that the read plan leaves to the NV procedure, and the log size.
NV_REGISTERS = ["MNVDA", "MNVQC", "MNVGC", "MNVGN", "MGLS"]
KINDS = {"UNSIGNED": "u", "BOOL": "b", "ENUM": "e", "BINARY": "x", "BYTES": "y", "STRING": "s"}
ACCESSES = {"RO": "r", "RW": "w", "WO": "o", "INDEX": "i", "OP": "a", None: ""}


def line(*columns):
    """One line; empty columns at the end are left out."""
    cells = ["" if column is None else str(column) for column in columns]
    for cell in cells:
        if any(bad in cell for bad in "\t\r\n"):
            raise SystemExit("a cell with a tab or line end: %r" % cell)
    while cells and cells[-1] == "":
        cells.pop()
    return "\t".join(cells)


def enumeration(entry):
    named = sorted({(item["value"], item["name"]) for item in entry.get("enum", [])})
    for _, name in named:
        if not name or any(bad in name for bad in ",="):
            raise SystemExit("an enumeration name with a separator: %r" % name)
    return ",".join("%s=%d" % (name, value) for value, name in named)


def unique(entries, key, what):
    seen = set()
    for entry in entries:
        if key(entry) in seen:
            raise SystemExit("%s %s comes twice" % (what, key(entry)))
        seen.add(key(entry))
    return sorted(entries, key=key)


def nv(catalog):
    lines = []
    for tlv in unique(catalog["tlvs"], lambda t: (t["class"], t["id"]), "TLV"):
        marks = ("r" if tlv["target"] == "EXP_ROM" else "") + ("c" if tlv["cap"] else "")
        marks += "a" if tlv["mnvda_readable"] else ""
        lines.append(line("T", tlv["class"], "%x" % tlv["id"], tlv["name"], tlv["size"], tlv["version"], marks))
        for p in sorted(tlv["params"], key=lambda p: (p["bit_offset"], p["name"])):
            array = "%dx%d" % (p["array_length"], p["element_width"]) if "array_length" in p else ""
            lines.append(line("P", p["name"], p["mlxconfig_name"], KINDS[p["type"]], p["bit_offset"], p["bit_width"],
                              array, enumeration(p), p.get("supported_from_version", 0) or "",
                              p.get("valid_bit"), p.get("dependency")))
    return lines


def role(index):
    values = index["values"]
    if values == "ports":
        return "p"
    if values == "modules":
        return "m"
    # One value, one that the device's kind decides, or the function's own: nothing to tell instances apart.
    if values in ("hosts", "4 if Ethernet, 1 if InfiniBand", "from QUERY_HCA_CAP"):
        return "f"
    if isinstance(values, list) and len(values) == 1:
        return "f"
    return "n"


def conditions(field):
    cells = []
    for when in field.get("when") or []:
        if "selector" in when:
            cells.append("%s=%d" % (when["selector"], when["value"]))
        else:
            cells.append("?" + when.get("condition", ""))
    if any(";" in cell for cell in cells):
        raise SystemExit("a condition with a separator: %r" % cells)
    return ";".join(cells)


def names_bits(field):
    """Whether the source's names are bit numbers, not values: taken as values they would be wrong.

    Masks of several dwords do not say of which dword; a wide field whose names all lie below its width counts
    bits (PPLM.fec_mode_active: the kernel's driver takes it as a mask).
    """
    values = [item["value"] for item in field.get("enum", [])]
    if not values:
        return False
    if field.get("dims") and field["bit_width"] == 32:
        return True
    single_bits = all(value & (value - 1) == 0 for value in values)
    return field["bit_width"] >= 12 and max(values) < field["bit_width"] and not (single_bits and len(values) > 1)


def fields(entries):
    parent = None
    for f in sorted(entries, key=lambda f: (f["bit_offset"], f["path"])):
        dims = f.get("dims") or []
        if len(dims) > 1:
            raise SystemExit("more than one array level: %s" % f["path"])
        array = "%dx%d" % (dims[0]["count"] or 0, dims[0]["stride"]) if dims else ""
        if dims and dims[0]["low_bound"]:
            array += "+%d" % dims[0]["low_bound"]
        names = "" if names_bits(f) else enumeration(f)
        above, _, leaf = f["path"].rpartition(".")
        path = "." + leaf if above and above == parent else f["path"]
        parent = above
        yield line("F", path, f["bit_offset"], f["bit_width"], ACCESSES[f.get("access")], array,
                   names, conditions(f))


def registers(catalog, supplement, plan):
    known = {r["name"]: r for r in supplement["registers"]}
    known.update({r["name"]: r for r in catalog["registers"]})
    planned = {r["name"]: r for r in plan["read"]}
    names = sorted(set(planned) | set(NV_REGISTERS), key=lambda name: known[name]["id"])
    lines = []
    for register in unique([known[name] for name in names], lambda r: r["id"], "register"):
        lines.append(line("R", register["name"], "%x" % register["id"], register["size"]))
        for index in planned.get(register["name"], {}).get("iterate", []):
            lines.append(line("I", index["field"], role(index), index["bit_offset"], index["bit_width"]))
        lines.extend(fields(register["fields"]))
    return lines


def capabilities(catalog):
    lines = []
    for page in unique(catalog["capabilities"], lambda c: c["type"], "capability"):
        lines.append(line("C", page["type"], page["name"]))
        lines.extend(fields(page["fields"]))
    return lines


def main(folder, out):
    def load(name):
        return json.loads((folder / name).read_text())

    texts = {
        "nv.tsv": nv(load("nv_catalog.json")),
        "registers.tsv": registers(load("reg_catalog.json"), load("reg_supplement.json"), load("read_plan.json")),
        "capabilities.tsv": capabilities(load("cap_catalog.json")),
    }
    for name, lines in texts.items():
        (out / name).write_text("\n".join(lines) + "\n")
        print("%s: %d lines" % (name, len(lines)))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else __file__.rpartition("/")[0] or "."))
