//! Which names entries may have, and where links lead. Nothing is written to disk, so a name could do no harm here; but
//! no honest archiver makes such names, and what stands beside them is not worth reading.
//!
//! Must not do: repair a name.

use super::error::{ArchiveError, shown};
use super::limits::Limits;

/// The name as a plain relative path (no `./`, no doubled slashes, no slash at the end), empty for the root itself.
///
/// Bytes that are no UTF-8 become replacement characters, which no wanted name has.
///
/// # Errors
/// When it is odd.
pub(super) fn checked(name: &[u8], before: &str, limits: &Limits) -> Result<String, ArchiveError> {
    let entry = || shown(name);
    if name.is_empty() {
        return Err(ArchiveError::NoName { entry: before.to_owned() });
    }
    if name.len() > limits.name_bytes {
        return Err(ArchiveError::LongName { entry: entry() });
    }
    if name.iter().any(u8::is_ascii_control) {
        return Err(ArchiveError::Control { entry: entry() });
    }
    if name.starts_with(b"/") {
        return Err(ArchiveError::Absolute { entry: entry() });
    }
    let text = String::from_utf8_lossy(name);
    let components: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if components.contains(&"..") {
        return Err(ArchiveError::Upwards { entry: entry() });
    }
    if components.len() > limits.name_components {
        return Err(ArchiveError::LongName { entry: entry() });
    }
    Ok(components.join("/"))
}

/// Where a symbolic link leads within the archive; `None` when it leads out.
pub(super) fn followed(name: &str, target: &[u8]) -> Option<String> {
    if target.starts_with(b"/") {
        return None;
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let target = String::from_utf8_lossy(target);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn plain_names_pass_and_odd_ones_are_told_apart() {
        let limits = Limits::default();
        let name = |name: &[u8]| checked(name, "x", &limits);
        assert_eq!(name(b"./a//b/").unwrap(), "a/b");
        assert_eq!(name(b"./").unwrap(), "");
        assert_eq!(name(b"a\\x2db").unwrap(), "a\\x2db");
        let deep = b"a/".repeat(65);
        let odd: [(&[u8], &str); 7] = [
            (b"", "no-name"),
            (b"/etc/passwd", "absolute"),
            (b"a/../b", "upwards"),
            (b"..", "upwards"),
            (b"a\x1b[2J", "control"),
            (&[b'a'; 1025], "long-name"),
            (&deep, "long-name"),
        ];
        for (odd, code) in odd {
            assert_eq!(name(odd).unwrap_err().code(), code);
        }
    }

    #[test]
    fn links_are_followed_on_paper_only() {
        assert_eq!(
            followed("r/dmesg", b"sos_commands/kernel/dmesg").as_deref(),
            Some("r/sos_commands/kernel/dmesg")
        );
        assert_eq!(
            followed("r/etc/os-release", b"../usr/lib/os-release").as_deref(),
            Some("r/usr/lib/os-release")
        );
        assert_eq!(followed("r/a", b"../../etc/passwd"), None);
        assert_eq!(followed("r/a", b"/etc/passwd"), None);
    }
}
