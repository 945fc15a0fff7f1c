//! What a baseline must keep beyond its form: unique ids, patterns, ranges that hold something.
//!
//! Must not do: know which facts a device has.

use mlx5_schemas::model::baseline::{Advisories, Baseline, BaselineRule, Expect, Override, Rest, Select};
use mlx5_schemas::model::condition::{Condition, Test};
use mlx5_schemas::model::fact::View;

use super::{Flaw, LoadedRule};
use crate::check::{DEFAULT, related_views};
use crate::condition::{
    KnownNames, device_fault, family_fault, faults_of, firmware_fault, range_fault, test_fault, version_fault,
};

/// What findings of the program's own are called before the slash.
const RESERVED: [&str; 2] = ["advisory", "waiver"];

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What kind of mistake it is.
    pub(super) flaw: Flaw,
    /// JSON pointer.
    pub(super) pointer: String,
    /// In words.
    pub(super) message: String,
}

fn fault(flaw: Flaw, pointer: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault { flaw, pointer: pointer.into(), message: message.into() }
}

/// What is wrong with a file by itself.
pub(super) fn faults(baseline: &Baseline, names: &KnownNames) -> Vec<Fault> {
    let mut faults = Vec::new();
    if baseline.name.trim().is_empty() {
        faults.push(fault(Flaw::EmptyText, "/name", "`name` is empty"));
    }
    if baseline.name.contains('/') || RESERVED.contains(&baseline.name.as_str()) {
        let name = &baseline.name;
        let words = format!(
            "`{name}` is no name: a slash parts it from a rule's id, and {} have findings of their own",
            RESERVED.join(", ")
        );
        faults.push(fault(Flaw::InvalidId, "/name", words));
    }
    for (at, path) in baseline.include.iter().enumerate() {
        if path.trim().is_empty() {
            faults.push(fault(Flaw::EmptyText, format!("/include/{at}"), "a path is empty"));
        }
    }
    faults.extend(below("/select", select_faults(&baseline.select)));
    faults.extend(below("/advisories", advisory_faults(&baseline.advisories)));
    for (at, change) in baseline.overrides.iter().enumerate() {
        faults.extend(below(&format!("/overrides/{at}"), override_faults(change)));
    }
    for (at, rule) in baseline.rules.iter().enumerate() {
        let pointer = format!("/rules/{at}");
        if baseline.rules.iter().take(at).any(|other| other.id == rule.id) {
            faults.push(fault(
                Flaw::TwiceId,
                format!("{pointer}/id"),
                format!("two rules have the id `{}`", rule.id),
            ));
        }
        faults.extend(below(&pointer, rule_faults(rule, names)));
    }
    faults
}

/// What is wrong with a baseline and all that it includes, taken together.
pub(super) fn whole_fault(baseline: &Baseline, rules: &[LoadedRule]) -> Option<Fault> {
    let judges = !rules.is_empty() || baseline.default == Some(Rest::Factory);
    let words = "`rules` is empty: such a baseline would find nothing wrong with anything";
    (!judges).then(|| fault(Flaw::NoRules, "/rules", words))
}

fn below(pointer: &str, faults: Vec<Fault>) -> impl Iterator<Item = Fault> {
    faults
        .into_iter()
        .map(move |inner| fault(inner.flaw, format!("{pointer}{}", inner.pointer), inner.message))
}

fn override_faults(change: &Override) -> Vec<Fault> {
    let Override { rule: _, why, off, severity, select, when, except, expect } = change;
    let mut faults = Vec::new();
    if why.trim().is_empty() {
        faults.push(fault(Flaw::EmptyText, "/why", "`why` is empty: a change has a reason"));
    }
    let is_changed =
        severity.is_some() || select.is_some() || when.is_some() || !except.is_empty() || expect.is_some();
    match (off, is_changed) {
        (false, false) => faults.push(fault(
            Flaw::OverrideEmpty,
            "",
            "nothing is changed: give `off`, `severity`, `select`, `when`, `except` or `expect`",
        )),
        (true, true) => {
            faults.push(fault(Flaw::OverrideEmpty, "/off", "a rule that is off has nothing to change"))
        }
        (true, false) | (false, true) => {}
    }
    faults
}

fn advisory_faults(advisories: &Advisories) -> Vec<Fault> {
    let raised = advisories.raise.iter().map(|raise| &raise.id).enumerate();
    let raised = raised.map(|(at, id)| (format!("/raise/{at}/id"), id));
    let ignored = advisories.ignore.iter().enumerate().map(|(at, id)| (format!("/ignore/{at}"), id));
    let empty = raised.chain(ignored).filter(|(_, id)| id.is_empty());
    empty.map(|(pointer, _)| fault(Flaw::EmptyText, pointer, "a pattern is empty")).collect()
}

/// What is wrong with a rule by itself.
pub(super) fn rule_faults(rule: &BaselineRule, names: &KnownNames) -> Vec<Fault> {
    let mut faults = Vec::new();
    let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if rule.id.is_empty() || !rule.id.bytes().all(permitted) {
        faults.push(fault(Flaw::InvalidId, "/id", "an id is lower-case letters, digits and dashes"));
    }
    if rule.id == DEFAULT {
        faults.push(fault(
            Flaw::InvalidId,
            "/id",
            "`default` is the name of what the member `default` of the file demands",
        ));
    }
    if rule.facts.is_empty() {
        faults.push(fault(Flaw::JudgesNothing, "/facts", "`facts` is empty: it would judge nothing"));
    }
    for (member, patterns) in [("facts", &rule.facts), ("except", &rule.except)] {
        for (at, pattern) in patterns.iter().enumerate() {
            let pointer = format!("/{member}/{at}");
            if pattern.is_empty() {
                faults.push(fault(Flaw::EmptyText, pointer, "a pattern is empty"));
            } else if let Some(wrong) = names.fault(pattern).filter(|wrong| !wrong.is_unsure) {
                faults.push(fault(wrong.flaw, pointer, wrong.message));
            }
        }
    }
    if rule.views.is_empty() {
        faults.push(fault(Flaw::JudgesNothing, "/views", "`views` is empty: it would judge nothing"));
    }
    faults.extend(below("/select", select_faults(&rule.select)));
    if let Some(when) = &rule.when {
        let wrong = faults_of(names, when).into_iter().filter(|wrong| !wrong.is_unsure);
        faults.extend(wrong.map(|wrong| fault(wrong.flaw, format!("/when{}", wrong.pointer), wrong.message)));
        let is_of_host = |pattern: &String| pattern == "host" || pattern.starts_with("host/");
        if rule.facts.iter().any(is_of_host) && is_about_device(when) {
            let words = "a rule over the host's facts has conditions on the host alone: `kernel`, `log`, facts under host/";
            faults.push(fault(Flaw::UnfitCondition, "/when", words));
        }
    }
    faults.extend(below("/expect", expect_faults(rule, names)));
    let id = &rule.id;
    faults.into_iter().map(|f| fault(f.flaw, f.pointer, format!("rule `{id}`: {}", f.message))).collect()
}

/// Whether a condition is about something that only a device has.
fn is_about_device(condition: &Condition) -> bool {
    let is_of_host = |name: &str| name.starts_with("host/");
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(is_about_device),
        Condition::Not(part) => is_about_device(part),
        Condition::Kernel(_) | Condition::Log(_) => false,
        Condition::Fact(test) => !is_of_host(&test.name),
        Condition::Compare(compare) => {
            ![&compare.left, &compare.right].iter().all(|side| is_of_host(&side.name))
        }
        Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Psid(_)
        | Condition::Pending(_) => true,
    }
}

fn expect_faults(rule: &BaselineRule, names: &KnownNames) -> Vec<Fault> {
    let one = |pointer: &str, found: Option<(Flaw, String)>| {
        found.map(|(flaw, message)| fault(flaw, pointer, message)).into_iter().collect()
    };
    match &rule.expect {
        Expect::OneOf(values) if values.is_empty() => {
            vec![fault(Flaw::EmptyExpectation, "/one_of", "`one_of` is empty: nothing could be inside")]
        }
        Expect::NoneOf(values) if values.is_empty() => {
            vec![fault(Flaw::EmptyExpectation, "/none_of", "`none_of` is empty: everything would be inside")]
        }
        Expect::Matches(expression) if expression.is_empty() => {
            vec![fault(Flaw::EmptyExpectation, "/matches", "`matches` is empty: everything would be inside")]
        }
        Expect::Range(range) => one("/range", range_fault("range", range)),
        Expect::Bits(bits) => {
            match (bits.set.map_or(0, |mask| mask.0), bits.clear.map_or(0, |mask| mask.0)) {
                (0, 0) => {
                    let words = "`bits` needs `set`, `clear` or both, with a bit in it";
                    vec![fault(Flaw::EmptyExpectation, "/bits", words)]
                }
                (set, clear) if set & clear != 0 => {
                    vec![fault(
                        Flaw::BitsBothWays,
                        "/bits",
                        format!("{:#x} is to be both set and clear", set & clear),
                    )]
                }
                (_, _) => Vec::new(),
            }
        }
        Expect::Relation(to) => {
            let mut faults: Vec<Fault> = Vec::new();
            if let Some(name) = &to.to {
                if name.contains(['*', '?']) {
                    faults.push(fault(
                        Flaw::WildcardInRelation,
                        "/relation/to",
                        "what is compared with has no wildcard",
                    ));
                } else if let Some(wrong) = names.fault(name).filter(|wrong| !wrong.is_unsure) {
                    faults.push(fault(wrong.flaw, "/relation/to", wrong.message));
                }
            } else if to.view.is_none() {
                faults.push(fault(
                    Flaw::ComparedWithItself,
                    "/relation",
                    "`relation` needs `to`, `view` or both: nothing is compared with itself",
                ));
            } else if related_views(to, &rule.views).is_empty() {
                let words = "the only view that is judged is the one that it is compared with";
                faults.push(fault(Flaw::ComparedWithItself, "/relation/view", words));
            }
            faults
        }
        Expect::Count(count) => {
            let mut faults: Vec<Fault> = one("/count/devices", range_fault("devices", &count.devices));
            let wrong = count.of.as_ref().and_then(test_fault);
            faults.extend(wrong.map(|(flaw, message)| fault(flaw, "/count/of", message)));
            if matches!(count.of, Some(Test::Unread(_))) {
                let words = "`unread` is for conditions: what has no value is not counted";
                faults.push(fault(Flaw::UnfitCount, "/count/of", words));
            }
            if rule.facts.iter().any(|pattern| pattern == "host" || pattern.starts_with("host/")) {
                faults.push(fault(
                    Flaw::UnfitCount,
                    "/count",
                    "devices are counted by facts of their own, not by the host's",
                ));
            }
            faults
        }
        Expect::EqualsFactory if rule.views.contains(&View::Default) => {
            let words =
                "`equals_factory` compares with the default view; `views` can only name current and next";
            vec![fault(Flaw::ComparedWithItself, "", words)]
        }
        Expect::Equals(_)
        | Expect::OneOf(_)
        | Expect::NoneOf(_)
        | Expect::Matches(_)
        | Expect::Present
        | Expect::Absent
        | Expect::EqualsFactory => Vec::new(),
    }
}

fn select_faults(select: &Select) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (member, patterns) in [("psid", &select.psid), ("part_number", &select.part_number)] {
        for (at, pattern) in patterns.iter().enumerate() {
            if pattern.is_empty() {
                faults.push(fault(Flaw::EmptyText, format!("/{member}/{at}"), "a pattern is empty"));
            }
        }
    }
    for (at, name) in select.family.iter().enumerate() {
        let wrong = family_fault(name);
        faults.extend(wrong.map(|(flaw, message)| fault(flaw, format!("/family/{at}"), message)));
    }
    for (at, id) in select.device.iter().enumerate() {
        let wrong = device_fault(id);
        faults.extend(wrong.map(|(flaw, message)| fault(flaw, format!("/device/{at}"), message)));
    }
    let wrong = select.firmware.as_ref().and_then(firmware_fault);
    faults.extend(wrong.map(|(flaw, message)| fault(flaw, "/firmware", message)));
    for (member, range) in [("driver", &select.driver), ("kernel", &select.kernel)] {
        let wrong = range.as_ref().and_then(|range| version_fault(member, range));
        faults.extend(wrong.map(|(flaw, message)| fault(flaw, format!("/{member}"), message)));
    }
    faults
}
