//! The `catalog` verb, `--catalog`, and which catalog reports name.

use std::path::Path;
use std::process::Command;

use mlx5_schemas::catalog::Catalog;
use serde_json::Value;

use super::{beside, database};

use crate::support::{Bundle, card};

struct Ran {
    code: i32,
    output: String,
    troubles: String,
}

fn run(arguments: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_mlx5-analyzer")).args(arguments).output().unwrap();
    Ran {
        code: done.status.code().unwrap(),
        output: String::from_utf8(done.stdout).unwrap(),
        troubles: String::from_utf8(done.stderr).unwrap(),
    }
}

fn json(arguments: &[&str]) -> Value {
    let ran = run(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&ran.output).unwrap_or_else(|error| panic!("{error}: {}", ran.troubles))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_kept_import_reopens_as_the_same_catalog() {
    let folder = database("insert into tlvs values ('nv_new', 2750, 'NIC', 0, '0', '', 4, 0, null);");
    let kept = folder.path().join("kept.tsv");
    let imported = run(&["catalog", "import", text(folder.path()), "-o", text(&kept)]);
    assert_eq!(imported.code, 0, "{}", imported.troubles);
    assert!(imported.output.contains("1 TLVs with 0 parameters"), "{}", imported.output);
    let of_folder = json(&["catalog", "list", "--catalog", text(folder.path())]);
    let of_file = json(&["catalog", "list", "--catalog", text(&kept)]);
    assert_eq!(of_folder["catalog"], of_file["catalog"]);
    assert_eq!(of_folder["result"]["entries"], of_file["result"]["entries"]);
    assert_ne!(of_file["catalog"]["sha256"], Catalog::embedded().digest());
    assert_eq!(of_file["tool"]["catalog_sha256"], of_file["catalog"]["sha256"]);
    // A folder with a kept catalog is that catalog.
    std::fs::rename(&kept, folder.path().join("catalog.tsv")).unwrap();
    assert_eq!(json(&["catalog", "list", "--catalog", text(folder.path())])["catalog"], of_file["catalog"]);
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let folder = database("insert into tlvs values ('nv_new', 2750, 'NIC', 0, '0', '', 4, 0, null);");
    let kept = folder.path().join("kept.tsv");
    std::fs::write(&kept, "mine").unwrap();
    let imported = run(&["catalog", "import", text(folder.path()), "-o", text(&kept)]);
    assert_eq!(imported.code, 2);
    assert!(imported.troubles.contains("cannot be created"), "{}", imported.troubles);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "mine");
}

#[test]
fn list_counts_and_takes_patterns() {
    let all = json(&["catalog", "list"]);
    let counts = &all["result"]["counts"];
    for (name, count) in [
        ("tlvs", 203),
        ("parameters", 1541),
        ("named_parameters", 808),
        ("registers", 112),
        ("capabilities", 25),
    ] {
        assert_eq!(counts[name], count, "{name}");
    }
    assert_eq!(all["result"]["entries"].as_array().unwrap().len(), 203 + 112 + 25);
    let some = json(&["catalog", "list", "NUM_OF_VFS", "nv/0:0x080", "reg/PTYS.eth_proto_*"]);
    let paths: Vec<&str> = some["result"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["path"].as_str().unwrap())
        .collect();
    for path in ["nv/0:0x080", "nv/0:0x080.total_vfs", "reg/PTYS.eth_proto_admin"] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    assert!(
        paths.iter().all(|path| path.starts_with("nv/0:0x080") || path.starts_with("reg/PTYS")),
        "{paths:?}"
    );
    let nothing = run(&["catalog", "list", "NO_SUCH_*"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.troubles.contains("nothing in the catalog matches NO_SUCH_*"));
}

#[test]
fn show_knows_a_thing_by_any_of_its_names() {
    for name in [
        "NUM_OF_VFS",
        "nv/0:0x080.total_vfs",
        "0:0x080.total_vfs",
        "nv_global_pci_conf.total_vfs",
        "total_vfs",
    ] {
        let shown = json(&["catalog", "show", name]);
        let entry = &shown["result"]["entries"][0];
        assert_eq!(entry["path"], "nv/0:0x080.total_vfs", "{name}");
        assert_eq!(entry["place"]["bit_offset"], 48);
    }
    assert_eq!(
        json(&["catalog", "show", "LINK_TYPE_P2"])["result"]["entries"][0]["path"],
        "nv/1:0x012.default_link_type"
    );
    let register = json(&["catalog", "show", "0x5004"]);
    let entries = register["result"]["entries"].as_array().unwrap();
    assert_eq!((entries[0]["path"].as_str(), entries.len()), (Some("reg/PTYS"), 39));
    assert_eq!(json(&["catalog", "show", "cap/GENERAL.uctx_cap"])["result"]["entries"][0]["kind"], "field");
}

#[test]
fn show_knows_names_of_other_releases_and_says_so() {
    let said = |name: &str| {
        let shown = run(&["catalog", "show", name]);
        assert_eq!(shown.code, 0, "{name}: {}", shown.troubles);
        shown.output
    };
    for (name, path, words) in [
        (
            "HPCC_INT_NP_RTT_DATA_MODE",
            "nv/0:0x114.np_rtt_int_data_mode",
            "this name is of releases until 4.21.0",
        ),
        ("HPCC_INT_NP_RTT_DATA_MODE", "nv/0:0x114.np_rtt_int_data_mode", "at 1:3 until 4.21.0"),
        ("nv_hpcc_int", "nv/0:0x114", "called nv_hpcc_int until 4.21.0"),
        ("BOOT_RETRY_CNT", "nv/3:0x221.boot_retry_count", "printed as BOOT_RETRY_CNT until 4.21.0"),
        ("DPA_APP_3_EU_NUM", "nv/0:0x1a3.dpa_eu_num", "releases until 4.33.0 have it"),
        ("nv_debug_mode", "nv/0:0x0ff", "releases until 4.26.0 have it"),
        ("QOS_TRUST_STATE_P1", "nv/1:0x192.qos_trust_state", "4 was TRUST_PORT"),
        (
            "PTYS.xdr_2x_slow_cap",
            "reg/PTYS.xdr_2x_slow_cap",
            "its bits were eth_proto_lp_valid's until 4.21.0",
        ),
        ("PMLP.lane_module_mapping[3].bidi_map", "reg/PMLP.lane_module_mapping[].mode_b_map", "until 4.33.0"),
    ] {
        let output = said(name);
        assert!(output.contains(path) && output.contains(words), "{name}\n{output}");
    }
    let near = run(&["catalog", "show", "NUM_OF_VF"]);
    assert_eq!(near.code, 2);
    assert!(near.troubles.contains("did you mean NUM_OF_VFS?"), "{}", near.troubles);
}

/// The catalog of a release that calls the number of functions otherwise.
const OTHER: &str = "
    insert into tlvs values ('nv_other', 128, 'NIC', 0, '0', '', 24, 0, null);
    insert into params values ('vfs', 'nv_other', '0x4.0', '0x0.16', 'UNSIGNED', '', null, 'OTHER_VFS', null, null, 0, 0);";

#[test]
fn what_decodes_decodes_by_the_chosen_catalog_and_says_so() {
    let folder = database(OTHER);
    let bundle = folder.path().join("b.zip");
    std::fs::write(&bundle, Bundle::of([card()]).bytes()).unwrap();
    let (folder, bundle) = (text(folder.path()), text(&bundle));
    let shown = run(&["show", bundle, "OTHER_VFS", "--catalog", folder]);
    assert_eq!(shown.code, 0, "{}", shown.troubles);
    assert!(shown.output.contains("catalog    mlxconfig_host.db sha256:"), "{}", shown.output);
    let shown = json(&["show", bundle, "OTHER_VFS", "--catalog", folder]);
    assert_eq!(shown["result"]["facts"][0]["path"], "nv/0:0x080.vfs");
    assert_eq!(shown["result"]["facts"][0]["knowledge"]["value"]["number"], 8);
    assert_eq!(shown["tool"]["catalog_sha256"], shown["catalog"]["sha256"]);
    assert_ne!(shown["catalog"]["sha256"], Catalog::embedded().digest());
    let without = run(&["show", bundle, "OTHER_VFS"]);
    assert_eq!(without.code, 2);
    assert!(!without.output.contains("catalog  "), "{}", without.output);
    let gone = run(&["show", bundle, "VIRTIO_FS_EMULATION_CLASS_CODE"]);
    assert!(
        gone.troubles.contains("releases of mstflint until 4.25.0 have it, at 0:0x095"),
        "{}",
        gone.troubles
    );
    let own = json(&["show", bundle, "NUM_OF_VFS"]);
    assert_eq!(own["catalog"]["source"], Catalog::embedded().source());

    let baseline = std::path::Path::new(folder).join("baseline.json");
    let rule = serde_json::json!({
        "schema": "mlx5-baseline", "schema_version": 1, "name": "one",
        "rules": [{"id": "vfs", "facts": ["OTHER_VFS"], "expect": {"equals": 8}}]
    });
    std::fs::write(&baseline, rule.to_string()).unwrap();
    let check = ["check", bundle, "--baseline", text(&baseline)];
    assert_eq!(run(&check).code, 3, "the embedded catalog knows no such name");
    let checked = json(&[&check[..], &["--catalog", folder]].concat());
    assert_eq!(checked["result"]["word"], "inside", "{checked}");
    let same = json(&["diff", bundle, bundle, "--catalog", folder]);
    assert_eq!(same["result"]["same"], true);
    assert_eq!(same["catalog"], checked["catalog"]);
}

#[test]
fn text_is_read_by_the_chosen_catalog_too() {
    let folder = database(OTHER);
    let query = folder.path().join("query.txt");
    let lines = "Device #1:\n----------\n\nDevice type:    ConnectX6DX\nDevice:         3b:00.0\n\n\
                 Configurations:                              Next Boot\n         OTHER_VFS                           8\n";
    std::fs::write(&query, lines).unwrap();
    let shown = json(&["show", text(&query), "OTHER_VFS", "--catalog", text(folder.path())]);
    assert_eq!(shown["result"]["facts"][0]["path"], "nv/0:0x080.vfs", "{shown}");
}

#[test]
fn text_of_an_older_tool_is_read_by_its_names_where_nothing_moved() {
    let folder = tempfile::tempdir().unwrap();
    let query = folder.path().join("query.txt");
    let lines = "Device #1:\n----------\n\nDevice type:    ConnectX6DX\nDevice:         3b:00.0\n\n\
                 Configurations:                              Next Boot\n         HPCC_INT_EN                         True(1)\n         \
                 HPCC_INT_NP_RTT_DATA_MODE           INT_MODE1(1)\n";
    std::fs::write(&query, lines).unwrap();
    let shown = json(&["show", text(&query), "PCC_INT_EN"]);
    assert_eq!(shown["result"]["facts"][0]["path"], "nv/0:0x114.pcc_int_en", "{shown}");
    let shown = json(&["show", text(&query), "PCC_INT_NP_RTT_DATA_MODE"]);
    assert_eq!(shown["result"]["facts"], serde_json::json!([]), "1 by the old place is no 1 by today's");
}

#[test]
fn a_broken_catalog_is_trouble_and_decodes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("catalog.tsv"), "not a catalog").unwrap();
    let ran = run(&["catalog", "list", "--catalog", text(folder.path())]);
    assert_eq!((ran.code, ran.output.as_str()), (2, ""));
    assert!(ran.troubles.contains("line 1"), "{}", ran.troubles);
}

#[test]
fn four_thirty_six_is_listed_as_it_was_imported() {
    let Some(folder) = beside("mstflint-4.36") else { return };
    let chosen = json(&["catalog", "list", "--catalog", text(&folder)]);
    let own = json(&["catalog", "list"]);
    assert_eq!(chosen["result"]["entries"], own["result"]["entries"]);
    assert_ne!(chosen["catalog"], own["catalog"]);
}
