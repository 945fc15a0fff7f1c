//! Version 1 of the JSON report is frozen: what was written with it keeps being read, and nothing in it is lost.
//!
//! `golden/report-v1.json` was written once. It is never written anew: where this fails, the change broke the form.

use mlx5_schemas::model::report::Report;
use serde_json::Value;

const GOLDEN: &str = include_str!("../golden/report-v1.json");

/// Members may come, none may go or change.
fn is_kept(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(name, value)| new.get(name).is_some_and(|new| is_kept(value, new)))
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_kept(old, new))
        }
        (old, new) => old == new,
    }
}

#[test]
fn version_1_keeps_being_read() {
    let old: Value = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!((old["schema"].as_str(), old["schema_version"].as_u64()), (Some("mlx5-report"), Some(1)));
    let report: Report = serde_json::from_str(GOLDEN).unwrap();
    let new = serde_json::to_value(&report).unwrap();
    assert!(is_kept(&old, &new), "{new:#}");
}

/// What was written before findings had names, summaries and policies.
#[test]
fn the_first_reports_keep_being_read() {
    let mut old: Value = serde_json::from_str(GOLDEN).unwrap();
    let result = old["result"].as_object_mut().unwrap();
    result.remove("policy").unwrap();
    for bundle in result["bundles"].as_array_mut().unwrap() {
        bundle.as_object_mut().unwrap().remove("summary").unwrap();
        for device in bundle["devices"].as_array_mut().unwrap() {
            for name in ["summary", "coverage"] {
                device.as_object_mut().unwrap().remove(name).unwrap();
            }
        }
        for finding in bundle["findings"].as_array_mut().unwrap() {
            finding.as_object_mut().unwrap().remove("id").unwrap();
        }
    }
    let report: Report = serde_json::from_value(old.clone()).unwrap();
    assert!(is_kept(&old, &serde_json::to_value(&report).unwrap()));
}
