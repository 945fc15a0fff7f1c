//! What a log tells of the host: its kernel, its command line, its taint.
//!
//! A log may reach over several boots. What the last one says is said of the host; the taint of an earlier boot is gone
//! with it. Must not do: say that a letter is not set.

use super::super::kernel_view::{Lines, View};
use super::super::reading::About;
use super::taint::{self, Taint};

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Host {
    version: Option<(String, Lines)>,
    command_line: Option<(String, Lines)>,
    taint: Option<(Taint, Lines)>,
    /// Letters that are set, with the last line that says so.
    letters: Vec<(char, Lines)>,
}

impl Host {
    /// Takes a message.
    pub(super) fn take(&mut self, said: &str, lines: Lines) {
        if said.starts_with("Linux version ") {
            *self = Self { version: Some((said.to_owned(), lines)), ..Self::default() };
        } else if let Some(rest) =
            said.strip_prefix("Command line: ").or_else(|| said.strip_prefix("Kernel command line: "))
        {
            self.command_line = Some((rest.to_owned(), lines));
        } else if let Some(taint) = taint::taint(said) {
            let set = match &taint {
                Taint::Letters { set, .. } | Taint::Words(set) => set.as_slice(),
                Taint::Not => &[],
            };
            for letter in set {
                self.letters.retain(|(known, _)| known != letter);
                self.letters.push((*letter, lines));
            }
            match taint {
                // The same in words; the letters stand in the line before.
                Taint::Words(_) => {}
                Taint::Not | Taint::Letters { .. } => self.taint = Some((taint, lines)),
            }
        }
    }

    /// Writes it.
    pub(super) fn tell(self, view: &mut View<'_, '_, '_>) {
        if let Some((version, lines)) = self.version {
            if let Some(release) = version.split(' ').nth(2) {
                view.text(About::Host, "host/kernel", release, lines);
            }
            view.text(About::Host, "host/kernel_version", &version, lines);
        }
        if let Some((command_line, lines)) = self.command_line {
            view.text(About::Host, "host/cmdline", &command_line, lines);
        }
        match self.taint {
            Some((Taint::Not, lines)) => view.text(About::Host, "host/taint_letters", "Not tainted", lines),
            Some((Taint::Letters { printed, is_whole: true, .. }, lines)) => {
                view.text(About::Host, "host/taint_letters", &printed, lines);
            }
            Some((Taint::Letters { printed, is_whole: false, .. }, lines)) => {
                let why = format!("the line ends behind {printed}: there may have been more");
                view.unknown(About::Host, "host/taint_letters", &why, lines);
            }
            Some((Taint::Words(_), _)) | None => {}
        }
        for (letter, lines) in self.letters {
            view.number(About::Host, format!("host/taint/{letter}"), 1, lines);
        }
    }
}
