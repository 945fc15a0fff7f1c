//! The embedded catalog against the study's JSON catalogs, entry by entry.

use std::path::PathBuf;

use mlx5_schemas::catalog::{Access, Catalog, Condition, Field, ParameterKind};
use serde_json::Value;

/// The study's JSON catalogs, which live beside the repository; their absence is a failure in CI.
pub(crate) fn study(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/domain").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{} is missing in CI: {error}", path.display());
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

#[track_caller]
fn assert_place(owner: &str, field: &Field, entry: &Value) {
    let place = [field.bit_offset, field.bit_width].map(u64::from);
    assert_eq!(place, [&entry["bit_offset"], &entry["bit_width"]].map(number), "{owner}.{}", field.path);
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
            assert_place(&ours.name, field, entry);
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
            assert_place(&ours.name, field, entry);
        }
    }
}
