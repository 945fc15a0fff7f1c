//! What `mstconfig -j FILE query` writes: the same table as JSON, a device a member.
//!
//! Must not do: guess at members that such a file does not have; they are handed back unread.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range as Bytes;

use mlx5_schemas::model::fact::View;
use serde_json::{Map, Value};

use super::heading::Column;
use super::section::{Marks, Range, Row, Said, Section, Tables};
use super::table::{MAX_ROWS, is_name};
use crate::import::command_line;

/// The member that holds the parameters of a device.
const CONFIGURATION: &str = "tlv_configuration";
/// The members of a parameter that are its columns.
const COLUMNS: [(&str, View); 3] =
    [("default_value", View::Default), ("current_value", View::Current), ("next_value", View::Next)];

/// Whether a text is such a file.
pub(super) fn is_query(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && text.contains(&format!("\"{CONFIGURATION}\""))
}

/// Finds the devices and rows.
pub(super) fn tables(text: &str) -> Tables {
    let mut tables = Tables::default();
    // A byte order mark is no JSON; what follows keeps its place by being searched in the whole text.
    let devices: Map<String, Value> = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(devices) => devices,
        Err(error) => {
            // Nothing of a file that breaks off can be taken: a value may belong to another device.
            let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
            tables.unread.extend((1..=lines).map(|line| (line, format!("the file is no JSON: {error}"))));
            return tables;
        }
    };
    let places = Places::of(text);
    let mut rows = 0_usize;
    for (key, device) in &devices {
        let start = places.find(0, key).map_or(0, |(start, _)| start);
        let Some(configuration) = device.get(CONFIGURATION).and_then(Value::as_object) else {
            tables.unread.extend([places.unread(start, key)]);
            continue;
        };
        let said = |name: &str| {
            let said = device.get(name)?.as_str()?;
            Some(Said { text: said.to_owned(), place: range(places.find(start, name)?), doubt: None })
        };
        let mut section = Section {
            number: command_line::device_number(&format!("{key}:")),
            device: said("device").map(|device| command_line::full(&device.text)),
            kind: said("device_type"),
            name: said("name"),
            description: said("description"),
            ..Section::default()
        };
        // Parameters come in the order of their names, and stand in the file in the tool's order.
        for (name, parameter) in configuration {
            let place = places.find(start, name);
            let cells: Vec<(Column, String)> = COLUMNS
                .iter()
                .filter_map(|(member, view)| Some((Column::View(*view), cell(parameter.get(member)?))))
                .collect();
            rows = rows.saturating_add(1);
            match place {
                Some(place) if is_name(name, &|_| true) && !cells.is_empty() && rows <= MAX_ROWS => {
                    let mark = |name: &str| parameter.get(name).and_then(Value::as_bool);
                    let marks = Marks { modified: mark("modified"), read_only: mark("read_only") };
                    let (name, place) = (name.clone(), range(place));
                    section.rows.push(Row { name, cells, place, marks, is_cut: false });
                }
                Some((at, _)) => tables.unread.extend([places.unread(at, name)]),
                None => tables.unread.extend([places.unread(start, name)]),
            }
        }
        tables.sections.push(section);
    }
    tables
}

fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Most characters of a member's name that are shown.
const MAX_NAME: usize = 80;

/// Most bytes that are shown of a parameter, from its name on.
const MAX_PARAMETER: usize = 1024;

/// Where strings and lines stand in a text. Made once: a file may hold very many of both.
struct Places<'t> {
    text: &'t str,
    strings: BTreeMap<Cow<'t, str>, Vec<usize>>,
    line_ends: Vec<usize>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut strings: BTreeMap<Cow<'t, str>, Vec<usize>> = BTreeMap::new();
        let mut at = 0_usize;
        while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'"')) {
            let start = at.saturating_add(start);
            let end = string_end(bytes, start.saturating_add(1));
            let string = text.get(start.saturating_add(1)..end).unwrap_or_default();
            // What is written with escapes is the same name.
            let string = match string.contains('\\') {
                true => text
                    .get(start..end.saturating_add(1))
                    .and_then(|quoted| serde_json::from_str::<String>(quoted).ok())
                    .map_or(Cow::Borrowed(string), Cow::Owned),
                false => Cow::Borrowed(string),
            };
            strings.entry(string).or_default().push(start);
            at = end.saturating_add(1);
        }
        let line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
        Self { text, strings, line_ends: line_ends.collect() }
    }

    /// The first place of a member from a byte on, up to the end of its object.
    fn find(&self, from: usize, name: &str) -> Option<(usize, usize)> {
        let places = self.strings.get(name)?;
        let start = *places.get(places.partition_point(|place| *place < from))?;
        let rest = self.text.as_bytes().get(start..)?;
        let rest = rest.get(..MAX_PARAMETER).unwrap_or(rest);
        Some((start, object_end(rest)))
    }

    fn unread(&self, at: usize, name: &str) -> (u64, String) {
        let line = self.line_ends.partition_point(|end| *end < at).saturating_add(1);
        let name: String = name.chars().take(MAX_NAME).collect();
        (u64::try_from(line).unwrap_or(u64::MAX), format!("no member that such a file has: {name}"))
    }
}

fn range((offset, length): (usize, usize)) -> Range {
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Range { offset: wide(offset), length: wide(length) }
}

/// Where the values in the first object of some bytes stand, or in all of them where it has no end: what is between the
/// quotation marks of a string that is no member's name, and every other scalar.
pub(super) fn values(bytes: &[u8]) -> Vec<Bytes<usize>> {
    let mut found = Vec::new();
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at = at.saturating_add(1);
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' if depth <= 1 => break,
            b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(bytes, at);
                let rest = bytes.get(end.saturating_add(1)..).unwrap_or_default();
                if rest.trim_ascii_start().first() != Some(&b':') {
                    found.push(at..end);
                }
                at = end.saturating_add(1);
            }
            b'[' | b']' | b':' | b',' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"{}[]:,\"".contains(byte);
                let rest = bytes.get(at..).unwrap_or_default();
                at = at.saturating_add(rest.iter().position(is_end).unwrap_or(rest.len()));
                found.push(start..at);
            }
        }
    }
    found
}

/// How many bytes there are up to the end of the object that they are in, or all of them; a brace within a string ends
/// nothing.
fn object_end(bytes: &[u8]) -> usize {
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        at = at.saturating_add(1);
        match byte {
            b'}' => return at,
            b'"' => at = string_end(bytes, at).saturating_add(1),
            _ => {}
        }
    }
    bytes.len()
}

/// Where a string ends whose first byte is given: its quotation mark, or the end of the bytes.
pub(super) fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut is_escaped = false;
    for (place, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return place,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brace_within_a_string_ends_no_object() {
        assert_eq!(object_end(br#""a": "}\"}", "b": 1}, "c": 2}"#), 20);
        assert_eq!(object_end(br#""a": "}"#), 7);
    }
}
