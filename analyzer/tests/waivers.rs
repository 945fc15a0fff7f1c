//! Waivers: what they waive, what they never touch, and what is said of those that do nothing.

use mlx5_analyzer::check::{Options, Waivers, check};
use mlx5_analyzer::waiver::{LoadedWaivers, load, parse};
use mlx5_schemas::model::report::{CheckReport, Finding};
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::support::{Bundle, CARD, baseline, card, card_with, changed, faulty, findings, verdict_of};

const TODAY: &str = "2026-11-25";

/// A file of waivers, each with what a waiver must have.
fn waivers(list: Value) -> LoadedWaivers {
    let mut list = list;
    for (place, waiver) in list.as_array_mut().unwrap().iter_mut().enumerate() {
        let full = waiver.as_object_mut().unwrap();
        for (member, value) in [
            ("id", json!(format!("w{place}"))),
            ("reason", json!("tested")),
            ("owner", json!("lab")),
            ("expires", json!(TODAY)),
        ] {
            full.entry(member).or_insert(value);
        }
    }
    let text = json!({"schema": "mlx5-waivers", "schema_version": 1, "waivers": list}).to_string();
    parse("waivers.json".to_owned(), &text).unwrap()
}

fn on(today: &str, bundle: &Bundle, rules: Value, list: Value) -> CheckReport {
    let files = [waivers(list)];
    let waivers = Waivers { files: &files, today: today.parse().unwrap() };
    check(&[Ok(bundle.case())], &[baseline(rules)], Options { waivers, ..Options::default() })
}

fn vfs() -> Value {
    json!([{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}},
           {"id": "link", "facts": ["LINK_TYPE_P*"], "expect": {"equals": "ETH"}}])
}

fn pending() -> Bundle {
    Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])])
}

fn about_waiver(report: &CheckReport) -> Vec<String> {
    findings(report)
        .filter(|finding| finding.rule.starts_with("waiver/"))
        .map(|finding| format!("{} {}: {}", finding.rule, finding.verdict, finding.message))
        .collect()
}

fn id_of(report: &CheckReport, name: &str) -> String {
    let found: Vec<&Finding> = findings(report).filter(|finding| finding.name == name).collect();
    assert_eq!(found.len(), 1, "{name}");
    found[0].id.clone()
}

#[test]
fn each_way_to_name_a_finding_waives_it_and_nothing_else() {
    let both = Bundle::of([changed(json!({"NUM_OF_VFS": 16, "LINK_TYPE_P2": "IB"}), &["current", "next"])]);
    let plain = both.check(&[baseline(vfs())]);
    assert_eq!((plain.exit_code, plain.counts.outside), (1, 2));
    for waiver in [
        json!({"finding": id_of(&plain, "NUM_OF_VFS")}),
        json!({"finding": id_of(&plain, "NUM_OF_VFS"), "subject": {"psid": "MT_0000000436"}}),
        json!({"rule": "test/vfs", "subject": {"device": CARD}}),
        json!({"rule": "test/v*", "subject": {"device": "3B:00.0"}}),
        json!({"rule": "*/vfs", "subject": {"psid": "MT_0000000*"}}),
        json!({"rule": "test/vfs", "subject": {"base_mac": "B8:3F:D2:00:01:00"}}),
        json!({"rule": "**", "subject": {"device": CARD}, "facts": ["NUM_OF_VFS"]}),
        json!({"rule": "test/*", "subject": {"device": CARD}, "facts": ["nv/0:0x080"]}),
        json!({"rule": "test/*", "subject": {"device": CARD}, "facts": ["nv_global_pci_conf.total_vfs"]}),
    ] {
        let report = on(TODAY, &both, vfs(), json!([waiver]));
        assert_eq!(verdict_of(&report, "NUM_OF_VFS"), "waived", "{waiver}");
        assert_eq!(verdict_of(&report, "LINK_TYPE_P2"), "outside", "{waiver}");
        assert_eq!((report.exit_code, report.word), (1, Word::Outside), "{waiver}");
        assert_eq!(about_waiver(&report), Vec::<String>::new(), "{waiver}");
        let waived = findings(&report).find(|finding| finding.waiver.is_some()).unwrap();
        let by = waived.waiver.as_ref().unwrap();
        assert_eq!(
            (by.id.as_str(), by.owner.as_str(), by.expires.to_string().as_str()),
            ("w0", "lab", TODAY)
        );
        assert_eq!(waived.message, findings(&plain).find(|f| f.id == waived.id).unwrap().message);
    }
    let both_waived = json!([
        {"rule": "test/vfs", "subject": {"device": CARD}},
        {"rule": "test/link", "subject": {"device": CARD, "port": 2}}
    ]);
    let report = on(TODAY, &both, vfs(), both_waived);
    assert_eq!((report.exit_code, report.word, report.counts.waived), (0, Word::Inside, 2));
}

#[test]
fn a_waiver_that_is_about_something_else_waives_nothing() {
    for (waiver, verdict) in [
        (json!({"finding": "0123456789ab"}), "informational"),
        (json!({"rule": "test/link", "subject": {"device": CARD}}), "informational"),
        (json!({"rule": "test/vfs", "subject": {"device": CARD, "port": 1}}), "informational"),
        (json!({"rule": "test/vfs", "subject": {"device": CARD}, "facts": ["SRIOV_EN"]}), "informational"),
        (json!({"rule": "test/vfs", "subject": {"host": true}}), "informational"),
        (json!({"rule": "test", "subject": {"device": CARD}}), "informational"),
        (json!({"rule": "test/vfs", "subject": {"device": "0000:3b:00.1"}}), "not-selected"),
        (json!({"rule": "test/vfs", "subject": {"psid": "DEL*"}}), "not-selected"),
        // What was not read of a device is not taken for what the waiver says.
        (json!({"rule": "test/vfs", "subject": {"serial": "MT2225300179"}}), "not-selected"),
        (json!({"rule": "test/vfs", "subject": {"device": CARD, "serial": "MT2225300179"}}), "not-selected"),
    ] {
        let report = on(TODAY, &pending(), vfs(), json!([waiver]));
        assert_eq!(
            (verdict_of(&report, "NUM_OF_VFS").as_str(), report.exit_code),
            ("pending", 1),
            "{waiver}"
        );
        let said = about_waiver(&report);
        assert!(
            said.len() == 1 && said[0].starts_with(&format!("waiver/w0 {verdict}: ")),
            "{waiver} {said:?}"
        );
    }
}

#[test]
fn the_last_day_is_the_last() {
    let list = || json!([{"rule": "test/vfs", "subject": {"device": CARD}}]);
    for (today, code) in [("2026-11-24", 0), (TODAY, 0), ("2026-11-26", 1)] {
        let report = on(today, &pending(), vfs(), list());
        assert_eq!(report.exit_code, code, "{today}");
    }
    let report = on("2026-11-26", &pending(), vfs(), list());
    assert_eq!(verdict_of(&report, "NUM_OF_VFS"), "pending");
    let said = "waiver/w0 unknown(waiver-expired): the waiver expired on 2026-11-25: the finding that it accepted stands \
                again";
    assert_eq!(about_waiver(&report), [said]);
    // Where there is nothing outside any more, an expired waiver still keeps the run from success.
    let report = on("2026-11-26", &Bundle::of([card()]), vfs(), list());
    assert_eq!((report.exit_code, report.word), (3, Word::CannotBeVouchedFor));
    assert_eq!(report.bundles[0].devices[0].word, Some(Word::Inside), "the device is what it is");
    // Nor if it is about no device here.
    let elsewhere = json!([{"rule": "test/vfs", "subject": {"psid": "DEL*"}}]);
    assert_eq!(on("2026-11-26", &Bundle::of([card()]), vfs(), elsewhere).exit_code, 3);
}

#[test]
fn what_was_not_read_or_could_not_be_judged_is_never_waived() {
    let hung = Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"))]);
    let wrong_kind = json!([{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": "no-such-name"}}]);
    for (bundle, rules, code) in [(&hung, vfs(), 3), (&Bundle::of([card()]), wrong_kind, 2)] {
        let before = bundle.check(&[baseline(rules.clone())]);
        let after = on(TODAY, bundle, rules, json!([{"rule": "**", "subject": {"device": CARD}}]));
        assert_eq!((before.exit_code, after.exit_code), (code, code));
        assert_eq!(before.counts.unknown, after.counts.unknown);
        assert_eq!(before.counts.error, after.counts.error);
        assert_eq!(after.counts.waived, 0);
        let said = about_waiver(&after);
        assert!(said[0].contains("which no waiver accepts"), "{said:?}");
    }
}

#[test]
fn waiving_does_not_lend_assurance() {
    let simulated = Bundle { simulated: true, ..pending() };
    let report = on(TODAY, &simulated, vfs(), json!([{"rule": "test/vfs", "subject": {"device": CARD}}]));
    assert_eq!((report.exit_code, report.counts.waived), (3, 1));
    assert_eq!(report.bundles[0].devices[0].reasons, ["assurance is claimed, below read"]);
}

#[test]
fn functions_of_a_card_share_a_waiver_as_they_share_what_it_is_about() {
    let change =
        json!({"nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "mlxconfig"}]}});
    let second = json!({"bdf": "0000:3b:00.1"});
    let bundle = Bundle::of([card_with(change.clone()), {
        let mut card = card_with(change);
        card["bdf"] = second["bdf"].clone();
        card
    }]);
    let rules = || json!([{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]);
    let plain = bundle.check(&[baseline(rules())]);
    assert_eq!((plain.exit_code, plain.counts.pending), (1, 1), "told once");
    let report = on(TODAY, &bundle, rules(), json!([{"finding": id_of(&plain, "NUM_OF_VFS")}]));
    assert_eq!((report.exit_code, report.counts.waived, report.counts.pending), (0, 1, 0));
    // The other way round the finding that is told stands: the waiver is about the function that it is not told of.
    let report = on(TODAY, &bundle, rules(), json!([{"rule": "**", "subject": {"device": "0000:3b:00.1"}}]));
    assert_eq!((report.exit_code, report.counts.pending), (1, 1));
}

/// What the functions read differently is two things: accepting one value accepts no other.
#[test]
fn a_waiver_of_one_function_s_value_is_none_of_another_value() {
    let set = |value: u64, bdf: &str| {
        let mut card = changed(json!({"NUM_OF_VFS": value}), &["current", "next"]);
        card["bdf"] = json!(bdf);
        card
    };
    let bundle = Bundle::of([set(16, CARD), set(64, "0000:3b:00.1")]);
    let rules = json!([{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]);
    let report = on(TODAY, &bundle, rules, json!([{"rule": "test/vfs", "subject": {"device": CARD}}]));
    assert_eq!((report.exit_code, report.counts.waived, report.counts.outside), (1, 1, 1));
}

#[test]
fn findings_of_the_host_are_waived_by_their_subject() {
    let rules = || json!([{"id": "up", "facts": ["host/uptime_s"], "expect": {"equals": 1}}]);
    let bundle = Bundle::of([card()]);
    let plain = bundle.check(&[baseline(rules())]);
    assert_eq!(plain.exit_code, 1, "{:?}", findings(&plain).collect::<Vec<_>>());
    let report = on(TODAY, &bundle, rules(), json!([{"rule": "test/up", "subject": {"host": true}}]));
    assert_eq!(report.counts.waived, 1);
    let report = on(TODAY, &bundle, rules(), json!([{"rule": "test/up", "subject": {"device": CARD}}]));
    assert_eq!(report.counts.waived, 0);
}

#[test]
fn of_two_that_name_the_same_the_first_is_told_and_neither_is_unused() {
    let report = on(
        TODAY,
        &pending(),
        vfs(),
        json!([{"rule": "test/vfs", "subject": {"device": CARD}}, {"rule": "test/*", "subject": {"device": CARD}}]),
    );
    assert_eq!(about_waiver(&report), Vec::<String>::new());
    let waived: Vec<&str> =
        findings(&report).filter_map(|finding| finding.waiver.as_ref()).map(|by| by.id.as_str()).collect();
    assert_eq!(waived, ["w0"]);
}

#[test]
fn a_malformed_file_is_refused_with_its_place() {
    let full = |members: &str| {
        format!(
            "// ours\n{{\"schema\": \"mlx5-waivers\", \"schema_version\": 1, \"waivers\": [\n{{{members}}}\n]}}"
        )
    };
    let good = r#""id": "w", "reason": "r", "owner": "o", "expires": "2027-03-31""#;
    let with = |members: &str| full(&format!("{good}, {members}"));
    let subject = r#""subject": {"psid": "MT_1"}"#;
    assert!(parse("w.json".to_owned(), &with(&format!("\"rule\": \"a/b\", {subject}"))).is_ok());
    for (text, expected) in [
        (with(""), "w.json:3:67: a comma before this bracket is one too many"),
        (full(good), "w.json:3:8: waiver `w`: it names neither a `finding` nor a `rule`"),
        (with("\"rule\": \"a/b\", \"finding\": \"0123456789ab\""), "it names a `finding` and a `rule`"),
        (with("\"rule\": \"**\""), "without a `subject` it would waive everything"),
        (with("\"rule\": \"*/*\""), "without a `subject` it would waive everything"),
        (with("\"rule\": \"a/b\""), "without a `subject` it would waive the rule wherever it applies"),
        (with(&format!("\"rule\": \"\", {subject}")), "`rule` is empty"),
        (with("\"rule\": \"a/b\", \"subject\": {}"), "`subject` names nobody"),
        (with("\"rule\": \"a/b\", \"subject\": {\"port\": 1}"), "`subject` names nobody"),
        (
            with("\"rule\": \"a/b\", \"subject\": {\"psid\": \"*\"}"),
            "the PSID pattern `*` takes every device",
        ),
        (
            with("\"rule\": \"a/b\", \"subject\": {\"psid\": \"*_*\"}"),
            "the PSID pattern `*_*` takes every device",
        ),
        (
            with("\"rule\": \"*/*\", \"subject\": {\"psid\": \"MT_*\"}"),
            "it would waive everything on every card of its kind",
        ),
        (with("\"rule\": \"a/b\", \"subject\": {\"device\": \"eth0\"}"), "`eth0` is no PCI address"),
        (with("\"rule\": \"a/b\", \"subject\": {\"base_mac\": \"b8:3f\"}"), "`b8:3f` is no base MAC address"),
        (with("\"rule\": \"a/b\", \"subject\": {\"serial\": \" \"}"), "`serial` is empty"),
        (
            with("\"rule\": \"a/b\", \"subject\": {\"device\": \"3b:00.0\", \"port\": 0}"),
            "ports are numbered from 1",
        ),
        (
            with("\"rule\": \"a/b\", \"subject\": {\"host\": true, \"psid\": \"MT_1\"}"),
            "`host` is the host itself",
        ),
        (with(&format!("\"rule\": \"a/b\", {subject}, \"facts\": [\"**\"]")), "takes everything"),
        (with("\"finding\": \"site/vfs\""), "`site/vfs` is no id of a finding"),
        (with("\"finding\": \"0123456789ab\", \"facts\": [\"x\"]"), "`facts` goes with a `rule`"),
        (
            full(
                "\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"\", \"owner\": \"o\", \"expires\": \"2027-03-31\"",
            ),
            "`reason` is empty",
        ),
        (
            full(
                "\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"owner\": \" \", \"expires\": \"2027-03-31\"",
            ),
            "`owner` is empty",
        ),
        (
            full(
                "\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"expires\": \"2027-03-31\"",
            ),
            "missing field `owner`",
        ),
        (
            full("\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"owner\": \"o\""),
            "missing field `expires`",
        ),
        (
            full(
                "\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"31.3.2027\"",
            ),
            "`31.3.2027` is no day such as 2027-03-31",
        ),
        (
            full(
                "\"id\": \"w\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"2027-3-31\"",
            ),
            "`2027-3-31` is no day such as 2027-03-31",
        ),
        (
            full(
                "\"id\": \"W 1\", \"finding\": \"0123456789ab\", \"reason\": \"r\", \"owner\": \"o\", \"expires\": \"2027-03-31\"",
            ),
            "an id is lower-case letters",
        ),
        (with("\"findig\": \"0123456789ab\""), "unknown field `findig`"),
        (with("\"findig\": \"0123456789ab\""), "did you mean `finding`?"),
        (
            with(&format!("\"finding\": \"0123456789ab\"}}, {{{good}, \"finding\": \"0123456789ac\"")),
            "w.json:3:102: two waivers have the id `w`",
        ),
        (
            "{\"schema\": \"mlx5-waivers\", \"schema_version\": 1, \"waivers\": []}".to_owned(),
            "w.json:1:60: `waivers` is empty",
        ),
        (
            "{\"schema\": \"mlx5-waivers\", \"schema_version\": 2}".to_owned(),
            "w.json:1:46: schema_version 2 is not known here; known is 1",
        ),
        ("{\"schema\": \"mlx5-baseline\"}".to_owned(), "not a file of waivers"),
        ("{ /* open".to_owned(), "w.json:1:3: this comment has no end"),
    ] {
        let refusal = parse("w.json".to_owned(), &text).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal}\nshould hold\n{expected}");
    }
}

#[test]
fn ids_are_unique_over_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        let one =
            json!({"id": "same", "finding": "0123456789ab", "reason": "r", "owner": "o", "expires": TODAY});
        let text = json!({"schema": "mlx5-waivers", "schema_version": 1, "waivers": [one]}).to_string();
        std::fs::write(&path, text).unwrap();
        path
    };
    let (first, second) = (write("a.json"), write("b.json"));
    assert!(load([first.as_path()]).is_ok());
    let refusal = load([first.as_path(), second.as_path()]).unwrap_err().to_string();
    assert!(
        refusal.contains("b.json:1:") && refusal.contains("the id `same` is that of a waiver in"),
        "{refusal}"
    );
}

/// What the manual shows is read as it stands.
#[test]
fn the_manual_s_examples_can_be_read() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/waivers.md");
    let text = std::fs::read_to_string(path).unwrap();
    let examples: Vec<&str> =
        text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let result = parse("docs/waivers.md".to_owned(), example);
        assert!(result.is_ok(), "{}\n{example}", result.unwrap_err());
    }
}
