//! What a card is: board, PSID, firmware, driver.
//!
//! Must not do: choose between sources that contradict each other without saying so.

use mlx5_schemas::model::fact::{Evidence, Fact};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Statement, Tone, Topic};

use super::{Card, plain, say, short};
use crate::case::{Case, DriverOrigin, FamilySource, owner};
use crate::known::About;

/// Longest description that is shown.
const DESCRIPTION: usize = 64;

/// What one function says.
pub(super) fn statements(case: &Case, device: &Device, about: &About<'_>) -> Vec<Statement> {
    vec![board(case, device, about), psid(about), firmware(case, device, about), driver(about)]
}

fn first<'a>(case: &'a Case, device: &Device, paths: &[&str]) -> Option<(&'a Fact, String)> {
    paths.iter().find_map(|path| plain(case, device, path))
}

fn board(case: &Case, device: &Device, about: &About<'_>) -> Statement {
    let mut words = Vec::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    if let Some(family) = &about.family {
        let by = match family.source {
            FamilySource::Firmware => " (by its firmware's number)",
            FamilySource::Pci | FamilySource::Board | FamilySource::Name => "",
        };
        let kind = if family.is_virtual { ", a virtual function" } else { "" };
        let other = if family.is_mlx4() { ", driven by mlx4_core: read as far as the text goes" } else { "" };
        let or = family.or.map(|or| format!(" or {or}")).unwrap_or_default();
        words.push(format!("{}{or}{by}{kind}{other}", family.name));
        evidence.extend(family.evidence.iter().cloned());
    }
    let parts = [
        &["board/part_number", "mlxfwmanager/part_number", "flint/part_number", "lspci/vpd.part_number"][..],
        &[
            "board/description",
            "mlxfwmanager/description",
            "flint/description",
            "lspci/subsystem",
            "lspci/vpd.product_name",
            "lspci/name",
        ][..],
    ];
    for paths in parts {
        if let Some((fact, text)) = first(case, device, paths) {
            words.push(short(&text, DESCRIPTION));
            evidence.extend(fact.evidence.iter().cloned());
        }
    }
    if words.is_empty() {
        return say(Topic::Board, Tone::Unknown, "family and board", Vec::new());
    }
    say(Topic::Board, Tone::Plain, words.join(", "), evidence)
}

fn psid(about: &About<'_>) -> Statement {
    let Some(psid) = about.identity.psid_text() else {
        return say(Topic::Psid, Tone::Unknown, "PSID", Vec::new());
    };
    let evidence = about.identity.psids.iter().flat_map(|fact| fact.evidence.clone()).collect();
    let others = about.identity.psid_contradictions();
    if !others.is_empty() {
        let words =
            format!("{psid} by {}, {}: which holds is open", source(about.identity.psid), list(&others));
        return say(Topic::Psid, Tone::Attention, words, evidence);
    }
    let whose = match owner(psid) {
        Some(owner) if owner.is_oem => {
            format!("{}: firmware and factory values come from there", owner.vendor)
        }
        Some(owner) => format!("{}'s own", owner.vendor),
        None => "of a vendor that is not known here by these letters".to_owned(),
    };
    say(Topic::Psid, Tone::Plain, format!("{psid}, {whose}"), evidence)
}

/// The tool or kernel interface that a fact is from.
fn source(fact: Option<&Fact>) -> &str {
    match fact.and_then(|fact| fact.path.split('/').next()).unwrap_or_default() {
        "fw" => "the device's register",
        "log" => "the kernel log",
        "rdma" => "the RDMA device",
        other => other,
    }
}

fn list(facts: &[&Fact]) -> String {
    let said: Vec<String> = facts
        .iter()
        .filter_map(|fact| Some(format!("{} by {}", fact.value()?, source(Some(fact)))))
        .collect();
    said.join(", ")
}

fn firmware(case: &Case, device: &Device, about: &About<'_>) -> Statement {
    let identity = &about.identity;
    let evidence: Vec<Evidence> =
        identity.running.iter().chain(&identity.stored).flat_map(|fact| fact.evidence.clone()).collect();
    let running = identity.running.first().and_then(|fact| fact.value()).map(ToString::to_string);
    let stored = identity.stored_text();
    // The driver prints all ones where it could not read the stored version.
    let unread = stored.is_none()
        && plain(case, device, "devlink/info.stored.fw.version")
            .is_some_and(|(_, text)| text.starts_with("255."));
    let (mut tone, mut words) = match (running, stored) {
        (None, None) => return say(Topic::Firmware, Tone::Unknown, "firmware version", Vec::new()),
        (Some(running), None) if unread => {
            (Tone::Attention, format!("{running} runs; the driver could not read what is stored"))
        }
        (Some(running), None) => (Tone::Plain, format!("{running} runs; what is stored was not told")),
        (None, Some(stored)) => (Tone::Plain, format!("{stored} is stored; what runs was not told")),
        (Some(running), Some(stored)) => match identity.runs_what_is_stored() {
            Some(false) => (
                Tone::Attention,
                format!("{running} runs, {stored} is stored: it runs after the next reset of the device"),
            ),
            Some(true) | None if identity.running_is_concluded() => {
                let tool = source(identity.running.first().copied());
                (Tone::Plain, format!("{stored} is stored; {tool} names no other that runs"))
            }
            Some(true) | None => (Tone::Plain, format!("{running} runs and is stored")),
        },
    };
    if let Some((_, available)) = plain(case, device, "mlxfwmanager/versions.fw.available")
        && available.starts_with(|c: char| c.is_ascii_digit())
        && Some(available.as_str()) != stored
    {
        words.push_str(&format!("; {available} is offered"));
    }
    let others = identity.running_contradictions();
    if !others.is_empty() {
        tone = Tone::Attention;
        words.push_str(&format!("; but {}", list(&others)));
    }
    say(Topic::Firmware, tone, words, evidence)
}

fn driver(about: &About<'_>) -> Statement {
    let driver = &about.driver;
    // Without a name what is known is of the host's module.
    let name = driver.name.as_deref().unwrap_or("mlx5_core of this host");
    let version = driver.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let (tone, origin) = match driver.origin {
        DriverOrigin::InTree => (Tone::Plain, "the kernel's own"),
        DriverOrigin::OutOfTree => (Tone::Attention, "out of tree (MLNX_OFED or DOCA)"),
        DriverOrigin::Unknown if driver.name.is_none() => {
            return say(Topic::Driver, Tone::Unknown, "driver", Vec::new());
        }
        DriverOrigin::Unknown => (Tone::Plain, "whether it is the kernel's own was not told"),
    };
    let why = match driver.origin {
        DriverOrigin::InTree | DriverOrigin::OutOfTree => format!(": {}", driver.why),
        DriverOrigin::Unknown => String::new(),
    };
    say(Topic::Driver, tone, format!("{name}{version}, {origin}{why}"), driver.evidence.clone())
}

/// What the functions of a card say, put together: what all say is said once; what one says and another does not has
/// the function's number before it.
pub(super) fn together(card: &Card<'_>, mut per_function: Vec<Vec<Statement>>) -> Vec<Statement> {
    if per_function.len() == 1 {
        return per_function.pop().unwrap_or_default();
    }
    let mut groups: Vec<(Statement, Vec<usize>)> = Vec::new();
    for (function, statements) in per_function.into_iter().enumerate() {
        for statement in statements {
            let same = groups.iter_mut().find(|(known, _)| {
                (known.topic, known.tone, &known.words) == (statement.topic, statement.tone, &statement.words)
            });
            match same {
                Some((known, functions)) => {
                    known.evidence.extend(statement.evidence);
                    functions.push(function);
                }
                None => groups.push((statement, vec![function])),
            }
        }
    }
    let said: Vec<Topic> =
        groups.iter().filter(|(one, _)| one.tone != Tone::Unknown).map(|(one, _)| one.topic).collect();
    // What only one function tells of the card is the card's.
    let alone = |topic: Topic| {
        matches!(topic, Topic::Board | Topic::Psid | Topic::Firmware | Topic::Driver)
            && said.iter().filter(|known| **known == topic).count() == 1
    };
    groups
        .into_iter()
        // Where one function tells, that another does not is no gap worth a line.
        .filter(|(one, _)| one.tone != Tone::Unknown || !said.contains(&one.topic))
        .map(|(mut statement, functions)| {
            let is_all = functions.len() == card.functions.len();
            if !is_all && statement.tone != Tone::Unknown && !alone(statement.topic) {
                let names: Vec<String> = functions
                    .iter()
                    .filter_map(|place| card.functions.get(*place))
                    .map(|device| match device.id.rsplit_once('.') {
                        Some((_, function)) => format!(".{function}"),
                        None => device.id.clone(),
                    })
                    .collect();
                statement.words = format!("{}: {}", names.join(" "), statement.words);
            }
            statement
        })
        .collect()
}
