//! Reads the models of simulated cards.
//!
//! Must not do: ask a card; that is a worker's, as with any device.

use std::path::{Path, PathBuf};

use mlx5_fixtures::card::{self, SimulatedCard};
use mlx5_schemas::model::manifest::{Device, Model};

use super::devices::ModelError;

/// What the manifest says of a model, file by file with those that it extends, and of the card that it describes.
pub(super) fn load(path: &Path) -> Result<(Vec<Model>, Device), ModelError> {
    let card = SimulatedCard::load(path).map_err(refused)?;
    let models = card.sources().iter();
    let models = models.map(|file| Model { name: file.name.clone(), sha256: file.sha256.clone() }).collect();
    Ok((models, card.device()))
}

fn refused(error: card::ModelError) -> ModelError {
    match error {
        card::ModelError::Read { file, reason } => {
            ModelError::Unreadable { path: PathBuf::from(file), source: reason }
        }
        error @ (card::ModelError::Form { .. }
        | card::ModelError::Extends { .. }
        | card::ModelError::Unknown { .. }
        | card::ModelError::Value { .. }
        | card::ModelError::Encode { .. }) => ModelError::Malformed { reason: error.to_string() },
    }
}
