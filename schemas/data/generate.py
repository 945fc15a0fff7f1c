#!/usr/bin/env python3
"""Makes the capability pages of the catalog from a JSON account of the kernel's mlx5_ifc.h.

usage: generate.py CAP_CATALOG [OUT]

CAP_CATALOG is cap_catalog.json. OUT (this script's folder by default) receives capabilities.tsv, in the form that
README.md beside this script documents. Same input, same bytes. TLVs and registers come from mstflint's own files:
see scripts/update-catalog.
"""
import json
import pathlib
import sys


def unique(entries, key, what):
    seen = set()
    for entry in entries:
        if key(entry) in seen:
            raise SystemExit("%s %s comes twice" % (what, key(entry)))
        seen.add(key(entry))
    return sorted(entries, key=key)


def line(*columns):
    cells = [str(column) for column in columns]
    for cell in cells:
        if any(bad in cell for bad in "\t\r\n"):
            raise SystemExit("a cell with a tab or line end: %r" % cell)
    return "\t".join(cells)


def fields(entries):
    parent = None
    for field in sorted(entries, key=lambda f: (f["bit_offset"], f["path"])):
        if field.get("dims") or field.get("enum") or field.get("when"):
            raise SystemExit("more than a plain field: %s" % field["path"])
        above, _, leaf = field["path"].rpartition(".")
        path = "." + leaf if above and above == parent else field["path"]
        parent = above
        yield line("F", path, field["bit_offset"], field["bit_width"])


def main(source, out):
    lines = []
    for page in unique(json.loads(source.read_text())["capabilities"], lambda c: c["type"], "capability"):
        lines.append(line("C", page["type"], page["name"]))
        lines.extend(fields(page["fields"]))
    (out / "capabilities.tsv").write_text("\n".join(lines) + "\n")
    print("capabilities.tsv: %d lines" % len(lines))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    beside = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else beside)
