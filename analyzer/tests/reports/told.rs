//! Reads reports back: which findings a format lists and what it says of them, and what it counts.
//!
//! Must not do: share code with what renders.

use std::collections::BTreeMap;

use mlx5_analyzer::report::Format;
use serde_json::Value;

/// A finding that a format lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The ids that stand beside it: one, or several of one cause.
    pub(crate) ids: Vec<String>,
    /// How many findings it stands for.
    pub(crate) number: usize,
    /// What the format makes of it.
    pub(crate) says: String,
}

/// What a report lists, and what it counts by verdict.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) told: Vec<Told>,
    pub(crate) counts: BTreeMap<String, u64>,
    /// What it says of the words on bundles and devices.
    pub(crate) words: Vec<String>,
}

impl Reading {
    fn add(&mut self, id: &str, says: String) {
        self.told.push(Told { ids: vec![id.to_owned()], number: 1, says });
    }
}

/// `36 within, 0 outside, … 2 not applicable`, wherever it stands in a line.
fn counted(text: &str) -> BTreeMap<String, u64> {
    const WORDS: [(&str, &str); 9] = [
        ("within", "within"),
        ("outside", "outside"),
        ("pending", "pending"),
        ("unknown", "unknown"),
        ("waived", "waived"),
        ("failed", "error"),
        ("informational", "informational"),
        ("not applicable", "not-applicable"),
        ("not selected", "not-selected"),
    ];
    let mut counts = BTreeMap::new();
    for part in text.split(", ") {
        let Some((number, word)) = part.split_once(' ') else { continue };
        for (said, verdict) in WORDS {
            if let (Ok(number), true) = (number.parse(), word.starts_with(said)) {
                counts.insert(verdict.to_owned(), number);
            }
        }
    }
    counts
}

pub(crate) fn read(format: Format, text: &str) -> Reading {
    match format {
        Format::Text => of_text(text),
        Format::Json => of_json(text),
        Format::Markdown => of_markdown(text),
        Format::Html => of_html(text),
        Format::Sarif => of_sarif(text),
        Format::Junit => of_junit(text),
        Format::Gitlab => of_gitlab(text),
        Format::Xccdf => of_xccdf(text),
        Format::Github => of_github(text),
        Format::Oneline => of_oneline(text),
    }
}

fn of_text(text: &str) -> Reading {
    let mut reading = Reading::default();
    let (mut heading, mut number, mut rows, mut label) = (String::new(), 1, BTreeMap::new(), String::new());
    // Lines that go on are put behind what they go on from.
    let (mut values, mut in_values) = (String::new(), false);
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        in_values = line.starts_with("values") || (in_values && indent == 11);
        if in_values {
            values = format!("{values} {}", line.trim_start_matches("values").trim());
        }
        if indent == 0 && line.ends_with(')') {
            heading = line.rsplit_once(" (").unwrap().0.to_owned();
        } else if indent == 0 && line.contains("  exit code ") {
            reading.words.push(line.split("  exit code").next().unwrap().to_lowercase());
        } else if indent == 2 && !heading.is_empty() {
            number = number_of(line);
            rows.clear();
        } else if indent == 4 {
            let (name, rest) = line.trim_start().split_at(11.min(line.len() - 4));
            label = name.trim().to_owned();
            rows.insert(label.clone(), rest.trim().to_owned());
            if label == "finding" {
                let row = |name: &str| rows.get(name).cloned().unwrap_or_default();
                let says =
                    format!("{heading} | {} | {} | {}", row("verdict"), row("waiver"), row("assurance"));
                reading.told.push(Told { ids: ids(&row("finding")), number, says });
            }
        } else if indent == 15 && !label.is_empty() {
            let row = rows.entry(label.clone()).or_default();
            *row = format!("{row} {}", line.trim());
            if label == "finding" {
                let all = ids(&rows["finding"]);
                reading.told.last_mut().unwrap().ids = all;
            }
        }
    }
    reading.counts = counted(values.trim());
    reading
}

/// `3 findings: NAMES on SUBJECTS`, or one without its number.
fn number_of(headline: &str) -> usize {
    let (number, _) = headline.trim_start().split_once(" findings:").unwrap_or_default();
    number.parse().unwrap_or(1)
}

/// `id, id and 3 more`.
fn ids(text: &str) -> Vec<String> {
    let text = text.split(" and ").next().unwrap();
    text.split(", ").map(|id| id.trim().trim_matches('`').to_owned()).collect()
}

fn of_json(text: &str) -> Reading {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut reading = Reading::default();
    for bundle in value["result"]["bundles"].as_array().unwrap() {
        for device in bundle["devices"].as_array().unwrap() {
            reading.words.push(device["word"].to_string());
        }
        for finding in bundle["findings"].as_array().unwrap() {
            let says = format!("{} {}", finding["verdict"], finding["assurance"]);
            let waiver = finding.get("waiver").map(|_| " waiver").unwrap_or_default();
            reading.add(finding["id"].as_str().unwrap(), format!("{says}{waiver}"));
        }
    }
    reading
}

fn of_markdown(text: &str) -> Reading {
    let mut reading = Reading::default();
    let (mut heading, mut number, mut rows) = (String::new(), 1, BTreeMap::new());
    for line in text.lines() {
        if let Some(word) = line.strip_prefix("## ") {
            reading.words.push(word.to_lowercase());
        } else if let Some(line) = line.strip_prefix("#### ") {
            heading = line.rsplit_once(" (").unwrap().0.to_owned();
        } else if let Some(values) = line.strip_prefix("- **values:** ") {
            reading.counts = counted(values);
        } else if let Some(headline) = line.strip_prefix("- **") {
            number = number_of(headline);
            rows.clear();
        } else if let Some((label, row)) = line.strip_prefix("  - ").and_then(|line| line.split_once(": ")) {
            rows.insert(label.to_owned(), row.to_owned());
            if label == "finding" {
                let row = |name: &str| rows.get(name).cloned().unwrap_or_default();
                let says =
                    format!("{heading} | {} | {} | {}", row("verdict"), row("waiver"), row("assurance"));
                reading.told.push(Told { ids: ids(&row("finding")), number, says });
            }
        }
    }
    reading
}

/// The page is well-formed XML but for its document type; this reads it strictly.
fn of_html(text: &str) -> Reading {
    let text = text.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let page = roxmltree::Document::parse(text).unwrap();
    let mut reading = Reading::default();
    let words = |node: roxmltree::Node<'_, '_>| -> String {
        node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect()
    };
    let named = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.descendants().filter(|node| node.has_tag_name(name)).map(words).collect::<Vec<_>>()
    };
    reading.words.push(named(page.root(), "h1")[0].to_lowercase());
    let values = page.descendants().find(|node| node.has_tag_name("dt") && words(*node) == "values");
    reading.counts = counted(&words(values.unwrap().next_sibling_element().unwrap()));
    for article in page.descendants().filter(|node| node.has_tag_name("article")) {
        let heading = named(article.parent_element().unwrap(), "h3")[0].clone();
        let heading = heading.rsplit_once(" (").unwrap().0.to_owned();
        let row = |label: &str| {
            let term = article.descendants().find(|node| node.has_tag_name("dt") && words(*node) == label);
            term.map(|term| words(term.next_sibling_element().unwrap())).unwrap_or_default()
        };
        let says = format!("{heading} | {} | {} | {}", row("verdict"), row("waiver"), row("assurance"));
        let body = article.descendants().find(|node| node.has_tag_name("tbody")).unwrap();
        let mut ids = named(body, "th");
        ids.dedup();
        reading.told.push(Told { number: ids.len(), ids, says });
    }
    reading
}

fn of_sarif(text: &str) -> Reading {
    let value: Value = serde_json::from_str(text).unwrap();
    let run = &value["runs"][0];
    let mut reading = Reading::default();
    for result in run["results"].as_array().unwrap() {
        let assurance = &result["properties"]["assurance"];
        let suppressed = result.get("suppressions").map(|list| format!(" {}", list[0]["status"]));
        let says = format!(
            "kind {} level {} assurance {assurance}{}",
            result["kind"],
            result["level"],
            suppressed.unwrap_or_default()
        );
        match result["properties"]["finding"].as_str() {
            Some(id) => reading.add(id, says),
            None => reading.words.push(says),
        }
    }
    for notification in run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap() {
        if let Some(id) = notification["properties"]["finding"].as_str() {
            let assurance = &notification["properties"]["assurance"];
            reading.add(id, format!("notification level {} assurance {assurance}", notification["level"]));
        }
    }
    let counts: BTreeMap<String, u64> = serde_json::from_value(run["properties"]["counts"].clone()).unwrap();
    reading.counts = counts.into_iter().map(|(word, number)| (word.replace('_', "-"), number)).collect();
    reading
}

fn of_junit(text: &str) -> Reading {
    let document = roxmltree::Document::parse(text).unwrap();
    let mut reading = Reading::default();
    for suite in document.descendants().filter(|node| node.has_tag_name("testsuite")) {
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        assert_eq!(suite.attribute("tests").unwrap(), cases.len().to_string());
        for properties in suite.children().filter(|node| node.has_tag_name("properties")) {
            for property in properties.children().filter(|node| node.is_element()) {
                let name = property.attribute("name").unwrap();
                if matches!(name, "not-selected" | "informational") {
                    let number: u64 = property.attribute("value").unwrap().parse().unwrap();
                    *reading.counts.entry(name.to_owned()).or_default() += number;
                }
            }
        }
        for case in cases {
            let outcome = case
                .children()
                .find(|node| ["failure", "error", "skipped"].iter().any(|name| node.has_tag_name(*name)));
            let outcome = outcome.map_or("passed".to_owned(), |node| {
                format!("{} {}", node.tag_name().name(), node.attribute("type").unwrap_or_default())
            });
            let property = |name: &str| {
                let mut all = case.descendants().filter(|node| node.has_tag_name("property"));
                all.find(|node| node.attribute("name") == Some(name)).and_then(|node| node.attribute("value"))
            };
            match property("finding") {
                Some(id) => {
                    let waiver = property("waiver").map(|_| " waiver").unwrap_or_default();
                    let assurance = property("assurance").unwrap();
                    reading.add(id, format!("{outcome} assurance {assurance}{waiver}"));
                }
                None => reading.words.push(outcome),
            }
        }
    }
    reading
}

fn of_gitlab(text: &str) -> Reading {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut reading = Reading::default();
    let mut fingerprints = std::collections::BTreeSet::new();
    for issue in value.as_array().unwrap() {
        let fingerprint = issue["fingerprint"].as_str().unwrap();
        assert!(fingerprints.insert(fingerprint.to_owned()), "twice: {fingerprint}");
        let text = issue["description"].as_str().unwrap();
        let severity = issue["severity"].as_str().unwrap();
        match issue["check_name"].as_str().unwrap() {
            "trouble" => {}
            "word" => {
                reading.words.push(severity.to_owned());
                if text.starts_with("the bundle") {
                    let values = text.split("; values: ").nth(1).unwrap().split(';').next().unwrap();
                    for (word, number) in counted(values) {
                        *reading.counts.entry(word).or_default() += number;
                    }
                }
            }
            _ => {
                let assurance = text.rsplit_once("; assurance ").unwrap().1;
                reading.add(fingerprint, format!("{severity} assurance {assurance}"));
            }
        }
    }
    reading
}

fn of_xccdf(text: &str) -> Reading {
    let document = roxmltree::Document::parse(text).unwrap();
    let mut reading = Reading::default();
    for result in document
        .descendants()
        .filter(|node| node.has_tag_name(("http://checklists.nist.gov/xccdf/1.2", "rule-result")))
    {
        let child = |name: &'static str| {
            result
                .children()
                .filter(move |node| node.tag_name().name() == name)
                .filter_map(|node| node.text())
        };
        let word = child("result").next().unwrap().to_owned();
        let message =
            |prefix: &str| child("message").find_map(|text| text.strip_prefix(prefix).map(str::to_owned));
        match message("finding ") {
            Some(id) => {
                let with = result.children().any(|node| node.tag_name().name() == "override");
                let with = if with { " override" } else { "" };
                reading.add(&id, format!("{word}{with} assurance {}", message("assurance ").unwrap()));
            }
            None => reading.words.push(word),
        }
    }
    reading
}

fn of_github(text: &str) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in text.lines().enumerate() {
        let (kind, rest) = line.strip_prefix("::").unwrap().split_once(" title=").unwrap();
        let (_, message) = rest.split_once("::").unwrap();
        if place == 0 {
            reading.words.push(kind.to_owned());
            let values = message.split("; values: ").nth(1).unwrap().split(';').next().unwrap();
            reading.counts = counted(values);
        } else if let Some((before, id)) = message.rsplit_once("; finding ") {
            let assurance = before.rsplit_once("; assurance ").unwrap().1;
            reading.add(id, format!("{kind} assurance {assurance}"));
        }
    }
    reading
}

fn of_oneline(text: &str) -> Reading {
    let line = text.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n') && line.chars().count() <= 200, "{line}");
    let (head, values) = line.rsplit_once(" [").unwrap();
    let words = vec![head.split(':').next().unwrap().to_lowercase()];
    let values = values.trim_end_matches(']').split("; assurance ").next().unwrap();
    Reading { told: Vec::new(), counts: counted(values), words }
}
