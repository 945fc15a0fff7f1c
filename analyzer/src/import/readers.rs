//! The formats that are read, and how one text is put through them.
//!
//! A text can hold the output of several tools: every reader sees all lines, takes those of its format and says so.
//! What none of them takes is unread.
//!
//! Must not do: guess. Each reader knows its format by what the lines say.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Route;

use super::reading::{Read, Reading};
use super::text::Text;
use super::{devlink, ethtool, golden, host_file, host_words, kernel_log, lspci};
use super::{flint, mlxconfig, mlxfwmanager, mst, raw_tlv};

/// One format.
struct Reader {
    /// Its word in files.
    word: &'static str,
    /// Whether a text holds it.
    finds: fn(&Text<'_>) -> bool,
    /// Reads it.
    read: fn(&Text<'_>, &Catalog, &mut Reading<'_>),
    /// Whether the whole text is of this format alone.
    whole: bool,
}

/// All of them. Where two could take a line, the first one's facts stand first.
const READERS: &[Reader] = &[
    Reader { word: crate::golden::FORMAT, finds: golden::is_text, read: golden::read, whole: true },
    Reader { word: "host-file", finds: host_file::finds, read: host_file::read, whole: true },
    Reader {
        word: "mlxconfig-json",
        finds: |text| mlxconfig::is_json(text.bytes),
        read: mlxconfig::read_json,
        whole: true,
    },
    Reader { word: "mlxconfig-query", finds: mlxconfig::is_query, read: mlxconfig::read, whole: false },
    Reader { word: "mlxconfig-raw", finds: raw_tlv::is_file, read: raw_tlv::read, whole: false },
    Reader { word: "flint-query", finds: flint::is_query, read: flint::read, whole: false },
    Reader {
        word: "mlxfwmanager-query",
        finds: mlxfwmanager::is_query,
        read: mlxfwmanager::read,
        whole: false,
    },
    Reader {
        word: "mlxfwmanager-xml",
        finds: mlxfwmanager::is_xml,
        read: mlxfwmanager::read_xml,
        whole: false,
    },
    Reader { word: "mst-status", finds: mst::is_status, read: mst::read, whole: false },
    Reader { word: "ethtool", finds: ethtool::finds, read: ethtool::read, whole: false },
    Reader { word: "devlink", finds: devlink::finds, read: devlink::read, whole: false },
    Reader { word: "lspci", finds: lspci::finds, read: lspci::read, whole: false },
    Reader { word: "kernel-log", finds: kernel_log::finds, read: kernel_log::read, whole: false },
    Reader { word: "host-words", finds: host_words::finds, read: host_words::read, whole: false },
];

/// Whether some format is found in a text.
pub(crate) fn knows(text: &Text<'_>) -> bool {
    READERS.iter().any(|reader| (reader.finds)(text))
}

/// The words of all formats, for messages.
pub(crate) fn words() -> Vec<&'static str> {
    READERS.iter().map(|reader| reader.word).collect()
}

/// Reads a text with every reader that finds its format in it.
pub(crate) fn read(text: &Text<'_>, catalog: &Catalog, route: Route) -> Read {
    let mut reading = Reading::new(text, route);
    let mut formats = Vec::new();
    for reader in READERS {
        if !(reader.finds)(text) {
            continue;
        }
        formats.push(reader.word);
        (reader.read)(text, catalog, &mut reading);
        if reader.whole {
            break;
        }
    }
    reading.end(formats)
}
