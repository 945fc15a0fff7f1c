//! From what bundles say to the rules of a baseline, with a comment on each that says what it rests on.
//!
//! - One value: `equals`.
//! - Names of numbers (switches, enumerations): `one_of` what was seen.
//! - At most [`MOST_LISTED`] values, each in two bundles at least: `one_of`. A value that was seen once says that more may
//!   come (Good and Turing: as likely as the share of such values).
//! - Other numbers of a setting: `range` from the least to the greatest that was seen, without headroom. Of a register,
//!   which nobody need have set, only if not most bundles have a number of their own.
//! - Anything else varies, and has no rule, or one that only wants it there where the rest must be as the factory set it.
//!
//! Must not do: make a rule of what was not read, or one that a device breaks because its firmware does not have the thing.

mod comments;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{
    BASELINE_SCHEMA, BASELINE_VERSION, Baseline, BaselineRule, Bits, Expect, Rest, Select, Severity,
    current_and_next,
};
use mlx5_schemas::model::expected::{Expected, FirmwareRange, Mask, Range};
use mlx5_schemas::model::fact::{Value, View};

use super::seen::{All, Kind, KindSeen, Of, Seen};
use super::write::{Comments, RuleComments};
use crate::case::Firmware;
use crate::check::check_value_name;

use names::Names;

/// Most values that are listed, of what is no name of a number.
const MOST_LISTED: usize = 8;
/// Fewest bundles that can tell that something varies freely.
const ENOUGH: u64 = 5;
/// Masks of bits: what was never set must be clear.
const MASKS: [&str; 2] = ["host/taint", "host/taint_at_end"];

/// What a sketch is to be like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'s> {
    /// Name of the baseline.
    pub(super) name: &'s str,
    /// What it is of.
    pub(super) of: Of,
    /// Whether rules have places for a person to fill in.
    pub(super) has_blanks: bool,
}

/// A baseline with its comments.
#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) baseline: Baseline,
    pub(super) comments: Comments,
    pub(super) tally: Tally,
}

/// How many names came to what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// As the factory set it everywhere: left to `default`.
    pub factory: u64,
    /// One value.
    pub constant: u64,
    /// A list of values.
    pub listed: u64,
    /// A range of numbers.
    pub ranges: u64,
    /// Varies: no rule over its value.
    pub varies: BTreeSet<String>,
    /// Some devices do not have it: its rule takes what there is.
    pub partly: BTreeSet<String>,
    /// Not read in all bundles: no rule.
    pub unread: BTreeSet<String>,
}

/// What the values of one name come to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Learnt {
    Equals(Value),
    OneOf(Vec<Value>),
    Range(u64, u64),
    Clear(u64),
    Varies,
}

/// Makes one.
pub(super) fn sketch(all: &All, style: Style<'_>, catalog: &Catalog) -> Sketch {
    let kinds: Vec<(&Kind, &KindSeen)> = all.kinds.iter().collect();
    let of_devices = matches!(style.of, Of::Nv | Of::Devices);
    let is_single = kinds.len() == 1 && of_devices;
    // Where a card gave no factory values, nothing can be held against them.
    let rest = of_devices && kinds.iter().all(|(_, seen)| seen.has_factory) && !kinds.is_empty();
    let mut making = Making {
        style,
        catalog,
        rest,
        ids: BTreeSet::new(),
        rules: Vec::new(),
        comments: Comments::default(),
        tally: Tally::default(),
    };
    making.rules_of(&all.host, all.bundles, &Names::default(), &Select::default(), "");
    for (kind, seen) in &kinds {
        let select = if is_single { Select::default() } else { select_of(kind, seen) };
        let suffix = if kinds.len() > 1 { kind.psid.as_deref().or(kind.family.as_deref()) } else { None };
        let names = Names::of(&seen.all_names);
        making.rules_of(&seen.names, seen.bundles, &names, &select, suffix.unwrap_or_default());
    }
    let select = match kinds.as_slice() {
        [(kind, seen)] if is_single => select_of(kind, seen),
        _ if of_devices => select_of_all(&kinds),
        _ => Select::default(),
    };
    let Making { rules, mut comments, tally, .. } = making;
    comments.members = comments::members(all, &select, style, rest);
    let baseline = Baseline {
        schema: BASELINE_SCHEMA.to_owned(),
        schema_version: BASELINE_VERSION,
        name: style.name.to_owned(),
        description: None,
        owner: None,
        references: Vec::new(),
        include: Vec::new(),
        overrides: Vec::new(),
        min_assurance: all.level,
        require_signature: None,
        select,
        default: rest.then_some(Rest::Factory),
        advisories: mlx5_schemas::model::baseline::Advisories::default(),
        rules,
    };
    Sketch { baseline, comments, tally }
}

/// Which cards these are: by PSID, family and the span of their firmware.
fn select_of(kind: &Kind, seen: &KindSeen) -> Select {
    let mut firmware: Vec<(Firmware, &String)> =
        seen.firmware.iter().filter_map(|text| Some((Firmware::parse(text)?, text))).collect();
    firmware.sort();
    let is_told = firmware.len() == seen.firmware.len() && !seen.is_firmware_unread;
    let range = firmware.first().zip(firmware.last()).filter(|_| is_told);
    Select {
        family: kind.family.iter().cloned().collect(),
        psid: kind.psid.iter().cloned().collect(),
        firmware: range.map(|((_, from), (_, to))| FirmwareRange {
            from: Some((*from).clone()),
            to: Some((*to).clone()),
        }),
        ..Select::default()
    }
}

/// Which cards all of these are; each rule says more.
fn select_of_all(kinds: &[(&Kind, &KindSeen)]) -> Select {
    let all = |of: fn(&Kind) -> Option<&String>| -> Vec<String> {
        let told: Option<BTreeSet<String>> = kinds.iter().map(|(kind, _)| of(kind).cloned()).collect();
        told.unwrap_or_default().into_iter().collect()
    };
    Select {
        family: all(|kind| kind.family.as_ref()),
        psid: all(|kind| kind.psid.as_ref()),
        ..Select::default()
    }
}

struct Making<'a> {
    style: Style<'a>,
    catalog: &'a Catalog,
    /// Whether what no rule names must be as the factory set it.
    rest: bool,
    ids: BTreeSet<String>,
    rules: Vec<BaselineRule>,
    comments: Comments,
    tally: Tally,
}

impl Making<'_> {
    fn rules_of(
        &mut self,
        names: &BTreeMap<String, Seen>,
        bundles: u64,
        all_names: &Names<'_>,
        select: &Select,
        suffix: &str,
    ) {
        for (name, seen) in names {
            self.rule(name, seen, bundles, all_names, select, suffix);
        }
    }

    fn rule(
        &mut self,
        name: &str,
        seen: &Seen,
        bundles: u64,
        all_names: &Names<'_>,
        select: &Select,
        suffix: &str,
    ) {
        if seen.values.is_empty() {
            return;
        }
        let is_setting = seen.path.starts_with("nv/");
        let by_rest = self.rest && is_setting;
        if by_rest && seen.beside_factory == 0 {
            count(&mut self.tally.factory);
            return;
        }
        // A rule over it would be unknown in these very bundles; `default` has the same to say of a setting.
        if seen.missing(bundles) > 0 && !is_setting {
            self.tally.unread.insert(name.to_owned());
            return;
        }
        let learnt = learnt(seen, is_setting);
        let slot = match &learnt {
            Learnt::Equals(_) | Learnt::Clear(_) => Some(&mut self.tally.constant),
            Learnt::OneOf(_) => Some(&mut self.tally.listed),
            Learnt::Range(..) => Some(&mut self.tally.ranges),
            Learnt::Varies => None,
        };
        let is_free = slot.is_none();
        // A TLV that the firmware refuses has no parameters to say anything of.
        let without = seen.absent.max(if is_setting { bundles.saturating_sub(seen.told) } else { 0 });
        let is_partly = without > 0;
        let pattern = if is_partly || is_free { all_names.pattern(name) } else { Some(name.to_owned()) };
        let Some(pattern) = pattern.filter(|_| !is_free || by_rest) else {
            let list = if is_free { &mut self.tally.varies } else { &mut self.tally.unread };
            list.insert(name.to_owned());
            return;
        };
        slot.map(count);
        if is_free {
            self.tally.varies.insert(name.to_owned());
        }
        if is_partly {
            self.tally.partly.insert(name.to_owned());
        }
        let id = names::id(name, suffix, &mut self.ids);
        self.rules.push(BaselineRule {
            id,
            why: None,
            severity: Severity::default(),
            remedy: None,
            references: Vec::new(),
            owner: None,
            select: select.clone(),
            when: None,
            facts: vec![pattern],
            except: Vec::new(),
            views: views_of(seen),
            expect: self.expect(&learnt, &seen.path),
        });
        let above = match self.style.has_blanks {
            true => comments::begun(seen),
            false => comments::learnt(seen, bundles, without, is_free),
        };
        let blanks = if self.style.has_blanks { comments::BLANKS.to_vec() } else { Vec::new() };
        self.comments.rules.push(RuleComments { above, blanks });
    }

    fn expect(&self, learnt: &Learnt, path: &str) -> Expect {
        let expected = |value: &Value| expected(self.catalog, path, value);
        match learnt {
            Learnt::Equals(value) => Expect::Equals(expected(value)),
            Learnt::OneOf(values) => Expect::OneOf(values.iter().map(expected).collect()),
            Learnt::Range(min, max) => Expect::Range(Range { min: Some(*min), max: Some(*max) }),
            Learnt::Clear(mask) => Expect::Bits(Bits { set: None, clear: Some(Mask(*mask)) }),
            Learnt::Varies => Expect::Present,
        }
    }
}

/// A value as a rule has it: by its name where the catalog knows that, so that other releases' numbers do not matter.
fn expected(catalog: &Catalog, path: &str, value: &Value) -> Expected {
    match value {
        Value::Number { number, name: Some(name) } => match check_value_name(catalog, path, name) {
            Ok(()) => Expected::Text(name.clone()),
            Err(_) => Expected::Number(*number),
        },
        Value::Number { number, name: None } => Expected::Number(*number),
        Value::Text { text } => Expected::Text(text.clone()),
        Value::Bytes { hex } => Expected::Text(hex.clone()),
    }
}

/// Current and next, or the one of them that was offered at all.
fn views_of(seen: &Seen) -> Vec<View> {
    let offered: Vec<View> = [View::Current, View::Next]
        .into_iter()
        .filter(|view| seen.by_view.contains_key(&Some(*view)))
        .collect();
    if offered.is_empty() { current_and_next() } else { offered }
}

fn learnt(seen: &Seen, is_setting: bool) -> Learnt {
    let values: Vec<&Value> = seen.values.keys().collect();
    let all = || values.iter().map(|value| (*value).clone()).collect();
    let number = |value: &&Value| match value {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    };
    let numbers: Option<Vec<u64>> = values.iter().map(number).collect();
    if let (Some(numbers), true) = (&numbers, MASKS.contains(&seen.path.as_str())) {
        let set = numbers.iter().fold(0, |all, number| all | number);
        return if set == 0 {
            Learnt::Equals(Value::Number { number: 0, name: None })
        } else {
            Learnt::Clear(!set)
        };
    }
    if let [only] = values.as_slice() {
        return Learnt::Equals((*only).clone());
    }
    if values.iter().all(|value| matches!(value, Value::Number { name: Some(_), .. })) {
        return Learnt::OneOf(all());
    }
    let singles =
        u64::try_from(seen.values.values().filter(|count| **count == 1).count()).unwrap_or(u64::MAX);
    // What one bundle shows in two places or views is all that there is to list.
    if (singles == 0 || seen.known == 1) && values.len() <= MOST_LISTED {
        return Learnt::OneOf(all());
    }
    let is_free = !is_setting && seen.known >= ENOUGH && singles.saturating_mul(2) > seen.known;
    match numbers.as_deref().map(|numbers| (numbers.iter().min(), numbers.iter().max())) {
        Some((Some(min), Some(max))) if !is_free => Learnt::Range(*min, *max),
        Some(_) | None => Learnt::Varies,
    }
}

fn count(slot: &mut u64) {
    *slot = slot.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(values: &[(Value, u64)]) -> Seen {
        Seen {
            path: "nv/0:0x080.total_vfs".to_owned(),
            known: values.iter().map(|(_, count)| count).sum(),
            values: values.iter().cloned().collect(),
            ..Seen::default()
        }
    }

    fn number(number: u64, name: Option<&str>) -> Value {
        Value::Number { number, name: name.map(str::to_owned) }
    }

    fn text(text: &str) -> Value {
        Value::Text { text: text.to_owned() }
    }

    #[test]
    fn values_come_to_what_the_manual_says() {
        let numbers = |counts: &[(u64, u64)]| {
            seen(&counts.iter().map(|(value, count)| (number(*value, None), *count)).collect::<Vec<_>>())
        };
        assert_eq!(learnt(&numbers(&[(8, 20)]), true), Learnt::Equals(number(8, None)));
        let few = [(0, 5), (8, 9), (64, 6)];
        let listed = few.map(|(value, _)| number(value, None)).to_vec();
        assert_eq!(learnt(&numbers(&few), true), Learnt::OneOf(listed));
        // One that was seen once: others may come between.
        assert_eq!(learnt(&numbers(&[(0, 5), (8, 9), (64, 1)]), true), Learnt::Range(0, 64));
        let own: Vec<(u64, u64)> = (0..20).map(|value| (value * 7, 1)).collect();
        assert_eq!(learnt(&numbers(&own), true), Learnt::Range(0, 133), "a setting");
        assert_eq!(learnt(&numbers(&own), false), Learnt::Varies, "a state");
        assert_eq!(learnt(&numbers(&[(1, 1), (5, 1)]), false), Learnt::Range(1, 5), "too few to tell");
        let named = [(number(0, Some("False")), 1), (number(1, Some("True")), 19)];
        assert_eq!(
            learnt(&seen(&named), true),
            Learnt::OneOf(named.iter().map(|(value, _)| value.clone()).collect())
        );
        assert_eq!(
            learnt(&seen(&[(text("a"), 3), (text("b"), 2)]), false),
            Learnt::OneOf(vec![text("a"), text("b")])
        );
        assert_eq!(learnt(&seen(&[(text("a"), 3), (text("b"), 1)]), false), Learnt::Varies);
        let mask = Seen { path: "host/taint_at_end".to_owned(), ..numbers(&[(0, 3), (512, 1)]) };
        assert_eq!(learnt(&mask, false), Learnt::Clear(!512));
    }
}
