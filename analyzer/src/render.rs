//! Reports for people.
//!
//! Every text goes through [`Page::put`], which makes it safe for a terminal; line ends and colours are the page's
//! own. `--format json` does not come here.
//!
//! Must not do: decide anything; what is printed is in the report.

mod ask;
mod baseline_diff;
mod baseline_test;
pub(crate) mod bytes;
mod catalog;
mod check;
mod diff;
mod expect;
mod explain;
mod import;
mod known;
mod lint;
mod show;
mod signs;
mod table;
mod told;
mod triage;
mod verify;
mod wrap;

use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::report::{BundleIdentity, Signer};

use crate::report::place;
use crate::sanitize::sanitize;

pub use ask::ask;
pub use baseline_diff::baseline_diff;
pub use baseline_test::baseline_test;
pub use catalog::{catalog, identity as catalog_identity};
pub use check::check;
pub use diff::{diff, unified};
pub use expect::expect;
pub use explain::{explain, rule};
pub use import::import;
pub use known::known;
pub use lint::lint;
pub use show::{Shown, show};
pub use triage::triage;
pub use verify::verify;

/// How a piece of text looks on a terminal with colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// A heading.
    Bold,
    /// Less important.
    Dim,
    /// Good.
    Good,
    /// Neither good nor bad.
    Doubt,
    /// Bad.
    Bad,
}

impl Style {
    /// The SGR parameters (ECMA-48).
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Doubt => "33",
            Self::Bad => "31",
        }
    }
}

/// A page of text in the making.
#[derive(Debug)]
pub struct Page {
    text: String,
    colours: bool,
}

impl Page {
    /// An empty page.
    pub fn new(colours: bool) -> Self {
        Self { text: String::new(), colours }
    }

    /// Adds text, made safe.
    pub fn put(&mut self, style: Style, text: &str) {
        let safe = sanitize(text);
        if self.colours && style != Style::Plain && !safe.is_empty() {
            self.text.push_str("\u{1b}[");
            self.text.push_str(style.sgr());
            self.text.push('m');
            self.text.push_str(&safe);
            self.text.push_str("\u{1b}[0m");
        } else {
            self.text.push_str(&safe);
        }
    }

    /// Adds text and ends the line.
    pub fn line(&mut self, style: Style, text: &str) {
        self.put(style, text);
        self.end();
    }

    /// Ends the line, leaving no blanks before its end. Two colons at its beginning are made visible: a GitHub job would
    /// carry the line out.
    pub fn end(&mut self) {
        let length = self.text.trim_end_matches(' ').len();
        self.text.truncate(length);
        let start = self.text.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = self.text.get(start..).unwrap_or_default().trim_start();
        if line.starts_with("::") {
            let at = self.text.len().saturating_sub(line.len());
            self.text.replace_range(at..=at, "\\u{3a}");
        }
        self.text.push('\n');
    }

    /// A label with its text, in two columns.
    fn labelled(&mut self, label: &str, style: Style, text: &str) {
        self.put(Style::Dim, &format!("{label:<LABEL_WIDTH$}"));
        self.line(style, text);
    }

    /// The page's text.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// Width of the first of two columns.
const LABEL_WIDTH: usize = 11;

/// What every report says of a bundle.
fn bundle(page: &mut Page, bundle: &BundleIdentity) {
    page.labelled("bundle", Style::Bold, &bundle.file);
    page.labelled("id", Style::Plain, &bundle.id);
    let made = format!(
        "{} by {} {}",
        bundle.created.format("%Y-%m-%d %H:%M:%S UTC"),
        bundle.collector.name,
        bundle.collector.version
    );
    let label = if matches!(bundle.source, Source::Imported { .. }) { "imported" } else { "collected" };
    page.wrapped(label, Style::Plain, &made);
    if let Source::Imported { files, archives } = &bundle.source {
        import::source(page, files, archives);
    } else if let Some(words) = crate::report::source(bundle) {
        page.wrapped("source", Style::Doubt, &words);
    }
    for (label, text) in crate::report::lacks(bundle) {
        let style = if label == "note" { Style::Plain } else { Style::Doubt };
        page.wrapped(label, style, &text);
    }
    signature(page, bundle);
}

fn signature(page: &mut Page, bundle: &BundleIdentity) {
    let style = match bundle.signature.signer {
        Signer::Trusted { .. } if bundle.signature.agrees => Style::Good,
        Signer::Trusted { .. } | Signer::Unknown { .. } | Signer::Unsigned => Style::Doubt,
    };
    page.wrapped("signature", style, &crate::report::signature(bundle));
}

/// `1 port`, `2 ports`.
pub(crate) fn number_of(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_safe_and_has_no_trailing_blanks() {
        let mut page = Page::new(false);
        page.put(Style::Bad, "\u{1b}[31mred ");
        page.line(Style::Plain, "  ");
        assert_eq!(page.into_text(), "\\u{1b}[31mred\n");
        let mut page = Page::new(true);
        page.put(Style::Bad, "red\u{7}");
        assert_eq!(page.into_text(), "\u{1b}[31mred\\u{7}\u{1b}[0m");
        // A word that is wrapped to the beginning of a line is no command of a job.
        let mut page = Page::new(false);
        page.wrapped("", Style::Plain, &format!("{} ::error::injected", "x".repeat(60)));
        page.line(Style::Plain, "::stop-commands::x");
        let text = page.into_text();
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        assert!(text.contains("\\u{3a}:error::injected\n\\u{3a}:stop-commands::x\n"), "{text}");
    }
}
