//! Whom to ask: the devices that discovery found, or simulated cards.
//!
//! Must not do: ask both in one run. A bundle is from the live system or it is not.

use std::path::PathBuf;

use mlx5_schemas::model::manifest::{self, Model, OtherNode, Source};

use super::Settings;
#[cfg(feature = "simulate")]
use super::simulated::load;
use crate::discovery::{self, Absence, NodeProblem};
use crate::host::errno;
use crate::probe::ProbeId;
use crate::supervise::{DeviceOutcome, DeviceTask, Target};

/// Why a model is no card.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error("cannot read the model {}: {}", path.display(), errno::words(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file describes no card.
    #[error("--simulate: {reason}")]
    Malformed {
        /// What is wrong, with the file and the place in it.
        reason: String,
    },
    /// Two cards cannot be in one place.
    #[error("{} describes a card at {address}, as an earlier model does; give one of them another address", path.display())]
    SameAddress {
        /// The later file.
        path: PathBuf,
        /// The PCI address.
        address: String,
    },
    /// This program cannot simulate.
    #[error("this collector was built without simulated cards")]
    NotBuiltIn,
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
    /// The devices that were not chosen.
    pub unchosen: Vec<Device>,
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
pub fn find(settings: &Settings) -> Result<Found, ModelError> {
    let root = settings.root.is_alternate().then(|| settings.root.path().to_string_lossy().into_owned());
    let (source, devices, other_nodes, absence) = if settings.models.is_empty() {
        let found = discovery::discover(&settings.root);
        let source = root.map_or(Source::Live, |root| Source::AlternateRoot { root });
        let device = |found: discovery::Found| Device {
            description: found.device,
            target: found.node.map(|(node, device_number)| Target::Fwctl { node, device_number }),
        };
        (source, found.devices.into_iter().map(device).collect(), found.other_nodes, found.absence)
    } else {
        let (models, devices) = simulated(&settings.models)?;
        (Source::Simulated { models, root }, devices, Vec::new(), None)
    };
    let all: Vec<&manifest::Device> = devices.iter().map(|device: &Device| &device.description).collect();
    let unmatched = settings.selection.unmatched(&all).into_iter().map(str::to_owned).collect();
    let (devices, unchosen) =
        devices.into_iter().partition(|device| settings.selection.chooses(&device.description));
    Ok(Found { source, devices, unchosen, other_nodes, absence, unmatched })
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
    pub(super) fn functions(&self, settings: &Settings) -> Vec<String> {
        let has_function = |address: &str| {
            settings.models.is_empty()
                // The function of that address on a live host is not the simulated card's.
                || (settings.root.is_alternate()
                    && settings.root.exists(&format!("{}/{address}", discovery::pci::FUNCTIONS)))
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

    /// What is missing from the run as a whole.
    pub fn notes(&self, settings: &Settings) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(absence) = self.absence.as_ref().filter(|_| !settings.probes.is_empty()) {
            notes.push(format!("no device was asked: {}; {}", absence.why(), absence.remedy()));
        }
        for argument in &self.unmatched {
            notes.push(format!("there is no device {argument}, which was named"));
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

#[cfg(not(feature = "simulate"))]
fn load(_path: &std::path::Path) -> Result<(Vec<Model>, manifest::Device), ModelError> {
    Err(ModelError::NotBuiltIn)
}
