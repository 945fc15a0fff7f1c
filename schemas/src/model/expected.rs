//! What values and versions are expected to be, as files say it: in baselines, conditions and known issues.
//!
//! Must not do: look at facts.

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::fact::Value;

/// Firmware versions from one to another, both included (`22.41.1000`; each part a number).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirmwareRange {
    /// The first version; from the beginning without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last version; without an end where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Versions from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionRange {
    /// The first; from the beginning without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last, with everything that begins with it (`5.14` holds 5.14.21); without an end where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A range of numbers, both ends included; at least one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

impl Range {
    /// Whether a number is in it.
    pub fn holds(&self, number: u64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }
}

impl std::fmt::Display for Range {
    /// `from 1 to 16`, `at least 1`, `at most 16`; one number as it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => write!(f, "{min}"),
            (Some(min), Some(max)) => write!(f, "from {min} to {max}"),
            (Some(min), None) => write!(f, "at least {min}"),
            (None, Some(max)) => write!(f, "at most {max}"),
            (None, None) => f.write_str("any number"),
        }
    }
}

/// An expected value: a number, or text (the name of a number, text, or bytes in lower-case hex).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Expected {
    /// A number.
    Number(u64),
    /// Text.
    Text(String),
}

impl Expected {
    /// Whether a value is the expected one. Text is compared with the text, with the name of a number, with
    /// the number as it is shown (`ETH(2)`), or with the hex of bytes.
    pub fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(expected), Value::Number { number, .. }) => expected == number,
            (Self::Text(expected), Value::Number { name: Some(name), .. }) => {
                expected == name || *expected == value.to_string()
            }
            (Self::Text(expected), Value::Text { text }) => expected == text,
            (Self::Text(expected), Value::Bytes { hex }) => expected == hex,
            (Self::Text(_), Value::Number { name: None, .. })
            | (Self::Number(_), Value::Text { .. } | Value::Bytes { .. }) => false,
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

// By hand, because serde's untagged enums lose the place of an error in the file.
impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExpectedVisitor;
        impl Visitor<'_> for ExpectedVisitor {
            type Value = Expected;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a non-negative number or text (True and False are written as text)")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Expected, E> {
                Ok(Expected::Number(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expected, E> {
                Ok(Expected::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(ExpectedVisitor)
    }
}

/// A mask of bits: a number, or text in hex (`"0x8001"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Mask(#[schemars(with = "Expected")] pub u64);

impl std::fmt::Display for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Expected::deserialize(deserializer)? {
            Expected::Number(number) => Ok(Self(number)),
            Expected::Text(text) => text
                .strip_prefix("0x")
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                .map(Self)
                .ok_or_else(|| {
                    de::Error::custom(format!("`{text}` is no mask: write \"0x8001\" or a number"))
                }),
        }
    }
}
