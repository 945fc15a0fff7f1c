//! What is wrong with known issues beyond their form: names that nothing has, ranges that hold nothing, examples that
//! do not come out.
//!
//! Must not do: stop at the first fault.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::condition::{Condition, LogTest};
use mlx5_schemas::model::known_issue::{KnownIssue, Match};

use super::examples;
use super::load::LoadedIssue;
use super::versions::numbers;
use crate::baseline::suggest::nearest;
use crate::case::{Family, Firmware};

/// First steps of the paths that facts have.
const ROOTS: [&str; 16] = [
    "nv",
    "reg",
    "cap",
    "fw",
    "flint",
    "mlxfwmanager",
    "mst",
    "ethtool",
    "netdev",
    "devlink",
    "pci",
    "lspci",
    "rdma",
    "host",
    "log",
    "board",
];
/// Most characters of a title: it stands on one line of a screen beside two words.
const MAX_TITLE: usize = 70;
/// Deepest nesting of conditions.
const MAX_DEPTH: usize = 16;

/// The faults of an issue, a sentence each; empty where there are none.
pub fn lint(loaded: &LoadedIssue) -> Vec<String> {
    let issue = &loaded.issue;
    let mut faults = Vec::new();
    head(loaded, &mut faults);
    condition(&issue.when, 0, &mut faults);
    if !is_specific(&issue.when) {
        faults.push("`when` names no fact, firmware, PSID or log: it would match whole families".to_owned());
    }
    for wanted in [Match::Matches, Match::No] {
        if !issue.examples.iter().any(|example| example.gives == wanted) {
            faults.push(format!("`examples` has none that gives {wanted:?}").to_lowercase());
        }
    }
    for (place, example) in issue.examples.iter().enumerate() {
        let found = examples::run(loaded, example);
        if found != example.gives {
            let words = format!("example {} gives {found:?}, and {:?} is expected", place + 1, example.gives);
            faults.push(words.to_lowercase());
        }
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", loaded.file)).collect()
}

fn head(loaded: &LoadedIssue, faults: &mut Vec<String>) {
    let issue: &KnownIssue = &loaded.issue;
    let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if issue.id.is_empty() || !issue.id.bytes().all(permitted) {
        faults.push("an id is lower-case letters, digits and dashes".to_owned());
    }
    let name = loaded.file.rsplit('/').next().unwrap_or_default();
    if name.strip_suffix(".json") != Some(issue.id.as_str()) {
        faults.push(format!("the id is {}, and the file's name another", issue.id));
    }
    if issue.title.is_empty() || issue.title.chars().count() > MAX_TITLE {
        faults.push(format!("a title has 1 to {MAX_TITLE} characters"));
    }
    for (member, text) in [("text", &issue.text), ("remedy", &issue.remedy)] {
        if text.trim().is_empty() {
            faults.push(format!("`{member}` is empty"));
        }
    }
    if issue.references.is_empty() {
        faults.push("`references` is empty: nothing bears it out".to_owned());
    }
    for reference in &issue.references {
        if reference.url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            faults.push(format!("the address of {:?} does not begin with https://", reference.title));
        }
    }
}

/// Whether something in it is about the issue in particular.
fn is_specific(what: &Condition) -> bool {
    match what {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(is_specific),
        Condition::Not(_)
        | Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Driver(_)
        | Condition::Kernel(_) => false,
        Condition::Firmware(_)
        | Condition::Psid(_)
        | Condition::Fact(_)
        | Condition::Compare(_)
        | Condition::Pending(_)
        | Condition::Log(_) => true,
    }
}

fn condition(what: &Condition, depth: usize, faults: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        faults.push(format!("conditions are nested deeper than {MAX_DEPTH}"));
        return;
    }
    let empty = |list: &[String], name: &str, faults: &mut Vec<String>| {
        if list.is_empty() {
            faults.push(format!("`{name}` is empty"));
        }
    };
    match what {
        Condition::All(parts) | Condition::Any(parts) => {
            if parts.is_empty() {
                faults.push("`all` or `any` is empty".to_owned());
            }
            parts.iter().for_each(|part| condition(part, depth.saturating_add(1), faults));
        }
        Condition::Not(part) => condition(part, depth.saturating_add(1), faults),
        Condition::Family(names) => {
            empty(names, "family", faults);
            let known: BTreeSet<&str> = Family::names().collect();
            for name in names.iter().filter(|name| !known.contains(name.as_str())) {
                let hint = nearest(name, known.iter().copied());
                faults.push(format!("no family is called {name:?}{}", suggestion(hint)));
            }
        }
        Condition::PciDevice(ids) => {
            empty(ids, "pci_device", faults);
            let is_id = |id: &str| {
                id.strip_prefix("0x")
                    .is_some_and(|hex| hex.len() == 4 && u16::from_str_radix(hex, 16).is_ok())
            };
            let wrong = ids.iter().filter(|id| !is_id(id));
            faults.extend(wrong.map(|id| format!("{id:?} is no PCI device id such as 0x101d")));
        }
        Condition::Firmware(range) => {
            let bounds = [range.from.as_deref(), range.to.as_deref()].map(|text| text.map(Firmware::parse));
            match bounds {
                [None, None] => faults.push("`firmware` has no bound".to_owned()),
                [Some(None), _] | [_, Some(None)] => {
                    faults.push("a bound of `firmware` is no version such as 22.41.1000".to_owned());
                }
                [Some(Some(from)), Some(Some(to))] if from > to => {
                    faults.push("`firmware` holds no version: its end comes before its beginning".to_owned());
                }
                [_, _] => {}
            }
        }
        Condition::Driver(range) | Condition::Kernel(range) => {
            let bounds = [range.from.as_deref(), range.to.as_deref()].map(|text| text.map(numbers));
            match bounds {
                [None, None] => faults.push("`driver` or `kernel` has no bound".to_owned()),
                [from, to] if [&from, &to].into_iter().flatten().any(Vec::is_empty) => {
                    faults.push("a bound of `driver` or `kernel` has no numbers".to_owned());
                }
                [Some(from), Some(to)] if from > to => {
                    faults.push("`driver` or `kernel` holds no version".to_owned());
                }
                [_, _] => {}
            }
        }
        Condition::Psid(patterns) => empty(patterns, "psid", faults),
        Condition::Fact(test) => name(&test.name, faults),
        Condition::Compare(compare) => {
            for operand in [&compare.left, &compare.right] {
                name(&operand.name, faults);
                if operand.name.contains(['*', '?']) {
                    faults.push(format!("{:?}: what is compared has no wildcard", operand.name));
                }
            }
        }
        Condition::Pending(patterns) => {
            empty(patterns, "pending", faults);
            patterns.iter().for_each(|pattern| name(pattern, faults));
        }
        Condition::Log(test) => log(test, faults),
    }
}

fn log(test: &LogTest, faults: &mut Vec<String>) {
    if *test == LogTest::default() {
        faults.push("`log` names nothing".to_owned());
    }
    for number in [&test.syndrome, &test.ext_synd].into_iter().flatten() {
        let is_number = number.strip_prefix("0x").is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok());
        if !is_number {
            faults.push(format!("{number:?} is no number such as 0x63c66"));
        }
    }
}

fn suggestion(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// A path must begin as facts' paths do; another name must be one that mstconfig prints.
fn name(text: &str, faults: &mut Vec<String>) {
    if let Some((root, _)) = text.split_once('/') {
        if !ROOTS.contains(&root) && !root.contains('*') {
            faults.push(format!("no fact's path begins with {root:?}{}", suggestion(nearest(root, ROOTS))));
        }
        return;
    }
    if text.contains(['*', '?']) {
        return;
    }
    let aliases = || {
        let parameters = Catalog::embedded().tlvs().iter().flat_map(|tlv| &tlv.parameters);
        parameters.filter_map(|parameter| parameter.alias.as_deref())
    };
    let base = text.split('[').next().unwrap_or_default();
    let without = base.rsplit_once(['P', 'M']).and_then(|(start, number)| {
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| start.strip_suffix('_'))?
    });
    if !aliases().any(|alias| alias == base || Some(alias) == without) {
        let near = nearest(without.unwrap_or(base), aliases());
        faults.push(format!("no parameter is called {text}{}", suggestion(near)));
    }
}
