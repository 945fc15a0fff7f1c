//! `baseline learn`: a baseline from bundles that are known to be good.
//!
//! Each file is opened twice, and one at a time: once to see what it says, once to hold what was learnt against it.
//!
//! Must not do: learn from a bundle that has something against it, unless told; depend on the order of the bundles.

mod accept;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mlx5_schemas::catalog::Catalog;
use sha2::{Digest, Sha256};

use super::seen::{All, Of, One, Wanted, look};
use super::sketch::{self, Style};
use super::{tried, write};
use crate::assurance::Caps;
use crate::baseline;
use crate::case::Case;
use crate::pattern::Pattern;

pub use super::sketch::Tally;
pub use accept::Accept;

/// What to learn, and from what.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Name of the baseline.
    pub name: &'o str,
    /// Whether it is to be about what the kernel tells, in place of what the devices' firmware says.
    pub of_host: bool,
    /// Only what these take, where there is one.
    pub only: &'o [Pattern],
    /// Not what these take.
    pub ignore: &'o [Pattern],
    /// What may be against a bundle.
    pub accepted: &'o BTreeSet<Accept>,
    /// Whether keys were named by which bundles are to be signed.
    pub has_signers: bool,
    /// Names of parameters and values.
    pub catalog: &'o Catalog,
}

/// Opens a file.
pub type Open<'a> = &'a dyn Fn(&Path) -> Result<Case, String>;

/// What was learnt.
#[derive(Debug)]
pub struct Learnt {
    /// The baseline's text.
    pub text: String,
    /// Bundles that it was learnt from.
    pub bundles: u64,
    /// How many names came to what.
    pub tally: Tally,
    /// Files that were left out, and why.
    pub left_out: Vec<String>,
    /// Bundles that are not inside what was learnt from them, and why.
    pub not_inside: Vec<String>,
}

/// Why nothing was learnt.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// Bundles have something against them.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    /// There is nothing to learn.
    #[error("nothing to learn from: {why}")]
    Nothing {
        /// Why.
        why: String,
    },
    /// The baseline that was made is not one: a defect of the program.
    #[error("what was learnt is no baseline")]
    Defect {
        /// Why.
        #[source]
        source: baseline::JsonTextError,
    },
    /// It cannot be written as JSON: a defect of the program.
    #[error("what was learnt cannot be written")]
    Write {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// A bundle that is learnt from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) cards: Vec<String>,
    pub(super) accepted: BTreeSet<Accept>,
    /// A file of it.
    file: String,
}

/// Learns from bundles.
///
/// # Errors
/// When a bundle has something against it that was not accepted, or there is nothing to learn.
pub fn learn(files: &[impl AsRef<Path>], open: Open<'_>, options: Options<'_>) -> Result<Learnt, LearnError> {
    let wanted = Wanted {
        of: if options.of_host { Of::Kernel } else { Of::Devices },
        only: options.only,
        ignore: options.ignore,
    };
    let mut all = All::default();
    let mut refused = Vec::new();
    let mut left_out = Vec::new();
    // By id, and by digest: the order of files does not matter, and one bundle counts once.
    let mut sources: BTreeMap<(String, String), Source> = BTreeMap::new();
    for file in files.iter().map(AsRef::as_ref) {
        let case = match open(file) {
            Ok(case) => case,
            Err(why) if options.accepted.contains(&Accept::Broken) => {
                left_out.push(format!("{why}: left out"));
                continue;
            }
            Err(why) => {
                refused.push(format!("{why}; leave it out, or pass over such files with --accept broken"));
                continue;
            }
        };
        let key = key_of(&case);
        if let Some(twin) = sources.get(&key) {
            left_out.push(format!("{}: the same bundle as {}: counted once", file.display(), twin.file));
            continue;
        }
        let caps = Caps::of(&case);
        let one = look(&case, &caps, &wanted, options.catalog);
        let doubts = accept::doubts(&case, &caps, &one, options);
        let against = doubts.iter().filter(|(doubt, _)| !options.accepted.contains(doubt));
        let against: Vec<String> =
            against.map(|(doubt, why)| format!("{}: {}: {why}", file.display(), doubt.word())).collect();
        if !against.is_empty() {
            refused.extend(against);
            continue;
        }
        sources.insert(key, source_of(&case, &one, doubts, file));
        all.add(one);
    }
    if !refused.is_empty() {
        refused.sort();
        refused.push(
            "leave these out, or learn from them with --accept and the word behind the file".to_owned(),
        );
        return Err(LearnError::Refused(refused));
    }
    left_out.sort();
    let sources: Vec<Source> = sources.into_values().collect();
    made(&all, &sources, left_out, open, options)
}

fn made(
    all: &All,
    sources: &[Source],
    left_out: Vec<String>,
    open: Open<'_>,
    options: Options<'_>,
) -> Result<Learnt, LearnError> {
    let style = Style {
        name: options.name,
        of: if options.of_host { Of::Kernel } else { Of::Devices },
        has_blanks: false,
    };
    let mut sketch = sketch::sketch(all, style, options.catalog);
    if sketch.baseline.rules.is_empty() && sketch.baseline.default.is_none() {
        return Err(LearnError::Nothing { why: words::nothing(all, options) });
    }
    sketch.baseline.description = Some(words::description(sources));
    let parse = |text: &str| {
        baseline::parse_by("learnt".to_owned(), text, options.catalog)
            .map_err(|source| LearnError::Defect { source })
    };
    let written = |sketch: &sketch::Sketch| {
        write::text(&sketch.baseline, &sketch.comments).map_err(|source| LearnError::Write { source })
    };
    let loaded = parse(&written(&sketch)?)?;
    let mut not_inside: Vec<String> = Vec::new();
    for source in sources {
        let reasons = match open(Path::new(&source.file)) {
            Ok(case) => tried::not_inside(case, &loaded, options.catalog),
            Err(why) => Some(vec![why]),
        };
        not_inside.extend(reasons.map(|reasons| format!("{}: {}", source.id, reasons.join("; "))));
    }
    words::explain(&mut sketch, all, sources, &not_inside);
    let text = written(&sketch)?;
    // With its comments it is what is handed out.
    parse(&text)?;
    let bundles = u64::try_from(sources.len()).unwrap_or(u64::MAX);
    Ok(Learnt { text, bundles, tally: sketch.tally, left_out, not_inside })
}

/// What tells one bundle from another.
fn key_of(case: &Case) -> (String, String) {
    let bundle = &case.opened.bundle;
    let digest = Sha256::digest(&bundle.manifest_bytes);
    let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    (bundle.manifest.id.clone(), hex)
}

fn source_of(case: &Case, one: &One, doubts: Vec<(Accept, String)>, file: &Path) -> Source {
    let cards = one.kinds.iter().map(|(kind, own)| {
        let psid = kind.psid.as_deref().or(kind.family.as_deref()).unwrap_or("a card without a PSID");
        let firmware: Vec<&str> = own.firmware.iter().map(String::as_str).collect();
        format!("{psid} {}", if firmware.is_empty() { "?".to_owned() } else { firmware.join(", ") })
    });
    Source {
        id: case.opened.bundle.manifest.id.clone(),
        cards: cards.collect(),
        accepted: doubts.into_iter().map(|(doubt, _)| doubt).collect(),
        file: file.display().to_string(),
    }
}
