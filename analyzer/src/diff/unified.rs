//! The same comparison as a unified diff of two exported texts, for people who read patches.
//!
//! Only what is compared stands in it: devices have the first side's names, parameters today's.
//!
//! Must not do: show a gap as a value; it stands as `? timeout`.

use std::fmt::Write as _;

use mlx5_schemas::model::report::DevicePair;
use similar::TextDiff;

use super::device;
use crate::case::{Case, Identity};

/// Lines of context around a change.
const CONTEXT: usize = 0;

/// Writes it.
pub(super) fn text(
    left: &Case,
    right: &Case,
    pairs: &[DevicePair],
    lines: &[(Option<String>, Option<String>)],
) -> String {
    let side =
        |case: &Case, id: fn(&DevicePair) -> Option<&String>, line: &dyn Fn(usize) -> Option<String>| {
            let mut text = String::new();
            for pair in pairs {
                let Some(device) = device(case, id(pair)) else { continue };
                let identity = Identity::of(case, device);
                let known = [("psid", identity.psid_text()), ("firmware", identity.firmware_text())];
                let words = known.into_iter().filter_map(|(name, text)| Some(format!(" {name} {}", text?)));
                let name = pair.left.as_ref().or(pair.right.as_ref()).unwrap_or(&device.id);
                // Writing into a string cannot fail.
                let _ = writeln!(text, "device {name}{}", words.collect::<String>());
            }
            for line in (0..lines.len()).filter_map(line) {
                text.push_str(&line);
                text.push('\n');
            }
            text
        };
    let own = side(left, |pair| pair.left.as_ref(), &|place| lines.get(place)?.0.clone());
    let other = side(right, |pair| pair.right.as_ref(), &|place| lines.get(place)?.1.clone());
    TextDiff::from_lines(&own, &other)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&left.opened.file, &right.opened.file)
        .to_string()
}
