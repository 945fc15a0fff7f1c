//! Conditions, tests and selections in words.
//!
//! Must not do: evaluate.

use mlx5_schemas::model::baseline::{Role, Select};
use mlx5_schemas::model::condition::{Condition, LogTest, Relation, Test};
use mlx5_schemas::model::fact::View;

/// A condition.
pub(crate) fn words(condition: &Condition) -> String {
    match condition {
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
        Condition::Not(part) => format!("not ({})", words(part)),
        Condition::Family(families) => format!("the family is {}", one_of(families)),
        Condition::PciDevice(ids) => format!("the PCI device id is {}", one_of(ids)),
        Condition::Firmware(range) => format!("the firmware is {}", between(&range.from, &range.to)),
        Condition::Driver(range) => format!("the driver is {}", between(&range.from, &range.to)),
        Condition::Kernel(range) => format!("the kernel is {}", between(&range.from, &range.to)),
        Condition::Psid(patterns) => format!("the PSID is {}", one_of(patterns)),
        Condition::Fact(fact) => format!("{} is {}", viewed(&fact.name, fact.view), test(&fact.is)),
        Condition::Compare(compare) => {
            let (left, right) = (&compare.left, &compare.right);
            format!(
                "{} is {} {}",
                viewed(&left.name, left.view),
                relation(compare.is),
                viewed(&right.name, right.view)
            )
        }
        Condition::Pending(names) => format!("a change of {} waits for a reset", one_of(names)),
        Condition::Log(log) => logged(log),
    }
}

fn joined(parts: &[Condition], by: &str) -> String {
    let is_list =
        |part: &Condition| matches!(part, Condition::All(list) | Condition::Any(list) if list.len() > 1);
    let inner = |part: &Condition| if is_list(part) { format!("({})", words(part)) } else { words(part) };
    parts.iter().map(inner).collect::<Vec<_>>().join(by)
}

fn viewed(name: &str, view: Option<View>) -> String {
    view.map_or_else(|| name.to_owned(), |view| format!("{name} ({})", view.word()))
}

/// What is expected of a value.
fn test(test: &Test) -> String {
    match test {
        Test::Equals(value) => value.to_string(),
        Test::Not(value) => format!("not {value}"),
        Test::OneOf(values) => one_of(values),
        Test::Range(range) => range.to_string(),
        Test::Matches(expression) => format!("text that matches {expression}"),
        Test::Known => "known".to_owned(),
        Test::Unread(expression) => format!("without a value for a reason that matches {expression}"),
    }
}

/// How one value stands to another.
fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Same => "the same as",
        Relation::Different => "another than",
        Relation::Less => "less than",
        Relation::AtMost => "at most",
        Relation::Greater => "greater than",
        Relation::AtLeast => "at least",
    }
}

fn logged(log: &LogTest) -> String {
    let LogTest { matches, kind, command, syndrome, ext_synd } = log;
    let parts: Vec<String> = [
        ("of kind", kind),
        ("of command", command),
        ("with syndrome", syndrome),
        ("with extended syndrome", ext_synd),
        ("that matches", matches),
    ]
    .into_iter()
    .filter_map(|(words, value)| value.as_ref().map(|value| format!(" {words} {value}")))
    .collect();
    format!("the kernel log has an event{}", parts.concat())
}

fn between(from: &Option<String>, to: &Option<String>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("at least {from}"),
        (None, Some(to)) => format!("at most {to}"),
        (None, None) => "any".to_owned(),
    }
}

fn one_of<T: std::fmt::Display>(list: &[T]) -> String {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [one] => one.clone(),
        _ => format!("one of {}", words.join(", ")),
    }
}

/// A selection, a line for each thing that must hold.
pub(crate) fn select(select: &Select) -> Vec<String> {
    let Select { family, psid, part_number, device, firmware, driver, kernel, role } = select;
    let roles: Vec<&str> = role.iter().map(|role| of_role(*role)).collect();
    let lists = [
        ("the family is", family),
        ("the PSID is", psid),
        ("the part number is", part_number),
        ("the PCI device id is", device),
    ];
    let mut lines: Vec<String> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(words, list)| format!("{words} {}", one_of(list)))
        .collect();
    lines.extend(firmware.iter().map(|range| format!("the firmware is {}", between(&range.from, &range.to))));
    lines.extend(driver.iter().map(|range| format!("the driver is {}", between(&range.from, &range.to))));
    lines.extend(kernel.iter().map(|range| format!("the kernel is {}", between(&range.from, &range.to))));
    if !roles.is_empty() {
        lines.push(format!("it is {}", roles.join(" or ")));
    }
    lines
}

fn of_role(role: Role) -> &'static str {
    match role {
        Role::Physical => "a physical function",
        Role::Virtual => "a virtual function",
        Role::BluefieldHost => "a BlueField seen from its host",
        Role::BluefieldArm => "a BlueField seen from its own processor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_read_as_sentences() {
        let said = |json: &str| serde_json::from_str::<Condition>(json).map(|condition| words(&condition));
        for (json, expected) in [
            (r#"{"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}}"#, "SRIOV_EN is True"),
            (
                r#"{"all": [{"family": ["ConnectX-7"]}, {"any": [{"psid": ["DEL*"]}, {"kernel": {"from": "6.15"}}]}]}"#,
                "the family is ConnectX-7 and (the PSID is DEL* or the kernel is at least 6.15)",
            ),
            (
                r#"{"compare": {"left": {"name": "NUM_OF_VFS", "view": "next"}, "is": "at_most",
                    "right": {"name": "pci/sriov_totalvfs"}}}"#,
                "NUM_OF_VFS (next) is at most pci/sriov_totalvfs",
            ),
            (
                r#"{"not": {"fact": {"name": "x", "is": {"range": {"min": 1, "max": 2}}}}}"#,
                "not (x is from 1 to 2)",
            ),
            (
                r#"{"log": {"kind": "health", "ext_synd": "0x035e"}}"#,
                "the kernel log has an event of kind health with extended syndrome 0x035e",
            ),
        ] {
            assert_eq!(said(json).unwrap(), expected);
        }
    }
}
