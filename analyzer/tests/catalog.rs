//! Catalogs from elsewhere: the files of an installed mstflint, kept catalogs, and hostile ones.

#![allow(clippy::print_stderr)]

mod command;
mod hostile;
mod made;
mod real;

use std::path::{Path, PathBuf};

use mlx5_analyzer::catalog::{Chosen, choose};
use mlx5_analyzer::verify::with_causes;
use mlx5_schemas::catalog::Catalog;

/// What lies beside the repository; its absence is a failure in CI.
fn beside(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing in CI", path.display());
    eprintln!("skipped: {} is not here", path.display());
    None
}

fn chosen(path: &Path) -> Chosen {
    choose(Some(path)).unwrap_or_else(|error| panic!("{}", with_causes(&error)))
}

/// Why a path gives no catalog.
fn refusal(path: &Path) -> String {
    match choose(Some(path)) {
        Ok(chosen) => panic!("{} is a catalog of {} TLVs", path.display(), chosen.catalog.tlvs().len()),
        Err(error) => with_causes(&error),
    }
}

/// Everything of a catalog but where it comes from.
fn facts(catalog: &Catalog) -> Vec<String> {
    let text = catalog.to_text().unwrap();
    text.lines().filter(|line| !line.starts_with("S\t")).map(str::to_owned).collect()
}

/// A folder with a parameter database made by these statements, after the tables.
fn database(statements: &str) -> tempfile::TempDir {
    const TABLES: &str = "
        create table tlvs(name text, id int, target text, cap int, version text, description text, size int, class int,
                          mlxconfig_name text);
        create table params(name text, tlv_name text, offset text, size text, type text, description text,
                            textual_values text, mlxconfig_name text, dependency text, valid_bit text,
                            supported_from_version int, array_length int);";
    folder_of(&format!("{TABLES}\n{statements}"))
}

/// The same without the tables.
fn folder_of(statements: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("mlxconfig_host.db")).unwrap();
    connection.execute_batch(statements).unwrap();
    folder
}

/// A folder with register tables that hold these nodes and fields of the two nodes that name registers.
fn tables(ids: &str, layouts: &str, nodes: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "<NodesDefinition>\n<info source_doc_version=\"Rev 9\" />\n{nodes}\
         <node name=\"access_reg_summary_ctrl_ext\" size=\"0x4.0\"><field name=\"id\" enum=\"{ids}\" /></node>\n\
         <node name=\"access_reg_summary_ext\" size=\"0x4.0\" attr_is_union=\"1\">{layouts}</node>\n</NodesDefinition>"
    );
    std::fs::write(folder.path().join("register_access_table.adb"), text).unwrap();
    folder
}
