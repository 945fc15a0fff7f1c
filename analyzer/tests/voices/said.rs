//! The texts themselves, and that they fit a screen.

use mlx5_analyzer::case::open_bytes;
use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::BundleReview;
use mlx5_schemas::model::verdict::{CapReason, Word};
use serde_json::json;

use super::cases::all;
use crate::support::{Bundle, card, now, rule};

const COLUMNS: usize = 80;
const LINES: usize = 24;

fn review(bundle: &Bundle) -> BundleReview {
    let rules = rule(&["NUM_OF_VFS", "LINK_TYPE_P*"], json!("equals_factory"));
    bundle.check(&[rules]).bundles.remove(0)
}

/// Text on lines of a screen.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= COLUMNS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What a reader needs to see of a review: the host with its caps, then each device that has a word with its own, and what
/// is folded.
fn page(review: &BundleReview) -> Vec<String> {
    let mut lines = wrapped(&review.summary);
    lines.extend(review.host_caps.iter().map(|cap| format!("  {}", cap.line())));
    for device in review.devices.iter().filter(|device| device.word.is_some()) {
        lines.extend(wrapped(&device.summary));
        lines.extend(device.caps.iter().map(|cap| format!("  {}", cap.line())));
    }
    lines.extend(review.folds.iter().flat_map(|fold| wrapped(&format!("{} {}", fold.verdict, fold.message))));
    lines
}

#[test]
fn every_case_has_its_text() {
    let mut texts = String::new();
    for (name, bundle) in all() {
        texts += &format!("## {name}\n{}\n\n", page(&review(&bundle)).join("\n"));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn what_is_said_fits_one_screen_and_every_cap_one_line() {
    for (name, bundle) in all() {
        let page = page(&review(&bundle));
        assert!(page.len() <= LINES, "{name}: {} lines\n{}", page.len(), page.join("\n"));
        assert!(page.iter().all(|line| line.chars().count() <= COLUMNS), "{name}\n{}", page.join("\n"));
    }
    // Whatever caps: all reasons, with the lowest level.
    let schema = serde_json::to_string(&schemars_of_reasons()).unwrap();
    let reasons: Vec<CapReason> = serde_json::from_str(&schema).unwrap();
    assert_eq!(reasons.len(), 18);
    for reason in reasons {
        let length = format!("  {}: {} (at most {})", reason.word(), reason.words(), reason.level()).len();
        assert!(length <= COLUMNS, "{reason:?}: {length}");
    }
}

/// The words of all reasons, from the report's JSON Schema.
fn schemars_of_reasons() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/json/report.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let words = schema["$defs"]["CapReason"]["oneOf"].as_array().unwrap();
    words.iter().map(|word| word["const"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_word_is_named_and_no_other() {
    for (name, bundle) in all() {
        for device in review(&bundle).devices {
            let summary = device.summary.to_lowercase();
            match device.word {
                Some(word) => assert!(summary.contains(word.words()), "{name}: {summary}"),
                None => assert!(device.shares_with.is_some(), "{name}: {summary}"),
            }
            assert_eq!(summary.contains("inside"), device.word == Some(Word::Inside), "{name}: {summary}");
        }
    }
}

#[test]
fn without_an_envelope_nothing_is_called_by_a_word() {
    let report = check(&[Ok(Bundle::of([card()]).case())], &[], Options::default());
    let device = &report.bundles[0].devices[0];
    assert_eq!(device.word, None);
    let summary = &report.bundles[0].summary;
    assert!(summary.contains("No envelope was given, so nothing is judged."), "{summary}");
    assert!(summary.ends_with("Next: check it against an envelope with --baseline FILE."), "{summary}");
    for said in [summary, &device.summary] {
        assert!(
            !said.contains("inside") && !said.contains("outside") && !said.contains("demanded"),
            "{said}"
        );
    }
}

#[test]
fn nobody_knows_when_a_text_was_made() {
    let text = b"# ethtool -i eth2\ndriver: mlx5_core\nversion: 6.1.0\nfirmware-version: 16.35.4506 (MT_0000000013)\n\
        bus-info: 0000:3b:00.0\n";
    let opened = open_bytes(text, "ticket.txt".to_owned(), None, now()).unwrap();
    let case = opened.decode(Catalog::embedded()).unwrap();
    let report =
        check(&[Ok(case)], &[rule(&["fw/psid"], json!({"equals": "MT_0000000013"}))], Options::default());
    let summary = &report.bundles[0].summary;
    assert!(summary.starts_with("Text of other programs, imported on 2026-11-25, is of a host"), "{summary}");
    assert!(!summary.contains("not complete"), "{summary}");
}

#[test]
fn zz_print() {
    for (name, bundle) in all() {
        if !["virtual functions", "container", "GPU host", "BlueField in DPU mode", "next only"]
            .contains(&name)
        {
            continue;
        }
        std::fs::create_dir_all("/tmp/vz").unwrap();
        std::fs::write(format!("/tmp/vz/{}.zip", name.replace(' ', "-")), bundle.bytes()).unwrap();
    }
}
