//! The run report on stdout.

use crate::support::{Place, code, finish, stdout};

/// Replaces what differs from run to run.
fn stable(report: &str, place: &Place) -> String {
    let mut json: serde_json::Value = serde_json::from_str(report).unwrap();
    let host = place.path("host").display().to_string();
    mask(&mut json, &host);
    serde_json::to_string_pretty(&json).unwrap()
}

fn mask(value: &mut serde_json::Value, host: &str) {
    const CHANGING: &[&str] =
        &["created", "elapsed_ms", "fingerprint", "id", "length", "path", "sha256", "start_ms"];
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if CHANGING.contains(&name.as_str()) && !field.is_null() {
                    *field = format!("[{name}]").into();
                } else {
                    mask(field, host);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask(item, host)),
        serde_json::Value::String(text) => *text = text.replace(host, "[host]"),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

#[test]
fn a_run_is_reported() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["--format", "json", "--quiet", "--only", "identity", "-o", "b.zip"]);
    let output = finish(command);
    assert_eq!(code(&output), 0);
    assert!(output.stderr.is_empty());
    insta::assert_snapshot!("run", stable(&stdout(&output), &place));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let bytes = std::fs::read(place.path("work/b.zip")).unwrap();
    assert_eq!(report["length"], bytes.len());
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(report["sha256"], digest);
}

#[test]
fn a_run_without_a_bundle_is_reported() {
    let place = Place::new();
    std::fs::write(place.path("work/b.zip"), "").unwrap();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["--format", "json", "-o", "b.zip"]);
    let output = finish(command);
    assert_eq!(code(&output), 2);
    insta::assert_snapshot!("no_bundle", stable(&stdout(&output), &place));
}
