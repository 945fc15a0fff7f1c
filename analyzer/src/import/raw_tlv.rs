//! The raw TLV file of mlxconfig: `backup` writes it, `set_raw` and `get_raw` take it.
//!
//! The line `MLNX_RAW_TLV_FILE`, then an item a line: three header dwords (MNVDA's header; the type; a checksum) and the
//! data, each `0x%08x`. `backup` walks what is stored in the device (MNVGN) and writes a comment with type and writer
//! before each item: what is stored is what the next boot takes, so those are facts of the view next. A file without
//! that comment is somebody's input for `set_raw`: what it holds is no value of a device, and has the paths
//! `raw_tlv/…` without a view.
//!
//! Must not do: take an item whose length is not the one that it declares, or a secret's data.

use mlx5_schemas::catalog::{Catalog, TypeDword};
use mlx5_schemas::decode::{RawSource, raw_item};
use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, View};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::redaction::is_secret_tlv;

use super::command_line::{command, command_of, counted, numbers_devices};
use super::flint;
use super::reading::{Reading, Span};
use super::text::Text;

/// The line with which such a file begins.
const SIGNATURE: &str = "MLNX_RAW_TLV_FILE";
/// What `backup` writes before each item.
const BACKUP: &str = "% TLV Type: ";
const TOOLS: [&str; 2] = ["mlxconfig", "mstconfig"];
/// Dwords before the data.
const HEADER: usize = 3;
/// Most bytes of data (MNVDA).
const MAX_DATA: u32 = 256;
/// Why an item is unread.
const LENGTH: &str = "a TLV with another length than its header declares";
/// Most items that are read: no device stores so many.
const MAX_ITEMS: usize = 10_000;

/// Whether a text holds such a file.
pub(crate) fn is_file(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| line.text.trim() == SIGNATURE)
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, catalog: &Catalog, reading: &mut Reading<'_>) {
    let named = |line| command(line, &TOOLS);
    let mut device =
        command_of(text, &TOOLS).and_then(|line| line.option(&["-d", "--dev"]).map(str::to_owned));
    let others_number = numbers_devices(text) || flint::is_query(text);
    let (mut files, mut at) = (0_usize, None);
    for found in files_and_items(text) {
        match found {
            Found::Line(index) => {
                if let Some(line) = named(text.line(index)) {
                    device = line.option(&["-d", "--dev"]).map(str::to_owned);
                }
            }
            Found::Signature(index) => {
                reading.understand(Span::line(index));
                files = files.saturating_add(1);
                at = Some(device.take().unwrap_or_else(|| counted(files, "a raw TLV file", others_number)));
            }
            Found::Comment(index) => reading.understand(Span::line(index)),
            Found::Broken(first, last, reason) => {
                (first..=last).for_each(|index| reading.cannot_read(index, reason));
            }
            Found::Item(item) => {
                let Some(device) = &at else { continue };
                if !item_facts(catalog, reading, device, &item) {
                    reading.cannot_read(item.lines.0, "no TLV");
                }
            }
            Found::Blotted(item) => match at.as_ref().filter(|_| item.is_secret()) {
                Some(device) => {
                    reading.understand(Span::lines(item.lines.0, item.lines.1));
                    secret_fact(reading, device, &item);
                }
                None => (item.lines.0..=item.lines.1).for_each(|index| reading.cannot_read(index, LENGTH)),
            },
        }
    }
}

/// Lines with the data of secrets: first line, number of words before the data, last line.
pub(crate) fn secret_lines(text: &Text<'_>) -> Vec<(usize, usize, usize)> {
    if !is_file(text) {
        return Vec::new();
    }
    let secret = |found: &Found| match found {
        Found::Item(item) => item.is_secret().then_some((item.lines.0, HEADER, item.lines.1)),
        // What is no item may be a secret's all the same.
        Found::Broken(first, last, _) => Some((*first, HEADER, *last)),
        Found::Line(_) | Found::Signature(_) | Found::Comment(_) | Found::Blotted(_) => None,
    };
    files_and_items(text).iter().filter_map(secret).collect()
}

/// An item with its lines, first and last.
struct Item {
    dwords: Vec<u32>,
    lines: (usize, usize),
    is_backup: bool,
}

impl Item {
    fn type_dword(&self) -> u32 {
        self.dwords.get(1).copied().unwrap_or_default()
    }

    fn is_secret(&self) -> bool {
        let parts = TypeDword::split(self.type_dword());
        is_secret_tlv(parts.class, parts.index)
    }

    /// How many dwords the header declares, header and all; `None` where they would not fill the data.
    fn declared(&self) -> Option<usize> {
        // Dword 0, LSB bits 8:0.
        let length = self.dwords.first()? & 0x1ff;
        let dwords = usize::try_from(length / 4).ok()?;
        (length % 4 == 0 && length <= MAX_DATA).then_some(dwords.saturating_add(HEADER))
    }
}

/// What stands in a text, in order.
enum Found {
    /// Outside such a file.
    Line(usize),
    Signature(usize),
    Comment(usize),
    Item(Item),
    /// An item whose data were written over, a secret's (see [`super::secrets`]); or more lines of it.
    Blotted(Item),
    Broken(usize, usize, &'static str),
}

fn files_and_items(text: &Text<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut is_in_file, mut items) = (false, 0_usize);
    let mut backup_of: Option<u32> = None;
    // An item whose dwords are not all there: a mail program may have wrapped it.
    let mut open: Option<Item> = None;
    for index in 0..text.lines.len() {
        let line = text.line(index).trim();
        if line.is_empty() {
            continue;
        }
        let words = dwords(line, text.is_cut(index)).filter(|_| is_in_file);
        if words.is_none() {
            found.extend(open.take().map(|item| broken(&item)));
        }
        match words {
            Some(words) => {
                let mut item = open.take().unwrap_or_else(|| Item {
                    dwords: Vec::new(),
                    lines: (index, index),
                    is_backup: false,
                });
                item.dwords.extend(words);
                item.lines.1 = index;
                let Some(declared) = item.declared().filter(|declared| item.dwords.len() <= *declared) else {
                    found.push(broken(&item));
                    continue;
                };
                if item.dwords.len() < declared {
                    open = Some(item);
                    continue;
                }
                item.is_backup = backup_of.take() == Some(item.type_dword());
                items = items.saturating_add(1);
                found.push(match items <= MAX_ITEMS {
                    true => Found::Item(item),
                    false => Found::Broken(item.lines.0, item.lines.1, "more items than are read"),
                });
            }
            None if is_in_file && blotted(line).is_some() => {
                let dwords = blotted(line).unwrap_or_default();
                match found.last_mut() {
                    Some(Found::Blotted(item)) if dwords.is_empty() => item.lines.1 = index,
                    Some(_) | None => {
                        let mut item = Item { dwords, lines: (index, index), is_backup: false };
                        item.is_backup = backup_of.take() == Some(item.type_dword());
                        found.push(Found::Blotted(item));
                    }
                }
            }
            None if line == SIGNATURE => {
                is_in_file = true;
                found.push(Found::Signature(index));
            }
            None if is_in_file && line.starts_with('%') => {
                backup_of = line.strip_prefix(BACKUP).and_then(|rest| dword(rest.split(',').next()?, true));
                found.push(Found::Comment(index));
            }
            None if is_in_file && line.starts_with("0x") => {
                found.push(Found::Broken(index, index, "a line of dwords with something else in it"));
            }
            None => {
                is_in_file = false;
                found.push(Found::Line(index));
            }
        }
    }
    found.extend(open.take().map(|item| broken(&item)));
    found
}

fn broken(item: &Item) -> Found {
    Found::Broken(item.lines.0, item.lines.1, LENGTH)
}

/// The header before data that were written over; nothing before more lines of them.
fn blotted(line: &str) -> Option<Vec<u32>> {
    let is_blot = |word: &&str| word.bytes().all(|byte| byte == b'*');
    let header: Vec<&str> = line.split_whitespace().take_while(|word| !is_blot(word)).collect();
    let has_rest = line.split_whitespace().count() > header.len();
    let is_all = line.split_whitespace().skip(header.len()).all(|word| is_blot(&word));
    let is_shaped = header.is_empty() || header.len() == HEADER;
    (has_rest && is_all && is_shaped).then(|| header.iter().map(|word| dword(word, true)).collect())?
}

/// The dwords of a line, if it has nothing else. One that may be cut must have all its digits.
fn dwords(line: &str, is_whole: bool) -> Option<Vec<u32>> {
    line.split_whitespace().map(|word| dword(word, is_whole)).collect()
}

fn dword(word: &str, is_whole: bool) -> Option<u32> {
    let digits = word.strip_prefix("0x")?;
    let fits = digits.len() == 8 || (!is_whole && (1..8).contains(&digits.len()));
    (fits && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| u32::from_str_radix(digits, 16).ok())?
}

fn item_facts(catalog: &Catalog, reading: &mut Reading<'_>, device: &str, item: &Item) -> bool {
    let span = Span::lines(item.lines.0, item.lines.1);
    let evidence = reading.evidence(span);
    let view = item.is_backup.then_some(View::Next);
    let bytes: Vec<u8> = item.dwords.iter().flat_map(|dword| dword.to_be_bytes()).collect();
    reading.described(device);
    reading.understand(span);
    if item.is_secret() {
        secret_fact(reading, device, item);
        return true;
    }
    let source = RawSource { device, route: reading.route(), view, evidence: &evidence };
    let Some(facts) = raw_item(catalog, source, &bytes) else { return false };
    for mut fact in facts {
        if !item.is_backup {
            // What a baseline asks of the device must not be judged by what a file asks for.
            fact.path = fact.path.replacen("nv/", "raw_tlv/", 1);
            fact.aliases.clear();
        }
        reading.fact(fact);
    }
    true
}

/// That an item is a secret.
fn secret_fact(reading: &mut Reading<'_>, device: &str, item: &Item) {
    let parts = TypeDword::split(item.type_dword());
    let root = if item.is_backup { "nv" } else { "raw_tlv" };
    let reason = "a secret: it is not taken from the text".to_owned();
    let evidence = reading.evidence(Span::lines(item.lines.0, item.lines.1));
    reading.fact(Fact {
        subject: Subject::Device { device: device.to_owned() },
        path: format!("{root}/{}:0x{:03x}/data", parts.class, parts.index),
        aliases: Vec::new(),
        view: item.is_backup.then_some(View::Next),
        knowledge: Knowledge::Unknown { status: CollectionStatus::Masked, reason },
        route: reading.route(),
        evidence: vec![evidence],
    });
}
