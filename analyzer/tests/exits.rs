//! What the exit code of `check` may be, by the real binary: nothing that was not vouched for is a success, and a deviation is
//! never hidden.

use mlx5_schemas::model::report::{CheckReport, Report, ReportResult};
use serde_json::{Value, json};

use crate::binary::{Folder, Ran, key, outside, snapshot};
use crate::support::{Bundle, CLEAN, Host, Sealed, card, faulty};

fn baseline(over: Value, rules: Value) -> String {
    let mut file = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "b", "rules": rules});
    for (member, value) in over.as_object().unwrap() {
        file[member] = value.clone();
    }
    file.to_string()
}

fn waivers(over: Value) -> String {
    let mut one = json!({"id": "w", "rule": "b/vfs", "subject": {"psid": "MT_0000000436"}, "reason": "r", "owner": "o",
                         "expires": "9999-12-30"});
    for (member, value) in over.as_object().unwrap() {
        one[member] = value.clone();
    }
    json!({"schema": "mlx5-waivers", "schema_version": 1, "waivers": [one]}).to_string()
}

fn vfs() -> Value {
    json!([{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}])
}

/// A healthy card, one that deviates, baselines and waivers of all sorts.
fn folder() -> Folder {
    let tainted = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..CLEAN };
    let open_tainted = Host { lockdown: "none", ..tainted.clone() };
    let open = Host { lockdown: "none", ..CLEAN };
    let named = || Sealed::Named(Box::new(key()));
    let signers = format!("support@example.org {}\n", key().public_openssh().unwrap());
    let hang = || faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"));
    let elsewhere = json!([{"id": "vfs", "select": {"psid": ["DEL*"]}, "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]);
    let beside = json!([
        {"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}},
        {"id": "gone", "facts": ["NO_SUCH_PARAMETER"], "expect": {"equals": 1}},
        {"id": "wrong", "facts": ["SRIOV_EN"], "expect": {"equals": "no-such-name"}}
    ]);
    let unknown = json!([{"id": "vfs", "facts": ["NO_SUCH_PARAMETER"], "expect": {"equals": 1}}]);
    let mut folder = Folder::new()
        .with("good.zip", &Bundle::of([card()]))
        .with("named.zip", &Bundle { sealed: named(), ..Bundle::of([card()]) })
        .with("unsigned.zip", &Bundle { sealed: Sealed::Unsigned, ..Bundle::of([card()]) })
        .with("outside.zip", &Bundle::of([outside()]))
        .with("outside-unsigned.zip", &Bundle { sealed: Sealed::Unsigned, ..Bundle::of([outside()]) })
        .with("tainted.zip", &Bundle { host: tainted.clone(), ..Bundle::of([card()]) })
        .with("outside-tainted.zip", &Bundle { host: tainted, ..Bundle::of([outside()]) })
        .with("open.zip", &Bundle { host: open, ..Bundle::of([card()]) })
        .with("open-tainted.zip", &Bundle { host: open_tainted, ..Bundle::of([card()]) })
        .with("hung.zip", &Bundle::of([hang()]))
        .with("simulated.zip", &Bundle { simulated: true, ..Bundle::of([card()]) })
        .with("nothing.zip", &Bundle::of([]))
        .with_bytes("broken.zip", b"PK\x03\x04")
        .with_bytes("signers", signers.as_bytes());
    for (name, text) in [
        ("b.json", baseline(json!({}), vfs())),
        ("strong.json", baseline(json!({"min_assurance": "strong"}), vfs())),
        ("signed.json", baseline(json!({"require_signature": true}), vfs())),
        ("elsewhere.json", baseline(json!({"name": "elsewhere"}), elsewhere)),
        ("unknown.json", baseline(json!({"name": "unknown"}), unknown)),
        ("beside.json", baseline(json!({}), beside)),
        ("later.json", baseline(json!({"schema_version": 2}), vfs())),
        ("empty.json", baseline(json!({}), json!([]))),
        ("w.json", waivers(json!({}))),
        ("expired.json", waivers(json!({"expires": "2020-01-01"}))),
        ("unused.json", waivers(json!({"rule": "b/other"}))),
        ("broad.json", waivers(json!({"rule": "**", "subject": null}))),
        ("later-w.json", waivers(json!({})).replace("\"schema_version\":1", "\"schema_version\":2")),
        ("cut-w.json", waivers(json!({})).replace(']', "")),
    ] {
        folder = folder.with_bytes(name, text.as_bytes());
    }
    folder
}

fn check(folder: &Folder, words: &str) -> Ran {
    let arguments: Vec<&str> = ["check"].into_iter().chain(words.split(' ')).collect();
    folder.run(&arguments)
}

fn report(folder: &Folder, words: &str) -> CheckReport {
    let ran = check(folder, &format!("{words} --format json"));
    let ReportResult::Check(found) = serde_json::from_str::<Report>(&ran.stdout).unwrap().result else {
        panic!("{ran}")
    };
    assert_eq!(i32::from(found.exit_code), ran.code, "{words}");
    found
}

#[test]
fn every_way_to_the_four_codes() {
    let folder = folder();
    for (words, code) in [
        ("good.zip --baseline b.json", 0),
        // No rule is about anything here.
        ("good.zip --baseline elsewhere.json", 2),
        ("nothing.zip --baseline b.json", 2),
        ("good.zip --baseline b.json --baseline elsewhere.json", 2),
        // Two of one name: waivers could not tell their findings apart. The same file twice is one.
        ("good.zip --baseline b.json --baseline strong.json", 2),
        ("good.zip --baseline b.json --baseline b.json", 0),
        // Files that are not what they should be.
        ("good.zip --baseline later.json", 2),
        ("good.zip --baseline empty.json", 2),
        ("good.zip --baseline none.json", 2),
        ("good.zip --baseline good.zip", 2),
        ("broken.zip --baseline b.json", 2),
        ("good.zip broken.zip --baseline b.json", 2),
        // A path that nothing has.
        ("good.zip --baseline unknown.json", 3),
        ("hung.zip --baseline b.json", 3),
        // Too little assurance.
        ("tainted.zip --baseline b.json", 3),
        ("open.zip --baseline b.json", 0),
        ("open.zip --baseline strong.json", 3),
        ("open.zip --baseline b.json --min-assurance strong", 3),
        ("open.zip --baseline strong.json --min-assurance read", 0),
        ("simulated.zip --baseline b.json", 3),
        ("simulated.zip --baseline b.json --min-assurance claimed", 0),
        // Signatures.
        ("good.zip --baseline signed.json", 3),
        ("good.zip --baseline b.json --require-signature", 3),
        ("unsigned.zip --baseline b.json --require-signature", 3),
        ("unsigned.zip --baseline b.json --require-signature --allowed-signers signers", 3),
        ("named.zip --baseline b.json --require-signature", 3),
        ("named.zip --baseline b.json --require-signature --allowed-signers signers", 0),
        ("named.zip --baseline signed.json --allowed-signers signers", 0),
        // Waivers.
        ("outside.zip --baseline b.json", 1),
        ("outside.zip --baseline b.json --waivers w.json", 0),
        ("outside.zip --baseline b.json --waivers expired.json", 1),
        ("good.zip --baseline b.json --waivers expired.json", 3),
        ("good.zip --baseline b.json --waivers unused.json", 0),
        ("outside.zip --baseline b.json --waivers unused.json", 1),
        ("hung.zip --baseline b.json --waivers w.json", 3),
        ("outside-tainted.zip --baseline b.json --waivers w.json", 3),
        ("outside-unsigned.zip --baseline signed.json --waivers w.json", 3),
        ("outside.zip --baseline b.json --waivers broad.json", 2),
        ("outside.zip --baseline b.json --waivers later-w.json", 2),
        ("outside.zip --baseline b.json --waivers cut-w.json", 2),
        ("outside.zip --baseline b.json --waivers none.json", 2),
        ("outside.zip --baseline b.json --waivers w.json --waivers w.json", 2),
        // What is accepted.
        ("hung.zip --baseline b.json --allow-unvouched timeout", 3),
        ("hung.zip --baseline factory-default.json", 3),
        ("hung.zip --baseline factory-default.json --allow-unvouched timeout", 0),
        ("hung.zip --baseline factory-default.json --allow-unvouched denied,masked", 3),
        ("good.zip --baseline unknown.json --allow-unvouched unknown-parameter", 3),
        ("good.zip --baseline unknown.json --baseline b.json --allow-unvouched unknown-parameter", 0),
        ("tainted.zip --baseline b.json --allow-unvouched fwctl-taint", 0),
        ("tainted.zip --baseline strong.json --allow-unvouched fwctl-taint", 0),
        ("tainted.zip --baseline b.json --allow-unvouched no-lockdown", 3),
        ("open.zip --baseline strong.json --allow-unvouched no-lockdown", 0),
        // Of two that bound it one is not enough.
        ("open-tainted.zip --baseline strong.json --allow-unvouched no-lockdown", 3),
        ("open-tainted.zip --baseline strong.json --allow-unvouched fwctl-taint", 3),
        ("open-tainted.zip --baseline strong.json --allow-unvouched fwctl-taint,no-lockdown", 0),
        ("simulated.zip --baseline b.json --allow-unvouched simulated", 0),
        ("unsigned.zip --baseline signed.json --allow-unvouched signature-missing", 0),
        ("unsigned.zip --baseline signed.json --allow-unvouched signature-untrusted", 3),
        ("good.zip --baseline b.json --waivers expired.json --allow-unvouched waiver-expired", 0),
        ("outside.zip --baseline b.json --waivers expired.json --allow-unvouched waiver-expired", 1),
        ("outside-tainted.zip --baseline b.json --allow-unvouched fwctl-taint", 1),
        ("outside-tainted.zip --baseline b.json --waivers w.json --allow-unvouched fwctl-taint", 0),
        ("good.zip --baseline b.json --allow-unvouched timout", 2),
        ("good.zip --baseline b.json --allow-unvouched outside", 2),
        ("good.zip --baseline b.json --allow-unvouched=", 2),
        // A deviation beside whatever else.
        ("outside.zip --baseline beside.json", 1),
        ("outside-tainted.zip --baseline beside.json", 1),
        ("outside-unsigned.zip --baseline beside.json --require-signature --min-assurance strong", 1),
        ("broken.zip outside.zip hung.zip --baseline beside.json", 1),
        ("outside.zip --baseline b.json --baseline elsewhere.json", 1),
        ("good.zip --baseline beside.json", 2),
    ] {
        let ran = check(&folder, words);
        assert_eq!(ran.code, code, "{words}\n{ran}");
        if code == 2 {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.is_empty() && !said.contains("panicked"), "{words}");
        }
    }
}

#[test]
fn a_malformed_waiver_stops_the_run_before_anything_is_judged() {
    let folder = folder();
    for (file, says) in [
        ("broad.json", "broad.json:1:"),
        ("later-w.json", "schema_version 2 is not known here"),
        ("cut-w.json", "cut-w.json:1:"),
        ("none.json", "none.json: cannot be read"),
        ("b.json", "not a file of waivers"),
        ("good.zip", "it looks like a bundle"),
    ] {
        let ran = check(&folder, &format!("outside.zip --baseline b.json --waivers {file}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{file} {ran}");
        assert!(ran.stderr.contains(says), "{file} {ran}");
    }
}

#[test]
fn what_is_accepted_is_counted_and_printed() {
    let folder = folder();
    let words = "outside-tainted.zip --baseline strong.json --waivers w.json --min-assurance read --require-signature \
                 --allow-unvouched timeout,fwctl-taint,signature-untrusted";
    let found = report(&folder, words);
    assert_eq!((found.exit_code, found.word.words()), (0, "inside"));
    let policy = &found.policy;
    assert!(policy.require_signature);
    assert_eq!(policy.lowered_from.map(|level| level.word()), Some("strong"));
    assert_eq!(policy.allow_unvouched, ["timeout", "signature-untrusted", "fwctl-taint"]);
    let counted: Vec<(&str, u64)> =
        policy.accepted.iter().map(|(word, count)| (word.as_str(), *count)).collect();
    assert_eq!(counted, [("fwctl-taint", 1), ("signature-untrusted", 1), ("timeout", 0)]);
    assert_eq!(policy.waivers.len(), 1);
    assert_eq!((policy.waivers[0].file.as_str(), policy.waivers[0].waivers), ("w.json", 1));
    // Neither axis is touched: the finding is waived and its evidence tainted, the signature unknown.
    let findings = &found.bundles[0].findings;
    let waived = findings.iter().find(|finding| finding.waiver.is_some()).unwrap();
    assert_eq!((waived.assurance.word(), waived.accepted.join(" ").as_str()), ("tainted", "fwctl-taint"));
    assert_eq!((found.counts.unknown, found.counts.waived), (1, 1));
    snapshot("check-accepted", &check(&folder, words));
}
