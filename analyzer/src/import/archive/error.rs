//! Why an archive is refused: one variant for each trick, with the entry's name.
//!
//! Must not do: quote bytes of an archive without escaping them.

use std::io;

/// Why an archive or folder is refused as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file itself cannot be read.
    #[error("cannot be read")]
    Read {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is packed in it cannot be unpacked.
    #[error("what it holds cannot be unpacked{}", after(.entry.as_ref()))]
    Unpack {
        /// The last entry before.
        entry: Option<String>,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
    /// It is packed, but what is packed is no tar archive.
    #[error("what is packed in it is no tar archive")]
    NoTar,
    /// A header's sum does not fit it.
    #[error("a header after {entry} is damaged: its checksum is another")]
    Checksum {
        /// The entry before.
        entry: String,
    },
    /// A number in a header is none, or larger than can be.
    #[error("{entry}: its header gives no {field} that can be")]
    Number {
        /// The entry.
        entry: String,
        /// Which field.
        field: &'static str,
    },
    /// Two places give the size, and they differ.
    #[error("{entry}: its header and its extended header give two sizes, {header} and {extended}")]
    TwoSizes {
        /// The entry.
        entry: String,
        /// In the header.
        header: u64,
        /// In the extended header (pax `size`).
        extended: u64,
    },
    /// A sparse file: its content is not what its size says.
    #[error("{entry}: it is a sparse file, whose content cannot be told from its size")]
    Sparse {
        /// The entry.
        entry: String,
    },
    /// An extended header or a long name is malformed or too long.
    #[error("an extended header after {entry} is malformed: {reason}")]
    Extended {
        /// The entry before.
        entry: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A name is absolute.
    #[error("{entry}: its name is an absolute path")]
    Absolute {
        /// The entry.
        entry: String,
    },
    /// A name has `..`.
    #[error("{entry}: its name leads out of the archive")]
    Upwards {
        /// The entry.
        entry: String,
    },
    /// A name has a control character, NUL included.
    #[error("{entry}: its name has a control character")]
    Control {
        /// The entry.
        entry: String,
    },
    /// A name is empty.
    #[error("an entry after {entry} has no name")]
    NoName {
        /// The entry before.
        entry: String,
    },
    /// A name is too long or has too many components.
    #[error("{entry}: its name is longer than can be")]
    LongName {
        /// The entry, its beginning.
        entry: String,
    },
    /// Two wanted files have one name.
    #[error("{entry}: it is there twice")]
    Twice {
        /// The entry.
        entry: String,
    },
    /// A link in the place of a wanted file, or a hard link anywhere, leads out.
    #[error("{entry}: it is a link to {target}, out of the archive")]
    LinkOutside {
        /// The entry.
        entry: String,
        /// Where it leads.
        target: String,
    },
    /// Too many entries.
    #[error("it has more than {limit} entries")]
    Entries {
        /// The most.
        limit: u64,
    },
    /// The file is too long.
    #[error("it has more than {limit} bytes")]
    Packed {
        /// The most.
        limit: u64,
    },
    /// Too much comes out of it.
    #[error("more than {limit} bytes come out of it{}", after(.entry.as_ref()))]
    Bytes {
        /// The most.
        limit: u64,
        /// The last entry before.
        entry: Option<String>,
    },
    /// Far more comes out of it than is in it.
    #[error("more than {limit} bytes come out of each of its bytes{}", after(.entry.as_ref()))]
    Ratio {
        /// The most.
        limit: u64,
        /// The last entry before.
        entry: Option<String>,
    },
}

fn after(entry: Option<&String>) -> String {
    entry.map(|entry| format!(", after {entry}")).unwrap_or_default()
}

impl ArchiveError {
    /// The trick in kebab case, for tests and for whoever counts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Unpack { .. } => "unpack",
            Self::NoTar => "no-tar",
            Self::Checksum { .. } => "checksum",
            Self::Number { .. } => "number",
            Self::TwoSizes { .. } => "two-sizes",
            Self::Sparse { .. } => "sparse",
            Self::Extended { .. } => "extended",
            Self::Absolute { .. } => "absolute",
            Self::Upwards { .. } => "upwards",
            Self::Control { .. } => "control",
            Self::NoName { .. } => "no-name",
            Self::LongName { .. } => "long-name",
            Self::Twice { .. } => "twice",
            Self::LinkOutside { .. } => "link-outside",
            Self::Entries { .. } => "entries",
            Self::Packed { .. } => "packed",
            Self::Bytes { .. } => "bytes",
            Self::Ratio { .. } => "ratio",
        }
    }
}

/// A name for messages: escaped, and cut where it is absurdly long.
pub(super) fn shown(name: &[u8]) -> String {
    const MOST: usize = 120;
    match name.get(..MOST) {
        Some(start) if name.len() > MOST => format!("{}...", start.escape_ascii()),
        Some(_) | None => String::from_utf8(name.to_vec())
            .ok()
            .filter(|text| !text.chars().any(char::is_control))
            .unwrap_or_else(|| name.escape_ascii().to_string()),
    }
}
