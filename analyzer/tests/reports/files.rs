//! `--report` and `--oneline`, by the real binary.

use mlx5_analyzer::report::Format;

use super::told::read;
use crate::binary::{Folder, outside, snapshot};
use crate::support::{Bundle, CLEAN, Host, card, faulty};
use serde_json::json;

const FACTORY: [&str; 2] = ["--baseline", "factory-default.json"];

fn folder() -> Folder {
    let tainted = Host { taint: Some(1 << 19), requester: Some("mstconfig(321)"), ..CLEAN };
    Folder::new()
        .with("inside.zip", &Bundle::of([card()]))
        .with("outside.zip", &Bundle::of([outside()]))
        .with("tainted.zip", &Bundle { host: tainted, ..Bundle::of([card()]) })
        .with("silent.zip", &Bundle::of([faulty(json!({"register": "MNVDA"}), json!({"errno": 110}))]))
        .with("none.zip", &Bundle::of([]))
}

fn check<'a>(bundle: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["check", bundle], &FACTORY[..], more].concat()
}

/// Names of files in the folder, but for those that were there.
fn made(folder: &Folder) -> Vec<String> {
    let names = std::fs::read_dir(folder.0.path()).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| {
        !name.ends_with(".zip") && !name.ends_with("-default.json") && !name.ends_with("-envelope.json")
    });
    names.sort();
    names
}

#[test]
fn every_format_of_every_bundle_is_read_and_keeps_the_exit_code() {
    let folder = folder();
    for bundle in ["inside.zip", "outside.zip", "tainted.zip", "silent.zip", "none.zip"] {
        let page = folder.run(&check(bundle, &[]));
        for format in Format::ALL {
            let to = format!("{}=-", format.word());
            let ran = folder.run(&check(bundle, &["--report", &to]));
            assert_eq!(ran.code, page.code, "{bundle} {to}");
            assert_eq!(ran.stderr.is_empty(), bundle != "none.zip", "{bundle} {to}: {}", ran.stderr);
            let reading = read(format, &ran.stdout);
            let must_tell = bundle == "outside.zip" && format != Format::Oneline;
            assert!(!must_tell || !reading.told.is_empty(), "{to}");
        }
        // An address is not broken.
        for line in page.stdout.lines().filter(|line| !line.trim().starts_with("https://")) {
            assert!(line.chars().count() <= 80, "{bundle}: {line}");
        }
    }
}

#[test]
fn several_at_once() {
    let folder = folder();
    let reports = ["--report", "html=out.html", "--report", "sarif=out.sarif", "--report", "junit=-"];
    let ran = folder.run(&check("outside.zip", &reports));
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.starts_with("<?xml"), "{}", ran.stdout);
    assert_eq!(made(&folder), ["out.html", "out.sarif"], "nothing else is left");
    // One is outside; of advice SARIF has the count alone.
    for (name, format, told) in [("out.html", Format::Html, 2), ("out.sarif", Format::Sarif, 1)] {
        let text = std::fs::read_to_string(folder.0.path().join(name)).unwrap();
        assert_eq!(read(format, &text).told.len(), told, "{name}");
    }
    // What was there is replaced.
    let ran = folder.run(&check("inside.zip", &["--report", "html=out.html"]));
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.starts_with("INSIDE"), "the page stays");
    let text = std::fs::read_to_string(folder.0.path().join("out.html")).unwrap();
    assert!(read(Format::Html, &text).told.is_empty());
    // The bytes that show a finding are in it.
    let text = std::fs::read_to_string(folder.0.path().join("out.sarif")).unwrap();
    assert!(text.contains("\"byteOffset\""), "{text}");
}

#[test]
fn one_line() {
    let folder = folder();
    for (bundle, code) in
        [("inside.zip", 0), ("outside.zip", 1), ("tainted.zip", 3), ("silent.zip", 3), ("none.zip", 2)]
    {
        let ran = folder.run(&check(bundle, &["--oneline"]));
        assert_eq!(ran.code, code, "{bundle}");
        snapshot(&format!("oneline-{}", bundle.trim_end_matches(".zip")), &ran);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_trouble_and_hides_nothing() {
    let folder = folder();
    let reports = ["--report", "html=no/such/out.html", "--report", "junit=out.xml"];
    let ran = folder.run(&check("inside.zip", &reports));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no/such/out.html: the html report cannot be written"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("INSIDE"), "what was found is told all the same");
    assert_eq!(made(&folder), ["out.xml"], "the other report is there");
    assert_eq!(folder.run(&check("outside.zip", &reports)).code, 1, "outside stands");
    std::fs::create_dir(folder.0.path().join("folder")).unwrap();
    let ran = folder.run(&check("inside.zip", &["--report", "html=folder"]));
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("folder: the html report cannot be written: it is a folder"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_contradicts_itself_or_would_destroy_its_source_is_refused() {
    let folder = folder();
    let before = std::fs::read(folder.0.path().join("inside.zip")).unwrap();
    for (reports, words) in [
        (&["--report", "html=-", "--report", "sarif=-"][..], "cannot both go to standard output"),
        (&["--report", "html=-", "--oneline"], "cannot both go to standard output"),
        (&["--report", "html=-", "--format", "json"], "cannot both go to standard output"),
        (&["--report", "html=a", "--report", "sarif=a"], "two reports cannot both be written to a"),
        (&["--report", "html=inside.zip"], "inside.zip is read: a report would take its place"),
        (&["--report", "html=./factory-default.json"], "is read: a report would take its place"),
        (&["--report", "pdf=a"], "pdf is no format; the formats are text, json"),
        (&["--report", "html"], "it is FORMAT=FILE"),
        (&["--report", "html="], "no file is named for html"),
        (&["--oneline", "--format", "json"], "cannot be used with"),
    ] {
        let ran = folder.run(&check("inside.zip", reports));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{reports:?}");
        assert!(ran.stderr.contains(words), "{reports:?}: {}", ran.stderr);
    }
    assert_eq!(std::fs::read(folder.0.path().join("inside.zip")).unwrap(), before);
    assert!(made(&folder).is_empty());
}
