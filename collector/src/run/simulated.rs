//! Reads the models of simulated cards.
//!
//! Must not do: ask a card; that is a worker's, as with any device.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use mlx5_fixtures::card::SimulatedCard;
use mlx5_schemas::model::manifest::{Device, Model};
use sha2::{Digest, Sha256};

use super::devices::ModelError;
use super::hex;

/// Longest model file, in bytes.
const MODEL_LIMIT: u64 = 64 << 20;

/// What the manifest says of a model, and of the card that it describes. The digest is of the named file alone, not of
/// those that it extends.
pub(super) fn load(path: &Path) -> Result<(Model, Device), ModelError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MODEL_LIMIT).read_to_end(&mut bytes))
        .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
    let card =
        SimulatedCard::load(path).map_err(|error| ModelError::Malformed { reason: with_sources(&error) })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((Model { name, sha256: hex(&Sha256::digest(&bytes)) }, card.device()))
}

/// The error's words with those of its sources, unless it says them itself.
fn with_sources(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        source = error.source();
    }
    words
}
