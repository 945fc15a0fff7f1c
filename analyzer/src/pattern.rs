//! Patterns over paths and aliases of facts.
//!
//! `*` is any run of characters within one step of a path, `**` any run at all, `?` one character other than `/`.
//! Everything else stands for itself: brackets are indexes (`MODULE_SPLIT_M0[3]`), not character classes. A pattern
//! also takes what lies below the thing that it names: `nv/0:0x080` takes `nv/0:0x080.total_vfs`, and
//! `MODULE_SPLIT_M0` all its elements.
//!
//! Must not do: know facts beyond their names. Matching takes time in proportion to pattern times name.

use mlx5_schemas::model::fact::Fact;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Character(char),
    One,
    WithinStep,
    AcrossSteps,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Token>,
    /// Bytes before the first wildcard: most names are told from a pattern by these.
    literal: usize,
}

impl Pattern {
    /// Compiles a pattern. Every text is one.
    pub fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' if characters.peek() == Some(&'*') => {
                    while characters.next_if_eq(&'*').is_some() {}
                    Token::AcrossSteps
                }
                '*' => Token::WithinStep,
                '?' => Token::One,
                other => Token::Character(other),
            });
        }
        let literal = text.find(['*', '?']).unwrap_or(text.len());
        Self { text: text.to_owned(), tokens, literal }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has a wildcard; without one it names a single thing (and what lies below it).
    pub fn is_wild(&self) -> bool {
        self.literal < self.text.len()
    }

    /// Whether names that it takes can begin so, as far as its characters before the first wildcard tell.
    pub fn may_begin_with(&self, start: &str) -> bool {
        let literal = self.literal_start();
        literal.starts_with(start)
            || (start.starts_with(literal) && (self.is_wild() || start == format!("{literal}/")))
    }

    /// Its characters before the first wildcard.
    pub fn literal_start(&self) -> &str {
        self.text.get(..self.literal).unwrap_or_default()
    }

    /// Whether it takes this name.
    pub fn matches(&self, name: &str) -> bool {
        if !self.is_wild() {
            return name.strip_prefix(self.text.as_str()).is_some_and(|rest| rest.is_empty() || below(rest));
        }
        if !name.starts_with(self.literal_start()) {
            return false;
        }
        // `reached[i]`: the tokens before i can produce the characters seen so far.
        let mut reached = vec![false; self.tokens.len().saturating_add(1)];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        self.skip_empty_runs(&mut reached);
        for character in name.chars() {
            if matches!(character, '/' | '.' | '[') && reached.last() == Some(&true) {
                return true;
            }
            reached = self.step(&reached, character);
        }
        reached.last() == Some(&true)
    }

    /// Whether it takes this name and nothing less than the whole of it.
    pub fn matches_whole(&self, name: &str) -> bool {
        let mut reached = vec![false; self.tokens.len().saturating_add(1)];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        self.skip_empty_runs(&mut reached);
        for character in name.chars() {
            reached = self.step(&reached, character);
        }
        reached.last() == Some(&true)
    }

    /// Whether it takes the fact by its path or by one of its aliases.
    pub fn takes(&self, fact: &Fact) -> bool {
        self.matches(&fact.path) || fact.aliases.iter().any(|alias| self.matches(alias))
    }

    fn step(&self, reached: &[bool], character: char) -> Vec<bool> {
        let mut after = vec![false; reached.len()];
        for (place, token) in self.tokens.iter().enumerate() {
            if reached.get(place) != Some(&true) {
                continue;
            }
            let (stay, go_on) = match token {
                Token::Character(expected) => (false, *expected == character),
                Token::One => (false, character != '/'),
                Token::WithinStep => (character != '/', false),
                Token::AcrossSteps => (true, false),
            };
            set(&mut after, place, stay);
            set(&mut after, place.saturating_add(1), go_on);
        }
        self.skip_empty_runs(&mut after);
        after
    }

    /// A run may be empty: wherever one begins, what follows it is reached too.
    fn skip_empty_runs(&self, reached: &mut [bool]) {
        for (place, token) in self.tokens.iter().enumerate() {
            if matches!(token, Token::WithinStep | Token::AcrossSteps) && reached.get(place) == Some(&true) {
                set(reached, place.saturating_add(1), true);
            }
        }
    }
}

fn below(rest: &str) -> bool {
    rest.starts_with(['/', '.', '['])
}

fn set(places: &mut [bool], place: usize, value: bool) {
    if let Some(slot) = places.get_mut(place) {
        *slot |= value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).matches(name)
    }

    #[test]
    fn brackets_are_indexes() {
        assert!(matches("MODULE_SPLIT_M0[3]", "MODULE_SPLIT_M0[3]"));
        assert!(!matches("MODULE_SPLIT_M0[3]", "MODULE_SPLIT_M03"));
        assert!(!matches("MODULE_SPLIT_M0[3]", "MODULE_SPLIT_M0[31]"));
        assert!(matches("MODULE_SPLIT_M0[*]", "MODULE_SPLIT_M0[31]"));
        assert!(!matches("LINK_TYPE_P[12]", "LINK_TYPE_P1"));
    }

    #[test]
    fn stars_respect_steps() {
        assert!(matches("nv/*.total_vfs", "nv/0:0x080.total_vfs"));
        assert!(!matches("n*.total_vfs", "nv/0:0x080.total_vfs"));
        assert!(matches("**total_vfs", "nv/0:0x080.total_vfs"));
        assert!(matches("**", ""));
        assert!(matches("nv/**", "nv/0:0x080/writer"));
        assert!(!matches("nv/**", "reg/PTYS.x"));
        assert!(matches("LINK_TYPE_P?", "LINK_TYPE_P2"));
        assert!(!matches("LINK_TYPE_P?", "LINK_TYPE_P"));
    }

    #[test]
    fn what_lies_below_is_taken() {
        assert!(matches("nv/0:0x080", "nv/0:0x080.total_vfs"));
        assert!(matches("nv/0:0x080", "nv/0:0x080/data"));
        assert!(!matches("nv/0:0x08", "nv/0:0x080/data"));
        assert!(matches("MODULE_SPLIT_M?", "MODULE_SPLIT_M0[3]"));
        assert!(matches("reg/PFCC", "reg/PFCC[dcbx_operation_type=1].pptx"));
        assert!(!Pattern::new("fw*").matches_whole("fw/psid"));
        assert!(Pattern::new("MT_*").matches_whole("MT_0000000436"));
    }

    #[test]
    fn a_pattern_can_reach_what_its_first_wildcard_leaves_open() {
        let may = |pattern: &str, start: &str| Pattern::new(pattern).may_begin_with(start);
        for pattern in ["reg", "reg/PTYS", "r*", "*", "**", "?eg/x", "re*/PTYS.x"] {
            assert!(may(pattern, "reg/"), "{pattern}");
        }
        for pattern in ["LINK_TYPE_P*", "nv/**", "re", "regs", "cap/**"] {
            assert!(!may(pattern, "reg/"), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "*a".repeat(60);
        assert!(!matches(&pattern, &"a".repeat(3000).replace('a', "b")));
        assert!(matches(&pattern, &"a".repeat(3000)));
    }
}
