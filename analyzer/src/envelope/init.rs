//! `baseline init`: the beginning of a baseline, from one bundle, for a person to go on with.
//!
//! Must not do: say why a value is right. Places for that are marked, as comments, so that the file loads as it stands.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{BaselineRule, Expect};
use mlx5_schemas::model::expected::Expected;

use super::seen::{All, Of, Wanted, look};
use super::sketch::{self, Sketch, Style};
use super::{tried, write};
use crate::assurance::Caps;
use crate::baseline;
use crate::case::Case;

/// How to begin.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Name of the baseline.
    pub name: &'o str,
    /// Whether it is to be about the host's kernel, in place of the cards.
    pub of_host: bool,
    /// Names of parameters and values.
    pub catalog: &'o Catalog,
}

/// A beginning.
#[derive(Debug)]
pub struct Begun {
    /// The baseline's text.
    pub text: String,
    /// Rules in it.
    pub rules: usize,
    /// What of the bundle is not inside; nothing where it is.
    pub not_inside: Vec<String>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The bundle has nothing to begin with.
    #[error("{file}: nothing to begin a baseline with: {why}")]
    Nothing {
        /// The bundle.
        file: String,
        /// Why.
        why: &'static str,
    },
    /// The baseline that was made is not one: a defect of the program.
    #[error("what was made is no baseline")]
    Defect {
        /// Why.
        #[source]
        source: baseline::JsonTextError,
    },
    /// It cannot be written as JSON: a defect of the program.
    #[error("what was made cannot be written")]
    Write {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Begins one.
///
/// # Errors
/// When the bundle shows no card, or nothing of its kernel.
pub fn init(case: Case, options: Options<'_>) -> Result<Begun, InitError> {
    let of = if options.of_host { Of::Trust } else { Of::Nv };
    let caps = Caps::of(&case);
    let mut all = All::default();
    let wanted = Wanted { of, only: &[], ignore: &[] };
    all.add(look(&case, &caps, &wanted, options.catalog));
    let style = Style { name: options.name, of, has_blanks: true };
    let mut sketch = sketch::sketch(&all, style, options.catalog);
    if sketch.baseline.rules.is_empty() && sketch.baseline.default.is_none() {
        let why = match (options.of_host, all.virtual_functions > 0) {
            (true, _) => "nothing of its kernel was read",
            (false, true) => "it shows virtual functions only; ask for the hypervisor's bundle",
            (false, false) => "no NV configuration of a card was read",
        };
        return Err(InitError::Nothing { file: case.opened.file.clone(), why });
    }
    if options.of_host {
        letters_together(&mut sketch);
    }
    let id = case.opened.bundle.manifest.id.clone();
    let written = |sketch: &Sketch| {
        write::text(&sketch.baseline, &sketch.comments).map_err(|source| InitError::Write { source })
    };
    let parse = |text: &str| {
        baseline::parse_by("begun".to_owned(), text, options.catalog)
            .map_err(|source| InitError::Defect { source })
    };
    let loaded = parse(&written(&sketch)?)?;
    let not_inside = tried::not_inside(case, &loaded, options.catalog).unwrap_or_default();
    head(&mut sketch, &id, &not_inside, options);
    let text = written(&sketch)?;
    // With its comments it is what is handed out.
    parse(&text)?;
    Ok(Begun { text, rules: sketch.baseline.rules.len(), not_inside })
}

/// One rule for all taint letters that are clear, in place of one for each.
fn letters_together(sketch: &mut Sketch) {
    let clear = Expect::Equals(Expected::Number(0));
    let is_letter = |rule: &BaselineRule| {
        rule.expect == clear && rule.facts.iter().all(|fact| fact.starts_with("host/taint/"))
    };
    let mut rules: Vec<BaselineRule> = Vec::new();
    let mut comments = Vec::new();
    let all = sketch.baseline.rules.drain(..).zip(sketch.comments.rules.drain(..));
    for (mut rule, mut comment) in all {
        comment.blanks.retain(|(member, _)| *member != "owner");
        if is_letter(&rule) {
            if let Some(first) = rules.iter_mut().find(|first| is_letter(first)) {
                first.facts.append(&mut rule.facts);
                continue;
            }
            rule.id = "taint-letters".to_owned();
            comment.above.push("The letters that were clear; one that may be set is taken out.".to_owned());
        }
        rules.push(rule);
        comments.push(comment);
    }
    (sketch.baseline.rules, sketch.comments.rules) = (rules, comments);
}

fn head(sketch: &mut Sketch, id: &str, not_inside: &[String], options: Options<'_>) {
    let head = &mut sketch.comments.head;
    head.push(format!(
        "Begun from the bundle {id}. It says what was seen there, not what is right: go through the rules, keep what you \
         mean, and fill in the places that are marked FILL IN (each is a line behind //)."
    ));
    head.push(String::new());
    if options.of_host {
        head.push(
            "About the kernel of a host. Cards are another file's: baseline init without --host.".to_owned(),
        );
    } else {
        let words = "What differs from factory has a rule. What the kernel tells of the host is another file's: baseline \
                     init --host.";
        head.push(words.to_owned());
    }
    head.push(String::new());
    if not_inside.is_empty() {
        head.push("The bundle is inside as this stands.".to_owned());
    } else {
        head.push("The bundle is NOT inside as this stands, for what could not be made a rule:".to_owned());
        head.extend(not_inside.iter().map(|line| format!("  {line}")));
    }
}
