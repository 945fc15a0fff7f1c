//! The examples of an issue, held against it: its own tests.
//!
//! Must not do: read anything but the issue.

use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Route, Subject, Value, View};
use mlx5_schemas::model::known_issue::{Example, ExampleValue, Match};
use mlx5_schemas::model::manifest::{Device, TransportKind};

use super::load::LoadedIssue;
use super::{About, evaluate, matched};
use crate::case::FactSet;

/// The device that examples are about.
const DEVICE: &str = "0000:01:00.0";
/// Member name in the evidence of examples.
const MEMBER: &str = "example";

/// What comes of an example.
pub(super) fn run(loaded: &LoadedIssue, example: &Example) -> Match {
    let facts = FactSet::new(facts(example));
    let device = Device::new(DEVICE, TransportKind::Imported);
    let log_read = example.facts.keys().any(|name| name == "log" || name.starts_with("log/"));
    matched(&evaluate(&About::of_facts(&facts, &device, log_read), loaded), loaded)
}

fn facts(example: &Example) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (name, value) in &example.facts {
        match value {
            ExampleValue::Plain(expected) => facts.push(fact(name, None, value_of(expected))),
            ExampleValue::Lines(lines) => {
                facts.extend(lines.iter().enumerate().map(|(place, line)| {
                    fact(&format!("log/event[{place}]"), None, Value::Text { text: line.clone() })
                }));
            }
            ExampleValue::Views(views) => {
                facts.extend(views.iter().map(|(view, value)| fact(name, Some(*view), value_of(value))));
            }
        }
    }
    facts
}

fn value_of(expected: &Expected) -> Value {
    match expected {
        Expected::Number(number) => Value::Number { number: *number, name: None },
        Expected::Text(text) => {
            // `ETH(2)` is a number with its name, as mstconfig prints it.
            let named = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
            match named.and_then(|(name, number)| Some((name, number.parse().ok()?))) {
                Some((name, number)) => Value::Number { number, name: Some(name.to_owned()) },
                None => Value::Text { text: text.clone() },
            }
        }
    }
}

fn fact(name: &str, view: Option<View>, value: Value) -> Fact {
    let is_path = name.contains('/');
    let is_host = name.starts_with("host/");
    Fact {
        subject: if is_host { Subject::Host } else { Subject::Device { device: DEVICE.to_owned() } },
        path: if is_path { name.to_owned() } else { format!("nv/{name}") },
        aliases: if is_path { Vec::new() } else { vec![name.to_owned()] },
        view,
        knowledge: Knowledge::Known { value },
        route: Route::Imported,
        evidence: vec![Evidence { member: MEMBER.to_owned(), offset: 0, length: 1, field: None }],
    }
}
