//! Ids of rules, and patterns that take one name only where it is there.
//!
//! Must not do: give a pattern that takes something else as well.

use std::collections::BTreeSet;

use crate::check::DEFAULT;

/// Every name of the facts of one kind of card, to see what a pattern would take.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(Option<&'a BTreeSet<String>>);

impl<'a> Names<'a> {
    pub(super) fn of(names: &'a BTreeSet<String>) -> Self {
        Self(Some(names))
    }

    /// The name with a wildcard, so that a device without the thing is not held against it. `None` where each such pattern
    /// would take another name too.
    pub(super) fn pattern(&self, name: &str) -> Option<String> {
        if name.contains(['*', '?']) {
            return Some(name.to_owned());
        }
        let begins_alike = |start: &str| -> Vec<&str> {
            let names = self.0.into_iter().flat_map(|names| names.range(start.to_owned()..));
            names.map_while(|other| other.strip_prefix(start)).collect()
        };
        let is_own = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[', '/']);
        // `NAME*` takes whatever begins so.
        if name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && begins_alike(name).into_iter().all(is_own)
        {
            return Some(format!("{name}*"));
        }
        // `NA?E` takes whatever differs in that letter alone: any letter will do, the last first.
        let letters = name.char_indices().rev().filter(|(_, letter)| letter.is_ascii_alphanumeric());
        letters.filter(|(place, _)| name.get(..*place).is_some_and(|before| !before.is_empty())).find_map(
            |(place, letter)| {
                let (before, after) = (name.get(..place)?, name.get(place.saturating_add(1)..)?);
                let is_other = |rest: &str| {
                    let mut letters = rest.chars();
                    let differs = letters.next().is_some_and(|other| other != letter);
                    differs && letters.as_str().strip_prefix(after).is_some_and(is_own)
                };
                (!begins_alike(before).into_iter().any(is_other)).then(|| format!("{before}?{after}"))
            },
        )
    }
}

/// An id that no other rule has: the name in lower case, and of what card where there are several.
pub(super) fn id(name: &str, suffix: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = String::new();
    for character in name.chars().chain([' ']).chain(suffix.chars()) {
        match character.to_ascii_lowercase() {
            letter if letter.is_ascii_lowercase() || letter.is_ascii_digit() => id.push(letter),
            _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    let id = match id.trim_end_matches('-') {
        "" | DEFAULT => "rule",
        id => id,
    };
    let numbered = (1_u64..).map(|number| if number == 1 { id.to_owned() } else { format!("{id}-{number}") });
    let free = numbered.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_nothing_else() {
        let names: BTreeSet<String> = [
            "NUM_OF_VFS",
            "NUM_OF_PF",
            "NUM_OF_PF_VALID",
            "X_P1",
            "X_P10",
            "X_P2",
            "M[3]",
            "M[4]",
            "M[3].a",
            "A[1]",
        ]
        .map(str::to_owned)
        .into();
        let names = Names::of(&names);
        let pattern = |name: &str| names.pattern(name).unwrap_or_default();
        assert_eq!(pattern("NUM_OF_VFS"), "NUM_OF_VFS*");
        assert_eq!(pattern("NUM_OF_PF"), "NUM_OF_P?");
        assert_eq!(pattern("X_P1"), "X_?1", "X_P? takes X_P2, X_P1* takes X_P10");
        assert_eq!(pattern("M[3]"), "", "its one letter is the first, and nothing shorter begins it");
        assert_eq!(pattern("A[1]"), "A[?]");
        assert_eq!(pattern("netdev/*.mtu"), "netdev/*.mtu");
    }

    #[test]
    fn ids_are_words_and_unique() {
        let mut taken = BTreeSet::new();
        let mut of = |name: &str, suffix: &str| id(name, suffix, &mut taken);
        assert_eq!(of("NUM_OF_VFS", ""), "num-of-vfs");
        assert_eq!(of("NUM_OF_VFS", "MT_0000000436"), "num-of-vfs-mt-0000000436");
        assert_eq!(of("num-of_vfs", ""), "num-of-vfs-2");
        assert_eq!(of("reg/PTYS[proto_mask=4].x", ""), "reg-ptys-proto-mask-4-x");
        assert_eq!(of("default", ""), "rule");
        assert_eq!(of("**", ""), "rule-2");
    }
}
