//! Whom to ask: the devices that discovery found, or simulated cards.
//!
//! Must not do: ask both in one run. A bundle is from the live system or it is not.

use std::path::PathBuf;

use mlx5_schemas::model::manifest::{self, Model, OtherNode, Source, TransportKind};

use super::models::{ModelError, load};
use crate::discovery::{self, Absence, NodeProblem, Selection};
use crate::host;
use crate::probe::ProbeId;
use crate::root::Root;
use crate::supervise::{DeviceOutcome, DeviceTask};
use crate::task::Target;
use crate::tools::{DeviceRuns, Installed, Search};

/// Where to look for devices, and which of them to take.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where the host's files are.
    pub root: Root,
    /// Simulated cards, instead of devices.
    pub models: Vec<PathBuf>,
    /// Which devices.
    pub selection: Selection,
    /// Where the vendor's tools are looked for.
    pub tools: Search,
}

/// One device, chosen to be asked.
#[derive(Debug, Clone)]
pub struct Device {
    /// As the manifest has it.
    pub description: manifest::Device,
    /// How it is reached, or why it cannot be.
    pub target: Result<Target, NodeProblem>,
}

/// Everything found that has to do with this run.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where the evidence comes from.
    pub source: Source,
    /// The devices chosen, by PCI address.
    pub devices: Vec<Device>,
    /// Nodes of other drivers.
    pub other_nodes: Vec<OtherNode>,
    /// Why there is no device at all, where there is none.
    pub absence: Option<Absence>,
    /// Arguments of `-d` that name no device.
    pub unmatched: Vec<String>,
    /// How many virtual functions are not listed for their number.
    pub left_out: usize,
    /// The vendor's tools that could be run; none where none may be.
    pub tools: Vec<Installed>,
}

/// Finds the devices that the user asked for.
///
/// # Errors
/// When a model is no card. That there is no device is no error.
pub fn find(place: &Place) -> Result<Found, ModelError> {
    let root = place.root.is_alternate().then(|| place.root.path().to_string_lossy().into_owned());
    let (source, devices, other_nodes, absence, left_out) = if place.models.is_empty() {
        let found = discovery::discover(&place.root);
        let source = root.map_or(Source::Live, |root| Source::AlternateRoot { root });
        let device = |found: discovery::Found| {
            let address = found.device.id.clone();
            let is_mlx5ctl = found.device.transport == TransportKind::Mlx5ctl;
            let target = found.node.map(|(node, device_number)| {
                if is_mlx5ctl {
                    Target::Mlx5ctl { node, address, device_number }
                } else {
                    Target::Fwctl { node, address, device_number }
                }
            });
            Device { description: found.device, target }
        };
        let devices = found.devices.into_iter().map(device).collect();
        (source, devices, found.other_nodes, found.absence, found.left_out)
    } else {
        let (models, devices) = simulated(&place.models)?;
        (Source::Simulated { models, root }, devices, Vec::new(), None, 0)
    };
    let all: Vec<&manifest::Device> = devices.iter().map(|device: &Device| &device.description).collect();
    let unmatched = place.selection.unmatched(&all).into_iter().map(str::to_owned).collect();
    let devices = devices.into_iter().filter(|device| place.selection.chooses(&device.description)).collect();
    // Only files are looked at: what is found is run only when that was asked for.
    let tools = if source == Source::Live { place.tools.found() } else { Vec::new() };
    Ok(Found { source, devices, other_nodes, absence, unmatched, left_out, tools })
}

impl Found {
    /// One task per device that can be asked.
    pub(super) fn tasks(&self, probes: &[ProbeId]) -> Vec<DeviceTask> {
        let task = |device: &Device| {
            let target = device.target.clone().ok()?;
            Some(DeviceTask { device: device.description.clone(), target, probes: probes.to_vec() })
        };
        if probes.is_empty() { Vec::new() } else { self.devices.iter().filter_map(task).collect() }
    }

    /// The PCI functions of these devices, for the kernel's view of them.
    pub(super) fn functions(&self, place: &Place) -> Vec<host::Function> {
        let has_function = |device: &&Device| {
            place.models.is_empty()
                // The function of that address on a live host is not the simulated card's.
                || (place.root.is_alternate()
                    && place.root.exists(&format!("{}/{}", discovery::pci::FUNCTIONS, device.description.id)))
        };
        let function = |device: &Device| host::Function {
            address: device.description.id.clone(),
            is_virtual: device.description.physical_function.is_some(),
            has_node: device.target.is_ok(),
        };
        self.devices.iter().filter(has_function).map(function).collect()
    }

    /// The devices that the vendor's tools are run for, when that is asked for: those that cannot be asked otherwise.
    pub(super) fn for_tools(&self) -> Vec<manifest::Device> {
        let is_for_tools = |device: &&Device| match (&self.source, &device.target) {
            // A virtual function has no gateway of its own.
            (Source::Live, Err(problem)) => !matches!(problem, NodeProblem::Virtual { .. }),
            (Source::Live, Ok(_))
            | (Source::Simulated { .. } | Source::AlternateRoot { .. } | Source::Imported { .. }, _) => false,
        };
        self.devices.iter().filter(is_for_tools).map(|device| device.description.clone()).collect()
    }

    /// The devices for the manifest, with what was learnt of them when they were opened, and how they answered.
    pub(super) fn described(
        &self,
        outcomes: &[DeviceOutcome],
        tools: &[DeviceRuns],
    ) -> Vec<manifest::Device> {
        let described = |device: &Device| {
            let asked = outcomes.iter().find(|outcome| outcome.device.id == device.description.id);
            let mut described =
                asked.map_or_else(|| device.description.clone(), |outcome| outcome.device.clone());
            if tools.iter().any(|runs| runs.device == described.id && runs.has_answer()) {
                described.transport = TransportKind::VendorTool;
            }
            described
        };
        self.devices.iter().map(described).collect()
    }

    /// What is missing from a run of these probes as a whole. `tools` is what the vendor's tools gave; a device whose
    /// configuration they gave is not missing.
    pub fn notes(&self, probes: &[ProbeId], tools: &[DeviceRuns]) -> Vec<String> {
        let mut notes = Vec::new();
        let without_way = self.devices.iter().filter(|device| {
            device.target.as_ref().is_err_and(|problem| !problem.is_no_loss())
                && !tools.iter().any(|runs| runs.device == device.description.id && runs.has_answer())
        });
        let is_missed = self.devices.is_empty() || without_way.count() > 0;
        if let Some(absence) = self.absence.as_ref().filter(|_| is_missed && !probes.is_empty()) {
            let mut note = format!("no device was asked: {}; {}", absence.why(), absence.remedy());
            match tools.iter().find_map(|runs| runs.reason.as_deref()) {
                Some(reason) => note.push_str(&format!("; {reason}")),
                None if tools.is_empty() => note.push_str(&self.other_way()),
                None => note.push_str("; what came of the vendor's tools is told for each device"),
            }
            notes.push(note);
        }
        for argument in &self.unmatched {
            notes.push(format!(
                "there is no device {argument}, which was named; `mlx5-collector list` shows those that are"
            ));
        }
        notes
    }

    /// What the vendor's tools could do for devices without a node.
    fn other_way(&self) -> String {
        if self.for_tools().is_empty() {
            return String::new();
        }
        match self.tools.as_slice() {
            [] => "; or install mstflint and run it again with --with-tools".to_owned(),
            tools => {
                let names: Vec<&str> = tools.iter().map(|tool| tool.program.word()).collect();
                format!("; or run it again with --with-tools (installed: {})", names.join(", "))
            }
        }
    }

    /// What is to be known of the run, and is no lack.
    pub(super) fn remarks(&self, tools: &[DeviceRuns]) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.left_out > 0 {
            remarks.push(format!("{} more virtual functions without a node are not listed", self.left_out));
        }
        if tools.iter().any(DeviceRuns::was_run) {
            remarks.push(
                "vendor's tools went through the PCI gateway: what they write to its registers, and the lock files that they leave in /tmp, are not this program's and not proven harmless by it"
                    .to_owned(),
            );
        }
        remarks
    }
}

fn simulated(paths: &[PathBuf]) -> Result<(Vec<Model>, Vec<Device>), ModelError> {
    let mut models: Vec<Model> = Vec::new();
    let mut extended = Vec::new();
    let mut devices: Vec<Device> = Vec::new();
    for card in paths.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        if devices.iter().any(|device| device.description.id == card.device.id) {
            return Err(ModelError::SameAddress { path: card.path, address: card.device.id });
        }
        let mut files = card.models.into_iter();
        models.extend(files.next());
        extended.extend(files);
        // The worker's working directory is this one's; an absolute path says the same in every message.
        let model = std::path::absolute(&card.path).unwrap_or(card.path);
        devices.push(Device { description: card.device, target: Ok(Target::Simulated { model }) });
    }
    devices.sort_by(|a, b| a.description.id.cmp(&b.description.id));
    // Behind the models that were named stand the files that they extend; cards of one family share some.
    for file in extended {
        if !models.contains(&file) {
            models.push(file);
        }
    }
    Ok((models, devices))
}
