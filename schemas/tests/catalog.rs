//! The embedded catalog: complete, consistent, and equal to the JSON catalogs it was made of.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "catalog/generated.rs"]
mod generated;
#[path = "catalog/study.rs"]
mod study;

use std::collections::BTreeSet;

use mlx5_schemas::catalog::{
    Access, Catalog, CatalogError, Condition, IndexRole, Instance, ParameterKind, Selector, TypeDword,
    instances,
};
use mlx5_schemas::model::request::{IndexField, Readable, Values};

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
