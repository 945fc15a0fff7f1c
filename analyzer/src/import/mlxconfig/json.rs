//! What `mstconfig -j FILE query` writes: the same table as JSON, a device a member.
//!
//! Must not do: guess at members that such a file does not have; they are handed back unread.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::View;
use serde_json::{Map, Value};

use super::heading::{self, Column};
use super::table::{MAX_ROWS, Range, Row, Section, Tables, is_name};

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
            Some((said.to_owned(), range(places.find(start, name)?)))
        };
        let mut section = Section {
            number: heading::device_number(&format!("{key}:")),
            device: said("device").map(|(device, _)| heading::full(&device)),
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
                    section.rows.push(Row { name: name.clone(), cells, place: range(place) });
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
    strings: BTreeMap<&'t str, Vec<usize>>,
    line_ends: Vec<usize>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let mut strings: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut at = 0_usize;
        // Between the quotation marks. An escaped one shifts the rest: then a place is not found, and that is said.
        for (number, piece) in text.split('"').enumerate() {
            if !number.is_multiple_of(2) {
                strings.entry(piece).or_default().push(at.saturating_sub(1));
            }
            at = at.saturating_add(piece.len()).saturating_add(1);
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
        let end = rest.iter().position(|byte| *byte == b'}').map(|end| end.saturating_add(1));
        Some((start, end.unwrap_or(rest.len())))
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
