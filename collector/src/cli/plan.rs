//! `plan`: every request that would be made.
//!
//! Must not do: touch a device or the host.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::{Exit, Format, ProbeName, put};
use crate::plan::{Planned, planned};
use crate::probe::ProbeId;

/// One request in JSON.
#[derive(Debug, Serialize)]
struct Row<'a> {
    probe: &'static str,
    name: &'a str,
    opcode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    register: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    never: Option<&'static str>,
    /// The input as it would be sent, in hex without trailing zeros.
    input: String,
}

pub(super) fn plan(chosen: &BTreeSet<ProbeName>, format: Format) -> io::Result<Exit> {
    let probes: Vec<ProbeId> = chosen.iter().filter_map(|name| name.id()).collect();
    let plan = planned(&probes);
    match format {
        Format::Json => {
            let rows: Vec<Row<'_>> = plan.iter().map(row).collect();
            put(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
        }
        Format::Text => put(&text(&plan, chosen.contains(&ProbeName::Host)))?,
    }
    Ok(Exit::Complete)
}

fn row(planned: &Planned) -> Row<'_> {
    let input = planned.request.input();
    let used = input.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    Row {
        probe: planned.probe.word(),
        name: &planned.name,
        opcode: format!("0x{:03x}", planned.request.opcode().0),
        register: planned.request.as_register().map(|(id, _)| format!("0x{id:04x}")),
        repeats: planned.repeats,
        condition: planned.condition,
        never: planned.never.map(|reason| reason.words()),
        input: input.iter().take(used).map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn text(plan: &[Planned], host: bool) -> String {
    let mut text = String::new();
    let mut probe = None;
    for planned in plan {
        if probe != Some(planned.probe) {
            probe = Some(planned.probe);
            text.push_str(&format!("{}\n", planned.probe));
        }
        let mut words = vec![planned.name.clone()];
        words.extend(planned.repeats.map(str::to_owned));
        words.extend(planned.condition.map(str::to_owned));
        words.extend(planned.never.map(|reason| format!("never: {}", reason.words())));
        text.push_str(&format!("  {}\n", words.join(", ")));
    }
    if host {
        text.push_str(
            "host\n  files of /proc and /sys and lines of /dev/kmsg, read only; no request to a device\n",
        );
    }
    let asked = plan.iter().filter(|planned| planned.never.is_none()).count();
    text.push_str(&format!("{asked} requests, all of them reads at scope DEBUG_READ_ONLY\n"));
    text
}
