//! Imported text of mlxconfig: real samples value by value, what baselines and `diff` make of it, and mutilated texts.
//!
//! The samples are not part of this repository: they stand at `../shared/realdata` beside it, or where
//! `MLX5_REALDATA` says. What they say is in `tests/expected`: `-` where a text has no such column, `?` before what is
//! not to be believed or is no value.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use mlx5_analyzer::case::{Case, open_bytes};
use mlx5_analyzer::check::{Options, check};
use mlx5_analyzer::diff;
use mlx5_analyzer::import::{self, mlxconfig};
use mlx5_analyzer::verify;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Knowledge, Route, Subject, View};
use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::report::{CheckReport, DiffReport, MatchedBy, VerifyState};
use mlx5_schemas::model::verdict::Assurance;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{Bundle, baseline, card, changed, findings, gist, now, rule, verdict_of};

const QUERY: &str = "\
Device #1:
----------

Device type:        ConnectX6DX
Device:             3b:00.0

Configurations:                        Default         Current         Next Boot
*       NUM_OF_VFS                     8               8               16
RO      SRIOV_EN                       True(1)         True(1)         True(1)
        LINK_TYPE_P1                   ETH(2)          ETH(2)          ETH(2)
        LINK_TYPE_P2                   ETH(2)          N/A             ETH(1)
        HOST_CHAINING_DESCRIPTORS      Array[0..7]     Array[0..7]     Array[0..7]
        NO_SUCH_NAME                   7               7               7
The '*' shows parameters with next value different from default/current value.
";

fn case(text: &str) -> Case {
    let opened = open_bytes(text.as_bytes(), "mails/query.txt".to_owned(), None, now()).unwrap();
    opened.decode(Catalog::embedded()).unwrap()
}

fn checked(text: &str, rules: Json) -> CheckReport {
    check(&[Ok(case(text))], &[baseline(rules)], Options { min_assurance: Some(Assurance::Claimed) })
}

fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/realdata");
    let folder = std::env::var_os("MLX5_REALDATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no samples at {}", folder.display());
    let _ = writeln!(std::io::stderr(), "skipped: no samples at {}", folder.display());
    None
}

/// A fact as `tests/expected` writes it.
fn written(fact: &Fact) -> String {
    match &fact.knowledge {
        Knowledge::Known { value } => value.to_string(),
        Knowledge::Unknown { reason, .. } if reason == "the text has no such column" => "-".to_owned(),
        Knowledge::Unknown { reason, .. } => {
            let said = reason.trim_start_matches("doubtful: ").trim_start_matches("the text says ");
            let end =
                [": it names", ": mstconfig prints", ", which is"].iter().find_map(|end| said.find(end));
            format!("?{}", &said[..end.unwrap_or(said.len())])
        }
    }
}

fn table(facts: &[Fact]) -> BTreeMap<(String, String), [String; 3]> {
    let mut table: BTreeMap<(String, String), [String; 3]> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.path.starts_with("nv/")) {
        let key = (fact.subject.device().unwrap().to_owned(), fact.name().to_owned());
        let place = View::ALL.iter().position(|view| Some(*view) == fact.view).unwrap();
        table.entry(key).or_default()[place] = written(fact);
    }
    table
}

#[test]
fn samples_import_value_by_value() {
    let Some(folder) = samples() else { return };
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let mut compared = 0;
    for entry in std::fs::read_dir(expected).unwrap() {
        let expected = entry.unwrap().path();
        let stem = expected.file_stem().unwrap().to_str().unwrap();
        let names = ["txt", "json"].map(|ending| format!("{stem}.{ending}"));
        let name = names.iter().find(|name| folder.join(name).exists()).unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let facts = import::facts(name, &bytes, Catalog::embedded());
        let found = table(&facts);
        let text = std::fs::read_to_string(&expected).unwrap();
        let mut wanted = BTreeMap::new();
        for line in text.lines().skip(1) {
            let [device, name, default, current, next] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{name}: {line}")
            };
            let views = [default, current, next].map(str::to_owned);
            assert_eq!(wanted.insert((device.to_owned(), name.to_owned()), views), None, "{line}");
        }
        assert_eq!(found, wanted, "{name}");
        for fact in &facts {
            assert_eq!(fact.route, Route::Imported);
            assert!(!fact.evidence.is_empty());
            for evidence in &fact.evidence {
                let shown = &bytes[usize::try_from(evidence.offset).unwrap()..];
                let shown = &shown[..usize::try_from(evidence.length).unwrap()];
                let shown = String::from_utf8_lossy(shown).into_owned();
                assert!(!fact.path.starts_with("nv/") || shown.contains(fact.name()), "{name}: {shown}");
            }
        }
        compared += wanted.len();
    }
    assert!(compared > 600, "{compared}");
}

#[test]
fn samples_cut_anywhere_say_nothing_new() {
    let Some(folder) = samples() else { return };
    for name in [
        "02-mlxconfig-cx4lx-sriovop-3col-dell.txt",
        "12-mlxconfig-cx7-sigitp-healthcheck.txt",
        "25-mlxconfig-cx7-rdma-swp-l4-3col.txt",
        "26-mlxconfig-cx7-rdma-swp-l4-1col.txt",
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        for end in (0..bytes.len()).step_by(397) {
            let import = mlxconfig::read(name, &bytes[..end], Catalog::embedded());
            let text = squeezed(&String::from_utf8_lossy(&bytes[..end]));
            for fact in import.facts.iter().filter(|fact| fact.path.starts_with("nv/")) {
                assert!(stands_in(&text, fact), "{name} cut at {end}: {fact:?}");
            }
        }
    }
}

#[test]
fn lines_that_cannot_be_read_are_counted_and_shown() {
    let case = case(&format!("{QUERY}        SRIOV_EN what\n(...)\n"));
    let Source::Imported { files, .. } = &case.opened.bundle.manifest.source else { panic!() };
    let [file] = &files[..] else { panic!() };
    assert_eq!((file.name.as_str(), file.lines, file.unread), ("query.txt", 16, 2));
    assert_eq!(file.unread_lines[1].text, "(...)");
    assert_eq!(case.opened.device_route(&case.opened.devices()[0]), Route::Imported);
}

#[test]
fn names_mean_what_they_mean_in_firmware() {
    let (text, read) = (case(QUERY), Bundle::of([card()]).case());
    for name in ["NUM_OF_VFS", "SRIOV_EN", "LINK_TYPE_P1", "LINK_TYPE_P2"] {
        let of = |case: &Case| {
            let fact = case.facts.iter().find(|fact| fact.name() == name).unwrap();
            (fact.subject.clone(), fact.path.clone(), fact.aliases.clone())
        };
        assert_eq!(of(&text), of(&read), "{name}");
    }
    let stranger = text.facts.iter().find(|fact| fact.name() == "NO_SUCH_NAME").unwrap();
    assert_eq!(stranger.path, "nv/NO_SUCH_NAME");
}

#[test]
fn what_is_named_is_judged_and_the_rest_is_one_gap() {
    let equals =
        |facts: &[&str], value: Json| json!([{"id": "r", "facts": facts, "expect": {"equals": value}}]);
    let report = checked(QUERY, equals(&["SRIOV_EN"], json!(1)));
    assert_eq!((gist(&report), report.exit_code), (vec![], 0));
    // Not more than a claim, unless that is enough.
    let strict = check(&[Ok(case(QUERY))], &[rule(&["SRIOV_EN"], json!({"equals": 1}))], Options::default());
    assert_eq!(strict.exit_code, 3);
    let report = checked(QUERY, equals(&["NUM_OF_VFS"], json!(8)));
    assert_eq!((gist(&report), report.exit_code), (vec!["pending NUM_OF_VFS".to_owned()], 1));
    // Firmware's N/A, and a label that contradicts its number.
    assert_eq!(
        gist(&checked(QUERY, equals(&["LINK_TYPE_P2"], json!(2)))),
        ["unknown(not-captured) LINK_TYPE_P2"]
    );
    let named = checked(QUERY, equals(&["NO_SUCH_NAME"], json!(7)));
    assert_eq!((gist(&named), named.exit_code), (vec![], 0));
    // A name that the text does not have, of a TLV that it has.
    let report = checked(QUERY, equals(&["SRIOV_EN", "PF_LOG_BAR_SIZE"], json!(1)));
    assert_eq!((findings(&report).count(), report.exit_code), (2, 3));
}

#[test]
fn a_wildcard_is_never_inside_and_says_so_in_one_line() {
    let one = "Configurations: Default Current Next Boot\n SRIOV_EN True(1) True(1) True(1)\n";
    for pattern in ["nv/**", "**", "nv/0:0x080*", "nv/0:0x080.*", "nv/0:0x080", "*"] {
        let rules = json!([{"id": "r", "facts": [pattern], "expect": "equals_factory"}]);
        let report = checked(one, rules);
        assert_eq!(report.exit_code, 3, "{pattern}: {:?}", gist(&report));
        let of_text = findings(&report).filter(|finding| finding.message.contains("does not say")).count();
        assert_eq!(of_text, 1, "{pattern}: {:?}", gist(&report));
        assert!(findings(&report).count() <= 8, "{pattern}: {:?}", gist(&report));
    }
}

#[test]
fn a_view_without_a_column_is_a_gap() {
    let one = "Configurations: Next Boot\n SRIOV_EN True(1)\n";
    let report = checked(one, json!([{"id": "r", "facts": ["SRIOV_EN"], "expect": {"equals": 1}}]));
    assert_eq!(verdict_of(&report, "SRIOV_EN"), "unknown(not-captured)");
    assert!(findings(&report).any(|finding| finding.message.contains("the text has no such column")));
    let next = json!([{"id": "r", "facts": ["SRIOV_EN"], "expect": {"equals": 1}, "views": ["next"]}]);
    assert_eq!(checked(one, next).exit_code, 0);
}

#[test]
fn json_of_the_tool_is_read_too() {
    let parameter =
        json!({"default_value": 8, "current_value": "N/A", "next_value": "16", "read_only": false});
    let text = serde_json::to_string_pretty(&json!({"Device #1": {
        "device": "3b:00.0", "device_type": "ConnectX6DX",
        "tlv_configuration": {"NUM_OF_VFS": parameter, "SRIOV_EN": {}, "0:0x080.total_vfs": parameter},
    }}))
    .unwrap();
    let case = case(&text);
    let found = table(&case.facts.iter().cloned().collect::<Vec<_>>());
    let key = ("0000:3b:00.0".to_owned(), "NUM_OF_VFS".to_owned());
    assert_eq!(found, BTreeMap::from([(key, ["8", "?N/A", "16"].map(str::to_owned))]));
    let Source::Imported { files, .. } = &case.opened.bundle.manifest.source else { panic!() };
    assert_eq!((files[0].format.as_str(), files[0].unread), ("mlxconfig-json", 2));
    // Cut anywhere it is no JSON, and says nothing.
    for end in text.find("tlv_configuration\"").unwrap() + 20..text.len() - 1 {
        let import = mlxconfig::read_json("m", &text.as_bytes()[..end], Catalog::embedded());
        assert_eq!((import.facts.len(), import.unread.count), (0, 1), "{end}");
    }
}

#[test]
fn a_preview_is_no_value() {
    let text = "Device: 3b:00.0\nConfigurations:   Next Boot   New\n  NUM_OF_VFS   16   127\n";
    let case = case(text);
    let next = case.facts.iter().find(|fact| fact.view == Some(View::Next)).unwrap();
    assert_eq!(written(next), "16");
    assert!(case.opened.bundle.manifest.notes[0].contains("New"));
}

fn compare(left: &[u8], right: &[u8]) -> DiffReport {
    let open = |bytes| open_bytes(bytes, "x".to_owned(), None, now()).unwrap();
    diff::diff(open(left), open(right), Catalog::embedded()).unwrap()
}

#[test]
fn text_and_bundle_are_compared_where_the_text_speaks() {
    let text = QUERY.replace("ETH(1)", "ETH(2)").replace("Next Boot\n*", "Next Boot\n");
    let text = text.as_bytes();
    let same = compare(text, &Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]).bytes());
    assert!(same.not_compared > 100);
    let told = |report: &DiffReport| -> Vec<String> {
        let changes = report.changes.iter();
        changes.map(|c| format!("{} {}", c.name, c.view.map(View::word).unwrap_or_default())).collect()
    };
    assert_eq!((told(&same), same.devices[0].by), (vec![], MatchedBy::Id));
    let other = compare(text, &Bundle::of([card()]).bytes());
    assert_eq!(told(&other), ["NUM_OF_VFS next"]);
    assert!(!other.same);
    assert!(compare(text, text).same);
    let elsewhere = QUERY.replace("3b:00.0", "/dev/mst/mt4125_pciconf0");
    assert_eq!(compare(elsewhere.as_bytes(), &Bundle::of([card()]).bytes()).devices[0].by, MatchedBy::Only);
    let another = QUERY.replace("3b:00.0", "/dev/mst/mt4129_pciconf0");
    assert_eq!(compare(another.as_bytes(), &Bundle::of([card()]).bytes()).devices[0].by, MatchedBy::Nothing);
}

#[test]
fn nothing_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("query.txt");
    std::fs::write(&file, QUERY).unwrap();
    let report = verify::verify(&file, None, now()).unwrap();
    assert_eq!((report.state, verify::exit_code(report.state)), (VerifyState::NotTrusted, 1));
    // What is neither a bundle nor such a text is refused as before.
    std::fs::write(&file, "hello\n").unwrap();
    assert_eq!(verify::verify(&file, None, now()).unwrap().state, VerifyState::Broken);
}

/// A text without blanks, line ends and marks of quotation.
fn squeezed(text: &str) -> String {
    text.split([' ', '\n', '\r', '>', '\u{a0}']).collect()
}

/// Whether a value stands in a text that is squeezed.
fn stands_in(text: &str, fact: &Fact) -> bool {
    let Some(value) = fact.value() else { return true };
    let said = squeezed(&value.to_string());
    // `0xA(10)` and `0xA` are numbers that are shown without their hex.
    let in_hex =
        || said.parse::<u64>().is_ok_and(|number| text.to_lowercase().contains(&format!("0x{number:x}")));
    text.contains(&said) || in_hex()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mutilated_text_yields_nothing_that_it_does_not_say(
        cut in 0..QUERY.len(),
        edits in proptest::collection::vec((0..QUERY.len(), "[ -~\n\r\u{a0}>*%()\\[\\]0-9A-Z]{0,3}"), 0..8),
        both in any::<bool>(),
    ) {
        let mut text = QUERY.to_owned();
        for (place, edit) in edits {
            let place = place.min(text.len());
            if text.is_char_boundary(place) {
                let end = (place + 1..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(place);
                text.replace_range(place..end, &edit);
            }
        }
        if both && text.is_char_boundary(cut) {
            text.truncate(cut);
        }
        let import = mlxconfig::read("m", text.as_bytes(), Catalog::embedded());
        prop_assert!(import.unread.first.iter().all(|line| line.line <= import.lines));
        let said = squeezed(&text);
        for fact in &import.facts {
            prop_assert!(stands_in(&said, fact), "{fact:?}");
            for evidence in &fact.evidence {
                prop_assert!(evidence.offset + evidence.length <= u64::try_from(text.len()).unwrap());
            }
            prop_assert!(fact.subject != Subject::Host);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut text = b"Configurations: Default Current Next Boot\n".to_vec();
        text.extend(bytes);
        let import = mlxconfig::read("m", &text, Catalog::embedded());
        prop_assert!(import.lines > 0);
        let import = mlxconfig::read_json("m", &text, Catalog::embedded());
        prop_assert!(import.facts.is_empty() && import.unread.count == 1);
    }
}
