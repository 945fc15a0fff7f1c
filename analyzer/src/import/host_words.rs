//! What people paste of the host beside logs: `uname -a`, taint, the boot's command line, os-release, `modinfo`, `lsmod`,
//! `ibstat`, `ibv_devinfo`, `ibdev2netdev`, `rdma link`, and content of files, shown by `grep -H` (`path:value`), `head` (`==> path <==`) or `cat`.
//!
//! Must not do: take prose for one of these.

mod blocks;
mod rdma;

use mlx5_schemas::catalog::Catalog;

use super::host_file;
use super::kernel_view::{Lines, View, is_prompt, is_wrapped, joined, typed};
use super::reading::{About, Reading};
use super::text::Text;

/// Whether a text holds any of it.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    (0..text.lines.len()).any(|index| match what(text, index) {
        // Any assignment may begin such a block; one of them shows that it is one.
        Some(What::OsRelease) => text.line(index).trim().starts_with("PRETTY_NAME="),
        Some(_) => true,
        None => false,
    })
}

/// What a line begins.
enum What<'l> {
    /// `path:value`.
    File(&'l str, &'l str),
    /// `==> path <==`, or `cat path` that was typed: the content follows.
    Heading(&'l str),
    Uname(&'l str),
    Version(&'l str),
    CommandLine,
    OsRelease,
    Module,
    Modules,
    Ibstat,
    IbvDevinfo,
    /// `mlx5_0 port 1 ==> eth0 (Up)`, and what `rdma link` prints.
    Pair(rdma::Pair<'l>),
}

fn what<'l>(text: &'l Text<'_>, index: usize) -> Option<What<'l>> {
    let line = text.line(index).trim();
    if let Some((path, value)) = file(line) {
        return Some(What::File(path, value));
    }
    if let Some(path) = line.strip_prefix("==> ").and_then(|rest| rest.strip_suffix(" <==")) {
        return host_file::capture(path).map(|_| What::Heading(path));
    }
    if let Some(words) = typed(line, "cat") {
        return match words.as_slice() {
            [path] if host_file::capture(path).is_some() => Some(What::Heading(path)),
            _ => None,
        };
    }
    if let Some(rest) = line.strip_prefix("Linux ") {
        if rest.starts_with("version ") {
            let is_release =
                rest.split(' ').nth(1).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            return (is_release && rest.contains('(')).then_some(What::Version(line));
        }
        let release = rest.split_whitespace().nth(1)?;
        let is_uname = release.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(" #");
        return is_uname.then_some(What::Uname(line));
    }
    if line.starts_with("BOOT_IMAGE=") {
        return Some(What::CommandLine);
    }
    if blocks::is_assignment(line) {
        return Some(What::OsRelease);
    }
    if line.starts_with("filename: ") && line.contains(".ko") {
        return Some(What::Module);
    }
    if line.split_whitespace().eq(["Module", "Size", "Used", "by"]) {
        return Some(What::Modules);
    }
    if line.strip_prefix("CA '").is_some_and(|rest| rest.ends_with('\'')) {
        return Some(What::Ibstat);
    }
    if line.starts_with("hca_id:") {
        return Some(What::IbvDevinfo);
    }
    rdma::pair(line).map(What::Pair)
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut view = View { text, reading };
    let mut index = 0;
    while index < text.lines.len() {
        let last = match what(text, index) {
            None => index,
            Some(What::File(path, value)) => {
                host_file::shown(&mut view, path, value, (index, index));
                index
            }
            Some(What::Heading(path)) => content(&mut view, path, index),
            Some(What::Uname(line)) => {
                uname(&mut view, line, (index, index));
                index
            }
            Some(What::Version(line)) => {
                host_file::shown(&mut view, "proc/version", line, (index, index));
                index
            }
            Some(What::CommandLine) => command_line(&mut view, index),
            Some(What::OsRelease) => blocks::os_release(&mut view, index),
            Some(What::Module) => blocks::module(&mut view, index),
            Some(What::Modules) => blocks::modules(&mut view, index),
            Some(What::Pair(pair)) => {
                rdma::put_together(&mut view, &pair, index);
                index
            }
            Some(What::Ibstat) => rdma::ibstat(&mut view, index),
            Some(What::IbvDevinfo) => rdma::ibv_devinfo(&mut view, index),
        };
        index = last.max(index).saturating_add(1);
    }
}

/// Most marks `:` before the one that ends a path: PCI addresses have two each.
const MAX_MARKS: usize = 16;

/// Path and value of `path:value`, of a file that is known; `sysctl`'s `kernel.tainted = 0` too.
fn file(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = line.strip_prefix("kernel.") {
        let (name, value) = rest.split_once('=')?;
        let path = match name.trim() {
            "tainted" => "proc/sys/kernel/tainted",
            "osrelease" => "proc/sys/kernel/osrelease",
            "random.boot_id" => "proc/sys/kernel/random/boot_id",
            _ => return None,
        };
        return Some((path, value.trim()));
    }
    let path = line.strip_prefix('/')?;
    if !["proc/", "sys/", "etc/os-release"].iter().any(|folder| path.starts_with(folder)) {
        return None;
    }
    line.match_indices(':').take(MAX_MARKS).find_map(|(place, _)| {
        let (path, value) = (line.get(..place)?, line.get(place.saturating_add(1)..)?);
        host_file::capture(path).map(|_| (path, value.trim()))
    })
}

/// The content of a file below its heading: up to a blank line or what is typed next. Gives its last line.
fn content(view: &mut View<'_, '_, '_>, path: &str, heading: usize) -> usize {
    let text = view.text;
    view.understand((heading, heading));
    let first = heading.saturating_add(1);
    let mut words = String::new();
    let mut last = heading;
    for index in first..text.lines.len() {
        let line = text.line(index);
        if line.trim().is_empty() || is_prompt(line) || line.starts_with("==> ") {
            break;
        }
        words.push_str(line);
        words.push('\n');
        last = index;
        // These have one line; what follows is something else.
        if !path.ends_with("os-release") {
            break;
        }
    }
    if last > heading {
        host_file::shown(view, path, &words, (first, last));
    }
    last
}

/// `Linux HOST RELEASE #1 SMP … x86_64 GNU/Linux`.
fn uname(view: &mut View<'_, '_, '_>, line: &str, lines: Lines) {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let Some(release) = words.get(2) {
        view.text(About::Host, "host/kernel", release, lines);
    }
    if let [.., architecture, "GNU/Linux"] = words.as_slice() {
        view.text(About::Host, "host/architecture", architecture, lines);
    }
}

/// The boot's command line, over the lines that mail made of it. Gives the last one.
fn command_line(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let text = view.text;
    let (mut whole, mut last) = (text.line(start).trim().to_owned(), start);
    loop {
        let next = text.line(last.saturating_add(1));
        let said = next.trim();
        if said.is_empty() || is_prompt(next) || !is_wrapped(text, last) {
            break;
        }
        whole = joined(&whole, said);
        last = last.saturating_add(1);
    }
    view.text(About::Host, "host/cmdline", &whole, (start, last));
    last
}

/// What lines of os-release(5) say; evidence is `lines` as a whole where they are given by another tool. Whether they say
/// anything.
pub(super) fn os_release(view: &mut View<'_, '_, '_>, content: &str, lines: Lines) -> bool {
    let mut said = false;
    for line in content.lines() {
        said |= blocks::os_release_line(view, line.trim(), lines);
    }
    view.understand(lines);
    said
}
