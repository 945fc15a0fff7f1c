//! One line of the exported text, both ways.
//!
//! Words are bare where all their characters are plain, and JSON strings in ASCII otherwise: nothing that a stranger's
//! bundle holds can look like something else, in a terminal or to git.
//!
//! Must not do: know what the facts are about.

use std::fmt::Write as _;

use mlx5_schemas::model::fact::{Fact, Knowledge, Value, View};
use mlx5_schemas::model::status::CollectionStatus;

use super::{FORMAT, VERSION};
use crate::case::{Opened, Reading, reading};

/// Why a fact of such a text has no value: the device said that nothing is stored.
const NEVER_SET: &str = "nothing is stored: the factory's value applies";
/// All statuses that are gaps, by word.
const GAPS: [CollectionStatus; 6] = [
    CollectionStatus::Masked,
    CollectionStatus::Skipped,
    CollectionStatus::NotRecorded,
    CollectionStatus::Denied,
    CollectionStatus::Error,
    CollectionStatus::Timeout,
];

/// What a line says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The value.
    Value(Value),
    /// Nothing is stored: the factory's value applies.
    NeverSet,
    /// There is no such thing.
    Absent,
    /// It was not read.
    Gap(CollectionStatus),
}

impl Said {
    /// What a fact says.
    pub(crate) fn of(opened: &Opened, fact: &Fact) -> Self {
        if let Knowledge::Unknown { status: CollectionStatus::Absent, reason } = &fact.knowledge
            && reason == NEVER_SET
        {
            return Self::NeverSet;
        }
        match reading(opened, Some(fact)) {
            Reading::Value(value) => Self::Value(value.clone()),
            Reading::NeverSet => Self::NeverSet,
            Reading::Absent(_) | Reading::NotOffered => Self::Absent,
            Reading::Secret => Self::Gap(CollectionStatus::Skipped),
            Reading::Gap(status, _) => match GAPS.contains(&status) {
                true => Self::Gap(status),
                // Firmware's refusal to give what it says it has.
                false => Self::Gap(CollectionStatus::Error),
            },
        }
    }

    /// The knowledge of a fact that is read from a line.
    pub(crate) fn knowledge(self) -> Knowledge {
        let unknown = |status, reason: &str| Knowledge::Unknown { status, reason: reason.to_owned() };
        match self {
            Self::Value(value) => Knowledge::Known { value },
            Self::NeverSet => unknown(CollectionStatus::Absent, NEVER_SET),
            Self::Absent => unknown(CollectionStatus::Absent, "the exported text says that there is none"),
            Self::Gap(status) => unknown(status, "the exported text says that it was not read"),
        }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(Value::Number { number, name: None }) => write!(f, "{number}"),
            Self::Value(Value::Number { number, name: Some(name) }) => write!(f, "{}({number})", word(name)),
            Self::Value(Value::Text { text }) => f.write_str(&quoted(text)),
            Self::Value(Value::Bytes { hex }) => write!(f, "hex:{hex}"),
            Self::NeverSet => f.write_str("unset"),
            Self::Absent => f.write_str("absent"),
            Self::Gap(status) => write!(f, "? {status}"),
        }
    }
}

/// About whom a line is: the host, or what belongs to a device of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Label {
    Host,
    Device(String),
    Port(String, u32),
    Module(String, u32),
}

impl Label {
    /// `host`, `card1.0`, `card1.0.port2`, `card1.0.module0`.
    fn parse(text: &str) -> Option<Self> {
        if text == "host" {
            return Some(Self::Host);
        }
        let number = |digits: &str| {
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
        };
        let of = |device: &str| -> Option<String> {
            let (card, function) = device.strip_prefix("card")?.split_once('.')?;
            number(card)?;
            number(function.strip_prefix('v').unwrap_or(function))?;
            Some(device.to_owned())
        };
        let (device, last) = text.rsplit_once('.')?;
        if let Some(port) = last.strip_prefix("port") {
            return Some(Self::Port(of(device)?, number(port)?));
        }
        if let Some(module) = last.strip_prefix("module") {
            return Some(Self::Module(of(device)?, number(module)?));
        }
        of(text).map(Self::Device)
    }
}

/// A line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Blank, or a comment.
    Nothing,
    /// The first line, with its version.
    Format(String),
    View(View),
    Only(String),
    Ignore(String),
    Volatile,
    Identity,
    /// A device: its label, its id, what else is said of it (`device=0x101d`).
    Device {
        label: String,
        id: String,
        said: Vec<(String, String)>,
    },
    /// The host or a device is known by texts alone, whose silence says nothing.
    Told(String),
    /// A fact that says what the text is of, beside what was selected.
    Is(FactLine),
    Fact(FactLine),
}

/// A fact's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactLine {
    pub(crate) about: Label,
    pub(crate) path: String,
    pub(crate) view: Option<View>,
    pub(crate) said: Said,
    pub(crate) name: Option<String>,
}

/// Writes a fact's line.
pub(crate) fn fact_line(label: &str, path: &str, view: Option<View>, said: &Said, name: &str) -> String {
    let mut line = format!("{} {}", word(label), word(path));
    if let Some(view) = view {
        line.push('@');
        line.push_str(view.word());
    }
    line.push(' ');
    line.push_str(&said.to_string());
    if name != path {
        line.push_str(" # ");
        line.push_str(&word(name));
    }
    line
}

/// Whether a word needs no quotation marks.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:[]=,+*~-".contains(&byte)
}

/// A word, quoted where it must be.
pub(super) fn word(text: &str) -> String {
    if is_bare(text) { text.to_owned() } else { quoted(text) }
}

/// A JSON string of visible ASCII characters.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing into a string cannot fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Takes a line apart.
///
/// # Errors
/// In words, when it is none.
pub(crate) fn parse_line(text: &str) -> Result<Line, String> {
    let text = text.trim_end();
    if text.trim_start().is_empty() || text.starts_with('#') {
        return Ok(Line::Nothing);
    }
    let mut rest = Rest(text);
    let first = rest.word()?;
    let line = match first.as_str() {
        FORMAT => Line::Format(rest.next_word()?),
        "view" => Line::View(view(&rest.next_word()?)?),
        "only" => Line::Only(rest.next_word()?),
        "ignore" => Line::Ignore(rest.next_word()?),
        "volatile" => Line::Volatile,
        "identity" => Line::Identity,
        "told" => Line::Told(label(&rest.next_word()?)?.1),
        "device" => {
            let label = match label(&rest.next_word()?)? {
                (Label::Device(_), label) => label,
                (Label::Host | Label::Port(..) | Label::Module(..), label) => {
                    return Err(format!("{label} is no label of a device (card1.0, card1.v2)"));
                }
            };
            let id = rest.next_word()?;
            let mut said = Vec::new();
            while !rest.0.is_empty() {
                let word = rest.next_word()?;
                let pair = word.split_once('=').ok_or_else(|| format!("{word:?} is not NAME=VALUE"))?;
                said.push((pair.0.to_owned(), pair.1.to_owned()));
            }
            Line::Device { label, id, said }
        }
        "is" => {
            let about = rest.next_word()?;
            Line::Is(rest.fact(&about)?)
        }
        about => Line::Fact(rest.fact(about)?),
    };
    match rest.0 {
        "" => Ok(line),
        more => Err(format!("{more:?} stands behind what such a line says")),
    }
}

fn view(word: &str) -> Result<View, String> {
    let views = || View::ALL.map(View::word).join(", ");
    View::ALL
        .into_iter()
        .find(|view| view.word() == word)
        .ok_or_else(|| format!("{word:?} is no view: {}", views()))
}

fn label(text: &str) -> Result<(Label, String), String> {
    match Label::parse(text) {
        Some(label) => Ok((label, text.to_owned())),
        None => {
            Err(format!("{text:?} begins no line of {FORMAT} {VERSION} (host, card1.0, card1.0.port1, …)"))
        }
    }
}

/// What is left of a line.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    /// A blank, then a word.
    fn next_word(&mut self) -> Result<String, String> {
        self.blank()?;
        self.word()
    }

    fn blank(&mut self) -> Result<(), String> {
        match self.0.strip_prefix(' ') {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None if self.0.is_empty() => Err("the line ends too early".to_owned()),
            None => Err(format!("a blank is missing before {:?}", self.0)),
        }
    }

    /// A bare word, or the text of a quoted one.
    fn word(&mut self) -> Result<String, String> {
        if self.0.starts_with('"') {
            let mut strings = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
            let found = strings.next().and_then(Result::ok);
            let found = found.ok_or_else(|| format!("no whole string: {}", self.0))?;
            self.0 = self.0.get(strings.byte_offset()..).unwrap_or_default();
            return Ok(found);
        }
        let end = self.0.bytes().position(|byte| !is_plain(byte)).unwrap_or(self.0.len());
        let (found, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        if found.is_empty() {
            return Err(match rest {
                "" => "the line ends too early".to_owned(),
                rest => format!("{rest:?} is no word; odd characters stand in quotation marks"),
            });
        }
        self.0 = rest;
        Ok(found.to_owned())
    }

    /// What follows the label.
    fn fact(&mut self, about: &str) -> Result<FactLine, String> {
        let (about, _) = label(about)?;
        let path = self.next_word()?;
        let view = match self.0.strip_prefix('@') {
            Some(rest) => {
                self.0 = rest;
                Some(view(&self.word()?)?)
            }
            None => None,
        };
        self.blank()?;
        let said = self.said()?;
        let name = match self.0.strip_prefix(" # ") {
            Some(rest) => {
                self.0 = rest;
                Some(self.word()?)
            }
            None => None,
        };
        Ok(FactLine { about, path, view, said, name })
    }

    fn said(&mut self) -> Result<Said, String> {
        if let Some(rest) = self.0.strip_prefix("? ") {
            self.0 = rest;
            let status = self.word()?;
            let known = GAPS.into_iter().find(|gap| gap.word() == status);
            return known.map(Said::Gap).ok_or_else(|| {
                format!("{status:?} is no status: {}", GAPS.map(CollectionStatus::word).join(", "))
            });
        }
        let is_text = self.0.starts_with('"');
        let word = self.word()?;
        if let Some(rest) = self.0.strip_prefix('(') {
            let (digits, rest) = rest.split_once(')').ok_or("no ) behind the number")?;
            self.0 = rest;
            let number = number(digits).ok_or_else(|| format!("{digits:?} is no number"))?;
            return Ok(Said::Value(Value::Number { number, name: Some(word) }));
        }
        if is_text {
            return Ok(Said::Value(Value::Text { text: word }));
        }
        if let Some(hex) = word.strip_prefix("hex:") {
            let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            return match is_hex && hex.len().is_multiple_of(2) {
                true => Ok(Said::Value(Value::Bytes { hex: hex.to_owned() })),
                false => Err(format!("{hex:?} are no bytes in lower-case hex")),
            };
        }
        match (word.as_str(), number(&word)) {
            ("absent", _) => Ok(Said::Absent),
            ("unset", _) => Ok(Said::NeverSet),
            (_, Some(number)) => Ok(Said::Value(Value::Number { number, name: None })),
            (other, None) => Err(format!("{other:?} is no value; a text stands in quotation marks")),
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
