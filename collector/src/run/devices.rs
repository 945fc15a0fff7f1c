//! Whom to ask: the devices that discovery found, or simulated cards.
//!
//! Must not do: ask both in one run. A bundle is from the live system or it is not.

use std::path::PathBuf;

use mlx5_schemas::model::manifest::{self, Model, OtherNode, Source};

use super::models::{ModelError, load};
use crate::discovery::{self, Absence, NodeProblem, Selection};
use crate::probe::ProbeId;
use crate::root::Root;
use crate::supervise::{DeviceOutcome, DeviceTask};
use crate::task::Target;

/// Where to look for devices, and which of them to take.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where the host's files are.
    pub root: Root,
    /// Simulated cards, instead of devices.
    pub models: Vec<PathBuf>,
    /// Which devices.
    pub selection: Selection,
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
}

/// Finds the devices that the user asked for.
///
/// # Errors
/// When a model is no card. That there is no device is no error.
pub fn find(place: &Place) -> Result<Found, ModelError> {
    let root = place.root.is_alternate().then(|| place.root.path().to_string_lossy().into_owned());
    let (source, devices, other_nodes, absence) = if place.models.is_empty() {
        let found = discovery::discover(&place.root);
        let source = root.map_or(Source::Live, |root| Source::AlternateRoot { root });
        let device = |found: discovery::Found| {
            let address = found.device.id.clone();
            let target =
                found.node.map(|(node, device_number)| Target::Fwctl { node, address, device_number });
            Device { description: found.device, target }
        };
        (source, found.devices.into_iter().map(device).collect(), found.other_nodes, found.absence)
    } else {
        let (models, devices) = simulated(&place.models)?;
        (Source::Simulated { models, root }, devices, Vec::new(), None)
    };
    let all: Vec<&manifest::Device> = devices.iter().map(|device: &Device| &device.description).collect();
    let unmatched = place.selection.unmatched(&all).into_iter().map(str::to_owned).collect();
    let devices = devices.into_iter().filter(|device| place.selection.chooses(&device.description)).collect();
    Ok(Found { source, devices, other_nodes, absence, unmatched })
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

    /// PCI functions whose sysfs attributes belong to these devices.
    pub(super) fn functions(&self, place: &Place) -> Vec<String> {
        let has_function = |address: &str| {
            place.models.is_empty()
                // The function of that address on a live host is not the simulated card's.
                || (place.root.is_alternate()
                    && place.root.exists(&format!("{}/{address}", discovery::pci::FUNCTIONS)))
        };
        self.devices
            .iter()
            .map(|device| device.description.id.clone())
            .filter(|id| has_function(id))
            .collect()
    }

    /// The devices for the manifest, with what was learnt of them when they were opened.
    pub(super) fn described(&self, outcomes: &[DeviceOutcome]) -> Vec<manifest::Device> {
        let described = |device: &Device| {
            let asked = outcomes.iter().find(|outcome| outcome.device.id == device.description.id);
            asked.map_or_else(|| device.description.clone(), |outcome| outcome.device.clone())
        };
        self.devices.iter().map(described).collect()
    }

    /// What is missing from a run of these probes as a whole.
    pub fn notes(&self, probes: &[ProbeId]) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(absence) = self.absence.as_ref().filter(|_| !probes.is_empty()) {
            notes.push(format!("no device was asked: {}; {}", absence.why(), absence.remedy()));
        }
        for argument in &self.unmatched {
            notes.push(format!(
                "there is no device {argument}, which was named; `mlx5-collector list` shows those that are"
            ));
        }
        notes
    }
}

fn simulated(paths: &[PathBuf]) -> Result<(Vec<Model>, Vec<Device>), ModelError> {
    let mut models: Vec<Model> = Vec::new();
    let mut extended = Vec::new();
    let mut devices: Vec<Device> = Vec::new();
    for path in paths {
        let (files, description) = load(path)?;
        if devices.iter().any(|device| device.description.id == description.id) {
            return Err(ModelError::SameAddress { path: path.clone(), address: description.id });
        }
        let mut files = files.into_iter();
        models.extend(files.next());
        extended.extend(files);
        // The worker's working directory is this one's; an absolute path says the same in every message.
        let target = Target::Simulated { model: std::path::absolute(path).unwrap_or_else(|_| path.clone()) };
        devices.push(Device { description, target: Ok(target) });
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
