//! The files of mstflint 4.36, of which the embedded catalog was made.

use mlx5_schemas::catalog::Catalog;

use super::{beside, chosen, facts};

/// Read on network cards, and not in mstflint's tables for these: their layouts are of its switch tables and the kernel.
const SUPPLEMENT: &str = "QETCR, PLIB, PVLC";

#[test]
fn importing_4_36_gives_the_embedded_catalog_line_by_line() {
    let Some(folder) = beside("mstflint-4.36") else { return };
    let imported = chosen(&folder);
    let catalog = &imported.catalog;
    assert_eq!(catalog.tlvs().len(), 203);
    assert_eq!(catalog.tlvs().iter().map(|tlv| tlv.parameters.len()).sum::<usize>(), 1541);
    assert_eq!(catalog.registers().len(), 112);
    let (ours, theirs) = (facts(Catalog::embedded()), facts(catalog));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    let expected = format!("registers that the file does not have stay the embedded catalog's: {SUPPLEMENT}");
    assert_eq!(imported.notes, [expected]);
}

#[test]
fn an_import_has_a_digest_and_a_source_of_its_own() {
    let Some(folder) = beside("mstflint-4.36") else { return };
    let (first, second) = (chosen(&folder), chosen(&folder));
    assert_eq!(first.catalog.digest(), second.catalog.digest(), "the same files, the same digest");
    assert_ne!(first.catalog.digest(), Catalog::embedded().digest());
    let source = first.catalog.source();
    for part in
        ["mlxconfig_host.db sha256:", "register_access_table.adb Rev 0.64 sha256:", "else mstflint 4.36.0"]
    {
        assert!(source.contains(part), "{source}");
    }
    assert!(!source.contains("shared"), "where the files lay is nobody's concern: {source}");
}

#[test]
fn one_file_alone_leaves_the_rest_as_it_is() {
    let Some(folder) = beside("mstflint-4.36") else { return };
    for (name, kept) in [
        ("mlxconfig_host.db", "registers are the embedded catalog's"),
        ("register_access_table.adb", "TLVs are the embedded catalog's"),
    ] {
        let alone = tempfile::tempdir().unwrap();
        std::fs::copy(folder.join(name), alone.path().join(name)).unwrap();
        let imported = chosen(alone.path());
        assert_eq!(facts(&imported.catalog), facts(Catalog::embedded()), "{name}");
        assert!(imported.notes.iter().any(|note| note.ends_with(kept)), "{:?}", imported.notes);
    }
}

#[test]
fn the_folders_of_an_installed_package_are_known() {
    let Some(folder) = beside("mstflint-4.36") else { return };
    let installed = tempfile::tempdir().unwrap();
    for (below, name) in
        [("mlxconfig_dbs", "mlxconfig_host.db"), ("prm_dbs/hca/ext", "register_access_table.adb")]
    {
        let below = installed.path().join(below);
        std::fs::create_dir_all(&below).unwrap();
        std::fs::copy(folder.join(name), below.join(name)).unwrap();
    }
    assert_eq!(chosen(installed.path()).catalog.digest(), chosen(&folder).catalog.digest());
}
