//! What a baseline must keep beyond its form: unique ids, patterns, ranges that hold something.
//!
//! Must not do: know which facts a device has.

use mlx5_schemas::model::baseline::{Baseline, BaselineRule, Expect};
use mlx5_schemas::model::fact::View;

use crate::case::Firmware;

/// What is wrong, and where to look for it.
#[derive(Debug)]
pub(super) struct Fault {
    /// Id of the rule and how many rules with this id come before it; `None` for the file as a whole.
    rule: Option<(String, usize)>,
    /// In words.
    pub(super) message: String,
}

impl Fault {
    /// Line and column of the rule's id, or the file's first place.
    pub(super) fn place(&self, text: &str) -> (usize, usize) {
        let offset = self.rule.as_ref().and_then(|(id, skip)| {
            let quoted = serde_json::to_string(id).ok()?;
            values_of_key(text, "id")
                .filter(|(_, rest)| rest.starts_with(&quoted))
                .nth(*skip)
                .map(|(at, _)| at)
        });
        offset.map_or((1, 1), |offset| place_of(text, offset))
    }
}

/// Checks a baseline.
pub(super) fn validate(baseline: &Baseline) -> Result<(), Fault> {
    let whole = |message: &str| Err(Fault { rule: None, message: message.to_owned() });
    if baseline.name.trim().is_empty() {
        return whole("`name` is empty");
    }
    if baseline.rules.is_empty() {
        return whole("`rules` is empty: such a baseline would find nothing wrong with anything");
    }
    for (place, rule) in baseline.rules.iter().enumerate() {
        let twins = baseline.rules.iter().take(place).filter(|other| other.id == rule.id).count();
        let fault = |message: String| Fault { rule: Some((rule.id.clone(), twins)), message };
        if twins > 0 {
            return Err(fault(format!("two rules have the id `{}`", rule.id)));
        }
        check_rule(rule).map_err(|message| fault(format!("rule `{}`: {message}", rule.id)))?;
    }
    Ok(())
}

fn check_rule(rule: &BaselineRule) -> Result<(), String> {
    let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if rule.id.is_empty() || !rule.id.bytes().all(permitted) {
        return Err("an id is lower-case letters, digits and dashes".to_owned());
    }
    if rule.facts.is_empty() {
        return Err("`facts` is empty: it would judge nothing".to_owned());
    }
    if rule.facts.iter().chain(&rule.except).any(String::is_empty) {
        return Err("a pattern is empty".to_owned());
    }
    if rule.views.is_empty() {
        return Err("`views` is empty: it would judge nothing".to_owned());
    }
    check_select(rule)?;
    match &rule.expect {
        Expect::Equals(_) => Ok(()),
        Expect::OneOf(values) if values.is_empty() => {
            Err("`one_of` is empty: nothing could be inside".to_owned())
        }
        Expect::OneOf(_) => Ok(()),
        Expect::Range(range) => match (range.min, range.max) {
            (None, None) => Err("`range` needs `min`, `max` or both".to_owned()),
            (Some(min), Some(max)) if min > max => Err(format!("`range` from {min} to {max} holds nothing")),
            (_, _) => Ok(()),
        },
        Expect::EqualsFactory if rule.views.contains(&View::Default) => {
            Err("`equals_factory` compares with the default view; `views` can only name current and next"
                .to_owned())
        }
        Expect::EqualsFactory => Ok(()),
        Expect::NoneOf(_)
        | Expect::Bits(_)
        | Expect::Matches(_)
        | Expect::Relation(_)
        | Expect::Present
        | Expect::Absent
        | Expect::Count(_) => Err("this expectation cannot be judged yet".to_owned()),
    }
}

fn check_select(rule: &BaselineRule) -> Result<(), String> {
    let select = &rule.select;
    if select.psid.iter().any(String::is_empty) {
        return Err("a PSID pattern is empty".to_owned());
    }
    for device in &select.device {
        let digits = device.strip_prefix("0x").unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("`{device}` is no PCI device id such as 0x101d"));
        }
    }
    let Some(range) = &select.firmware else { return Ok(()) };
    let parse = |version: &Option<String>| match version {
        None => Ok(None),
        Some(text) => Firmware::parse(text)
            .map(Some)
            .ok_or_else(|| format!("`{text}` is no firmware version such as 22.41.1000")),
    };
    match (parse(&range.from)?, parse(&range.to)?) {
        (None, None) => Err("`firmware` needs `from`, `to` or both".to_owned()),
        (Some(from), Some(to)) if from > to => {
            Err("`firmware` holds no version: `from` is above `to`".to_owned())
        }
        (_, _) => Ok(()),
    }
}

/// Place of the first value under a key.
pub(super) fn place_of_key(text: &str, key: &str) -> Option<(usize, usize)> {
    values_of_key(text, key).next().map(|(offset, _)| place_of(text, offset))
}

/// Where a key's values begin: offset, and the text from there. A reading by eye, good enough to point at a line.
fn values_of_key<'a>(text: &'a str, key: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let quoted = format!("\"{key}\"");
    let length = quoted.len();
    let places: Vec<usize> = text.match_indices(&quoted).map(|(at, _)| at.saturating_add(length)).collect();
    places.into_iter().filter_map(move |at| {
        let value = text.get(at..)?.trim_start().strip_prefix(':')?.trim_start();
        Some((text.len().checked_sub(value.len())?, value))
    })
}

fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}
