//! What is wrong with a condition, or with a name of facts in it, beyond the form: names that nothing has, ranges that
//! hold nothing.
//!
//! Must not do: stop at the first fault, or look at facts.

use mlx5_schemas::model::condition::{Condition, LogTest, Test};
use mlx5_schemas::model::expected::{FirmwareRange, Range, VersionRange};

use super::known_names::{KnownNames, NameFault};
use super::versions::numbers;
use crate::baseline::Flaw;
use crate::baseline::suggest::nearest;
use crate::case::{Family, Firmware};

/// Deepest nesting of conditions.
const MAX_DEPTH: usize = 16;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConditionFault {
    /// Where, below the condition: `/all/0/fact/name`.
    pub(crate) pointer: String,
    /// What kind of mistake it is.
    pub(crate) flaw: Flaw,
    /// In words.
    pub(crate) message: String,
    /// Whether it may be right where the catalog is not all that there is: a name that nothing known has or comes near.
    pub(crate) is_unsure: bool,
}

/// The faults of a condition.
pub(crate) fn condition(names: &KnownNames, what: &Condition) -> Vec<ConditionFault> {
    let mut faults = Faults { names, list: Vec::new() };
    faults.of(what, String::new(), 0);
    faults.list
}

struct Faults<'n> {
    names: &'n KnownNames,
    list: Vec<ConditionFault>,
}

impl Faults<'_> {
    fn add(&mut self, flaw: Flaw, pointer: String, message: String) {
        self.list.push(ConditionFault { pointer, flaw, message, is_unsure: false });
    }

    fn some(&mut self, pointer: &str, fault: Option<(Flaw, String)>) {
        if let Some((flaw, message)) = fault {
            self.add(flaw, pointer.to_owned(), message);
        }
    }

    fn not_empty(&mut self, list: &[String], at: &str, member: &str) {
        if list.is_empty() {
            self.add(Flaw::EmptyExpectation, format!("{at}/{member}"), format!("`{member}` is empty"));
        }
    }

    fn of(&mut self, what: &Condition, at: String, depth: usize) {
        if depth > MAX_DEPTH {
            return self.add(Flaw::TooDeep, at, format!("conditions are nested deeper than {MAX_DEPTH}"));
        }
        match what {
            Condition::All(parts) => self.parts(parts, &format!("{at}/all"), depth),
            Condition::Any(parts) => self.parts(parts, &format!("{at}/any"), depth),
            Condition::Not(part) => self.of(part, format!("{at}/not"), depth.saturating_add(1)),
            Condition::Family(names) => {
                self.not_empty(names, &at, "family");
                for (place, name) in names.iter().enumerate() {
                    self.some(&format!("{at}/family/{place}"), family_fault(name));
                }
            }
            Condition::PciDevice(ids) => {
                self.not_empty(ids, &at, "pci_device");
                for (place, id) in ids.iter().enumerate() {
                    self.some(&format!("{at}/pci_device/{place}"), device_fault(id));
                }
            }
            Condition::Firmware(range) => self.some(&format!("{at}/firmware"), firmware_fault(range)),
            Condition::Driver(range) => {
                self.some(&format!("{at}/driver"), version_fault("driver", range));
            }
            Condition::Kernel(range) => {
                self.some(&format!("{at}/kernel"), version_fault("kernel", range));
            }
            Condition::Psid(patterns) => self.not_empty(patterns, &at, "psid"),
            Condition::Fact(test) => {
                self.name(&test.name, format!("{at}/fact/name"));
                self.some(&format!("{at}/fact/is"), test_fault(&test.is));
            }
            Condition::Compare(compare) => {
                for (side, operand) in [("left", &compare.left), ("right", &compare.right)] {
                    let pointer = format!("{at}/compare/{side}/name");
                    if operand.name.contains(['*', '?']) {
                        let message = format!("{:?}: what is compared has no wildcard", operand.name);
                        self.add(Flaw::WildcardInRelation, pointer.clone(), message);
                    }
                    self.name(&operand.name, pointer);
                }
            }
            Condition::Pending(patterns) => {
                self.not_empty(patterns, &at, "pending");
                for (place, pattern) in patterns.iter().enumerate() {
                    self.name(pattern, format!("{at}/pending/{place}"));
                }
            }
            Condition::Log(test) => self.log(test, &format!("{at}/log")),
        }
    }

    fn parts(&mut self, parts: &[Condition], at: &str, depth: usize) {
        if parts.is_empty() {
            self.add(Flaw::EmptyExpectation, at.to_owned(), "`all` or `any` is empty".to_owned());
        }
        for (place, part) in parts.iter().enumerate() {
            self.of(part, format!("{at}/{place}"), depth.saturating_add(1));
        }
    }

    fn log(&mut self, test: &LogTest, at: &str) {
        if *test == LogTest::default() {
            self.add(Flaw::EmptyExpectation, at.to_owned(), "`log` names nothing".to_owned());
        }
        for (member, number) in [("syndrome", &test.syndrome), ("ext_synd", &test.ext_synd)] {
            let Some(number) = number else { continue };
            let hex = number.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
            if hex.is_none() {
                let words = format!("{number:?} is no number such as 0x63c66");
                self.add(Flaw::InvalidNumber, format!("{at}/{member}"), words);
            }
        }
    }

    fn name(&mut self, text: &str, pointer: String) {
        if let Some(fault) = self.names.fault(text) {
            let NameFault { flaw, message, is_unsure } = fault;
            self.list.push(ConditionFault { pointer, flaw, message, is_unsure });
        }
    }
}

/// `; did you mean X?`, or nothing.
pub(crate) fn suggestion(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// What is wrong with the name of a family.
pub(crate) fn family_fault(name: &str) -> Option<(Flaw, String)> {
    let is_known = Family::names().any(|known| known == name);
    (!is_known).then(|| {
        let near = suggestion(nearest(name, Family::names()));
        let all: Vec<&str> = Family::names().collect();
        let known = if near.is_empty() { format!("; there are {}", all.join(", ")) } else { near };
        (Flaw::UnknownFamily, format!("no family is called {name:?}{known}"))
    })
}

/// What is wrong with a PCI device id.
pub(crate) fn device_fault(id: &str) -> Option<(Flaw, String)> {
    let digits = id.strip_prefix("0x").unwrap_or_default();
    let is_id = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!is_id).then(|| (Flaw::InvalidDevice, format!("{id:?} is no PCI device id such as 0x101d")))
}

/// What is wrong with a range of firmware versions.
pub(crate) fn firmware_fault(range: &FirmwareRange) -> Option<(Flaw, String)> {
    let wrong = [&range.from, &range.to].into_iter().flatten().find(|text| Firmware::parse(text).is_none());
    if let Some(text) = wrong {
        return Some((Flaw::InvalidVersion, format!("{text:?} is no firmware version such as 22.41.1000")));
    }
    match [&range.from, &range.to].map(|text| text.as_deref().and_then(Firmware::parse)) {
        [None, None] => Some((Flaw::EmptyExpectation, "`firmware` needs `from`, `to` or both".to_owned())),
        [Some(from), Some(to)] if from > to => {
            Some((Flaw::EmptyRange, "`firmware` holds no version: `from` is above `to`".to_owned()))
        }
        [_, _] => None,
    }
}

/// What is wrong with a range of versions of `what`.
pub(crate) fn version_fault(what: &str, range: &VersionRange) -> Option<(Flaw, String)> {
    let wrong = [&range.from, &range.to].into_iter().flatten().find(|text| numbers(text).is_empty());
    if let Some(text) = wrong {
        let words = format!("{text:?} is no version such as 6.12: it begins with no number");
        return Some((Flaw::InvalidVersion, words));
    }
    match [&range.from, &range.to].map(|text| text.as_deref().map(numbers)) {
        [None, None] => Some((Flaw::EmptyExpectation, format!("`{what}` needs `from`, `to` or both"))),
        // As many numbers count as the end has: `5.14` holds 5.14.21.
        [Some(from), Some(to)] if from.iter().take(to.len()).gt(to.iter()) => {
            Some((Flaw::EmptyRange, format!("`{what}` holds no version: `from` is above `to`")))
        }
        [_, _] => None,
    }
}

/// What is wrong with a range of numbers.
pub(crate) fn range_fault(what: &str, range: &Range) -> Option<(Flaw, String)> {
    match (range.min, range.max) {
        (None, None) => Some((Flaw::EmptyExpectation, format!("`{what}` needs `min`, `max` or both"))),
        (Some(min), Some(max)) if min > max => {
            Some((Flaw::EmptyRange, format!("`{what}` from {min} to {max} holds nothing")))
        }
        (_, _) => None,
    }
}

/// What is wrong with a test of a value.
pub(crate) fn test_fault(test: &Test) -> Option<(Flaw, String)> {
    match test {
        Test::OneOf(values) if values.is_empty() => {
            Some((Flaw::EmptyExpectation, "`one_of` is empty: nothing could be so".to_owned()))
        }
        Test::Range(range) => range_fault("range", range),
        Test::OneOf(_)
        | Test::Equals(_)
        | Test::Not(_)
        | Test::Matches(_)
        | Test::Known
        | Test::Unread(_) => None,
    }
}
