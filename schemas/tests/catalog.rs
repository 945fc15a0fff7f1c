//! The embedded catalog: complete, consistent, and equal to the JSON catalogs it was made of.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use mlx5_schemas::catalog::{
    Access, Catalog, CatalogError, Condition, IndexRole, Instance, ParameterKind, Selector, TypeDword,
    instances,
};
use mlx5_schemas::model::request::{IndexField, Readable, Values};
use serde_json::Value;

/// The study's JSON catalogs, which live beside the repository; their absence is a failure in CI.
fn study(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/domain").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{} is missing in CI: {error}",
                path.display()
            );
            eprintln!("skipped: {} is not here", path.display());
            None
        }
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| number(value) == 1)
}

fn conditions(entry: &Value) -> Vec<Condition> {
    let of = |when: &Value| match when["selector"].as_str() {
        Some(selector) => Condition::Equals { selector: selector.to_owned(), value: number(&when["value"]) },
        None => {
            Condition::Unevaluated { expression: when["condition"].as_str().unwrap_or_default().to_owned() }
        }
    };
    entry["when"].as_array().into_iter().flatten().map(of).collect()
}

fn names(entry: &Value) -> Vec<(u64, String)> {
    let mut all: Vec<(u64, String)> = entry["enum"]
        .as_array()
        .map(|items| {
            items.iter().map(|item| (number(&item["value"]), text(&item["name"]).to_owned())).collect()
        })
        .unwrap_or_default();
    all.sort();
    all.dedup();
    all
}

#[test]
fn holds_everything() {
    let catalog = Catalog::embedded();
    assert_eq!(catalog.tlvs().len(), 203);
    assert_eq!(catalog.tlvs().iter().map(|tlv| tlv.parameters.len()).sum::<usize>(), 1541);
    assert_eq!(catalog.tlvs().iter().filter(|tlv| tlv.readable).count(), 186);
    assert_eq!(catalog.capabilities().len(), 25);
    assert_eq!(catalog.digest().len(), 64);
    for name in ["MNVDA", "MNVQC", "MNVGC", "MNVGN", "MGLS"] {
        assert!(catalog.register_by_name(name).is_some(), "{name}");
    }
}

/// The read list against the catalog: names, lengths, and every index field a field of that place and width.
#[test]
fn the_read_list_fits_the_catalog() {
    let catalog = Catalog::embedded();
    for Readable { id, name, lengths, indexes, .. } in Readable::all() {
        let register =
            catalog.register(*id).unwrap_or_else(|| panic!("register 0x{id:04x} is not in the catalog"));
        assert_eq!(register.name, *name);
        // MNVGN is a header with data of any length behind it.
        assert!(
            lengths.contains(&register.size) || *name == "MNVGN",
            "{name}: {} is none of {lengths:?}",
            register.size
        );
        for IndexField { name: field, bit_offset, bit_width, values, .. } in *indexes {
            if matches!(values, Values::Any) {
                continue;
            }
            let place = register.field(field).map(|field| (field.bit_offset, field.bit_width));
            assert_eq!(place, Some((u32::from(*bit_offset), u32::from(*bit_width))), "{name}.{field}");
        }
    }
    assert_eq!(Readable::all().len(), 112);
}

#[test]
fn worked_examples() {
    let catalog = Catalog::embedded();
    let tlv = catalog.tlv(0, 0x80).unwrap();
    assert_eq!(tlv.name, "nv_global_pci_conf");
    let vfs = tlv.parameters.iter().find(|parameter| parameter.name == "total_vfs").unwrap();
    assert_eq!(vfs.alias.as_deref(), Some("NUM_OF_VFS"));
    assert_eq!((vfs.bit_offset, vfs.bit_width), (48, 16));
    assert_eq!(vfs.valid_flag.as_deref(), Some("sriov_valid"));
    let mode = tlv.parameters.iter().find(|parameter| parameter.name == "partial_wr_cache_mode").unwrap();
    assert_eq!(mode.value_name(2), Some("FUNCTION_BASED"));
    assert_eq!(mode.value_name(9), None);
    let ptys = catalog.register_by_name("PTYS").unwrap();
    assert_eq!((ptys.id, ptys.size), (0x5004, 68));
    let admin = ptys.field("eth_proto_admin").unwrap();
    assert_eq!((admin.bit_offset, admin.bit_width, admin.access), (192, 32, Access::ReadWrite));
    let uctx = catalog.capability(0).unwrap().fields.iter().find(|field| field.path == "uctx_cap").unwrap();
    assert_eq!((uctx.bit_offset, uctx.bit_width), (1696, 32));
}

#[test]
fn instances_of_a_two_port_device() {
    let catalog = Catalog::embedded();
    let of = |class: u8| {
        let tlv = catalog.tlvs().iter().find(|tlv| tlv.class == class).unwrap();
        (tlv.index, instances(tlv, 2, 2))
    };
    let (index, ports) = of(1);
    assert_eq!(
        ports,
        [
            Instance { type_dword: 0x0101_0000 | index, selector: Selector::Port(1) },
            Instance { type_dword: 0x0102_0000 | index, selector: Selector::Port(2) }
        ]
    );
    let (index, modules) = of(9);
    assert_eq!(
        modules.iter().map(|m| m.type_dword).collect::<Vec<_>>(),
        [0x0900_0000 | index, 0x0900_4000 | index]
    );
    let (index, functions) = of(3);
    assert_eq!(functions.iter().map(|f| f.type_dword).collect::<Vec<_>>(), [0x0300_0000 | index]);
    let (_, files) = of(6);
    assert!(files.is_empty());
    // mstprivhost's own constant for host 0.
    assert_eq!(TypeDword { class: 7, index: 0x83, selector: Selector::Host(0) }.join(), Some(0x0700_0083));
}

#[test]
fn every_instance_splits_into_what_it_was_made_of() {
    let mut seen = BTreeSet::new();
    for tlv in Catalog::embedded().tlvs() {
        for instance in instances(tlv, 4, 8) {
            let parts = TypeDword::split(instance.type_dword);
            assert_eq!((parts.class, parts.index, parts.selector), (tlv.class, tlv.index, instance.selector));
            assert!(seen.insert(instance.type_dword), "0x{:08x} comes twice", instance.type_dword);
        }
    }
}

#[test]
fn fields_lie_within_their_layout() {
    let catalog = Catalog::embedded();
    for tlv in catalog.tlvs() {
        let known: BTreeSet<&str> = tlv.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        assert_eq!(known.len(), tlv.parameters.len(), "{}: a name comes twice", tlv.name);
        for parameter in &tlv.parameters {
            let end = parameter.bit_offset + parameter.bit_width;
            assert!(end <= u32::from(tlv.size) * 8, "{}.{}", tlv.name, parameter.name);
            if let Some(flag) = &parameter.valid_flag {
                assert!(known.contains(flag.as_str()), "{}.{}: no flag {flag}", tlv.name, parameter.name);
            }
            let (offset, width) = parameter.element(parameter.elements() - 1).unwrap();
            assert!(offset + width <= end, "{}.{}", tlv.name, parameter.name);
            assert!(width <= 64 || parameter.kind == ParameterKind::Text, "{}.{}", tlv.name, parameter.name);
            assert_eq!(parameter.element(parameter.elements()), None);
        }
    }
    for register in catalog.registers() {
        let paths: BTreeSet<&str> = register.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths.len(), register.fields.len(), "{}: a path comes twice", register.name);
        for field in &register.fields {
            let (count, step) = field.array.unwrap_or((1, 0));
            let end = field.bit_offset + count.saturating_sub(1) * step + field.bit_width;
            assert!(end <= u32::from(register.size) * 8, "{}.{}", register.name, field.path);
            assert!(field.bit_width <= 64, "{}.{}", register.name, field.path);
            assert_eq!(
                field.path.matches("[]").count(),
                usize::from(field.array.is_some()),
                "{}",
                field.path
            );
            for condition in &field.conditions {
                if let Condition::Equals { selector, .. } = condition {
                    assert!(paths.contains(selector.as_str()), "{}: no selector {selector}", register.name);
                }
            }
        }
        for index in &register.indexes {
            let field = register.field(&index.path).unwrap();
            assert_eq!(
                (field.bit_offset, field.bit_width),
                (index.bit_offset, index.bit_width),
                "{}",
                register.name
            );
        }
    }
    for page in catalog.capabilities() {
        for field in &page.fields {
            assert!(
                field.bit_offset + field.bit_width <= 4096 * 8 && field.bit_width <= 64,
                "{}",
                field.path
            );
        }
    }
}

#[test]
fn aliases_are_unique_over_all_tlvs() {
    let mut seen = BTreeSet::new();
    for tlv in Catalog::embedded().tlvs() {
        for alias in tlv.parameters.iter().filter_map(|parameter| parameter.alias.as_deref()) {
            assert!(seen.insert(alias), "{alias} comes twice");
        }
    }
}

#[test]
fn ports_are_subjects_and_instances_are_not() {
    let roles = |name: &str| -> Vec<(String, IndexRole)> {
        let register = Catalog::embedded().register_by_name(name).unwrap();
        register.indexes.iter().map(|index| (index.path.clone(), index.role)).collect()
    };
    assert_eq!(
        roles("PTYS"),
        [("local_port".to_owned(), IndexRole::Port), ("proto_mask".to_owned(), IndexRole::Fixed)]
    );
    assert_eq!(roles("QETCR"), [("port_number".to_owned(), IndexRole::Port)]);
    assert_eq!(roles("MDSR"), [("type_of_token".to_owned(), IndexRole::Instance)]);
}

#[test]
fn refuses_what_is_not_in_the_form() {
    let line = |text: &str| match Catalog::parse(&["", text]) {
        Err(CatalogError::Line { source_number, line, reason }) => (source_number, line, reason),
        other => panic!("{text:?}: {other:?}"),
    };
    assert_eq!(line("Q\ta"), (2, 1, "an unknown record"));
    assert_eq!(line("R\tA\t1\t4\nP\ta\t\tu\t0\t8"), (2, 2, "a parameter that belongs to no TLV"));
    assert_eq!(line("F\ta\t0\t8"), (2, 1, "a field that belongs to nothing"));
    assert_eq!(line("C\t0\tA\nF\ta\t0\t0"), (2, 2, "a place out of range"));
    assert_eq!(line("C\t0\tA\nF\ta\t0\t8\tr\t\tB=2,A=1"), (2, 2, "an enumeration that is not ordered"));
    assert_eq!(line("C\t0\tA\tB"), (2, 1, "too many columns"));
    assert_eq!(line("C\t70000\tA"), (2, 1, "a number is missing or out of range"));
    assert_eq!(
        Catalog::parse(&["C\t0\tA\n", "C\t0\tB\n"]).unwrap_err(),
        CatalogError::Twice { kind: "capability page" }
    );
}

#[test]
fn equals_the_nv_catalog_of_the_study() {
    let Some(study) = study("nv_catalog.json") else { return };
    let catalog = Catalog::embedded();
    for theirs in study["tlvs"].as_array().unwrap() {
        let class = u8::try_from(number(&theirs["class"])).unwrap();
        let index = u32::try_from(number(&theirs["id"])).unwrap();
        let ours = catalog.tlv(class, index).unwrap();
        assert_eq!(ours.name, text(&theirs["name"]));
        assert_eq!(u64::from(ours.size), number(&theirs["size"]), "{}", ours.name);
        assert_eq!(ours.expansion_rom, text(&theirs["target"]) == "EXP_ROM", "{}", ours.name);
        assert_eq!(ours.readable, theirs["mnvda_readable"].as_bool().unwrap(), "{}", ours.name);
        assert_eq!(ours.capability, is_true(&theirs["cap"]), "{}", ours.name);
        assert_eq!(u64::from(ours.version), number(&theirs["version"]), "{}", ours.name);
        let parameters = theirs["params"].as_array().unwrap();
        assert_eq!(ours.parameters.len(), parameters.len(), "{}", ours.name);
        for entry in parameters {
            let parameter =
                ours.parameters.iter().find(|parameter| parameter.name == text(&entry["name"])).unwrap();
            assert_eq!(u64::from(parameter.bit_offset), number(&entry["bit_offset"]), "{}", parameter.name);
            assert_eq!(u64::from(parameter.bit_width), number(&entry["bit_width"]), "{}", parameter.name);
            assert_eq!(parameter.alias.as_deref(), entry["mlxconfig_name"].as_str(), "{}", parameter.name);
            assert_eq!(parameter.dependency.as_deref(), entry["dependency"].as_str(), "{}", parameter.name);
            assert_eq!(parameter.valid_flag.as_deref(), entry["valid_bit"].as_str(), "{}", parameter.name);
            assert_eq!(
                u64::from(parameter.since_version),
                entry["supported_from_version"].as_u64().unwrap_or(0),
                "{}",
                parameter.name
            );
            assert_eq!(parameter.enumeration, names(entry), "{}", parameter.name);
            assert_eq!(
                parameter.array.map(|array| (u64::from(array.length), u64::from(array.element_width))),
                entry["array_length"].as_u64().map(|length| (length, number(&entry["element_width"]))),
                "{}",
                parameter.name
            );
            let kind = match text(&entry["type"]) {
                "UNSIGNED" => ParameterKind::Unsigned,
                "BOOL" => ParameterKind::Boolean,
                "ENUM" => ParameterKind::Enumeration,
                "BINARY" => ParameterKind::Binary,
                "BYTES" => ParameterKind::Bytes,
                "STRING" => ParameterKind::Text,
                other => panic!("{}: unknown type {other}", parameter.name),
            };
            assert_eq!(parameter.kind, kind, "{}", parameter.name);
        }
    }
}

#[test]
fn equals_the_register_and_capability_catalogs_of_the_study() {
    let (Some(registers), Some(supplement), Some(plan), Some(capabilities)) = (
        study("reg_catalog.json"),
        study("reg_supplement.json"),
        study("read_plan.json"),
        study("cap_catalog.json"),
    ) else {
        return;
    };
    let catalog = Catalog::embedded();
    let theirs = |name: &str| {
        let find = |from: &Value| {
            from["registers"].as_array().unwrap().iter().find(|entry| text(&entry["name"]) == name).cloned()
        };
        find(&registers).or_else(|| find(&supplement)).unwrap()
    };
    for planned in plan["read"].as_array().unwrap() {
        assert!(catalog.register_by_name(text(&planned["name"])).is_some(), "{}", planned["name"]);
    }
    for ours in catalog.registers() {
        let theirs = theirs(&ours.name);
        assert_eq!(u64::from(ours.id), number(&theirs["id"]), "{}", ours.name);
        assert_eq!(u64::from(ours.size), number(&theirs["size"]), "{}", ours.name);
        let fields = theirs["fields"].as_array().unwrap();
        assert_eq!(ours.fields.len(), fields.len(), "{}", ours.name);
        for entry in fields {
            let field = ours.field(text(&entry["path"])).unwrap();
            assert_eq!(
                u64::from(field.bit_offset),
                number(&entry["bit_offset"]),
                "{}.{}",
                ours.name,
                field.path
            );
            assert_eq!(
                u64::from(field.bit_width),
                number(&entry["bit_width"]),
                "{}.{}",
                ours.name,
                field.path
            );
            let array = field.array.map(|(count, step)| [count, step, field.first_element].map(u64::from));
            let dims = entry["dims"].get(0).map(|dim| {
                [dim["count"].as_u64().unwrap_or(0), number(&dim["stride"]), number(&dim["low_bound"])]
            });
            assert_eq!(array, dims, "{}.{}", ours.name, field.path);
            assert_eq!(field.conditions, conditions(entry), "{}.{}", ours.name, field.path);
            let access = match entry["access"].as_str() {
                Some("RO") => Access::ReadOnly,
                Some("RW") => Access::ReadWrite,
                Some("WO") => Access::WriteOnly,
                Some("INDEX") => Access::Index,
                Some("OP") => Access::Operation,
                Some(other) => panic!("{}.{}: unknown access {other}", ours.name, field.path),
                None => Access::Unsaid,
            };
            assert_eq!(field.access, access, "{}.{}", ours.name, field.path);
            assert!(
                field.enumeration.is_empty() || field.enumeration == names(entry),
                "{}.{}",
                ours.name,
                field.path
            );
        }
    }
    for theirs in capabilities["capabilities"].as_array().unwrap() {
        let ours = catalog.capability(u16::try_from(number(&theirs["type"])).unwrap()).unwrap();
        assert_eq!(ours.name, text(&theirs["name"]));
        let fields = theirs["fields"].as_array().unwrap();
        assert_eq!(ours.fields.len(), fields.len());
        for (field, entry) in ours.fields.iter().zip(fields) {
            assert_eq!(field.path, text(&entry["path"]), "{}", ours.name);
            assert_eq!(
                u64::from(field.bit_offset),
                number(&entry["bit_offset"]),
                "{}.{}",
                ours.name,
                field.path
            );
            assert_eq!(
                u64::from(field.bit_width),
                number(&entry["bit_width"]),
                "{}.{}",
                ours.name,
                field.path
            );
        }
    }
}
