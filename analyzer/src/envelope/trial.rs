//! `baseline test`: whether baselines say of known bundles what a file of tests expects.
//!
//! Must not do: judge otherwise than `check` does, or let a file that expects nothing pass.

mod hold;
mod read;

use std::path::{Path, PathBuf};

use mlx5_schemas::model::report::{BaselineTestReport, CheckReport};

use crate::baseline::LoadedBaseline;
use crate::case::Case;
use crate::check::{self, Options};
use crate::json_text::{JsonText, JsonTextError};

pub use read::Trial;

/// What came of a file of tests.
#[derive(Debug)]
pub struct Tried {
    /// Every expectation, and whether it held.
    pub report: BaselineTestReport,
    /// Bundles that could not be judged, in words.
    pub unjudged: Vec<String>,
    /// What went wrong with rules where something is not as expected: it may be why.
    pub notes: Vec<String>,
}

/// Reads a file of tests.
///
/// # Errors
/// When it cannot be read, or anything in it is not understood, or it expects nothing.
pub fn load(path: &Path) -> Result<Trial, JsonTextError> {
    read::understood(JsonText::load(path, read::FORM)?)
}

impl Trial {
    /// The baselines that it names.
    pub fn baselines(&self) -> Vec<PathBuf> {
        self.test.baselines.iter().map(|name| self.beside(name)).collect()
    }

    /// Judges every bundle by itself, and holds what is found against what is expected.
    pub fn run(
        &self,
        baselines: &[LoadedBaseline],
        options: Options<'_>,
        open: &dyn Fn(&Path) -> Result<Case, String>,
    ) -> Tried {
        let options = Options { min_assurance: self.test.min_assurance.or(options.min_assurance), ..options };
        let mut expectations = Vec::new();
        let (mut unjudged, mut notes) = (Vec::new(), Vec::new());
        for (place, bundle) in self.test.bundles.iter().enumerate() {
            let case = open(&self.beside(&bundle.file));
            let found: CheckReport = check::check(&[case], baselines, options);
            match found.bundles.first() {
                Some(review) => {
                    let before = expectations.len();
                    hold::bundle(self, place, (review, &found.troubles), &mut expectations);
                    if expectations.iter().skip(before).any(|one| !one.held) {
                        notes.extend(found.troubles);
                    }
                }
                None => unjudged.extend(found.troubles),
            }
        }
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let held = expectations.iter().filter(|one| one.held).count();
        let report = BaselineTestReport {
            file: self.text.file.clone(),
            name: self.test.name.clone(),
            baselines: baselines.iter().map(LoadedBaseline::identity).collect(),
            failed: wide(expectations.len().saturating_sub(held)),
            held: wide(held),
            expectations,
        };
        Tried { report, unjudged, notes }
    }

    fn beside(&self, name: &str) -> PathBuf {
        Path::new(&self.text.file).parent().unwrap_or(Path::new("")).join(name)
    }
}
