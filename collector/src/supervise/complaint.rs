//! What a worker that died wrote to its standard error: the words of a panic, most times.
//!
//! The supervisor keeps that pipe to itself. A worker that the kernel does not let go would otherwise keep the standard
//! error of the whole program open, and whoever reads that to its end would wait for the device after all.
//!
//! Must not do: wait for more, or hand on what could steer a terminal.

use std::io::Read;
use std::process::ChildStderr;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// Most bytes that are looked at.
const MAX_BYTES: usize = 4096;
/// Most characters that are handed on.
const MAX_WORDS: usize = 300;

/// What is in the pipe, on one line; `None` where there is nothing.
pub(super) fn complaint(mut pipe: ChildStderr) -> Option<String> {
    let flags = fcntl_getfl(&pipe).ok()?;
    fcntl_setfl(&pipe, flags | OFlags::NONBLOCK).ok()?;
    let mut bytes = [0; MAX_BYTES];
    // One read: what a dead worker wrote is in the pipe as a whole.
    let length = pipe.read(&mut bytes).ok()?;
    one_line(&String::from_utf8_lossy(bytes.get(..length)?))
}

fn one_line(text: &str) -> Option<String> {
    let lines: Vec<&str> =
        text.split(|character: char| character.is_control()).filter(|line| !line.is_empty()).collect();
    let words: String = lines.join(" ").chars().take(MAX_WORDS).collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_one_plain_line() {
        assert_eq!(
            one_line("\nthread 'main' panicked at a.rs:1:2:\n\u{1b}[31mno\n").as_deref(),
            Some("thread 'main' panicked at a.rs:1:2: [31mno")
        );
        assert_eq!(one_line("\n\n"), None);
        assert_eq!(one_line(&"x".repeat(1000)).map(|words| words.len()), Some(MAX_WORDS));
    }
}
