//! NV configuration seen through facts: which TLV a path belongs to, and what was read of it in a view.
//!
//! Must not do: compare or judge.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Outcome, SkipReason};
use mlx5_schemas::model::fact::{Fact, Knowledge, Value, View};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::redaction::is_secret_tlv;

use super::{FactSet, Opened, Views};

/// Classes of which a device has several instances (ports, modules), so that one can be missing from a TLV that exists.
const CLASSES_WITH_INSTANCES: [u8; 2] = [1, 9];

/// How paths of a device begin that are no NV configuration; names of parameters begin otherwise.
pub const BEYOND_NV: [&str; 19] = [
    "reg/",
    "cap/",
    "cap_max/",
    "fw/",
    "pci/",
    "taint/",
    // What the kernel and other programs tell.
    "board/",
    "devlink/",
    "driver/",
    "ethtool/",
    "flint/",
    "log/",
    "lspci/",
    "mlxconfig/",
    "mlxfwmanager/",
    "mst/",
    "netdev/",
    "raw_tlv/",
    "rdma/",
];

/// The name of a TLV instance, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlvName<'a> {
    /// Path up to the parameter: `nv/0:0x080`.
    pub path: &'a str,
    /// Class.
    pub class: u8,
    /// Index within the class.
    pub index: u32,
    /// The rest: `.total_vfs`, `/data`.
    pub part: &'a str,
}

/// The TLV that a path belongs to; `None` for other paths, `nv/access.…` among them.
pub fn tlv_of(path: &str) -> Option<TlvName<'_>> {
    let rest = path.strip_prefix("nv/")?;
    let (class, after_class) = rest.split_once(':')?;
    let digits = after_class.strip_prefix("0x")?;
    let digits_end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let index = u32::from_str_radix(digits.get(..digits_end)?, 16).ok()?;
    let mut part = digits.get(digits_end..)?;
    // Another host's or function's instance: its bracket is part of the TLV's name.
    if part.starts_with('[') {
        let end = part.find(']')?.checked_add(1)?;
        part = part.get(end..)?;
    }
    let tlv_length = path.len().checked_sub(part.len())?;
    Some(TlvName { path: path.get(..tlv_length)?, class: class.parse().ok()?, index, part })
}

/// What was read of a value in one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<'a> {
    /// The value.
    Value(&'a Value),
    /// The device answered that nothing is stored: its firmware's default applies.
    NeverSet,
    /// The device answered that there is no such thing.
    Absent(&'a str),
    /// A secret, never asked for.
    Secret,
    /// It was not read.
    Gap(CollectionStatus, &'a str),
    /// The view was not asked for; the device does not offer it.
    NotOffered,
}

/// What was read, from the fact and the exchange behind it.
///
/// Status BAD_RES and NO_RES of an MNVDA read mean that nothing was ever stored (mstflint: `RES_NOT_AVLBL`); BAD_OP,
/// BAD_PARAM and BAD_INDEX that a port or module has no such TLV. Of a TLV that exists once any other refusal, or one of
/// these, says nothing: whether a TLV exists is MNVQC's to say, and it is asked first. That something is a secret is the
/// redaction list's to say, not the bundle's.
pub fn reading<'a>(opened: &Opened, fact: Option<&'a Fact>) -> Reading<'a> {
    let Some(fact) = fact else { return Reading::NotOffered };
    let (status, reason) = match &fact.knowledge {
        Knowledge::Known { value } => return Reading::Value(value),
        Knowledge::Unknown { status, reason } => (*status, reason.as_str()),
    };
    let outcome = fact.evidence.first().and_then(|evidence| opened.exchange(evidence)).map(|e| e.outcome);
    let tlv = tlv_of(&fact.path);
    match (status, outcome) {
        // Without a view it is MNVQC's answer, or no NV configuration at all.
        (CollectionStatus::Absent, Some(Outcome::Replied(reply))) if fact.view.is_some() => {
            match reply.status {
                // The answer came, and does not hold this parameter.
                CommandStatus::OK => Reading::Absent(reason),
                CommandStatus::BAD_RES | CommandStatus::NO_RES => Reading::NeverSet,
                CommandStatus::BAD_OP | CommandStatus::BAD_PARAM | CommandStatus::BAD_INDEX
                    if tlv.is_some_and(|tlv| CLASSES_WITH_INSTANCES.contains(&tlv.class)) =>
                {
                    Reading::Absent(reason)
                }
                _ => Reading::Gap(status, reason),
            }
        }
        (CollectionStatus::Absent, _) => Reading::Absent(reason),
        (_, Some(Outcome::NotAsked(SkipReason::Secret)))
            if tlv.is_some_and(|tlv| is_secret_tlv(tlv.class, tlv.index)) =>
        {
            Reading::Secret
        }
        (_, Some(Outcome::NotAsked(SkipReason::CapabilityMask))) => Reading::Absent(reason),
        (_, _) => Reading::Gap(status, reason),
    }
}

/// Whether a path is that of a parameter, and not of a TLV's header or bytes without a name.
pub fn is_parameter(path: &str) -> bool {
    match tlv_of(path) {
        Some(tlv) => tlv.part.starts_with('.'),
        None => path.strip_prefix("nv/").is_some_and(|name| !name.contains(['/', '.'])),
    }
}

/// The fact that says what is in force in a view: where the device stored nothing, that is the factory's.
pub fn in_force<'a>(opened: Option<&Opened>, views: &Views<'a>, view: View) -> Option<(&'a Fact, &'a Value)> {
    let known = |view| views.in_view(view).and_then(|fact| Some((fact, fact.value()?)));
    known(view).or_else(|| match reading(opened?, views.in_view(view)) {
        Reading::NeverSet => known(View::Default),
        Reading::Value(_) | Reading::Absent(_) | Reading::Secret | Reading::Gap(..) | Reading::NotOffered => {
            None
        }
    })
}

/// What the path of a companion has behind the path of its parameter or field: `…/layout[until=4.21.0]`.
pub const LAYOUT_MARK: &str = "/layout[";

/// What other releases make of the bytes of a fact.
pub fn other_readings<'a>(facts: &'a FactSet, fact: &Fact) -> Vec<&'a Fact> {
    let whole = match (fact.path.ends_with(']'), fact.path.rfind('[')) {
        (true, Some(at)) => fact.path.get(..at).unwrap_or(&fact.path),
        (_, _) => fact.path.as_str(),
    };
    let prefix = format!("{whole}{LAYOUT_MARK}");
    facts.companions(&fact.subject, &prefix).filter(|other| other.view == fact.view).collect()
}

/// The flag that says whether a parameter counts, where it is 0: then the firmware's default is in force in the fact's
/// view. The catalog says which parameters have one.
pub fn cleared_flag<'a>(catalog: &Catalog, facts: &'a FactSet, fact: &Fact) -> Option<&'a Fact> {
    let name = tlv_of(&fact.path)?;
    let parameter = name.part.strip_prefix('.')?.split('[').next()?;
    let tlv = catalog.tlv(name.class, name.index)?;
    let known = tlv.parameters.iter().find(|known| known.name == parameter)?;
    let path = format!("{}.{}", name.path, known.valid_flag.as_ref()?);
    let flag = facts.views(&fact.subject, &path).in_view(fact.view?)?;
    matches!(flag.value(), Some(Value::Number { number: 0, .. })).then_some(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_no_parameters() {
        assert!(is_parameter("nv/0:0x080.total_vfs"));
        assert!(is_parameter("nv/SOME_NEW_NAME"));
        for other in ["nv/0:0x080/writer", "nv/0:0x080/data", "nv/access.read_current", "reg/PTYS.x"] {
            assert!(!is_parameter(other), "{other}");
        }
    }

    #[test]
    fn paths_are_taken_apart() {
        let tlv = tlv_of("nv/0:0x080.total_vfs");
        assert_eq!(tlv, Some(TlvName { path: "nv/0:0x080", class: 0, index: 0x80, part: ".total_vfs" }));
        let part = |path| tlv_of(path).map(|tlv| (tlv.path, tlv.part));
        assert_eq!(part("nv/9:0x001/data"), Some(("nv/9:0x001", "/data")));
        assert_eq!(
            part("nv/3:0x110[host=1,function=0].wwn[2]"),
            Some(("nv/3:0x110[host=1,function=0]", ".wwn[2]"))
        );
        for other in ["nv/access.read_default", "reg/PTYS.x", "nv/0:", "nv/0:0x", "nv/x:0x1", "nv/0:0x1[", ""]
        {
            assert_eq!(tlv_of(other), None, "{other}");
        }
    }
}
