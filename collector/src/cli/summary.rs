//! What is said at the end of a run: where the bundle is, what to quote, what is in it and what is missing.
//!
//! Must not do: repeat values of the device beyond those that identify it.

use std::fmt::Write;

use mlx5_schemas::model::fact::Fact;
use mlx5_schemas::model::manifest::{Device, ProbeReport, Seal, Source};
use mlx5_schemas::model::status::CollectionStatus;

use super::style::{Style, printable};
use crate::discovery::pci;
use crate::run::{DeviceRoute, Finished};

/// The order in which items are counted.
const STATUSES: [CollectionStatus; 8] = [
    CollectionStatus::Captured,
    CollectionStatus::Absent,
    CollectionStatus::Masked,
    CollectionStatus::Skipped,
    CollectionStatus::NotRecorded,
    CollectionStatus::Denied,
    CollectionStatus::Error,
    CollectionStatus::Timeout,
];

/// The words, ready for stderr.
pub(super) fn summary(finished: &Finished, style: Style) -> String {
    let manifest = &finished.manifest;
    let mut out = String::new();
    // Writing to a string does not fail.
    for note in &manifest.notes {
        let _ = writeln!(out, "{}", style.warning(capital(&printable(note))));
    }
    if let Some(words) = source_words(&manifest.source) {
        let _ = writeln!(out, "{words}");
    }
    for device in &manifest.devices {
        let _ = writeln!(out, "{}", style.strong(title(device, finished)));
        let of_device = manifest.probes.iter().filter(|row| row.device.as_deref() == Some(&device.id));
        match finished.routes.get(&device.id) {
            Some(route) => {
                let _ = writeln!(out, "  {}", printable(&route_words(device, route, finished)));
                // What was not asked has that one reason.
                rows(&mut out, of_device.filter(|row| !row.items.is_empty() || row.probe == "tools"), style);
            }
            None => rows(&mut out, of_device, style),
        }
    }
    for node in &manifest.other_nodes {
        let _ = writeln!(out, "{}", printable(&format!("{} left alone: {}", node.node, node.reason)));
    }
    let _ = writeln!(out, "{}", style.strong("host"));
    rows(&mut out, manifest.probes.iter().filter(|row| row.device.is_none()), style);

    let place = finished.path.as_ref().map_or_else(|| "stdout".to_owned(), |path| path.display().to_string());
    let verdict = if manifest.complete { style.good("complete") } else { style.warning("incomplete") };
    let _ = writeln!(
        out,
        "\n{}: {} ({verdict}, {} bytes)",
        style.strong("Bundle"),
        printable(&place),
        finished.length
    );
    let _ = writeln!(out, "SHA-256: {}", finished.sha256);
    let _ = match &manifest.seal {
        Seal::OneRunKey { fingerprint } => writeln!(
            out,
            "Sealed with a key made for this run: {}\nQuote this fingerprint in the ticket: it shows that the bundle is the one you made.",
            style.strong(fingerprint)
        ),
        Seal::NamedKey { fingerprint } => writeln!(out, "Signed with {}", style.strong(fingerprint)),
        Seal::Unsigned => writeln!(out, "{}", style.warning("Not signed, as asked.")),
    };
    out
}

fn source_words(source: &Source) -> Option<String> {
    match source {
        Source::Live => None,
        Source::Simulated { models, .. } => {
            let names: Vec<String> = models.iter().map(|model| printable(&model.words())).collect();
            Some(format!("Simulated: {}", names.join(", ")))
        }
        Source::AlternateRoot { root } => {
            Some(format!("Files below {}; no device was asked", printable(root)))
        }
        Source::Imported { .. } => Some("Imported text; no device was asked".to_owned()),
    }
}

/// `0000:3b:00.0  ConnectX-6 Dx  fwctl0  PSID MT_0000000359  firmware 22.41.1000`
fn title(device: &Device, finished: &Finished) -> String {
    let mut words = vec![device.id.clone()];
    words.extend(device.pci.get("device").and_then(|id| pci::model_name(id)).map(str::to_owned));
    words.extend(device.node.clone());
    for (path, word) in [("fw/psid", "PSID"), ("fw/version", "firmware")] {
        let of_device = |fact: &&Fact| fact.path == path && fact.subject.device() == Some(&device.id);
        if let Some(value) = finished.facts.iter().find(of_device).and_then(|fact| fact.value()) {
            words.push(format!("{word} {value}"));
        }
    }
    printable(&words.join("  "))
}

/// Which way brought what is known of a device that was not asked over fwctl.
fn route_words(device: &Device, route: &DeviceRoute, finished: &Finished) -> String {
    if !route.tools.is_empty() {
        return format!("{}; {} (reported)", route.why, route.tools.join(", "));
    }
    let value = |paths: &[&str], ending: &str| {
        let fits =
            |path: &str| paths.contains(&path) || (path.starts_with("rdma/") && path.ends_with(ending));
        let of_device = finished.facts.iter().filter(|fact| fact.subject.device() == Some(&device.id));
        // In the order of the paths: what the kernel asks the firmware for comes before what it remembers.
        let mut known: Vec<&Fact> =
            of_device.filter(|fact| fits(&fact.path) && fact.value().is_some()).collect();
        known.sort_by_key(|fact| paths.iter().position(|path| *path == fact.path).unwrap_or(paths.len()));
        known.first().and_then(|fact| fact.value()).map(ToString::to_string)
    };
    let firmware = value(&["devlink/info.running.fw.version", "ethtool/firmware_version"], ".fw_ver");
    let psid = value(&["devlink/info.fixed.fw.psid", "ethtool/psid"], ".board_id");
    let known: Vec<String> =
        [firmware.map(|it| format!("firmware {it}")), psid.map(|it| format!("PSID {it}"))]
            .into_iter()
            .flatten()
            .collect();
    let mut words = format!("{}; kernel's view only", route.why);
    if !known.is_empty() {
        words.push_str(&format!(": {}", known.join(", ")));
    }
    if let Some(remedy) = &route.remedy {
        words.push_str("; NV configuration not read");
        if !remedy.is_empty() {
            words.push_str(&format!(": {remedy}"));
        }
    }
    words
}

fn rows<'a>(out: &mut String, rows: impl Iterator<Item = &'a ProbeReport>, style: Style) {
    for row in rows {
        let count =
            |status: &CollectionStatus| row.items.get(status.word()).map(|count| format!("{count} {status}"));
        let counts: Vec<String> = STATUSES.iter().filter_map(count).collect();
        let status = format!("{:<12}", row.status);
        let status = if row.status.is_gap() { style.warning(status) } else { status };
        let line = format!("  {:<14} {status} {}", row.probe, counts.join(", "));
        let _ = writeln!(out, "{}", line.trim_end());
        if let Some(reason) = &row.reason {
            let _ = writeln!(out, "                 {}", printable(reason));
        }
    }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
