//! Advisories in `check`, and `check` without an envelope: what is told, of whom, how often, and what it never does.

mod noise;

use mlx5_analyzer::baseline::LoadedBaseline;
use mlx5_analyzer::check::{Options, advisories, check};
use mlx5_analyzer::known::{self, LoadedIssue, is_known_advisory};
use mlx5_schemas::model::baseline::{Raise, Severity};
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::report::{CheckReport, Finding};
use mlx5_schemas::model::verdict::{Verdict, Word};
use serde_json::{Value, json};

use crate::support::{Bundle, CARD, CLEAN, Host, card, card_with, changed, findings, rule};
use crate::triage::{run_in, text_case};

fn shipped() -> Vec<LoadedIssue> {
    known::shipped().unwrap()
}

fn checked(bundle: &Bundle, baselines: &[LoadedBaseline]) -> CheckReport {
    let issues = shipped();
    check(&[Ok(bundle.case())], baselines, Options { issues: &issues, ..Options::default() })
}

fn told<'a>(report: &'a CheckReport, id: &str) -> Vec<&'a Finding> {
    findings(report).filter(|finding| finding.rule == format!("advisory/{id}")).collect()
}

fn factory(report: &CheckReport) -> Vec<(&str, &str)> {
    let told = findings(report).filter(|finding| finding.rule == "factory");
    told.map(|finding| (finding.name.as_str(), finding.message.as_str())).collect()
}

/// A baseline over something that is always within, with advisories raised or ignored.
fn with(raise: &[&str], ignore: &[&str]) -> LoadedBaseline {
    let mut loaded = rule(&["LINK_TYPE_P1"], json!({"one_of": ["ETH", "IB"]}));
    let raised = |id: &&str| Raise { id: (*id).to_owned(), severity: Severity::High, why: None };
    loaded.baseline.advisories.raise = raise.iter().map(raised).collect();
    loaded.baseline.advisories.ignore = ignore.iter().map(|id| (*id).to_owned()).collect();
    loaded
}

/// Another function of the test card.
fn second_function(over: Value) -> Value {
    let mut card = card_with(over);
    card["bdf"] = json!("0000:3b:00.1");
    card
}

#[test]
fn without_an_envelope_nothing_is_judged_and_what_differs_is_told() {
    let stock = checked(&Bundle::of([card_with(json!({}))]), &[]);
    let counted: Vec<&str> = factory(&stock).iter().map(|(name, _)| *name).collect();
    assert_eq!(counted, ["all parameters"]);
    assert!(factory(&stock)[0].1.starts_with("as the factory set it ("), "{:?}", factory(&stock));

    let report =
        checked(&Bundle::of([changed(json!({"NUM_OF_VFS": 16, "LINK_TYPE_P1": "IB"}), &["next"])]), &[]);
    assert!(!report.judged && report.bundles.iter().all(|bundle| !bundle.judged));
    assert_eq!((report.word, report.exit_code), (Word::CannotBeVouchedFor, 0));
    assert_eq!(report.bundles[0].devices[0].word, None);
    assert_eq!((report.counts.outside, report.counts.pending, report.counts.unknown), (0, 0, 0));
    let told = factory(&report);
    for name in ["LINK_TYPE_P1", "NUM_OF_VFS"] {
        assert!(
            told.contains(&(name, "as the factory set it now, another value after the next reset")),
            "{told:?}"
        );
    }
    assert!(told.iter().any(|(_, words)| words.starts_with("2 of ")), "{told:?}");
    for finding in findings(&report) {
        assert_eq!(finding.verdict, Verdict::Informational, "{finding:?}");
        assert!(!finding.evidence.is_empty());
    }
}

#[test]
fn in_force_and_set_back_is_told_too() {
    let set = |views: &[&str]| checked(&Bundle::of([changed(json!({"NUM_OF_VFS": 16}), views)]), &[]);
    let now = set(&["current"]);
    assert!(
        factory(&now).contains(&(
            "NUM_OF_VFS",
            "differs from factory now, as the factory set it after the next reset"
        ))
    );
    let both = set(&["current", "next"]);
    assert!(factory(&both).contains(&("NUM_OF_VFS", "differs from factory")));
}

#[test]
fn bytes_without_a_name_are_told_once() {
    // Two TLVs that nothing names.
    let item =
        |tlv: &str, data: &str| json!({"tlv": tlv, "all": {"data": "01020304"}, "next": {"data": data}});
    let mut one = card();
    let items = one["nv"]["items"].as_array_mut().unwrap();
    items.extend([item("0:0x7f0", "01020305"), item("0:0x7f1", "01020306")]);
    let mut other = one.clone();
    other["bdf"] = json!("0000:3b:00.1");
    let report = checked(&Bundle::of([one, other]), &[]);
    let told: Vec<(&str, &str)> =
        factory(&report).into_iter().filter(|(name, _)| *name == "bytes without a name").collect();
    assert_eq!(
        told,
        [(
            "bytes without a name",
            "bytes that no known parameter names differ from factory in nv/0:0x7f0, nv/0:0x7f1"
        )]
    );
}

#[test]
fn functions_of_a_card_are_told_of_once_and_hosts_once() {
    let set =
        json!({"nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "mlxconfig"}]}});
    let out_of_tree = Host { module_taint: "OE", ..CLEAN };
    let mut other = card_with(set.clone());
    other["bdf"] = json!("0000:5e:00.0");
    other["base_mac"] = json!("0xb83fd2000900");
    let bundle =
        Bundle { host: out_of_tree, ..Bundle::of([card_with(set.clone()), second_function(set), other]) };
    let report = checked(&bundle, &[]);
    let subjects =
        |id: &str| -> Vec<Subject> { told(&report, id).iter().map(|one| one.subject.clone()).collect() };
    let device = |id: &str| Subject::Device { device: id.to_owned() };
    assert_eq!(subjects("cx6dx-reset-refused"), [device(CARD), device("0000:5e:00.0")]);
    assert_eq!(subjects("out-of-tree-driver"), [Subject::Host]);
    let parameters: Vec<&Finding> =
        findings(&report).filter(|finding| finding.name == "NUM_OF_VFS").collect();
    let of: Vec<&Subject> = parameters.iter().map(|finding| &finding.subject).collect();
    assert_eq!(of, [&device(CARD), &device("0000:5e:00.0")]);
}

#[test]
fn an_advisory_says_why_how_sure_and_what_to_do() {
    let report = checked(&Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]), &[with(&[], &[])]);
    assert_eq!(report.exit_code, 0, "an advisory that nobody raised holds nothing back");
    let told = told(&report, "cx6dx-reset-refused");
    let [finding] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(finding.verdict, Verdict::Informational);
    assert_eq!(finding.sure.map(|sure| sure.word()), Some("suspected"));
    assert!(finding.why.is_some() && finding.remedy.is_some() && !finding.references.is_empty());
    assert_eq!(finding.name, "cx6dx-reset-refused");
    assert!(
        finding.assurance >= mlx5_schemas::model::verdict::Assurance::Read,
        "it rests on what firmware said"
    );
}

#[test]
fn a_raised_advisory_counts() {
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]);
    let report = checked(&bundle, &[with(&["cx6dx-*"], &[])]);
    assert_eq!((report.exit_code, report.word), (1, Word::Outside));
    let finding = told(&report, "cx6dx-reset-refused")[0];
    assert_eq!((finding.verdict, finding.severity), (Verdict::Outside, Severity::High));
    // Of a stock card it is within, and the card inside.
    let report = checked(&Bundle::of([card_with(json!({}))]), &[with(&["cx6dx-reset-refused"], &[])]);
    assert_eq!(told(&report, "cx6dx-reset-refused")[0].verdict, Verdict::Within);
    assert_eq!((report.exit_code, report.word), (0, Word::Inside), "{report:?}");
    // Ignored, it is not told; raised and ignored, it counts.
    assert!(told(&checked(&bundle, &[with(&[], &["cx6dx-*"])]), "cx6dx-reset-refused").is_empty());
    assert_eq!(checked(&bundle, &[with(&["cx6dx-*"], &["*"])]).exit_code, 1);
}

#[test]
fn what_a_raised_advisory_needs_and_was_not_read_is_unknown() {
    let bundle = Bundle::of([card_with(json!({}))]);
    let verdicts = |id: &str, raise: &str| -> Vec<String> {
        let report = checked(&bundle, &[with(&[raise], &[])]);
        assert_eq!(
            report.exit_code,
            if told(&report, id).iter().any(|f| f.verdict != Verdict::Within) { 3 } else { 0 }
        );
        told(&report, id).iter().map(|finding| finding.verdict.to_string()).collect()
    };
    // Nothing tells of the mlxfwmanager's opinion here: named itself, that is a gap; taken along by a pattern, none.
    assert_eq!(verdicts("newer-firmware-is-offered", "newer-firmware-is-offered"), ["unknown(not-captured)"]);
    assert_eq!(verdicts("newer-firmware-is-offered", "newer-*"), Vec::<String>::new());
}

#[test]
fn a_possible_advisory_says_what_was_not_read_and_raised_it_is_unknown() {
    let query = "Device #1:\n----------\n\nDevice type:        BlueField2\nDevice:             3b:00.0\n\n\
         Configurations:                        Default         Current         Next Boot\n\
         *       NUM_OF_VFS                     8               8               16\n";
    let issues = shipped();
    let run = |baselines: &[LoadedBaseline]| {
        let options = Options { issues: &issues, min_assurance: None, ..Options::default() };
        check(&[Ok(text_case(query))], baselines, options)
    };
    let report = run(&[]);
    let finding = told(&report, "bluefield2-reboot-keeps-pending")[0];
    assert_eq!(finding.verdict, Verdict::Informational);
    assert!(
        finding.message.ends_with("(possible; not read: the running firmware version)"),
        "{}",
        finding.message
    );
    let report = run(&[with(&["bluefield2-*"], &[])]);
    assert_eq!(
        told(&report, "bluefield2-reboot-keeps-pending")[0].verdict.to_string(),
        "unknown(not-captured)"
    );
    assert_eq!(report.exit_code, 3);
}

#[test]
fn names_of_no_advisory_are_faults_with_the_nearest() {
    assert!(
        is_known_advisory("no-uefi-rom")
            && is_known_advisory("bluefield*")
            && !is_known_advisory("no-uefi-rum")
    );
    let faults = advisories::unknown_names(&[with(&["no-uefi-rum", "*"], &["bluefeld-*"])], &shipped());
    assert_eq!(
        faults,
        [
            "test.json: advisories.raise: no advisory is called no-uefi-rum; did you mean no-uefi-rom?",
            "test.json: advisories.ignore: no advisory is called bluefeld-*; `known list` lists them",
        ]
    );
}

#[test]
fn the_binary_tells_and_never_says_inside() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]);
    write("a.zip", &bundle.bytes());
    write("broken.zip", b"PK\x03\x04");
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    let (code, stdout, stderr) = run(&["check", "a.zip"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(!stdout.to_lowercase().contains("inside"), "{stdout}");
    assert!(stdout.contains("NOT JUDGED  no envelope was given\n"), "{stdout}");
    assert!(stdout.contains("NUM_OF_VFS 8 → 16 after the next reset\n"), "{stdout}");
    let (code, stdout, _) = run(&["check", "a.zip", "--format", "json"]);
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["result"]["judged"], json!(false));
    let (code, _, _) = run(&["check", "a.zip", "broken.zip"]);
    assert_eq!(code, 2, "what could not be opened is trouble without an envelope too");
    let (code, _, stderr) = run(&["check", "a.zip", "--min-assurance", "read"]);
    assert_eq!(code, 2, "a demand without an envelope is refused: {stderr}");

    // Private ones are told beside the shipped ones.
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let own = json!({
        "schema": "mlx5-known-issue", "schema_version": 1, "id": "site-17", "title": "Ours", "kind": "configuration",
        "sure": "confirmed", "text": "Text.", "remedy": "Do this.", "references": [{"title": "Ticket 4711"}],
        "when": {"pending": ["NUM_OF_VFS"]}, "examples": []
    });
    write("own/site-17.json", own.to_string().as_bytes());
    let (code, stdout, _) = run(&["check", "a.zip", "--known", "own"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("Ours [site-17] (confirmed)"), "{stdout}");
}
