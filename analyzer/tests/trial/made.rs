//! The bundles that the tests of the shipped examples name, made of the models of `fixtures/models`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Bundle, CLEAN, Host, merge};

pub(super) fn baselines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/baselines")
}

/// A model with all that it extends.
fn model(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let mut own: Value = serde_json::from_str(&text).unwrap();
    match own.as_object_mut().unwrap().remove("extends") {
        Some(base) => {
            let mut whole = model(base.as_str().unwrap());
            merge(&mut whole, own);
            whole
        }
        None => own,
    }
}

/// A model after somebody set parameters and restarted the firmware.
fn set(name: &str, parameters: Value) -> Value {
    let mut card = model(name);
    let change = json!({"set": parameters, "views": ["current", "next"], "writer": "mlxconfig"});
    merge(&mut card, json!({"nv": {"changes": [change]}}));
    card
}

/// A folder with the shipped examples, their tests, and the bundles that those name.
pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tests = folder.path().join("tests");
    let bundles = tests.join("bundles");
    std::fs::create_dir_all(&bundles).unwrap();
    for (from, to) in [(baselines(), folder.path().to_owned()), (baselines().join("tests"), tests)] {
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let guests = json!({"SRIOV_EN": true, "NUM_OF_VFS": 32});
    for (name, card) in [
        ("delivered", model("connectx-6-dx.json")),
        ("waiting", model("connectx-7-changed.json")),
        ("infiniband", model("connectx-7-ib.json")),
        ("guests", set("connectx-7.json", guests)),
        ("too-many", set("connectx-7.json", json!({"SRIOV_EN": true, "NUM_OF_VFS": 200}))),
        ("opened", set("connectx-6-dx.json", json!({"ADVANCED_PCI_SETTINGS": true}))),
        ("translating", set("connectx-7.json", json!({"ATS_ENABLED": true}))),
        ("relaxed", set("connectx-7-ib.json", json!({"PCI_WR_ORDERING": "force_relax"}))),
    ] {
        std::fs::write(bundles.join(format!("{name}.zip")), Bundle::of([card]).bytes()).unwrap();
    }
    let host = Host { taint: Some(1 << 19), taint_at_end: Some(1 << 19), ..CLEAN };
    let tainted = Bundle { host, ..Bundle::of([model("connectx-6-dx.json")]) };
    std::fs::write(bundles.join("tainted.zip"), tainted.bytes()).unwrap();
    folder
}
