//! What is wrong with known issues beyond their form: names that nothing has, ranges that hold nothing, examples that
//! do not come out.
//!
//! Must not do: stop at the first fault.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::known_issue::{KnownIssue, Match};

use super::examples;
use super::load::LoadedIssue;
use crate::condition::{KnownNames, faults_of};

/// Most characters of a title: it stands on one line of a screen beside two words.
const MAX_TITLE: usize = 70;

/// The faults of an issue, a sentence each; empty where there are none.
pub fn lint(loaded: &LoadedIssue) -> Vec<String> {
    let issue = &loaded.issue;
    let mut faults = Vec::new();
    head(loaded, &mut faults);
    faults.extend(
        faults_of(&KnownNames::of(Catalog::embedded()), &issue.when).into_iter().map(|fault| fault.message),
    );
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
