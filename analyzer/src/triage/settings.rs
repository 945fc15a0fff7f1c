//! The NV configuration of a card: what waits for a reset, what differs from factory, and the settings that tell most.
//!
//! All functions of a card read one store, so what they say alike is told once.
//!
//! Must not do: call a card unchanged because the text has no column to tell it by.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value, View};
use mlx5_schemas::model::report::{SettingDifference, Statement, Tone, Topic};

use super::{Card, count, say};
use crate::case::{Case, Views, in_force, is_parameter};
use crate::known::About;

/// The names that are changed most in the field, the most telling first; a trailing `*` takes what begins so. Order:
/// what public repositories and threads set, counted once each.
const TELLING: &[&str] = &[
    "LINK_TYPE_P*",
    "SRIOV_EN",
    "NUM_OF_VFS",
    "ADVANCED_PCI_SETTINGS",
    "MAX_ACC_OUT_READ",
    "PCI_WR_ORDERING",
    "ATS_ENABLED",
    "INTERNAL_CPU_MODEL",
    "INTERNAL_CPU_OFFLOAD_ENGINE",
    "REAL_TIME_CLOCK_ENABLE",
    "UCTX_EN",
    "FLEX_PARSER_PROFILE_ENABLE",
    "PROG_PARSE_GRAPH",
    "CQE_COMPRESSION",
    "ROCE_CONTROL",
    "ROCE_CC_*",
    "CNP_DSCP_*",
    "LLDP_NB_*",
    "DCBX_*",
    "PF_TOTAL_SF",
    "PF_SF_BAR_SIZE",
    "PER_PF_NUM_SF",
    "PF_BAR2_*",
    "NUM_OF_PF",
    "HIDE_PORT2_PF",
    "EXP_ROM_*",
    "UEFI_HII_EN",
    "IP_VER*",
    "BOOT_*",
    "WOL_MAGIC_EN*",
    "KEEP_*",
    "PHY_*",
];
/// Most differences that are named on a screen.
const MOST: usize = 4;
/// Most settings that are named where nothing can be compared.
const MOST_SETTINGS: usize = 5;

/// Where a name stands among those that tell most; the others come after.
pub fn rank(name: &str) -> usize {
    let place = TELLING.iter().position(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => *known == name,
    });
    place.unwrap_or(TELLING.len())
}

/// What is known of the settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Next boot is not current.
    pub pending: Vec<SettingDifference>,
    /// Next boot is not the factory's.
    pub changed: Vec<SettingDifference>,
    /// Parameters of which next boot and current are known.
    pub compared_pending: usize,
    /// Parameters of which next boot and factory are known.
    pub compared_factory: usize,
    /// Parameters of which something is known.
    pub named: usize,
    /// The settings that tell most.
    telling: Vec<Telling>,
    /// What shows each item of a raw file, whose view is not told.
    raw: Vec<Evidence>,
    /// How many such items there are.
    raw_items: usize,
}

/// A setting that tells much, as the functions of the card say it.
#[derive(Debug, Clone)]
struct Telling {
    name: String,
    view: View,
    /// What is said, and by which function first: one value, unless the functions contradict each other.
    said: Vec<(Value, String)>,
    evidence: Vec<Evidence>,
}

impl Telling {
    fn words(&self) -> String {
        match self.said.as_slice() {
            [(value, _)] => format!("{} {value}", self.name),
            several => {
                let said: Vec<String> = several
                    .iter()
                    .map(|(value, device)| format!("{value} by {}", function(device)))
                    .collect();
                format!("{} {}", self.name, said.join(" and "))
            }
        }
    }
}

impl Settings {
    /// Looks at the functions of a card.
    pub fn of(case: &Case, card: &Card<'_>) -> Self {
        let mut settings = Self::default();
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        let mut ranks: BTreeMap<(usize, String), Telling> = BTreeMap::new();
        for device in &card.functions {
            let subject = Subject::Device { device: device.id.clone() };
            for fact in case.facts.below(&subject, "raw_tlv/").filter(|fact| fact.path.ends_with("/data")) {
                settings.raw_items = settings.raw_items.saturating_add(1);
                settings.raw.extend(fact.evidence.iter().cloned());
            }
            for (subject, path, views) in case.facts.by_path(Some(&device.id)) {
                if !is_parameter(path) || !views.has_views() {
                    continue;
                }
                let [default, current, next] =
                    View::ALL.map(|view| in_force(Some(&case.opened), &views, view));
                // The same said by another function is the same setting.
                if card.functions.len() > 1 {
                    let place = format!("{} {path}", instance(subject));
                    let said =
                        format!("{:?}", [default, current, next].map(|known| known.map(|(_, value)| value)));
                    if !seen.insert((place, said)) {
                        continue;
                    }
                }
                let Some((_, telling)) = next.or(current).or(default) else { continue };
                settings.named = settings.named.saturating_add(1);
                if let Some((now, then)) = current.zip(next) {
                    settings.compared_pending = settings.compared_pending.saturating_add(1);
                    if !is_same(now.1, then.1) {
                        settings.pending.push(difference(subject, path, &views, now, then));
                    }
                }
                if let Some((factory, then)) = default.zip(next.or(current)) {
                    settings.compared_factory = settings.compared_factory.saturating_add(1);
                    if !is_same(factory.1, then.1) {
                        settings.changed.push(difference(subject, path, &views, factory, then));
                    }
                }
                let view = [(next, View::Next), (current, View::Current), (default, View::Default)]
                    .into_iter()
                    .find_map(|(known, view)| known.map(|_| view))
                    .unwrap_or(View::Next);
                let rank = rank(views.name());
                if rank < TELLING.len() {
                    let name = views.name().to_owned();
                    let one = ranks.entry((rank, name.clone())).or_insert_with(|| Telling {
                        name,
                        view,
                        said: Vec::new(),
                        evidence: Vec::new(),
                    });
                    let is_new = !one.said.iter().any(|(value, _)| is_same(value, telling));
                    // Two of one function are two of its instances, of which the first stands for all.
                    if is_new && !one.said.iter().any(|(_, other)| *other == device.id) {
                        one.said.push((telling.clone(), device.id.clone()));
                        one.evidence.extend(views.evidence());
                    }
                }
            }
        }
        let by_rank = |a: &SettingDifference, b: &SettingDifference| {
            (rank(&a.name), &a.name).cmp(&(rank(&b.name), &b.name))
        };
        settings.pending.sort_by(by_rank);
        settings.changed.sort_by(by_rank);
        settings.telling = ranks.into_values().collect();
        settings
    }

    /// What is said of them.
    pub(super) fn statements(&self, about: &[About<'_>]) -> Vec<Statement> {
        let mut statements = Vec::new();
        if self.named == 0 && self.raw_items > 0 {
            let items = count(self.raw_items, "item", "items");
            let words = format!("{items} of a raw file, of which view is not told; show FILE 'raw_tlv/**'");
            statements.push(say(Topic::Settings, Tone::Plain, words, self.raw.clone()));
            statements.extend(self.waiting(about));
            statements.push(self.factory());
            return statements;
        }
        if self.named == 0 {
            statements.push(say(Topic::Settings, Tone::Unknown, "settings", Vec::new()));
            return statements;
        }
        if self.compared_pending == 0 && self.compared_factory == 0 {
            let shown: Vec<&Telling> = self.telling.iter().take(MOST_SETTINGS).collect();
            let named: Vec<String> = shown.iter().map(|one| one.words()).collect();
            let view = shown.first().map_or("next boot", |one| words(one.view));
            let evidence = shown.iter().flat_map(|one| one.evidence.clone()).collect();
            let shown = if named.is_empty() {
                format!("{} of {view}, none of those that are changed most", parameters(self.named))
            } else {
                format!("{} ({view}; {} named)", named.join(", "), parameters(self.named))
            };
            statements.push(say(Topic::Settings, Tone::Plain, shown, evidence));
        }
        statements.extend(self.waiting(about));
        statements.push(self.factory());
        statements
    }

    fn waiting(&self, about: &[About<'_>]) -> Vec<Statement> {
        if self.compared_pending == 0 {
            return vec![say(
                Topic::Pending,
                Tone::Unknown,
                "whether a change waits for a reset",
                Vec::new(),
            )];
        }
        if self.pending.is_empty() {
            let words = format!("nothing waits for a reset ({} compared)", parameters(self.compared_pending));
            return vec![say(Topic::Pending, Tone::Plain, words, Vec::new())];
        }
        let words = format!("{} (in force now → next boot)", list(&self.pending));
        let evidence = self.pending.iter().flat_map(|one| one.evidence.clone()).collect();
        let family = about.iter().find_map(|about| about.family.as_ref());
        let how = if family.is_some_and(crate::case::Family::is_bluefield) {
            "a BlueField often needs a full power cycle; a reboot of the host alone may leave it waiting"
        } else {
            "a device reset applies it: a reboot usually is one; else mstfwreset, or power off and on"
        };
        vec![
            say(Topic::Pending, Tone::Attention, words, evidence),
            say(
                Topic::Pending,
                Tone::Plain,
                how,
                self.pending.first().map(|one| one.evidence.clone()).unwrap_or_default(),
            ),
        ]
    }

    fn factory(&self) -> Statement {
        if self.compared_factory == 0 {
            return say(Topic::Factory, Tone::Unknown, "what differs from factory", Vec::new());
        }
        if self.changed.is_empty() {
            let words = format!("as the factory set it ({} compared)", parameters(self.compared_factory));
            return say(Topic::Factory, Tone::Plain, words, Vec::new());
        }
        let words =
            format!("{} of {} differ: {}", self.changed.len(), self.compared_factory, list(&self.changed));
        let evidence = self.changed.iter().flat_map(|one| one.evidence.clone()).collect();
        say(Topic::Factory, Tone::Plain, words, evidence)
    }
}

fn parameters(number: usize) -> String {
    count(number, "parameter", "parameters")
}

fn words(view: View) -> &'static str {
    match view {
        View::Default => "factory",
        View::Current => "in force now",
        View::Next => "next boot",
    }
}

/// The first differences, and how many more there are.
fn list(differences: &[SettingDifference]) -> String {
    // Of two functions that do not say the same the page names which says what.
    let is_said_twice =
        |one: &SettingDifference| differences.iter().filter(|two| two.name == one.name).count() > 1;
    let by = |one: &SettingDifference| match one.subject.device() {
        Some(device) if is_said_twice(one) => format!(" by {}", function(device)),
        Some(_) | None => String::new(),
    };
    let named: Vec<String> = differences
        .iter()
        .take(MOST)
        .map(|one| format!("{} {} → {}{}", one.name, one.from, one.to, by(one)))
        .collect();
    let more = differences.len().saturating_sub(named.len());
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// `.1` of `0000:3b:00.1`.
fn function(device: &str) -> String {
    device.rsplit_once('.').map_or_else(|| device.to_owned(), |(_, function)| format!(".{function}"))
}

/// Which port or module of the card; functions of a card share them.
fn instance(subject: &Subject) -> String {
    match subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!("port {port}"),
        Subject::Module { module, .. } => format!("module {module}"),
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number { number: left, .. }, Value::Number { number: right, .. }) => left == right,
        (_, _) => left == right,
    }
}

fn difference(
    subject: &Subject,
    path: &str,
    views: &Views<'_>,
    from: (&Fact, &Value),
    to: (&Fact, &Value),
) -> SettingDifference {
    let mut evidence = from.0.evidence.clone();
    evidence.extend(to.0.evidence.iter().filter(|other| !from.0.evidence.contains(other)).cloned());
    SettingDifference {
        subject: subject.clone(),
        path: path.to_owned(),
        name: views.name().to_owned(),
        from: from.1.clone(),
        to: to.1.clone(),
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_most_comes_first() {
        assert!(rank("LINK_TYPE_P2") < rank("SRIOV_EN"));
        assert!(rank("SRIOV_EN") < rank("NUM_OF_VFS"));
        assert_eq!(rank("NUM_OF_VFS_X"), TELLING.len(), "without a star the whole name counts");
    }
}
