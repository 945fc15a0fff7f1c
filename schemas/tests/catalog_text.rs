//! The catalog's text form: written and read again, bounded, and what other releases said.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use mlx5_schemas::catalog::history::NameOf;
use mlx5_schemas::catalog::{Catalog, CatalogError};

#[test]
fn its_text_is_the_embedded_files_byte_for_byte() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let files = ["nv.tsv", "registers.tsv", "capabilities.tsv", "drift.tsv"];
    let all: String = files.map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).concat();
    let catalog = Catalog::embedded();
    let text = catalog.to_text().unwrap();
    for (line, (ours, theirs)) in text.lines().zip(all.lines()).enumerate() {
        assert_eq!(ours, theirs, "line {}", line + 1);
    }
    assert_eq!(text.len(), all.len());
    let again = Catalog::parse(&[&text]).unwrap();
    assert_eq!(again.digest(), catalog.digest(), "one file or four: the same catalog");
    assert_eq!(again.source(), "mstflint 4.36.0; Linux mlx5_ifc.h");
    let made = Catalog::of(again.into_parts()).unwrap();
    assert_eq!(made.digest(), catalog.digest());
}

#[test]
fn the_history_is_about_what_the_catalog_has() {
    let catalog = Catalog::embedded();
    let (mut names, mut moved) = (0, 0);
    for (owner, changes) in catalog.history().owners() {
        let members: Vec<&str> = match owner.split_once(":0x") {
            Some((class, index)) => {
                let index = u32::from_str_radix(index, 16).unwrap();
                let tlv = catalog.tlv(class.parse().unwrap(), index);
                assert_eq!(tlv.is_none(), changes.gone.is_some(), "{owner}");
                let Some(tlv) = tlv else { continue };
                for rename in changes.renames.iter().filter(|rename| rename.of == NameOf::Tlv) {
                    assert_eq!(rename.new, tlv.name, "{owner}");
                }
                tlv.parameters.iter().map(|parameter| parameter.name.as_str()).collect()
            }
            None => {
                let register = catalog.register_by_name(owner).unwrap();
                register.fields.iter().map(|field| field.path.as_str()).collect()
            }
        };
        for rename in changes.renames.iter().filter(|rename| rename.of != NameOf::Tlv) {
            assert!(members.contains(&rename.new.as_str()), "{owner}: no {}", rename.new);
            names += 1;
        }
        let named = changes.layouts.iter().map(|layout| &layout.member);
        for member in named.chain(changes.namings.iter().map(|naming| &naming.member)) {
            assert!(members.contains(&member.as_str()), "{owner}: no {member}");
            moved += 1;
        }
    }
    assert_eq!((names, moved), (113, 18));
}

#[test]
fn one_era_of_each_layout_is_the_catalogs_own() {
    let catalog = Catalog::embedded();
    for tlv in catalog.tlvs() {
        let Some(changes) = catalog.history().of_tlv(tlv) else { continue };
        for layout in changes.layouts.iter().filter(|layout| layout.era.starts_with("after=")) {
            let parameter = tlv.parameters.iter().find(|parameter| parameter.name == layout.member).unwrap();
            let own = (parameter.bit_offset, parameter.bit_width);
            assert_eq!((layout.bit_offset, layout.bit_width), own, "{}", layout.member);
        }
        for naming in changes.namings.iter().filter(|naming| naming.era.starts_with("after=")) {
            let parameter = tlv.parameters.iter().find(|parameter| parameter.name == naming.member).unwrap();
            for (number, name) in &naming.names {
                assert_eq!(parameter.value_name(*number).unwrap_or_default(), name, "{}", naming.member);
            }
        }
    }
}

#[test]
fn old_printed_names_are_nobody_elses() {
    let catalog = Catalog::embedded();
    let aliases: Vec<&str> = catalog
        .tlvs()
        .iter()
        .flat_map(|tlv| &tlv.parameters)
        .filter_map(|parameter| parameter.alias.as_deref())
        .collect();
    for (owner, changes) in catalog.history().owners() {
        for rename in changes.renames.iter().filter(|rename| rename.of == NameOf::Printed) {
            assert!(!aliases.contains(&rename.old.as_str()), "{owner}: {} is a name of today", rename.old);
        }
    }
}

#[test]
fn what_a_strangers_catalog_could_ask_of_the_decoder_is_bounded() {
    let line = |text: &str| match Catalog::parse(&[text]) {
        Err(CatalogError::Line { reason, .. }) => reason,
        other => panic!("{text:?}: {other:?}"),
    };
    let tlv = "T\t0\t1\tt\t4\t0\ta\n";
    assert_eq!(line(&format!("{tlv}P\ta\t\tu\t0\t8\t4000000000x1")), "an array out of range");
    assert_eq!(line(&format!("{tlv}P\ta\t\tu\t0\t8\t4x0")), "an array out of range");
    assert_eq!(line(&format!("{tlv}P\ta\t\tu\t0\t65")), "a number wider than 64 bits");
    assert_eq!(line("R\tA\t1\t4\nF\ta\t0\t8\tr\t9000x8"), "an array out of range");
    assert_eq!(line("R\tA\t1\t4\nF\ta\t0\t65"), "a number wider than 64 bits");
    assert_eq!(line(&format!("{tlv}{}", "P\ta\t\tu\t0\t8\n".repeat(4097))), "too many entries");
    assert_eq!(line("S\ta\nS\tb"), "a second source");
    assert_eq!(line("L\t0:0x001\ta\tuntil=4.1[x]\t0\t8"), "neither until nor after a release");
    assert_eq!(line("N\t0:0x001\tq\ta\tb\t4.1"), "an unknown kind of name");
}

#[test]
fn what_the_form_cannot_hold_is_refused() {
    for bad in ["a\tb", "a\nT\t0\t1\tt\t4\t0\ta", "a\rb"] {
        let mut parts = Catalog::embedded().clone().into_parts();
        parts.tlvs.first_mut().unwrap().name = bad.to_owned();
        assert!(matches!(Catalog::of(parts), Err(CatalogError::Unwritable { .. })), "{bad:?}");
    }
    let mut parts = Catalog::embedded().clone().into_parts();
    let parameters = parts.tlvs.iter_mut().flat_map(|tlv| &mut tlv.parameters);
    let named = parameters.filter(|parameter| !parameter.enumeration.is_empty()).take(1);
    named.for_each(|parameter| parameter.enumeration.iter_mut().for_each(|item| item.1.push(',')));
    assert!(matches!(Catalog::of(parts), Err(CatalogError::Unwritable { .. })));
}
