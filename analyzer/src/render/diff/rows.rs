//! Rows of changes: one per parameter with its views, and one for what came or went as a whole.
//!
//! Must not do: cut a value of which people need all. Long bytes are shown where they differ; programs have them whole.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Knowledge, Value, View};
use mlx5_schemas::model::report::{Change, ChangeGroup, ChangeKind, NotCompared, Sides};

use super::super::{Page, Style, wrap};
use super::wide;
use crate::case::tlv_of;
use crate::diff::{is_stored, unit};
use crate::sanitize::sanitize;

/// Widest that a column is made for the sake of its longest cells.
const MAX_WIDTH: usize = 34;
/// Most hex digits of a value that are shown whole, and of a difference.
const MAX_HEX: usize = 32;

/// Most names that are listed of what came or went as a whole.
const MOST_NAMES: usize = 4;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// Views, or whose it is.
    pub(super) beside: String,
    /// Left and right.
    pub(super) sides: Option<(String, String)>,
    /// What is said in place of two sides, or of them.
    pub(super) note: String,
}

/// Rows, and how many are left out since others say the same.
pub(super) struct Folded {
    pub(super) rows: Vec<Row>,
    pub(super) hidden: u64,
}

/// Rows of the changes of one subject, in order.
pub(super) fn fold(changes: &[&Change]) -> Folded {
    let mut folded = Folded { rows: Vec::new(), hidden: 0 };
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut whole: BTreeSet<(ChangeKind, &str)> = BTreeSet::new();
    for change in changes {
        if let Some(fold) = fold_of(change) {
            let own: Vec<&Change> = changes
                .iter()
                .filter(|other| other.kind == change.kind && fold_of(other) == Some(fold))
                .copied()
                .collect();
            let paths: BTreeSet<&str> = own.iter().map(|other| other.path.as_str()).collect();
            if paths.len() > 1 {
                if whole.insert((change.kind, fold)) {
                    folded.rows.push(as_whole(change.kind, fold, &own));
                }
                continue;
            }
        }
        if !told.insert(&change.path) {
            continue;
        }
        let own: Vec<&&Change> = changes.iter().filter(|other| other.path == change.path).collect();
        if own.iter().all(|own| is_repetition(own, changes)) {
            folded.hidden = folded.hidden.saturating_add(wide(own.len()));
            continue;
        }
        folded.rows.extend(by_view(&own));
    }
    folded
}

/// What a change is a part of, where that came or went.
fn fold_of(change: &Change) -> Option<&str> {
    let is_whole = matches!(change.kind, ChangeKind::Added | ChangeKind::Removed);
    let of_stored = || {
        let tlv = tlv_of(&change.path)?;
        change.path.get(..tlv.path.len().checked_add("/stored".len())?)
    };
    if !is_whole {
        return None;
    }
    if is_stored(&change.path) {
        return of_stored();
    }
    match change.group {
        ChangeGroup::Nv | ChangeGroup::Registers | ChangeGroup::Capabilities => {
            Some(unit(&change.path, None).0)
        }
        // `fw/components[3]`
        ChangeGroup::Firmware => change.path.find("].").and_then(|end| change.path.get(..=end)),
        ChangeGroup::Trust | ChangeGroup::Driver | ChangeGroup::Host => None,
    }
}

/// One row for what came or went as a whole.
fn as_whole(kind: ChangeKind, path: &str, own: &[&Change]) -> Row {
    let said = |change: &Change| match kind {
        ChangeKind::Added => side(change.right.as_ref()),
        ChangeKind::Removed | ChangeKind::Changed | ChangeKind::ReRanged | ChangeKind::Renamed => {
            side(change.left.as_ref())
        }
    };
    if path.ends_with("/stored") {
        let writer = own.iter().find(|change| change.path.ends_with(".writer"));
        let name = own.iter().find(|change| change.path == path).map_or(path, |change| change.name.as_str());
        let stored = writer.map_or_else(|| "stored".to_owned(), |writer| format!("by {}", said(writer)));
        let none = "not stored".to_owned();
        let sides = if kind == ChangeKind::Added { (none, stored) } else { (stored, none) };
        return Row { name: name.to_owned(), beside: String::new(), sides: Some(sides), note: String::new() };
    }
    // The name of a TLV stands before that of its parts.
    let of_tlv = own.iter().find_map(|change| {
        let part = tlv_of(&change.path)?.part;
        change.name.strip_suffix(part).filter(|name| !name.is_empty())
    });
    let mut names: Vec<&str> = Vec::new();
    for change in own {
        let is_word = is_whole_word(&change.path);
        if !is_word && !names.contains(&change.name.as_str()) {
            names.push(&change.name);
        }
    }
    Row {
        name: of_tlv.unwrap_or(path).to_owned(),
        beside: String::new(),
        sides: None,
        note: format!("{} with {}", kind.word(), some(&names)),
    }
}

/// The first of some names, and how many there are.
fn some(names: &[&str]) -> String {
    let shown = names.get(..MOST_NAMES).unwrap_or(names);
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether a fact is about a TLV as such, and not a parameter.
fn is_whole_word(path: &str) -> bool {
    tlv_of(path).is_some_and(|tlv| tlv.part.starts_with('/'))
}

/// Whether a change of bytes is told by changes of parameters in the same TLV and view.
fn is_repetition(change: &Change, changes: &[&Change]) -> bool {
    let Some(tlv) = tlv_of(&change.path).filter(|tlv| tlv.part == "/data") else { return false };
    change.kind == ChangeKind::Changed
        && changes.iter().any(|other| {
            let own = tlv_of(&other.path);
            other.view == change.view
                && own.is_some_and(|own| own.path == tlv.path && own.part.starts_with('.'))
        })
}

/// A row for each pair of sides, with the views that it holds for.
fn by_view(own: &[&&Change]) -> Vec<Row> {
    let mut rows: Vec<(Row, Vec<View>)> = Vec::new();
    for change in own {
        let old = change.left_path.as_ref().or(change.right_path.as_ref());
        let note = match (&change.note, old, change.kind) {
            (Some(note), _, _) => format!("({}: {note})", change.kind.word()),
            (None, Some(old), _) => format!("(was {old})"),
            // The side without it says so.
            (None, None, ChangeKind::Changed | ChangeKind::Added | ChangeKind::Removed) => String::new(),
            (None, None, kind) => format!("({})", kind.word()),
        };
        let row = Row { name: change.name.clone(), beside: String::new(), sides: Some(sides(change)), note };
        match rows.iter_mut().find(|(known, _)| *known == row) {
            Some((_, views)) => views.extend(change.view),
            None => rows.push((row, change.view.into_iter().collect())),
        }
    }
    let words = |views: Vec<View>| match views.len() == View::ALL.len() {
        true => "all views".to_owned(),
        false => views.into_iter().map(View::word).collect::<Vec<_>>().join(" "),
    };
    rows.into_iter().map(|(row, views)| Row { beside: words(views), ..row }).collect()
}

fn sides(change: &Change) -> (String, String) {
    if let (
        Some(Knowledge::Known { value: Value::Bytes { hex: left } }),
        Some(Knowledge::Known { value: Value::Bytes { hex: right } }),
    ) = (&change.left, &change.right)
        && left.len().max(right.len()) > MAX_HEX
    {
        return bytes(left, right);
    }
    let none = |kind: ChangeKind, knowledge: Option<&Knowledge>| match change.kind == kind {
        true => "none".to_owned(),
        false => side(knowledge),
    };
    (none(ChangeKind::Added, change.left.as_ref()), none(ChangeKind::Removed, change.right.as_ref()))
}

/// Bytes from where they begin to differ.
fn bytes(left: &str, right: &str) -> (String, String) {
    let same = left.bytes().zip(right.bytes()).take_while(|(one, other)| one == other).count() & !1;
    let shown = |hex: &str| {
        let rest = hex.get(same..).unwrap_or_default();
        let part = rest.get(..MAX_HEX).unwrap_or(rest);
        let more = if part.len() < rest.len() { "…" } else { "" };
        format!("byte {}: {part}{more} ({} bytes)", same / 2, hex.len() / 2)
    };
    (shown(left), shown(right))
}

fn side(knowledge: Option<&Knowledge>) -> String {
    match knowledge {
        Some(Knowledge::Known { value: Value::Text { text } }) if text.is_empty() => "\"\"".to_owned(),
        Some(Knowledge::Known { value }) => value.to_string(),
        Some(Knowledge::Unknown { status, reason }) => format!("{status}: {reason}"),
        None => "none".to_owned(),
    }
}

/// Rows about what was not read: one for each register, TLV or page, side and status.
pub(super) fn gaps(gaps: &[NotCompared]) -> Vec<Row> {
    let key = |gap: &NotCompared| {
        let unit = unit(&gap.path, None).0.split('[').next().unwrap_or_default();
        (gap.subject.clone(), unit.to_owned(), gap.side, gap.status.clone())
    };
    let mut rows = Vec::new();
    let mut rest = gaps;
    while let Some(first) = rest.first() {
        let own = key(first);
        let end = rest.iter().position(|gap| key(gap) != own).unwrap_or(rest.len());
        let (these, others) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = others;
        let side = match first.side {
            Sides::Left => "left",
            Sides::Right => "right",
        };
        let name = match these {
            [only] => only.name.clone(),
            _ => own.1,
        };
        let facts = super::number_of(wide(these.len()), "fact", "facts");
        rows.push(Row {
            name,
            beside: first.subject.to_string(),
            sides: None,
            note: format!("{facts}, {side}: {} ({})", first.status, first.reason),
        });
    }
    rows
}

/// Writes rows in columns; one that does not fit its line takes several.
pub(super) fn put(page: &mut Page, indent: usize, rows: &[Row]) {
    let width = |cell: fn(&Row) -> &String| {
        rows.iter().map(|row| length(cell(row)).min(MAX_WIDTH)).max().unwrap_or_default()
    };
    let (names, beside) = (width(|row| &row.name), width(|row| &row.beside));
    for row in rows {
        let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(length(text)));
        let mut head = format!("{}{}{}", " ".repeat(indent), row.name, pad(&row.name, names));
        if beside > 0 {
            head.push_str(&format!("  {}{}", row.beside, pad(&row.beside, beside)));
        }
        let (left, right) = row.sides.clone().unwrap_or_default();
        let arrow = if row.sides.is_some() { " → " } else { "" };
        let note = match (row.note.is_empty(), row.sides.is_some()) {
            (true, _) => String::new(),
            (false, true) => format!("  {}", row.note),
            (false, false) => row.note.clone(),
        };
        let all =
            [head.as_str(), "  ", &left, arrow, &right, &note].iter().map(|part| length(part)).sum::<usize>();
        page.put(Style::Plain, &head);
        if all <= wrap::WIDTH {
            page.put(Style::Plain, "  ");
            page.put(Style::Bad, &left);
            page.put(Style::Plain, arrow);
            page.put(Style::Good, &right);
            page.line(Style::Dim, &note);
            continue;
        }
        page.end();
        let deeper = indent.saturating_add(4);
        let parts = match row.sides.is_some() {
            true => vec![
                (Style::Bad, "  ", left),
                (Style::Good, "→ ", right),
                (Style::Dim, "  ", row.note.clone()),
            ],
            false => vec![(Style::Plain, "", row.note.clone())],
        };
        for (style, mark, text) in parts.into_iter().filter(|(_, _, text)| !text.is_empty()) {
            let room = wrap::WIDTH.saturating_sub(deeper).saturating_sub(length(mark));
            for (place, line) in wrap::lines(&text, room).iter().enumerate() {
                let mark = if place == 0 { mark.to_owned() } else { " ".repeat(length(mark)) };
                page.put(Style::Plain, &format!("{}{mark}", " ".repeat(deeper)));
                page.line(style, line);
            }
        }
    }
}

/// Characters as they are printed.
fn length(text: &str) -> usize {
    sanitize(text).chars().count()
}
