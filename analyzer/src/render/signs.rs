//! What a device shows of itself, in sentences: first what it shows, then what was not read; what is clear is counted.
//!
//! Must not do: judge. Which signs cap assurance is [`crate::assurance`]'s to say.

use std::collections::BTreeMap;

use mlx5_schemas::decode::taint::sentence;
use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, Value};

use super::{Page, Style, number_of};
use crate::case::{Case, Reading, reading};

/// How many signs there are of each kind that has no line of its own.
#[derive(Debug, Default)]
struct Counts {
    clear: u64,
    absent: u64,
    unread: u64,
}

/// The signs of one device; nothing where nothing is known of any.
pub(super) fn signs(page: &mut Page, signs: &[Fact], case: &Case) {
    let mut counts = Counts::default();
    let mut shown = Vec::new();
    let mut unread: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for fact in signs {
        match reading(&case.opened, Some(fact)) {
            Reading::Value(Value::Number { number: 0, name: Some(name) }) if name == "False" => {
                counts.clear = counts.clear.saturating_add(1);
            }
            Reading::Value(_) => shown.push(words(fact)),
            Reading::Absent(_) => counts.absent = counts.absent.saturating_add(1),
            Reading::NeverSet | Reading::Secret | Reading::Gap(..) | Reading::NotOffered => {
                counts.unread = counts.unread.saturating_add(1);
                unread.entry(reason(fact)).or_default().push(name(fact));
            }
        }
    }
    if signs.is_empty() {
        return;
    }
    let mut heads = vec![format!("{} clear", counts.clear)];
    if counts.absent > 0 {
        heads.push(format!("{} that this device has no register for", counts.absent));
    }
    if counts.unread > 0 {
        heads.push(format!("{} not known", counts.unread));
    }
    page.line(
        Style::Plain,
        &format!(
            "  {}: {}",
            number_of(u64::try_from(signs.len()).unwrap_or(u64::MAX), "device sign", "device signs"),
            heads.join(", ")
        ),
    );
    for line in shown {
        page.line(Style::Plain, &format!("    {line}"));
    }
    for (reason, names) in unread {
        page.line(Style::Doubt, &format!("    not known, {reason}: {}", names.join(", ")));
    }
}

fn words(fact: &Fact) -> String {
    format!("{}{}", about(fact), sentence(fact).unwrap_or_else(|| fact.path.clone()))
}

/// `port 2 test mode`.
fn name(fact: &Fact) -> String {
    let path = fact.path.strip_prefix("taint/").unwrap_or(&fact.path);
    let name = match path.strip_prefix("override.") {
        Some(what) => format!("{what} override"),
        None => path.to_owned(),
    };
    format!("{}{}", about(fact).replace(':', ""), name.replace('_', " "))
}

fn reason(fact: &Fact) -> &str {
    match &fact.knowledge {
        Knowledge::Known { .. } => "",
        Knowledge::Unknown { reason, .. } => reason,
    }
}

fn about(fact: &Fact) -> String {
    match &fact.subject {
        Subject::Port { port, .. } => format!("port {port}: "),
        Subject::Module { module, .. } => format!("module {module}: "),
        Subject::Host | Subject::Device { .. } => String::new(),
    }
}
