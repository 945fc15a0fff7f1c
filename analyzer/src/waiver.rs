//! Files of waivers: read strictly, since a waiver that is not understood must not accept anything.
//!
//! Must not do: waive (see [`crate::check`]).

mod validate;

use std::path::Path;

use mlx5_schemas::model::report::WaiverFileIdentity;
use mlx5_schemas::model::waiver::{WAIVERS_SCHEMA, WAIVERS_VERSION, Waiver, Waivers};

use crate::json_text::{Form, JsonText, JsonTextError};

/// What a file of waivers is.
const FORM: Form =
    Form { what: "file of waivers", schema: WAIVERS_SCHEMA, version: WAIVERS_VERSION, max_bytes: 4 << 20 };

/// A file of waivers that was read and understood.
#[derive(Debug, Clone)]
pub struct LoadedWaivers {
    /// The file as it was given.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The waivers.
    pub waivers: Vec<Waiver>,
}

impl LoadedWaivers {
    /// What reports say of it.
    pub fn identity(&self) -> WaiverFileIdentity {
        WaiverFileIdentity {
            file: self.file.clone(),
            sha256: self.sha256.clone(),
            waivers: u64::try_from(self.waivers.len()).unwrap_or(u64::MAX),
        }
    }
}

/// Reads files of waivers, whose ids are unique over all of them.
///
/// # Errors
/// When one cannot be read, or anything in it is not understood.
pub fn load<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Vec<LoadedWaivers>, JsonTextError> {
    let mut all: Vec<LoadedWaivers> = Vec::new();
    for path in paths {
        let loaded = understood(&JsonText::load(path, FORM)?, &all)?;
        all.push(loaded);
    }
    Ok(all)
}

/// Reads a file's text; `file` names it in messages.
///
/// # Errors
/// When anything in it is not understood.
pub fn parse(file: String, text: &str) -> Result<LoadedWaivers, JsonTextError> {
    understood(&JsonText::new(file, text, FORM)?, &[])
}

fn understood(text: &JsonText, others: &[LoadedWaivers]) -> Result<LoadedWaivers, JsonTextError> {
    let Waivers { mut waivers, .. } = text.parse()?;
    if waivers.is_empty() {
        return Err(text.wrong("/waivers", "`waivers` is empty: leave the file out".to_owned()));
    }
    for place in 0..waivers.len() {
        let (before, rest) = waivers.split_at_mut(place);
        let Some(waiver) = rest.first_mut() else { continue };
        let fault = |message: String| text.wrong(&format!("/waivers/{place}/id"), message);
        if before.iter().any(|other| other.id == waiver.id) {
            return Err(fault(format!("two waivers have the id `{}`", waiver.id)));
        }
        if let Some(other) = others.iter().find(|other| other.waivers.iter().any(|one| one.id == waiver.id)) {
            return Err(fault(format!("the id `{}` is that of a waiver in {} too", waiver.id, other.file)));
        }
        validate::settle(waiver).map_err(|message| fault(format!("waiver `{}`: {message}", waiver.id)))?;
    }
    Ok(LoadedWaivers { file: text.file.clone(), sha256: text.sha256.clone(), waivers })
}
