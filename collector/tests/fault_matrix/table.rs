//! The table that was written beforehand.

use std::collections::BTreeMap;

use mlx5_collector::probe::ProbeId;

const TABLE: &str = include_str!("expected.tsv");
const COLUMNS: usize = 14;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Hang,
    DriverTimeout,
    Death,
    Removal,
    BadMessage,
    Eio,
    InternalError,
    BadParameter,
    Unsupported,
    Busy,
    BusyTwice,
    ShortReply,
    CutReply,
    WrongItem,
    Killed,
    Wedged,
    LateOnce,
    Slow,
}

impl Fault {
    pub(crate) const ALL: [(Self, &str); 18] = [
        (Self::Hang, "hang"),
        (Self::DriverTimeout, "driver-timeout"),
        (Self::Death, "death"),
        (Self::Removal, "removal"),
        (Self::BadMessage, "ebadmsg"),
        (Self::Eio, "eio"),
        (Self::InternalError, "internal-error"),
        (Self::BadParameter, "bad-parameter"),
        (Self::Unsupported, "unsupported"),
        (Self::Busy, "busy"),
        (Self::BusyTwice, "busy-twice"),
        (Self::ShortReply, "short-reply"),
        (Self::CutReply, "cut-reply"),
        (Self::WrongItem, "wrong-item"),
        (Self::Killed, "killed"),
        (Self::Wedged, "wedged"),
        (Self::LateOnce, "late-once"),
        (Self::Slow, "slow"),
    ];
}

/// When it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Opening,
    Identity,
    FirstTlv,
    MiddleTlv,
    LastTlv,
    Registers,
}

impl Phase {
    pub(crate) const ALL: [(Self, &str); 6] = [
        (Self::Opening, "opening"),
        (Self::Identity, "identity"),
        (Self::FirstTlv, "first-tlv"),
        (Self::MiddleTlv, "middle-tlv"),
        (Self::LastTlv, "last-tlv"),
        (Self::Registers, "registers"),
    ];
}

/// A row of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// As from a sound card.
    Same,
    /// This status, and of the items that are gaps these.
    Is { status: String, gaps: BTreeMap<String, Count> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exactly(u64),
    Some,
}

/// One row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) fault: Fault,
    pub(crate) phase: Phase,
    /// `None` where the fault cannot be there.
    pub(crate) outcome: Option<Outcome>,
}

#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) exit: i32,
    pub(crate) ending: String,
    pub(crate) complete: bool,
    pub(crate) within_s: u64,
    pub(crate) rows: BTreeMap<ProbeId, Row>,
    pub(crate) at: String,
    pub(crate) after: String,
    pub(crate) words: Option<String>,
}

pub(crate) fn expected() -> Vec<Expected> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| parse(&line.split('\t').collect::<Vec<_>>())).collect()
}

fn parse(cells: &[&str]) -> Expected {
    let [fault, phase, exit, ending, complete, within_s, rows @ .., at, after, words, why] = cells else {
        panic!("too few cells: {cells:?}");
    };
    assert_eq!(cells.len(), COLUMNS, "{cells:?}");
    assert!(!why.is_empty(), "no reason: {cells:?}");
    let fault = Fault::ALL.iter().find(|(_, word)| word == fault).unwrap().0;
    let phase = Phase::ALL.iter().find(|(_, word)| word == phase).unwrap().0;
    let outcome = (*exit != "n/a").then(|| Outcome {
        exit: exit.parse().unwrap(),
        ending: (*ending).to_owned(),
        complete: match *complete {
            "yes" => true,
            "no" => false,
            word => panic!("{word}"),
        },
        within_s: within_s.parse().unwrap(),
        rows: ProbeId::STANDARD.into_iter().zip(rows.iter().map(|cell| row(cell))).collect(),
        at: (*at).to_owned(),
        after: (*after).to_owned(),
        words: (*words != "-").then(|| (*words).to_owned()),
    });
    Expected { fault, phase, outcome }
}

fn row(cell: &str) -> Row {
    if cell == "same" {
        return Row::Same;
    }
    let mut words = cell.split(' ');
    let status = words.next().unwrap().to_owned();
    let gap = |word: &str| match word.split_once('=') {
        Some((word, count)) => (word.to_owned(), Count::Exactly(count.parse().unwrap())),
        None => (word.strip_suffix('+').unwrap().to_owned(), Count::Some),
    };
    Row::Is { status, gaps: words.map(gap).collect() }
}

#[test]
fn every_cell_is_in_the_table_once() {
    let mut cells: Vec<_> = expected().iter().map(|row| (row.fault, row.phase)).collect();
    cells.sort();
    let all: Vec<_> = Fault::ALL
        .iter()
        .flat_map(|(fault, _)| Phase::ALL.iter().map(move |(phase, _)| (*fault, *phase)))
        .collect();
    assert_eq!(cells, all);
}
