//! Where a message begins and ends: times, levels, host names, and mail's wrapping.
//!
//! Forms: `[   92.471247] …` with `<4>`, a caller (`[   T0]`) or a date (`dmesg -T`); `kern  :warn  : [ … ] …`
//! (`dmesg -x`); `Mar 06 14:26:57 host kernel: …`, `2023-03-06T14:26:57+01:00 host kernel: …`; a file's name in front
//! (`grep`). Messages without any of these are taken where they begin with the driver's name. Must not do: decode.

use std::borrow::Cow;

use mlx5_schemas::decode::host::kernel_log::message;

use super::super::kernel_view::{is_prompt, is_wrapped};
use super::super::text::Text;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record<'l> {
    /// The kernel's level, where the log has it.
    pub(super) level: Option<u8>,
    /// What it says.
    pub(super) text: Cow<'l, str>,
}

impl Record<'_> {
    /// Whether a line begins a message.
    pub(super) fn begins(line: &str) -> bool {
        begin(line).is_some()
    }
}

/// Most lines that mail makes of one.
const MAX_WRAPPED: usize = 6;

/// The message that begins in a line, with its last line.
pub(super) fn record<'t>(text: &'t Text<'_>, start: usize) -> Option<(Record<'t>, usize)> {
    let (level, said) = begin(text.line(start))?;
    let mut record = Record { level, text: Cow::Borrowed(said) };
    let mut last = start;
    while last.saturating_sub(start) < MAX_WRAPPED {
        let next = text.line(last.saturating_add(1));
        let said = next.trim();
        // Most lines of a log are longer, or shorter, than mail makes them.
        if said.is_empty() || !is_wrapped(text, last) || begin(next).is_some() || is_prompt(next) {
            break;
        }
        record.text = Cow::Owned(format!("{} {said}", record.text));
        last = last.saturating_add(1);
    }
    Some((record, last))
}

/// Level and words of the message that begins in a line.
fn begin(line: &str) -> Option<(Option<u8>, &str)> {
    let line = line.trim_start();
    timed(line)
        .or_else(|| timed(behind_file(line)?))
        .or_else(|| is_bare(line).then_some((None, line)))
        .map(|(level, said)| (level, said.trim_start()))
}

/// What stands behind a file's name that `grep` printed, and its line number.
fn behind_file(line: &str) -> Option<&str> {
    let (name, mut rest) = line.split_once(':')?;
    if name.is_empty() || name.contains([' ', '[', '<']) {
        return None;
    }
    if let Some((number, after)) = rest.split_once(':')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = after;
    }
    Some(rest)
}

/// A line that begins as the drivers' messages do, or as a kernel's account of trouble does.
fn is_bare(line: &str) -> bool {
    // Cheap first: most lines have none of these.
    let may_be = line.contains("mlx5_")
        || line.contains("ainted")
        || ["fwctl ", "mst_", "mlx_compat"].iter().any(|word| line.starts_with(word));
    may_be && (message(line).is_some() || super::taint::is_line(line))
}

/// Level and words of a line with a time.
fn timed(line: &str) -> Option<(Option<u8>, &str)> {
    if let Some(rest) = line.strip_prefix('<') {
        let (digits, rest) = rest.split_once('>')?;
        let priority: u16 = digits.parse().ok()?;
        let (_, said) = bracketed(rest).or_else(|| timed_by_syslog(rest)).unwrap_or((None, rest));
        return Some((u8::try_from(priority & 7).ok(), said));
    }
    if line.starts_with('[') {
        return bracketed(line);
    }
    if let Some(rest) = line.strip_prefix("kern") {
        let (level, rest) = rest.trim_start().strip_prefix(':')?.split_once(':')?;
        let level = LEVELS.iter().position(|word| *word == level.trim())?;
        let (_, said) = bracketed(rest.trim_start()).unwrap_or((None, rest));
        return Some((u8::try_from(level).ok(), said));
    }
    timed_by_syslog(line)
}

/// The words of `dmesg -x` (util-linux), by level.
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

/// `[   92.471247] …`, `[   92.471247][   T10] …`, `[Mon Mar  6 14:26:57 2023] …`.
fn bracketed(line: &str) -> Option<(Option<u8>, &str)> {
    let (time, mut rest) = line.strip_prefix('[')?.split_once(']')?;
    let time = time.trim();
    let is_seconds =
        time.strip_prefix('+').unwrap_or(time).split_once('.').is_some_and(|(seconds, parts)| {
            seconds.bytes().all(|byte| byte.is_ascii_digit())
                && (2..=9).contains(&parts.len())
                && parts.bytes().all(|byte| byte.is_ascii_digit())
        });
    let is_date = time.len() >= 20 && DAYS.iter().any(|day| time.starts_with(day)) && time.contains(':');
    if !is_seconds && !is_date {
        return None;
    }
    // The caller: `[    T0]`, `[   C14]`, `[pid:19,cpu1,migration/1]`.
    while let Some((caller, after)) =
        rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'))
    {
        let caller = caller.trim();
        let is_caller = caller.starts_with("pid:")
            || caller.strip_prefix(['T', 'C']).is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_caller {
            break;
        }
        rest = after;
    }
    // `journalctl -o short-monotonic` has host and source as syslog has.
    let said = rest.trim_start();
    let said = match said.split_once(" kernel: ") {
        Some((host, after)) if !host.contains(' ') => after,
        Some(_) | None => said,
    };
    Some((None, said))
}

const DAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Mar 06 14:26:57 host kernel: …`, `2023-03-06T14:26:57.123456+01:00 host kernel: …`.
fn timed_by_syslog(line: &str) -> Option<(Option<u8>, &str)> {
    let is_month = line.get(..3).is_some_and(|month| MONTHS.contains(&month));
    let is_date = line.as_bytes().get(..11).is_some_and(|date| {
        date.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => matches!(byte, b'T' | b' '),
            _ => byte.is_ascii_digit(),
        })
    });
    if !is_month && !is_date {
        return None;
    }
    let (head, said) = line.split_once(" kernel: ").or_else(|| line.split_once(" kernel:"))?;
    // Date, time, host.
    let fits =
        head.len() <= MAX_HEAD && (2..=5).contains(&head.split_whitespace().count()) && head.contains(':');
    if !fits {
        return None;
    }
    let said = said.trim_start();
    // Some write the kernel's own time behind it.
    Some((None, bracketed(said).map_or(said, |(_, said)| said)))
}

/// Longest date, time and host name.
const MAX_HEAD: usize = 160;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_logs_put_before_messages_is_taken_off() {
        for (line, level) in [
            ("[    1.437917] x y", None),
            ("[    8.494476][    T0] x y", None),
            ("[ 3833.882920] [ T120648] x y", None),
            ("[   92.592142] [pid:19,cpu1,migration/1]x y", None),
            ("<4>[   17.487314] x y", Some(4)),
            ("kern  :warn  : [    1.437917] x y", Some(4)),
            ("[Mon Mar  6 14:26:57 2023] x y", None),
            ("Mar 06 14:26:57 fedora kernel: x y", None),
            ("Aug  4 03:59:01 c-node04 kernel: [36976.388560] x y", None),
            ("2023-03-06T14:26:57.123456+01:00 host kernel: x y", None),
            ("/var/log/messages:Oct 10 12:11:16 lab64 kernel: x y", None),
            ("[ 1234.567890] host kernel: x y", None),
        ] {
            assert_eq!(begin(line), Some((level, "x y")), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_messages() {
        for line in [
            "",
            "[1] This is the output",
            "Mar 06 is a date",
            "mlx5_core is a driver",
            "kernel: x",
            "[options]",
            "Marvellous kernel: yes",
            "sudo dmesg | grep mlx5_core",
            "<b>x",
            "[1.5 GT/s] x",
        ] {
            assert_eq!(begin(line), None, "{line}");
        }
    }
}
