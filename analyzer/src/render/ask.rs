//! `ask` for people: commands to pass on.
//!
//! Must not do: break a command line; it is copied as it stands.

use mlx5_schemas::model::report::AskReport;

use super::{Page, Style};

/// Lays out what `ask` found.
pub fn ask(page: &mut Page, report: &AskReport) {
    for (number, host) in report.hosts.iter().enumerate() {
        if number > 0 {
            page.end();
        }
        page.wrapped("from", Style::Bold, &host.bundle.file);
        if host.asks.is_empty() {
            page.line(Style::Good, "nothing more to ask for: what triage shows was told");
        }
        for ask in &host.asks {
            page.end();
            page.line(Style::Bold, &format!("  {}", ask.command));
            let root = if ask.root { " (as root)" } else { "" };
            page.line(Style::Dim, &format!("      {}{root}", ask.tells));
        }
        if !host.notes.is_empty() {
            page.end();
        }
        for note in &host.notes {
            page.wrapped("note", Style::Plain, note);
        }
        if let Some(line) = &host.hand_over {
            page.end();
            page.line(Style::Plain, "All of them only read. In one go, as root, into one file to send back:");
            page.line(Style::Bold, &format!("  {line}"));
        }
    }
}
