//! `baseline test` for people: a line for each expectation, and what was found in place of one that did not hold.
//!
//! Must not do: fold expectations together: each is somebody's.

use mlx5_schemas::model::report::{BaselineTestReport, Expectation};

use super::wrap::{WIDTH, lines};
use super::{Page, Style, number_of};

/// Columns before what was expected and found.
const INDENT: usize = 8;

/// Lays out expectations.
pub fn baseline_test(page: &mut Page, report: &BaselineTestReport) {
    for one in &report.expectations {
        expectation(page, report, one);
    }
    let held = format!("{} held", number_of(report.held, "expectation", "expectations"));
    match report.failed {
        0 => page.line(Style::Good, &held),
        failed => page.line(Style::Bad, &format!("{held}, {failed} did not")),
    }
}

fn expectation(page: &mut Page, report: &BaselineTestReport, one: &Expectation) {
    let (style, word) = if one.held { (Style::Good, "held") } else { (Style::Bad, "FAILED") };
    let head = format!("{}: {}: {}", one.bundle, one.about, one.expected);
    for (place, line) in lines(&head, WIDTH.saturating_sub(INDENT)).iter().enumerate() {
        page.put(style, &format!("{:<INDENT$}", if place == 0 { word } else { "" }));
        page.line(Style::Plain, line);
    }
    if one.held {
        return;
    }
    let say = |page: &mut Page, style: Style, sign: &str, text: &str| {
        for (place, line) in lines(text, WIDTH.saturating_sub(INDENT + 2)).iter().enumerate() {
            let sign = if place == 0 { sign } else { " " };
            page.line(style, &format!("{:INDENT$}{sign} {line}", ""));
        }
    };
    say(page, Style::Good, "-", &one.expected);
    for found in &one.found {
        say(page, Style::Bad, "+", found);
    }
    if let Some(why) = &one.why {
        say(page, Style::Plain, " ", &format!("why: {why}"));
    }
    say(page, Style::Dim, " ", &format!("expected at {}:{}", report.file, one.line));
}
