//! `expect`: took, pending, not set, unknown; and what it does not take.

use mlx5_analyzer::case::Case;
use mlx5_analyzer::expect::{ExpectError, Wanted, expect};
use mlx5_schemas::model::report::{ExpectReport, ExpectState};
use serde_json::json;

use crate::support::{Bundle, card, changed};
use crate::triage::{run_in, text_case};

fn asked(case: &Case, wanted: &[&str]) -> Result<ExpectReport, ExpectError> {
    let wanted: Vec<Wanted> = wanted.iter().map(|text| text.parse().unwrap()).collect();
    expect(case, &wanted, mlx5_schemas::catalog::Catalog::embedded())
}

fn states(report: &ExpectReport) -> Vec<&'static str> {
    report.rows.iter().map(|row| row.state.word()).collect()
}

#[test]
fn a_staged_value_is_pending_and_one_in_force_took() {
    let case = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]).case();
    let report =
        asked(&case, &["NUM_OF_VFS=16", "SRIOV_EN=True", "LINK_TYPE_P1=IB", "NUM_OF_VFS=8"]).unwrap();
    assert_eq!(states(&report), ["pending", "took", "not set", "took"]);
    assert_eq!(report.exit_code, 1);
    assert!(report.rows[3].words.contains("16 is waiting"), "{:?}", report.rows[3]);
    for row in &report.rows {
        assert!(!row.evidence.is_empty());
        assert_eq!(row.found.len(), 3, "all views are told");
    }
    let all =
        asked(&case, &["SRIOV_EN=1", "LINK_TYPE_P1=ETH(2)", "LINK_TYPE_P2=0x2", "nv/0:0x080.sriov_en=true"]);
    let all = all.unwrap();
    assert_eq!(states(&all), ["took"; 4]);
    assert_eq!(all.exit_code, 0);
}

#[test]
fn what_was_not_read_is_unknown_and_never_took() {
    let case = text_case(
        "Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             3b:00.0\n\n\
         Configurations:                        Next Boot\n        NUM_OF_VFS                     16\n",
    );
    let report = asked(&case, &["NUM_OF_VFS=16", "SRIOV_EN=1"]).unwrap();
    assert_eq!(states(&report), ["unknown", "unknown"]);
    assert_eq!(report.exit_code, 3);
    assert!(report.rows[0].words.starts_with("the next boot's is 16; what is in force is not known"));
    assert_eq!(report.rows[1].words, "the file does not say it");
    assert_eq!(report.rows[1].state, ExpectState::Unknown);
}

#[test]
fn each_function_answers_for_itself() {
    let text = "Device #1:\n----------\n\nDevice:             3b:00.0\n\n\
                Configurations:                        Current         Next Boot\n\
                \x20       NUM_OF_VFS                     16              16\n\n\
                Device #2:\n----------\n\nDevice:             5e:00.0\n\n\
                Configurations:                        Current         Next Boot\n\
                \x20       NUM_OF_VFS                     8               16\n";
    let report = asked(&text_case(text), &["NUM_OF_VFS=16"]).unwrap();
    assert_eq!(states(&report), ["took", "pending"]);
}

#[test]
fn a_number_without_its_label_is_held_against_the_catalog() {
    let query = |value: &str| {
        text_case(&format!(
            r#"{{"Device #1": {{"description": "x", "device": "0000:01:00.0", "device_type": "ConnectX7", "name": "y",
                "tlv_configuration": {{"LINK_TYPE_P1": {{"current_value": {value}, "default_value": {value},
                "modified": false, "next_value": {value}, "read_only": false}}}}}}}}"#
        ))
    };
    assert_eq!(
        states(&asked(&query("2"), &["LINK_TYPE_P1=ETH", "LINK_TYPE_P1=IB"]).unwrap()),
        ["took", "not set"]
    );
    assert_eq!(
        states(&asked(&query("1"), &["LINK_TYPE_P1=ETH", "LINK_TYPE_P1=1"]).unwrap()),
        ["not set", "took"]
    );
}

#[test]
fn where_nothing_was_ever_set_the_factory_value_is_in_force() {
    let mut model = card();
    model["nv"]["items"][0]["unset"] = json!(["current", "next"]);
    let case = Bundle::of([model]).case();
    assert_eq!(states(&asked(&case, &["NUM_OF_VFS=8", "NUM_OF_VFS=16"]).unwrap()), ["took", "not set"]);
}

#[test]
fn what_has_no_views_is_as_it_is() {
    let case = text_case(
        "# devlink dev info\npci/0000:3b:00.0:\n  driver mlx5_core\n  versions:\n      running:\n        \
         fw.version 22.41.1000\n/proc/sys/kernel/osrelease:6.9.7-amd64\n",
    );
    let wanted = ["devlink/info.running.fw.version=22.41.1000", "devlink/info.running.fw.version=22.43.2026"];
    let report = asked(&case, &wanted).unwrap();
    assert_eq!(states(&report), ["took", "not set"]);
    assert_eq!((report.rows[1].words.as_str(), report.exit_code), ("it is 22.41.1000", 1));
    let report = asked(&case, &["host/kernel=6.9.7-amd64"]).unwrap();
    assert_eq!((states(&report), report.exit_code), (vec!["took"], 0), "the host is asked once");
}

#[test]
fn unknown_names_and_values_are_trouble() {
    let case = Bundle::of([card()]).case();
    let trouble = |text: &str| asked(&case, &[text]).unwrap_err().to_string();
    assert!(trouble("NUM_OF_VF=16").contains("did you mean NUM_OF_VFS?"));
    assert!(trouble("LINK_TYPE_P1=EHT").contains("did you mean ETH?"));
    assert!(trouble("LINK_TYPE_P1=ETH(1)").contains("ETH is 2, not 1"));
    assert!(trouble("NUM_OF_VFS=many").contains("it has numbers"));
}

#[test]
fn the_binary_answers_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]);
    std::fs::write(folder.path().join("a.zip"), bundle.bytes()).unwrap();
    let code = |wanted: &str| run_in(folder.path(), &["expect", "a.zip", wanted]).0;
    assert_eq!(code("SRIOV_EN=True"), 0);
    assert_eq!(code("NUM_OF_VFS=16"), 1);
    assert_eq!(code("NUM_OF_VFS"), 2);
    assert_eq!(code("NO_SUCH_NAME=1"), 2);
    // A name of the catalog that this card has not.
    assert_eq!(code("WOL_MAGIC_EN_P1=1"), 3);
}
