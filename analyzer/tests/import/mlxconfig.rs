//! The query of mlxconfig: what baselines and `diff` make of it, what is doubted, and what is kept besides values.

use mlx5_analyzer::check::{Options, check};
use mlx5_analyzer::diff;
use mlx5_analyzer::verify;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Route, View};
use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::report::{CheckReport, DiffReport, MatchedBy, VerifyState};
use mlx5_schemas::model::verdict::Assurance;
use serde_json::{Value as Json, json};

use super::samples::table;
use super::{QUERY, case, facts_of, is_known_text, written};
use crate::support::{Bundle, baseline, card, changed, findings, gist, now, rule, verdict_of};
use mlx5_analyzer::case::{Case, open_bytes};

fn checked(text: &str, rules: Json) -> CheckReport {
    check(
        &[Ok(case(text))],
        &[baseline(rules)],
        Options { min_assurance: Some(Assurance::Claimed), ..Options::default() },
    )
}

#[test]
fn lines_that_cannot_be_read_are_counted_and_shown() {
    let case = case(&format!("{QUERY}        SRIOV_EN what\n(...)\n"));
    let Source::Imported { files, .. } = &case.opened.bundle.manifest.source else { panic!() };
    let [file] = &files[..] else { panic!() };
    assert_eq!((file.name.as_str(), file.lines, file.unread), ("texts/query.txt", 16, 2));
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
    let found: Vec<(&str, String)> =
        found.iter().map(|((_, name), cells)| (name.as_str(), cells.join(" "))).collect();
    assert_eq!(
        found,
        [("NUM_OF_VFS", "8 ?N/A 16".to_owned()), ("NUM_OF_VFS/read_only", "False(0)".to_owned())]
    );
    let Source::Imported { files, .. } = &case.opened.bundle.manifest.source else { panic!() };
    assert_eq!((files[0].format.as_str(), files[0].unread), ("mlxconfig-json", 2));
    // Cut anywhere it is no JSON, and says nothing.
    for end in text.find("tlv_configuration\"").unwrap() + 20..text.len() - 1 {
        assert!(facts_of(&text.as_bytes()[..end]).is_empty(), "{end}");
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

#[test]
fn what_was_set_since_is_no_value() {
    let set = "Device: 3b:00.0\nConfigurations:   Next Boot   New\n  NUM_OF_VFS   16   127\n  SRIOV_EN   True(1)   True(1)\n";
    let next = |text: &str| -> Vec<String> {
        let facts = facts_of(text.as_bytes());
        facts.iter().filter(|fact| fact.view == Some(View::Next)).map(written).collect()
    };
    let done = format!("{set} Apply new Configuration? (y/n) [n] : y\nApplying... Done!\n");
    let set_since = "?16, and that a set of 127 was applied after it";
    assert_eq!(next(&done), [set_since, "True(1)"]);
    // Also where the query before it is in the text.
    let query = "mlxconfig -d 3b:00.0 q NUM_OF_VFS\n  NUM_OF_VFS   16\n";
    assert_eq!(next(&format!("{query}{done}")), [set_since, "True(1)"]);
    // What was refused, or failed, was not set.
    for end in [" Apply new Configuration? (y/n) [n] : n\n", "Applying... Failed!\n"] {
        assert_eq!(next(&format!("{set}{end}")), ["16", "True(1)"]);
    }
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

#[test]
fn marks_are_kept_beside_values() {
    let facts = facts_of(QUERY.as_bytes());
    let marks: Vec<(&str, Option<View>, String)> = facts
        .iter()
        .filter(|fact| fact.path.ends_with("/modified") || fact.path.ends_with("/read_only"))
        .map(|fact| (fact.path.as_str(), fact.view, written(fact)))
        .collect();
    let one = "True(1)".to_owned();
    assert_eq!(
        marks,
        [
            ("mlxconfig/0:0x080.total_vfs/modified", None, one.clone()),
            ("mlxconfig/0:0x080.sriov_en/read_only", None, one),
        ]
    );
}

#[test]
fn what_its_valid_flag_switches_off_is_doubted() {
    let text = "Configurations:   Default   Current   Next Boot\n\
        PCI_BUS0_RESTRICT_SPEED   PCI_GEN_5(4)   PCI_GEN_4(3)   PCI_GEN_4(3)\n\
        PCI_BUS0_RESTRICT   False(0)   True(1)   False(0)\n";
    let of = |name: &str| -> Vec<String> {
        let facts = facts_of(text.as_bytes());
        facts.iter().filter(|fact| fact.name() == name).map(written).collect()
    };
    assert_eq!(of("PCI_BUS0_RESTRICT"), ["False(0)", "True(1)", "False(0)"]);
    let speed = of("PCI_BUS0_RESTRICT_SPEED");
    assert!(speed[0].starts_with('?') && speed[0].contains("PCI_BUS0_RESTRICT is 0"), "{speed:?}");
    assert!(!speed[1].starts_with('?') && speed[2].starts_with('?'), "{speed:?}");
}

#[test]
fn the_last_line_may_be_cut() {
    let text = "Device: 3b:00.0\nConfigurations:   Next Boot\n NUM_OF_VFS 127";
    for (text, expected) in
        [(text.to_owned(), "?the text may end in the middle of this line"), (format!("{text}\n"), "127")]
    {
        let facts = facts_of(text.as_bytes());
        let next = facts.iter().find(|fact| fact.view == Some(View::Next)).unwrap();
        assert_eq!(written(next), expected);
    }
    // A description that ends the text may have gone on.
    let head = "Device type:   ConnectX7\nDescription:   NVIDIA ConnectX-7\n";
    let description = |text: &str| {
        written(facts_of(text.as_bytes()).iter().find(|fact| fact.path == "board/description").unwrap())
    };
    let rest = "Configurations:   Next Boot\n A_B 1\n";
    assert_eq!(description(&format!("{head}{rest}")), "NVIDIA ConnectX-7");
    assert_eq!(description(&format!("{head}adapter\n{rest}")), "NVIDIA ConnectX-7 adapter");
    assert!(description(&format!("{rest}{head}")).starts_with("?the text ends here"));
}

#[test]
fn windows_shells_write_utf_16() {
    let text = QUERY.replace('\n', "\r\n");
    let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (wide, plain) = (facts_of(&bytes), facts_of(QUERY.as_bytes()));
    assert_eq!(wide.len(), plain.len());
    for (wide, plain) in wide.iter().zip(&plain) {
        assert_eq!((&wide.path, wide.view, &wide.knowledge), (&plain.path, plain.view, &plain.knowledge));
        let (start, length) = (wide.evidence[0].offset, wide.evidence[0].length);
        let shown = &bytes[usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap()];
        let shown: Vec<u16> = shown.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        assert!(String::from_utf16(&shown).unwrap().contains(plain.name()) || !plain.path.starts_with("nv/"));
    }
}

#[test]
fn a_failed_query_is_told_of() {
    let case = case(&format!("{QUERY}-E- Failed to query some of the TLVs\n"));
    assert!(case.opened.bundle.manifest.notes.iter().any(|note| note.contains("failed to query some TLVs")));
    assert!(!is_known_text(b"hello\n"));
}
