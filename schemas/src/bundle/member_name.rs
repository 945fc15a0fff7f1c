//! Which member names there can be: relative paths of plain lower-case ASCII, safe on every file system.
//!
//! One case only means that no two names can fall together on a file system that ignores case. Must not do:
//! repair names; an odd one is refused.

use super::limits::Limits;

/// What is odd about a member's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// No bytes at all.
    #[error("it is empty")]
    Empty,
    /// It begins with `/`.
    #[error("it is an absolute path")]
    Absolute,
    /// A byte outside `a-z`, `0-9`, `.`, `_`, `-` and `/`.
    #[error("only a-z, 0-9, '.', '_', '-' and '/' may stand in it; byte {at} is another one")]
    Character {
        /// Index of the first such byte.
        at: usize,
    },
    /// Two slashes in a row, or one at the end.
    #[error("one of its components is empty")]
    EmptyComponent,
    /// A component `.` or `..`.
    #[error("one of its components is '.' or '..'")]
    DotComponent,
    /// More bytes than [`Limits::name_bytes`].
    #[error("it is too long")]
    TooLong,
    /// More components than [`Limits::name_components`].
    #[error("it has too many components")]
    TooDeep,
}

/// Accepts a name or says what is odd about it.
pub(super) fn check<'a>(name: &'a [u8], limits: &Limits) -> Result<&'a str, NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name.len() > limits.name_bytes {
        return Err(NameFault::TooLong);
    }
    let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
    if let Some(at) = name.iter().position(|byte| !plain(byte)) {
        return Err(NameFault::Character { at });
    }
    let text = std::str::from_utf8(name).map_err(|error| NameFault::Character { at: error.valid_up_to() })?;
    if text.starts_with('/') {
        return Err(NameFault::Absolute);
    }
    let mut components = 0_usize;
    for component in text.split('/') {
        match component {
            "" => return Err(NameFault::EmptyComponent),
            "." | ".." => return Err(NameFault::DotComponent),
            _ => components = components.saturating_add(1),
        }
    }
    if components > limits.name_components {
        return Err(NameFault::TooDeep);
    }
    Ok(text)
}

/// The first name that is also a folder of another: both cannot be unpacked. `names` are in byte order.
pub(super) fn folder_conflict<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut files: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for name in names {
        // A folder sorts before what is in it ('/' follows the whole of the shorter name).
        for (end, _) in name.match_indices('/') {
            if let Some(file) = name.get(..end).and_then(|folder| files.get(folder)) {
                return Some(file);
            }
        }
        files.insert(name);
    }
    None
}

/// A name for an error message: escaped, and cut where it is absurdly long.
pub(super) fn shown(name: &[u8]) -> String {
    const MOST: usize = 80;
    match name.get(..MOST) {
        Some(start) if name.len() > MOST => format!("{}...", start.escape_ascii()),
        Some(_) | None => name.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn plain_relative_paths_pass() {
        let limits = Limits::default();
        for name in ["manifest.json", "devices/0000-3b-00.0/nv.exchanges", "a", "..a/b..", "-"] {
            assert_eq!(check(name.as_bytes(), &limits), Ok(name));
        }
    }

    #[test]
    fn odd_names_are_refused_with_the_reason() {
        let limits = Limits::default();
        let long = "a".repeat(129);
        let deep = "a/".repeat(8) + "a";
        for (name, fault) in [
            ("", NameFault::Empty),
            ("/etc/passwd", NameFault::Absolute),
            ("a\\b", NameFault::Character { at: 1 }),
            ("A", NameFault::Character { at: 0 }),
            ("a\0", NameFault::Character { at: 1 }),
            ("c:x", NameFault::Character { at: 1 }),
            ("ä", NameFault::Character { at: 0 }),
            ("a//b", NameFault::EmptyComponent),
            ("a/", NameFault::EmptyComponent),
            ("../a", NameFault::DotComponent),
            ("a/./b", NameFault::DotComponent),
            (&long, NameFault::TooLong),
            (&deep, NameFault::TooDeep),
        ] {
            assert_eq!(check(name.as_bytes(), &limits), Err(fault), "{name:?}");
        }
    }

    #[test]
    fn a_file_that_is_also_a_folder_is_found() {
        assert_eq!(folder_conflict(["a", "a.b", "a/b"]), Some("a"));
        assert_eq!(folder_conflict(["a.b", "a/b", "a/c"]), None);
    }
}
