//! Names of advisories as baselines give them: an id, or a pattern over ids.
//!
//! Must not do: read files.

use super::load::LoadedIssue;
use super::shipped::NAMES;
use crate::baseline::suggest::nearest;
use crate::pattern::Pattern;

/// Whether a shipped advisory is called so, or by a name that the pattern takes.
pub fn is_known_advisory(pattern: &str) -> bool {
    let pattern = Pattern::new(pattern);
    NAMES.iter().any(|name| pattern.matches_whole(name))
}

/// Why a name or pattern is none of an advisory's among `issues`, with the nearest one; `None` where it is.
pub fn unknown_advisory(text: &str, issues: &[LoadedIssue]) -> Option<String> {
    let pattern = Pattern::new(text);
    let names = || issues.iter().map(|loaded| loaded.issue.id.as_str());
    if names().any(|name| pattern.matches_whole(name)) {
        return None;
    }
    let hint = match nearest(text, names()) {
        Some(near) if !pattern.is_wild() => format!("; did you mean {near}?"),
        Some(_) | None => "; `known list` lists them".to_owned(),
    };
    Some(format!("no advisory is called {text}{hint}"))
}
