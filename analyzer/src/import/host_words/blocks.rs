//! Blocks of lines: os-release, `modinfo`, `lsmod`.
//!
//! Must not do: say anything of modules that are not of these cards' drivers.

use super::super::kernel_view::{Lines, View};
use super::super::reading::About;

/// Modules that are told of.
fn is_ours(module: &str) -> bool {
    ["mlx", "mst_", "fwctl"].iter().any(|name| module.starts_with(name))
}

/// `NAME=value` as in os-release(5).
pub(super) fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

/// A block of assignments, which counts where `PRETTY_NAME` is among them. Gives its last line.
pub(super) fn os_release(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let text = view.text;
    let end = (start..text.lines.len()).find(|index| !is_assignment(text.line(*index).trim()));
    let end = end.unwrap_or(text.lines.len());
    let is_one = (start..end).any(|index| text.line(index).trim().starts_with("PRETTY_NAME="));
    if is_one {
        for index in start..end {
            os_release_line(view, text.line(index).trim(), (index, index));
            view.understand((index, index));
        }
    }
    end.saturating_sub(1)
}

/// One assignment.
pub(super) fn os_release_line(view: &mut View<'_, '_, '_>, line: &str, lines: Lines) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let path = match name {
        "PRETTY_NAME" => "host/distribution",
        "ID" => "host/distribution_id",
        _ => return false,
    };
    let inner = |mark: char| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    view.text(About::Host, path, inner('"').or_else(|| inner('\'')).unwrap_or(value), lines);
    true
}

/// What `modinfo` says of one module, below `filename:`. Gives its last line.
pub(super) fn module(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let text = view.text;
    let path = text.line(start).trim().strip_prefix("filename:").unwrap_or_default().trim();
    let file = path.rsplit('/').next().unwrap_or_default();
    let module = file.split(".ko").next().unwrap_or_default().replace('-', "_");
    let mut last = start;
    for index in start..text.lines.len() {
        let line = text.line(index);
        let Some((key, value)) = line.trim().split_once(':') else { break };
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        // A signature's bytes go on in lines that are set in.
        let is_bytes = line.starts_with(' ') && key.len() == 2;
        if !(is_key || is_bytes) || (key == "filename" && index > start) {
            break;
        }
        last = index;
        view.understand((index, index));
        let is_told = matches!(key, "filename" | "version" | "srcversion" | "intree");
        if is_told && is_ours(&module) {
            let path = format!("host/module/{module}/{key}");
            view.text(About::Host, path, value.trim(), (index, index));
        }
    }
    last
}

/// The table of `lsmod`. Gives its last line.
pub(super) fn modules(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let text = view.text;
    view.understand((start, start));
    let mut last = start;
    for index in start.saturating_add(1)..text.lines.len() {
        let words: Vec<&str> = text.line(index).split_whitespace().collect();
        let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
        let (&[name, size, used] | &[name, size, used, _]) = words.as_slice() else { break };
        if !is_number(size) || !is_number(used) {
            break;
        }
        last = index;
        view.understand((index, index));
        if is_ours(name) {
            view.number(About::Host, format!("host/module/{name}/loaded"), 1, (index, index));
        }
    }
    last
}
