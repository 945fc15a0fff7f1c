//! Names of members for texts.
//!
//! Must not do: lose the name that a text had; the manifest keeps it.

use std::collections::{BTreeMap, BTreeSet};

/// Folder of the texts in a bundle.
const FOLDER: &str = "texts";
/// Most bytes of a member's name behind the folder.
const MAX_NAME_BYTES: usize = 96;

/// A member's name without its folder: of two texts called the same it says which is meant.
pub(super) fn of_text(member: &str) -> &str {
    member.strip_prefix(FOLDER).and_then(|name| name.strip_prefix('/')).unwrap_or(member)
}

/// Names of members, each given once.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By plain name: how often it was asked for.
    asked: BTreeMap<String, u64>,
    taken: BTreeSet<String>,
}

impl Names {
    /// A member's name for a text: what is left of its own name in the letters that members may have, and a number
    /// where another text has that name.
    pub(super) fn member(&mut self, origin: &str) -> String {
        let last = origin.rsplit(['/', '\\']).next().unwrap_or_default();
        let plain: String = last
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .map(|c| {
                if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-') {
                    c
                } else {
                    '_'
                }
            })
            .take(MAX_NAME_BYTES)
            .collect();
        let plain = if plain.trim_matches('.').is_empty() { "text".to_owned() } else { plain };
        let asked = self.asked.entry(plain.clone()).or_default();
        loop {
            *asked = asked.saturating_add(1);
            let name = match *asked {
                1 => format!("{FOLDER}/{plain}"),
                number => format!("{FOLDER}/{number}-{plain}"),
            };
            // Another text may itself be called `2-a`.
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_is_given_once() {
        let mut names = Names::default();
        for (text, name) in [
            ("a/b/ethtool_-i_eth0", "texts/ethtool_-i_eth0"),
            ("c/ethtool_-i_eth0", "texts/2-ethtool_-i_eth0"),
            ("2-ethtool_-i_eth0", "texts/2-2-ethtool_-i_eth0"),
            ("C:\\Tickets\\Query \u{e4}.TXT", "texts/query__.txt"),
            ("..", "texts/text"),
            ("", "texts/2-text"),
        ] {
            assert_eq!(names.member(text), name);
        }
    }
}
