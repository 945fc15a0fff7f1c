//! Why an archive is refused, each reason by name.
//!
//! Must not do: print bytes of the archive unescaped.

use super::super::member_name::NameFault;

/// What to do about an archive that is not as the collector wrote it.
const REMEDY: &str = "ask for the file exactly as the collector wrote it";

/// Why an archive is refused. Member names in messages are escaped; offsets count from the archive's first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Neither begins nor ends as a zip archive does.
    #[error("not a bundle: this is no zip archive")]
    NotAZip,
    /// The end record is missing or incomplete.
    #[error("the archive is cut short: its end record is missing; transfer the file again")]
    Truncated,
    /// Bytes before the first local header.
    #[error("there is data before the archive begins; {REMEDY}")]
    LeadingData,
    /// Bytes after the end record.
    #[error("there is data after the archive's end at byte {at}; {REMEDY}")]
    TrailingData {
        /// First byte that does not belong to the archive.
        at: u64,
    },
    /// The archive has a comment.
    #[error("the archive has a comment, which bundles never have; {REMEDY}")]
    ArchiveComment,
    /// Zip64 records; a bundle is never that large.
    #[error("the archive uses zip64, which bundles never do; {REMEDY}")]
    Zip64,
    /// The end record disagrees with the directory before it.
    #[error("the end record and the directory at byte {at} disagree; {REMEDY}")]
    Directory {
        /// Where the directory, or the entry that is wrong, begins.
        at: u64,
    },
    /// Bytes that belong to no member.
    #[error("{length} bytes at byte {at} belong to no member; {REMEDY}")]
    Gap {
        /// First such byte.
        at: u64,
        /// How many.
        length: u64,
    },
    /// Two members share bytes, or a member reaches into the directory.
    #[error("the member '{member}' at byte {at} overlaps what is stored beside it; {REMEDY}")]
    Overlap {
        /// The member.
        member: String,
        /// Its first byte.
        at: u64,
    },
    /// The header before a member's data says something else than the directory.
    #[error("the two headers of the member '{member}' disagree (the local one is at byte {at}); {REMEDY}")]
    HeadersDisagree {
        /// The member.
        member: String,
        /// Where its local header begins.
        at: u64,
    },
    /// A member's header is not as the collector writes it, though it may be good zip.
    #[error(
        "the archive was repacked by another tool (header of the member '{member}' at byte {at}); {REMEDY}"
    )]
    Repacked {
        /// The member.
        member: String,
        /// Where its directory entry begins.
        at: u64,
    },
    /// A member is encrypted.
    #[error("the member '{member}' is encrypted, which bundles never are; {REMEDY}")]
    Encrypted {
        /// The member.
        member: String,
    },
    /// A member's sizes come after its data.
    #[error("the member '{member}' has a data descriptor (it was written by a streaming tool); {REMEDY}")]
    DataDescriptor {
        /// The member.
        member: String,
    },
    /// A compression method other than stored and deflated.
    #[error(
        "the member '{member}' is compressed by method {method}; only stored and deflated are read; {REMEDY}"
    )]
    Method {
        /// The member.
        member: String,
        /// The method's number.
        method: u16,
    },
    /// A symbolic link, folder, device or socket.
    #[error("the member '{member}' is not a regular file (mode {mode:o}); {REMEDY}")]
    NotARegularFile {
        /// The member.
        member: String,
        /// Its Unix mode.
        mode: u32,
    },
    /// A name that no member may have.
    #[error("a member has the odd name '{member}': {fault}; {REMEDY}")]
    OddName {
        /// The name.
        member: String,
        /// What is odd.
        fault: NameFault,
    },
    /// Two members of one name.
    #[error("there are two members '{member}'; {REMEDY}")]
    Duplicate {
        /// The name.
        member: String,
    },
    /// A member's name is a folder of another's.
    #[error("the member '{member}' is also a folder of other members; {REMEDY}")]
    FileAndFolder {
        /// The name.
        member: String,
    },
    /// The first member is not the manifest.
    #[error("the first member is not manifest.json: not a bundle, or repacked; {REMEDY}")]
    ManifestNotFirst,
    /// There is a signature, elsewhere than second.
    #[error("manifest.json.sig is not the second member; {REMEDY}")]
    SignatureNotSecond,
    /// Members are not in the order of their names.
    #[error("the member '{member}' is out of order; {REMEDY}")]
    OutOfOrder {
        /// The first that sorts before its predecessor.
        member: String,
    },
    /// Larger than a limit.
    #[error(
        "{what} exceeds the limit of {limit} ({found}); a bundle from the collector is far smaller, {REMEDY}"
    )]
    TooLarge {
        /// What is too large, with the member where it is one.
        what: String,
        /// The limit.
        limit: u64,
        /// What was found.
        found: u64,
    },
    /// Compressed so well that it looks like an attack on memory.
    #[error("the member '{member}' unpacks to more than {limit} times its size: refused as a zip bomb")]
    ZipBomb {
        /// The member.
        member: String,
        /// The limit.
        limit: u64,
    },
    /// The compressed data of a member does not unpack to what the header declares.
    #[error("the member '{member}' is damaged: its compressed data {fault}; transfer the file again")]
    Damaged {
        /// The member.
        member: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// The CRC-32 of a member does not fit its bytes.
    #[error("the member '{member}' is damaged: its CRC-32 does not fit; transfer the file again")]
    Checksum {
        /// The member.
        member: String,
    },
    /// The manifest is no manifest.
    #[error("manifest.json cannot be read: {reason}; {REMEDY}")]
    Manifest {
        /// Why, with line and column where the parser knows them.
        reason: String,
    },
    /// A later format.
    #[error("the bundle has format version {version}, made by a newer collector; update the analyzer")]
    Newer {
        /// The version that the manifest names.
        version: u64,
    },
    /// The manifest's list of members is not sorted, or lists a name twice or an odd one.
    #[error("manifest.json does not list members properly at '{member}'; {REMEDY}")]
    ManifestMembers {
        /// The first name at fault.
        member: String,
    },
    /// The signature is not text.
    #[error("manifest.json.sig is not text; {REMEDY}")]
    SignatureNotText,
    /// The manifest lists a member that is not there.
    #[error("the member '{member}' that the manifest lists is missing; {REMEDY}")]
    Missing {
        /// The name.
        member: String,
    },
    /// A member that the manifest does not list.
    #[error("the member '{member}' is not in the manifest's list; {REMEDY}")]
    Unlisted {
        /// The name.
        member: String,
    },
    /// A member's length is not what the manifest says.
    #[error(
        "the member '{member}' has {found} bytes where the manifest says {listed}: it was changed; {REMEDY}"
    )]
    Length {
        /// The name.
        member: String,
        /// Length in the manifest.
        listed: u64,
        /// Length in the archive.
        found: u64,
    },
    /// A member's SHA-256 is not what the manifest says.
    #[error(
        "the member '{member}' does not have the SHA-256 that the manifest says: it was changed; {REMEDY}"
    )]
    Digest {
        /// The name.
        member: String,
    },
}

impl OpenError {
    /// The reason as one stable word, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAZip => "not-a-zip",
            Self::Truncated => "truncated",
            Self::LeadingData => "leading-data",
            Self::TrailingData { .. } => "trailing-data",
            Self::ArchiveComment => "archive-comment",
            Self::Zip64 => "zip64",
            Self::Directory { .. } => "directory",
            Self::Gap { .. } => "gap",
            Self::Overlap { .. } => "overlap",
            Self::HeadersDisagree { .. } => "headers-disagree",
            Self::Repacked { .. } => "repacked",
            Self::Encrypted { .. } => "encrypted",
            Self::DataDescriptor { .. } => "data-descriptor",
            Self::Method { .. } => "method",
            Self::NotARegularFile { .. } => "not-a-regular-file",
            Self::OddName { .. } => "odd-name",
            Self::Duplicate { .. } => "duplicate",
            Self::FileAndFolder { .. } => "file-and-folder",
            Self::ManifestNotFirst => "manifest-not-first",
            Self::SignatureNotSecond => "signature-not-second",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::TooLarge { .. } => "too-large",
            Self::ZipBomb { .. } => "zip-bomb",
            Self::Damaged { .. } => "damaged",
            Self::Checksum { .. } => "checksum",
            Self::Manifest { .. } => "manifest",
            Self::Newer { .. } => "newer",
            Self::ManifestMembers { .. } => "manifest-members",
            Self::SignatureNotText => "signature-not-text",
            Self::Missing { .. } => "missing",
            Self::Unlisted { .. } => "unlisted",
            Self::Length { .. } => "length",
            Self::Digest { .. } => "digest",
        }
    }
}
