//! The links of a function: its PCI slot against what the card can, and its network ports.
//!
//! Must not do: call a link slow of which only one side was read.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Evidence, Fact, Subject};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Statement, Tone, Topic};

use super::{plain, say};
use crate::case::Case;

/// Most network interfaces that are named.
const MOST: usize = 2;

/// What is said of the links.
pub(super) fn statements(case: &Case, device: &Device) -> Vec<Statement> {
    let mut statements: Vec<Statement> =
        [pci(case, device), bandwidth(case, device)].into_iter().flatten().collect();
    statements.extend(virtual_functions(case, device));
    statements.extend(kind(case, device));
    statements.extend(networks(case, device));
    if statements.is_empty() {
        statements.push(say(Topic::Link, Tone::Unknown, "PCI and network link", Vec::new()));
    }
    statements
}

fn pci(case: &Case, device: &Device) -> Option<Statement> {
    let part = |path: &str| plain(case, device, path);
    let (speed, width) = (part("pci/current_link_speed")?, part("pci/current_link_width")?);
    let can = part("pci/max_link_speed").zip(part("pci/max_link_width"));
    let mut evidence: Vec<Evidence> =
        [speed.0, width.0].iter().flat_map(|fact| fact.evidence.clone()).collect();
    let plain_speed = |text: &str| text.trim_end_matches(" PCIe").to_owned();
    let now = format!("PCIe {} x{}", plain_speed(&speed.1), width.1);
    let Some((max_speed, max_width)) = can else {
        return Some(say(
            Topic::Link,
            Tone::Plain,
            format!("{now}; what the card can was not told"),
            evidence,
        ));
    };
    evidence.extend([max_speed.0, max_width.0].iter().flat_map(|fact| fact.evidence.clone()));
    let most = format!("{} x{}", plain_speed(&max_speed.1), max_width.1);
    let is_less = plain_speed(&speed.1) != plain_speed(&max_speed.1) || width.1 != max_width.1;
    Some(if is_less {
        let words =
            format!("{now}, and the card can {most}: a slower or narrower slot, or a link trained down");
        say(Topic::Link, Tone::Attention, words, evidence)
    } else {
        say(Topic::Link, Tone::Plain, format!("{now}, all that the card can"), evidence)
    })
}

/// The kernel logs this where the slot gives less than the card can.
fn bandwidth(case: &Case, device: &Device) -> Option<Statement> {
    let (fact, text) = plain(case, device, "log/pcie_bandwidth")?;
    let tone = if text.contains("limited") { Tone::Attention } else { Tone::Plain };
    Some(say(Topic::Link, tone, format!("PCIe {text} (kernel log)"), fact.evidence.clone()))
}

/// How many virtual functions there are, of how many that PCI offers.
fn virtual_functions(case: &Case, device: &Device) -> Option<Statement> {
    let (now, most) = (plain(case, device, "pci/sriov_numvfs")?, plain(case, device, "pci/sriov_totalvfs")?);
    let evidence = [now.0, most.0].iter().flat_map(|fact| fact.evidence.clone()).collect();
    let words = format!("{} of {} virtual functions that PCI offers", now.1, most.1);
    (most.1 != "0").then(|| say(Topic::Link, Tone::Plain, words, evidence))
}

/// InfiniBand or Ethernet, as the driver's name says: `mlx5_core[ib_ipoib]` serves an interface over InfiniBand.
fn kind(case: &Case, device: &Device) -> Option<Statement> {
    let (fact, driver) = plain(case, device, "ethtool/driver")?;
    driver.contains("ipoib").then(|| {
        let words = "the port runs InfiniBand: its network interface is IPoIB";
        say(Topic::Link, Tone::Attention, words, fact.evidence.clone())
    })
}

fn networks(case: &Case, device: &Device) -> Vec<Statement> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut interfaces: BTreeMap<&str, Vec<(&str, &Fact)>> = BTreeMap::new();
    for (root, wanted) in [
        ("netdev/", &["speed", "link_detected", "operstate"][..]),
        ("rdma/", &["state", "phys_state", "rate", "link_layer"][..]),
    ] {
        for fact in case.facts.below(&subject, root) {
            let Some((name, key)) = fact.path.strip_prefix(root).and_then(|rest| rest.rsplit_once('.'))
            else {
                continue;
            };
            if wanted.contains(&key) && fact.value().is_some() {
                interfaces.entry(name).or_default().push((key, fact));
            }
        }
    }
    let mut statements: Vec<Statement> = interfaces
        .into_iter()
        .map(|(name, facts)| {
            let said: Vec<String> = facts
                .iter()
                .filter_map(|(key, fact)| {
                    let value = fact.value()?.to_string();
                    Some(match *key {
                        "speed" => format!("{value} Mb/s"),
                        "link_detected" => format!("link detected: {value}"),
                        _ => value,
                    })
                })
                .collect();
            let words = format!("{name}: {}", said.join(", "));
            let is_down = facts.iter().any(|(key, fact)| {
                let value = fact.value().map(|value| value.to_string().to_lowercase()).unwrap_or_default();
                match *key {
                    "operstate" => value == "down",
                    "link_detected" => value == "no" || value == "0",
                    "state" => !value.contains("active"),
                    _ => false,
                }
            });
            let tone = if is_down { Tone::Attention } else { Tone::Plain };
            let evidence = facts.iter().flat_map(|(_, fact)| fact.evidence.clone()).collect();
            say(Topic::Link, tone, words, evidence)
        })
        .collect();
    // What is down comes first, so that it is not among those that have no line.
    statements.sort_by_key(|statement| statement.tone != Tone::Attention);
    let rest = statements.split_off(MOST.min(statements.len()));
    if !rest.is_empty() {
        let more = super::count(rest.len(), "more interface", "more interfaces");
        let words = format!("and {more}; show FILE 'netdev/**' 'rdma/**' lists them");
        let evidence = rest.into_iter().flat_map(|statement| statement.evidence).collect();
        statements.push(say(Topic::Link, Tone::Plain, words, evidence));
    }
    statements
}
