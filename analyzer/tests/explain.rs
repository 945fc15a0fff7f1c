//! `explain`: everything about one finding, down to the bytes; and rules as they are understood.

use mlx5_schemas::model::report::{ExplainReport, FindingExplained, Report, ReportResult, RuleExplained};
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::binary::{Folder, outside, snapshot};
use crate::support::{Bundle, CLEAN, Host, card, changed, faulty};

const FACTORY: [&str; 2] = ["--baseline", "factory-default.json"];

fn report(stdout: &str) -> ReportResult {
    serde_json::from_str::<Report>(stdout).unwrap().result
}

fn explained(folder: &Folder, arguments: &[&str]) -> Vec<FindingExplained> {
    let ran = folder.run(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let ReportResult::Explain(ExplainReport { findings, .. }) = report(&ran.stdout) else { panic!("{ran}") };
    findings
}

fn rule(folder: &Folder, arguments: &[&str]) -> RuleExplained {
    let ran = folder.run(&[&["check", "--format", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let ReportResult::Rule(found) = report(&ran.stdout) else { panic!("{ran}") };
    found.rule
}

/// Ids of the findings on what is called so.
fn ids(folder: &Folder, check: &[&str], name: &str) -> Vec<String> {
    let ran = folder.run(&[check, &["--format", "json"]].concat());
    let ReportResult::Check(found) = report(&ran.stdout) else { panic!("{ran}") };
    let findings = found.bundles.iter().flat_map(|bundle| &bundle.findings);
    findings.filter(|finding| finding.name == name).map(|finding| finding.id.clone()).collect()
}

fn id(folder: &Folder, baseline: &str, name: &str) -> String {
    let found = ids(folder, &["check", "b.zip", "--baseline", baseline], name);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_finding_is_told_with_its_bytes() {
    let folder = Folder::new().with("b.zip", &Bundle::of([outside()]));
    let id = id(&folder, FACTORY[1], "NUM_OF_VFS");
    let ran = folder.run(&["explain", &id, "b.zip", FACTORY[0], FACTORY[1]]);
    assert_eq!(ran.code, 0, "{ran}");
    snapshot("explain-pending", &ran);
    let short = folder.run(&["explain", &id[..6], "b.zip", FACTORY[0], FACTORY[1]]);
    assert_eq!(short.stdout, ran.stdout, "its beginning will do");
    let told = explained(&folder, &["explain", &id, "b.zip", FACTORY[0], FACTORY[1]]);
    let [one] = told.as_slice() else { panic!("{told:?}") };
    let fields: Vec<Option<&str>> = one.evidence.iter().map(|shown| shown.field.as_deref()).collect();
    assert_eq!(fields, [Some("0x0008"), Some("0x0008"), Some("0x0010")]);
    for shown in &one.evidence {
        let (output, field) = (shown.output.as_deref().unwrap(), shown.evidence.field.unwrap());
        let at = usize::try_from(field.bit_offset / 4).unwrap();
        assert_eq!(format!("0x{}", &output[at..at + 4]), shown.field.as_deref().unwrap());
    }
    assert!(
        one.commands.iter().any(|command| command == "mlx5-analyzer show b.zip nv/0:0x080.total_vfs --raw")
    );
    // What it says to run can be run.
    for command in &one.commands {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        assert_eq!(folder.run(&words).code, 0, "{command}");
    }
}

#[test]
fn a_field_within_a_byte_is_told_bit_by_bit() {
    let folder =
        Folder::new().with("b.zip", &Bundle::of([changed(json!({"SRIOV_EN": 0}), &["current", "next"])]));
    let id = id(&folder, FACTORY[1], "SRIOV_EN");
    let ran = folder.run(&["explain", &id, "b.zip", FACTORY[0], FACTORY[1]]);
    let told: Vec<&str> = ran.stdout.lines().collect();
    let line = told.iter().position(|line| line.contains("(1 bit): 0x1")).unwrap();
    let (bits, marks) = (told[line + 1], told[line + 2]);
    let marked: Vec<char> =
        bits.chars().zip(marks.chars()).filter(|(_, mark)| *mark == '^').map(|(bit, _)| bit).collect();
    assert_eq!(marked, ['1'], "{bits}\n{marks}");
}

#[test]
fn what_is_within_and_what_was_not_read_can_be_explained_too() {
    let host = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..CLEAN };
    let hung = faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"));
    let folder = Folder::new()
        .with("b.zip", &Bundle { host, ..Bundle::of([hung]) })
        .with_bytes(
            "one.json",
            br#"{"schema": "mlx5-baseline", "schema_version": 1, "name": "one", "rules": [
                 {"id": "link", "why": "Ethernet only.", "facts": ["LINK_TYPE_P1"], "expect": {"equals": "ETH"}},
                 {"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]}"#,
        );
    let one = |name: &str| {
        let id = id(&folder, "one.json", name);
        explained(&folder, &["explain", &id, "b.zip", "--baseline", "one.json"]).remove(0)
    };
    let within = one("LINK_TYPE_P1");
    assert_eq!(within.finding.verdict.word(), "within");
    assert_eq!(within.found.len(), 3, "a quiet finding leaves them out, the explanation does not");
    assert_eq!(within.rule.unwrap().why.as_deref(), Some("Ethernet only."));
    let bounds: Vec<&str> = within.bounds.iter().map(|bound| bound.reason.word()).collect();
    assert_eq!(bounds, ["fwctl-taint"]);
    assert!(within.bounds[0].cap.as_ref().unwrap().message.contains("mstconfig(321)"));
    let unknown = one("NUM_OF_VFS");
    let answers: Vec<&str> = unknown.evidence.iter().filter_map(|shown| shown.answered.as_deref()).collect();
    assert!(answers.contains(&"no answer in time (ETIMEDOUT)"), "{answers:?}");
    assert!(unknown.commands.iter().any(|command| command == "mlx5-analyzer ask b.zip"));
    // The taint is a finding of the host, shown by text.
    let taint = one("host/taint/J");
    assert!(taint.rule.is_none(), "no baseline's");
    assert!(
        taint
            .evidence
            .iter()
            .any(|shown| shown.text.as_ref().is_some_and(|text| text.contains("mstconfig(321)")))
    );
    let id = id(&folder, "one.json", "host/taint/J");
    snapshot("explain-taint", &folder.run(&["explain", &id, "b.zip", "--baseline", "one.json"]));
}

#[test]
fn a_waived_finding_is_told_with_its_waiver() {
    let folder = Folder::new().with("b.zip", &Bundle::of([outside()]));
    let id = id(&folder, FACTORY[1], "NUM_OF_VFS");
    let waiver = json!({"id": "lab", "finding": id, "reason": "Tested with 16.", "owner": "lab team",
                        "expires": "9999-12-30", "ticket": "LAB-7"});
    let text = json!({"schema": "mlx5-waivers", "schema_version": 1, "waivers": [waiver]}).to_string();
    let folder = folder.with_bytes("waivers.json", text.as_bytes());
    let ran = folder.run(&["explain", &id, "b.zip", FACTORY[0], FACTORY[1], "--waivers", "waivers.json"]);
    assert!(ran.stdout.contains("verdict    waived: inside now, outside after the next reset"), "{ran}");
    assert!(ran.stdout.contains("waiver     lab, until 9999-12-30, by lab team (LAB-7)"), "{ran}");
    assert!(ran.stdout.contains("           Tested with 16."), "{ran}");
}

#[test]
fn an_id_that_is_none_is_refused_with_the_nearest() {
    let folder = Folder::new().with("b.zip", &Bundle::of([outside()])).with_bytes("cut.zip", b"PK");
    let id = id(&folder, FACTORY[1], "NUM_OF_VFS");
    let mut wrong = id.clone();
    wrong.replace_range(11..12, if id.ends_with('0') { "1" } else { "0" });
    for (arguments, says) in [
        (vec!["explain", wrong.as_str(), "b.zip"], format!("did you mean {id}?")),
        (vec!["explain", "zzzz", "b.zip"], "reports give it with each finding".to_owned()),
        (vec!["explain", &id[..2], "b.zip"], "no finding here has the id".to_owned()),
        (vec!["explain", "zzzz", "cut.zip"], "cut.zip".to_owned()),
    ] {
        let ran = folder.run(&[&arguments[..], &FACTORY].concat());
        assert!(ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(&says), "{says} {ran}");
    }
    // What could be read is told, and the exit code says that something could not.
    let ran = folder.run(&[&["explain", &id, "b.zip", "cut.zip"], &FACTORY[..]].concat());
    assert!(ran.code == 2 && ran.stdout.contains(&id) && ran.stderr.contains("cut.zip"), "{ran}");
}

#[test]
fn the_same_finding_is_told_of_each_bundle() {
    let folder = Folder::new().with("b.zip", &Bundle::of([outside()])).with("c.zip", &Bundle::of([card()]));
    let id = id(&folder, FACTORY[1], "NUM_OF_VFS");
    let told = explained(&folder, &["explain", &id, "b.zip", "c.zip", FACTORY[0], FACTORY[1]]);
    let verdicts: Vec<(&str, &str)> =
        told.iter().map(|one| (one.bundle.file.as_str(), one.finding.verdict.word())).collect();
    assert_eq!(verdicts, [("b.zip", "pending"), ("c.zip", "within")]);
}

#[test]
fn rules_are_told_as_they_are_understood() {
    let folder = Folder::new().with_bytes(
        "one.json",
        br#"{"schema": "mlx5-baseline", "schema_version": 1, "name": "one", "rules": [
             {"id": "r", "severity": "high", "why": "Because.", "views": ["next"],
              "select": {"psid": ["MT_*", "DEL*"], "firmware": {"from": "22.41.1000"}},
              "facts": ["LINK_TYPE_P*", "SETTING_OF_TOMORROW", "host/lockdown", "pci/current_link_speed", "reg/MGIR.fw_info*",
                        "MODULE_SPLIT_M0"],
              "except": ["LINK_TYPE_P2", "MODULE_SPLIT_M0"], "expect": {"one_of": ["ETH", 2]}}]}"#,
    );
    let found = rule(&folder, &["--baseline", "one.json", "--explain", "r"]);
    assert_eq!((found.rule.as_str(), found.baseline.file.as_str()), ("one/r", "one.json"));
    assert_eq!(found.select, ["the PSID is one of MT_*, DEL*", "the firmware is at least 22.41.1000"]);
    assert_eq!(found.expect, "one of ETH, 2");
    let of = |pattern: &str| found.facts.iter().find(|facts| facts.pattern == pattern).unwrap();
    assert_eq!(of("LINK_TYPE_P*").names, ["LINK_TYPE_P1"], "less what is excepted");
    let note = |pattern: &str| of(pattern).note.as_deref().unwrap_or_default();
    assert_eq!(note("SETTING_OF_TOMORROW"), "the catalog has nothing of this name");
    assert!(note("host/lockdown").contains("about the host"));
    assert!(note("pci/current_link_speed").contains("there is no list of such facts"));
    assert_eq!(note("MODULE_SPLIT_M0"), "`except` leaves nothing of it");
    assert!(of("reg/MGIR.fw_info*").names.contains(&"reg/MGIR.fw_info.major".to_owned()), "{found:?}");
    assert!(found.place.starts_with("one.json:2:"), "{}", found.place);
    snapshot("check-explain", &folder.run(&["check", "--baseline", "one.json", "--explain", "one/r"]));

    let ran = folder.run(&["check", "--baseline", "one.json", "--explain", "one/q"]);
    assert!(ran.code == 2 && ran.stderr.contains("did you mean one/r?"), "{ran}");
    let twice = folder.run(&["check", "--baseline", "one.json", "--baseline", "one.json", "--explain", "r"]);
    assert_eq!(twice.code, 0, "the same file twice is one: {twice}");
    let other = std::fs::read_to_string(folder.0.path().join("one.json")).unwrap();
    let folder = folder.with_bytes("two.json", other.replace("\"one\"", "\"two\"").as_bytes());
    let both = folder.run(&["check", "--baseline", "one.json", "--baseline", "two.json", "--explain", "r"]);
    assert!(both.code == 2 && both.stderr.contains("there are one/r and two/r"), "{both}");
}

#[test]
fn a_rule_that_another_baseline_changed_says_so() {
    let file = |name: &str, members: Value| {
        let mut file = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": name});
        file.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        file.to_string()
    };
    let when = json!({"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}});
    let vendor = json!({"rules": [
        {"id": "vfs", "why": "Tested.", "when": when, "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 16}}}]});
    let site = json!({"include": ["vendor.json"], "default": "factory",
        "overrides": [{"rule": "vendor/vfs", "why": "We tested more.", "expect": {"range": {"max": 64}}}]});
    let folder = Folder::new()
        .with_bytes("vendor.json", file("vendor", vendor).as_bytes())
        .with_bytes("site.json", file("site", site).as_bytes());
    let found = rule(&folder, &["--baseline", "site.json", "--explain", "vfs"]);
    assert_eq!((found.rule.as_str(), found.expect.as_str()), ("vendor/vfs", "at most 64"));
    assert!(found.place.starts_with("vendor.json:1:") && found.baseline.file == "site.json", "{found:?}");
    assert_eq!(found.changes, ["by site: We tested more."]);
    assert_eq!((found.why.as_deref(), found.when.as_deref()), (Some("Tested."), Some("SRIOV_EN is True")));
    let rest = rule(&folder, &["--baseline", "site.json", "--explain", "site/default"]);
    assert_eq!((rest.place.as_str(), rest.changes.len()), ("site.json", 0));
}

#[test]
fn hostile_text_stays_text() {
    let mut bundle = Bundle::of([outside()]);
    bundle.host.taint = Some(524_288);
    bundle.host.requester = Some("a\u{1b}[2J\u{202e}b(1)");
    let folder = Folder::new().with("b.zip", &bundle);
    let id = id(&folder, FACTORY[1], "host/taint/J");
    let ran = folder.run(&["explain", &id, "b.zip", FACTORY[0], FACTORY[1]]);
    assert_eq!(ran.code, 0, "{ran}");
    let odd = |c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c);
    assert!(!ran.stdout.contains(odd), "{ran:?}");
    let value: Value = serde_json::from_str(
        &folder.run(&["explain", &id, "b.zip", FACTORY[0], FACTORY[1], "--format", "json"]).stdout,
    )
    .unwrap();
    assert_eq!(value["result"]["verb"], "explain");
}

/// What `check` finds, an advisory too, is explained with the word that `check` gives.
#[test]
fn an_advisory_is_told_and_the_word_is_check_s() {
    let raised = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "r",
        "advisories": {"raise": [{"id": "ports-have-different-link-types"}]},
        "rules": [{"id": "v", "facts": ["NUM_OF_VFS"], "expect": "present"}]});
    let bundle = Bundle::of([changed(json!({"LINK_TYPE_P2": "IB"}), &["current", "next"])]);
    let folder = Folder::new().with("b.zip", &bundle).with_bytes("r.json", raised.to_string().as_bytes());
    let found = ids(&folder, &["check", "b.zip", "--baseline", "r.json"], "ports-have-different-link-types");
    let [id] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(folder.run(&["check", "b.zip", "--baseline", "r.json"]).code, 1);
    let told = explained(&folder, &["explain", id, "b.zip", "--baseline", "r.json"]);
    let [one] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        (one.finding.rule.as_str(), one.word),
        ("advisory/ports-have-different-link-types", Some(Word::Outside))
    );
}
