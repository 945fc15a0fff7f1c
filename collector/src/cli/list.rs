//! `list`: the devices, other drivers' nodes, the vendor's tools, and why there is no device.
//!
//! Must not do: open a node, or run a tool.

use std::io;
use std::path::Path;

use serde::Serialize;

use mlx5_schemas::model::manifest::{self, TransportKind};

use super::style::printable;
use super::{Exit, Format, put, say};
use crate::discovery::pci;
use crate::probe::ProbeId;
use crate::run::{self, Place};
use crate::tools::Installed;

/// One device in JSON.
#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    device: &'a manifest::Device,
    /// Why it cannot be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Everything in JSON.
#[derive(Debug, Serialize)]
struct List<'a> {
    devices: Vec<Row<'a>>,
    other_nodes: &'a [manifest::OtherNode],
    /// The vendor's tools that `--with-tools` would run; none was run to find them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    notes: Vec<String>,
}

/// One of the vendor's tools in JSON.
#[derive(Debug, Serialize)]
struct Tool<'a> {
    program: &'static str,
    file: &'a Path,
}

pub(super) fn list(place: &Place, format: Format) -> io::Result<Exit> {
    let found = match run::find(place) {
        Ok(found) => found,
        Err(error) => {
            say(&format!("mlx5-collector: {}\n", printable(&error.to_string())));
            return Ok(Exit::NoBundle);
        }
    };
    let notes = found.notes(&ProbeId::STANDARD, &[]);
    let exit = if notes.is_empty() { Exit::Complete } else { Exit::Incomplete };
    let rows: Vec<Row<'_>> = found
        .devices
        .iter()
        .map(|device| Row {
            device: &device.description,
            problem: device.target.as_ref().err().map(ToString::to_string),
        })
        .collect();
    match format {
        Format::Json => {
            let tools = found.tools.iter().map(tool).collect();
            let list = List { devices: rows, other_nodes: &found.other_nodes, tools, notes };
            put(&format!("{}\n", serde_json::to_string_pretty(&list)?))?;
        }
        Format::Text => {
            let mut text = String::new();
            for row in &rows {
                text.push_str(&line(row));
            }
            for node in &found.other_nodes {
                let line = format!("{:<13} left alone: {}", node.node, node.reason);
                text.push_str(&format!("{}\n", printable(&line)));
            }
            for tool in &found.tools {
                let line = format!("{:<13} {}, for --with-tools", tool.program.word(), tool.file.display());
                text.push_str(&format!("{}\n", printable(&line)));
            }
            put(&text)?;
            for note in &notes {
                say(&format!("{}\n", printable(note)));
            }
        }
    }
    Ok(exit)
}

fn tool(tool: &Installed) -> Tool<'_> {
    Tool { program: tool.program.word(), file: &tool.file }
}

fn without_node(device: &manifest::Device) -> &'static str {
    if device.transport == TransportKind::Simulated { "simulated" } else { "no node" }
}

fn line(row: &Row<'_>) -> String {
    let device = row.device;
    let id = device.pci.get("device").map_or("", String::as_str);
    let mut words = vec![
        format!("{:<13}", device.id),
        format!("{:<8}", device.node.as_deref().unwrap_or(without_node(device))),
        pci::model_name(id).map_or_else(|| format!("PCI device {id}"), str::to_owned),
    ];
    words.extend(device.netdevs.iter().cloned());
    words.extend(device.rdma_devices.iter().cloned());
    if let Some(function) = &device.physical_function {
        words.push(format!("virtual function of {function}"));
    }
    let mut line = format!("{}\n", printable(&words.join("  ")));
    if let Some(problem) = &row.problem {
        line.push_str(&format!("              cannot be asked: {}\n", printable(problem)));
    }
    line
}
