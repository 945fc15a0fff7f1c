//! What `ethtool` prints: driver and firmware (`-i`), link settings, and the tables of `-k`, `-l`, `-g`, `-a`, `-c`,
//! `-T`, `--show-fec` and `--show-priv-flags`.
//!
//! `-i` names the PCI address and not the interface; the others name the interface and not the address. The command line
//! before `-i`, in the text or by the text's place in an archive, puts them together. Must not do: take an interface of
//! another driver for a card.

mod driver;
mod tables;

use mlx5_schemas::catalog::Catalog;

use super::kernel_view::{View, typed};
use super::reading::Reading;
use super::text::Text;

/// Whether a text holds such output.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| {
        let line = line.text.trim_start();
        line.starts_with("firmware-version: ") || tables::heading(line).is_some()
    })
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut view = View { text, reading };
    let archived = text.origin.command.as_ref().and_then(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (first, rest) = words.split_first()?;
        first.ends_with("ethtool").then(|| interface(rest).map(str::to_owned)).flatten()
    });
    let mut named = archived.clone();
    let mut index = 0;
    while index < text.lines.len() {
        let line = text.line(index).trim_start();
        let after = if let Some(words) = typed(line, "ethtool") {
            let asked = interface(&words);
            if asked.is_some() {
                view.understand((index, index));
            }
            // Of any other run's interface what comes next says nothing.
            let names_driver = words.iter().any(|word| matches!(*word, "-i" | "--driver"));
            named = asked.filter(|_| names_driver).map(str::to_owned);
            None
        } else if driver::begins(line) {
            let interface = named.take().or_else(|| archived.clone());
            Some(driver::read(&mut view, index, interface.as_deref()))
        } else {
            tables::heading(line).map(|heading| tables::read(&mut view, index, &heading))
        };
        index = after.unwrap_or(0).max(index.saturating_add(1));
    }
}

/// The interface that a command line names: its last word, where it asks and does not set.
fn interface<'w>(words: &[&'w str]) -> Option<&'w str> {
    let (last, options) = words.split_last()?;
    let asks = options.iter().all(|word| word.starts_with('-'));
    let is_name = !last.starts_with('-')
        && last.len() <= MAX_INTERFACE
        && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'));
    (asks && is_name).then_some(*last)
}

/// Longest name of an interface (`IFNAMSIZ` less the zero).
const MAX_INTERFACE: usize = 15;
