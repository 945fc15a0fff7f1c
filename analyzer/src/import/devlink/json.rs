//! The JSON forms, within a text and cut anywhere: `{"port":{"pci/0000:06:00.0/32768":{"type":"eth",…}}}`.
//!
//! A reader of our own, because what people paste often lacks its end, and because evidence needs lines. Must not do:
//! take a number at which the text ends.

mod tree;

use super::super::kernel_view::View;
use super::facts::{self, Place};
use tree::{Node, Tree};

/// What devlink's objects hold, by their first key.
const KINDS: [&str; 5] = ["info", "param", "port", "health", "dev"];

/// Whether JSON can begin in a line.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix('{') else { return false };
    let rest = rest.trim_start();
    rest.is_empty()
        || KINDS.iter().any(|kind| rest.strip_prefix('"').is_some_and(|rest| rest.starts_with(kind)))
}

/// Reads the JSON that begins in a line, as far as it goes; gives the line after it, or `None` where it is none of
/// devlink's.
pub(super) fn read(view: &mut View<'_, '_, '_>, start: usize) -> Option<usize> {
    let Tree { root, last } = tree::read(view.text, start);
    let mut is_ours = false;
    for (kind, _, devices) in root.members() {
        if !KINDS.contains(&kind) {
            continue;
        }
        for (name, _, node) in devices.members() {
            let Some(place) = Place::of(name) else { continue };
            is_ours = true;
            view.reading.described(&place.device);
            match kind {
                "info" => info(view, &place, node),
                "param" => params(view, &place, node),
                "port" => port(view, &place, node),
                "health" => health(view, &place, node),
                _ => eswitch(view, &place, node),
            }
        }
    }
    if !is_ours {
        return None;
    }
    view.understand((start, last));
    Some(last.saturating_add(1))
}

fn info(view: &mut View<'_, '_, '_>, place: &Place, node: &Node) {
    for (key, _, value) in node.members() {
        if let Some((word, line)) = value.scalar().filter(|_| facts::is_name(key)) {
            facts::info(view, place, key, word, (line, line));
        }
        for (group, _, versions) in value.members() {
            for (name, _, version) in versions.members() {
                if let Some((word, line)) = version.scalar().filter(|_| facts::is_name(name)) {
                    facts::version(view, place, (group, name), word, (line, line));
                }
            }
        }
    }
}

fn params(view: &mut View<'_, '_, '_>, place: &Place, node: &Node) {
    for param in node.items() {
        let Some((name, _)) = param.member("name").and_then(Node::scalar) else { continue };
        for value in param.member("values").into_iter().flat_map(Node::items) {
            let of = |key: &str| value.member(key).and_then(Node::scalar);
            let (Some((mode, first)), Some((word, line))) = (of("cmode"), of("value")) else { continue };
            if facts::is_name(name) && facts::is_name(mode) {
                let default = of("default").map(|(word, _)| word);
                let last = of("default").map_or(line, |(_, line)| line);
                let lines = (first.min(line), last.max(first));
                facts::param(view, place, (name, mode), (word, default), lines);
            }
        }
    }
}

fn port(view: &mut View<'_, '_, '_>, place: &Place, node: &Node) {
    for (key, _, value) in node.members() {
        if let Some((word, line)) = value.scalar().filter(|_| facts::is_name(key)) {
            facts::port(view, place, (key, false), word, (line, line));
        }
        for (key, _, value) in value.members() {
            if let Some((word, line)) = value.scalar().filter(|_| facts::is_name(key)) {
                facts::port(view, place, (key, true), word, (line, line));
            }
        }
    }
}

fn health(view: &mut View<'_, '_, '_>, place: &Place, node: &Node) {
    for reporter in node.items() {
        let Some((name, _)) = reporter.member("reporter").and_then(Node::scalar) else { continue };
        for (key, _, value) in reporter.members() {
            let is_key = facts::HEALTH.contains(&key) && facts::is_name(name);
            if let Some((word, line)) = value.scalar().filter(|_| is_key) {
                facts::health(view, place, (name, key), word, (line, line));
            }
        }
    }
}

fn eswitch(view: &mut View<'_, '_, '_>, place: &Place, node: &Node) {
    for (key, _, value) in node.members() {
        if let Some((word, line)) = value.scalar().filter(|_| facts::ESWITCH.contains(&key)) {
            facts::eswitch(view, place, key, word, (line, line));
        }
    }
}
