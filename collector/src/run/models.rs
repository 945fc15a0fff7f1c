//! Reads the models of simulated cards, and the bundles that are given again.
//!
//! Must not do: ask a card; that is a worker's, as with any device.

use std::path::{Path, PathBuf};

use mlx5_schemas::model::manifest::{Device, Model};

use crate::errno;

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
    #[error("{} describes a card at {address}, as an earlier one does; give one of them another address, or leave it out", path.display())]
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

/// A simulated card.
pub(super) struct Card {
    /// What describes it, and it alone.
    pub(super) path: PathBuf,
    /// What the manifest says of that, file by file with those that it extends.
    pub(super) models: Vec<Model>,
    /// What the manifest says of the card.
    pub(super) device: Device,
}

/// The cards that a file describes: a model one, a bundle as many as it has answers of.
#[cfg(feature = "simulate")]
pub(super) fn load(path: &Path) -> Result<Vec<Card>, ModelError> {
    let cards = mlx5_fixtures::card::SimulatedCard::load_all(path).map_err(refused)?;
    let described = |(path, card): (PathBuf, mlx5_fixtures::card::SimulatedCard)| {
        let model = |file: &mlx5_fixtures::card::ModelFile| Model {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            replay: card.replay().cloned(),
        };
        Card { path, models: card.sources().iter().map(model).collect(), device: card.device() }
    };
    Ok(cards.into_iter().map(described).collect())
}

#[cfg(not(feature = "simulate"))]
pub(super) fn load(_path: &Path) -> Result<Vec<Card>, ModelError> {
    Err(ModelError::NotBuiltIn)
}

#[cfg(feature = "simulate")]
fn refused(error: mlx5_fixtures::card::ModelError) -> ModelError {
    use mlx5_fixtures::card;

    match error {
        card::ModelError::Read { file, reason } => {
            ModelError::Unreadable { path: PathBuf::from(file), source: reason }
        }
        error @ (card::ModelError::Form { .. }
        | card::ModelError::Extends { .. }
        | card::ModelError::Unknown { .. }
        | card::ModelError::Value { .. }
        | card::ModelError::Bundle { .. }
        | card::ModelError::Replay { .. }
        | card::ModelError::Encode { .. }) => ModelError::Malformed { reason: error.to_string() },
    }
}
