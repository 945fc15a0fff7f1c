//! Asks for a passphrase on the controlling terminal, without showing it.
//!
//! Must not do: take one from the command line or the environment, where others can read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::termios::{LocalModes, OptionalActions, Termios};

/// Longest passphrase that is taken, in bytes.
const LIMIT: usize = 1024;
/// How often the interrupt flag is looked at.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The passphrase; `None` when there is no terminal.
pub(super) fn ask(prompt: &str, interrupted: &AtomicBool) -> io::Result<Option<String>> {
    let Ok(terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let Ok(before) = rustix::termios::tcgetattr(&terminal) else { return Ok(None) };
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    quiet.local_modes.insert(LocalModes::ECHONL);
    rustix::termios::tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
    let echo = Restore { terminal, before };
    (&echo.terminal).write_all(prompt.as_bytes())?;
    read_line(&echo.terminal, interrupted).map(Some)
}

/// Puts the terminal back whatever happens.
struct Restore {
    terminal: File,
    before: Termios,
}

impl Drop for Restore {
    fn drop(&mut self) {
        // The terminal may be gone; then there is nothing to put back.
        let _ = rustix::termios::tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn read_line(terminal: &File, interrupted: &AtomicBool) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        if interrupted.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted"));
        }
        match rustix::event::poll(&mut [PollFd::new(terminal, PollFlags::IN)], Some(&PAUSE)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut bytes = [0; 256];
        let length = rustix::io::read(terminal, &mut bytes)?;
        line.extend_from_slice(bytes.get(..length).unwrap_or_default());
        if length == 0 || line.ends_with(b"\n") {
            break;
        }
        if line.len() > LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "longer than 1024 bytes"));
        }
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}
