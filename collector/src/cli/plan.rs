//! `plan`: every request that would be made, and with `--with-tools` every command line that would be run.
//!
//! Must not do: touch a device or run a tool.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::style::printable;
use super::{Exit, Format, ProbeName, put};
use crate::plan::{Planned, planned};
use crate::probe::ProbeId;
use crate::tools::command::{Address, VERSION};
use crate::tools::{Reading, Search};

/// One request in JSON.
#[derive(Debug, Serialize)]
struct Row<'a> {
    probe: &'static str,
    name: &'a str,
    opcode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    register: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    never: Option<&'static str>,
    /// The input as it would be sent, in hex without trailing zeros.
    input: String,
}

/// One command line in JSON.
#[derive(Debug, Serialize)]
struct Line {
    probe: &'static str,
    command: Vec<String>,
}

/// A row of the plan in JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Request(Row<'a>),
    Line(Line),
}

pub(super) fn plan(chosen: &BTreeSet<ProbeName>, tools: Option<&Search>, format: Format) -> io::Result<Exit> {
    let probes: Vec<ProbeId> = chosen.iter().filter_map(|name| name.id()).collect();
    let plan = planned(&probes);
    let lines = if probes.is_empty() { None } else { tools.map(lines) };
    match format {
        Format::Json => {
            let lines = lines.into_iter().flatten().map(|command| Line { probe: "tools", command });
            let rows: Vec<Entry<'_>> =
                plan.iter().map(row).map(Entry::Request).chain(lines.map(Entry::Line)).collect();
            put(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
        }
        Format::Text => {
            put(&text(&plan, chosen.contains(&ProbeName::Host)))?;
            if let (Some(lines), Some(search)) = (lines, tools) {
                put(&tools_text(&lines, search))?;
            }
        }
    }
    Ok(Exit::Complete)
}

/// The command lines, with a word in place of the address: first those that ask programs for their version.
fn lines(search: &Search) -> Vec<Vec<String>> {
    let found = search.found();
    let file = |program| {
        let installed = found.iter().find(|installed| installed.program == program)?;
        Some(installed.file.display().to_string())
    };
    let versions =
        found.iter().map(|installed| vec![installed.file.display().to_string(), VERSION.to_owned()]);
    let readings = Reading::ALL.into_iter().filter_map(|reading| {
        let file = reading.programs().into_iter().find_map(file)?;
        Some(std::iter::once(file).chain(reading.arguments(&Address::placeholder())).collect())
    });
    versions.chain(readings).collect()
}

fn tools_text(lines: &[Vec<String>], search: &Search) -> String {
    let mut text = "tools, for devices without a usable node only\n".to_owned();
    for line in lines {
        text.push_str(&format!("  {}\n", printable(&line.join(" "))));
    }
    if lines.is_empty() {
        text.push_str(&format!("  none is installed ({})\n", printable(&search.to_string())));
    }
    text.push_str("through the PCI gateway, to whose registers they write\n");
    text
}

fn row(planned: &Planned) -> Row<'_> {
    let input = planned.request.input();
    let used = input.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    Row {
        probe: planned.probe.word(),
        name: &planned.name,
        opcode: format!("0x{:03x}", planned.request.opcode().0),
        register: planned.request.as_register().map(|(id, _)| format!("0x{id:04x}")),
        repeats: planned.repeats.as_deref(),
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
        words.extend(planned.repeats.clone());
        words.extend(planned.condition.map(str::to_owned));
        words.extend(planned.never.map(|reason| format!("never: {}", reason.words())));
        text.push_str(&format!("  {}\n", words.join(", ")));
    }
    if host {
        text.push_str(
            "host
  files of /proc and /sys, lines of /dev/kmsg
  of each function, from its driver: files of its interfaces, ethtool -i, devlink (of one without a node also info and param)
  all of it reads; for link states, versions and permanent parameters the driver reads from the firmware\n",
        );
    }
    let asked = plan.iter().filter(|planned| planned.never.is_none()).count();
    text.push_str(&format!("{asked} requests, all of them reads at scope DEBUG_READ_ONLY\n"));
    text
}
