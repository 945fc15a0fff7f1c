//! NVIDIA's `sysinfo-snapshot.py` (3.1 to 3.7): a page of HTML with most outputs, and texts beside it, `firmware/` first
//! of all: there `:`, `.` and `/` are left out of a device's name.
//!
//! Must not do: take what the script says of a command that failed for what the command printed; the readers see that.

use super::{Log, Wanted};

/// Folders that only these archives have.
pub(crate) const FOLDERS: [&str; 3] = ["commands_txt_output", "pcie_files", "ethtool_S"];

/// The programs of `firmware/PROGRAM_DEVICE` that print what is read, each with the arguments behind the device.
const FIRMWARE: [(&str, &[&str]); 4] =
    [("mlxconfig_", &["-e", "q"]), ("mstconfig_", &["-e", "q"]), ("mstflint_", &["q"]), ("flint_", &["q"])];

/// What is to be done with a path below the root.
pub(crate) fn wanted(rest: &str) -> Option<Wanted> {
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["firmware", name] if name.ends_with("_dc") => None,
        ["firmware", name] => {
            FIRMWARE.iter().any(|(program, _)| name.starts_with(program)).then_some(Wanted::Whole)
        }
        // Three of them say the same, at different length; this one is for all devices.
        ["pcie_files", name] => (*name == "lspci" || *name == "full_lspci").then_some(Wanted::IfKnown),
        ["commands_txt_output", _] => Some(Wanted::IfKnown),
        ["dmesg"] => Some(Wanted::Log(Log::Dmesg)),
        ["journal"] => Some(Wanted::Log(Log::ThisBoot)),
        [name] if name.starts_with("var_log_messages") || name.starts_with("var_log_syslog") => {
            Some(Wanted::Log(Log::Several))
        }
        ["other_system_files"] => Some(Wanted::Sysfs),
        ["performance_tuning_analyze.html" | "sr_iov.html"] => None,
        [name] if name.ends_with(".html") => Some(Wanted::Page),
        _ => None,
    }
}

/// Mark between the name of a text and the part of it that was taken.
pub(crate) const PART: &str = ".html#";
/// The same for a text that holds many files.
pub(crate) const FILE_PART: &str = "other_system_files#/";

/// The command line of a text.
pub(crate) fn command(rest: &str) -> Option<Vec<String>> {
    let words = |line: &str| Some(line.split_whitespace().map(str::to_owned).collect());
    match rest {
        "dmesg" => return words("dmesg -T"),
        "journal" => return words("journalctl -k -o short-monotonic"),
        _ => {}
    }
    if let Some((_, title)) = rest.split_once(PART) {
        return if title.starts_with('/') { None } else { words(title) };
    }
    let name = rest.strip_prefix("firmware/")?;
    let (program, arguments) = FIRMWARE.iter().find(|(program, _)| name.starts_with(program))?;
    let device = device(name.strip_prefix(program)?.trim_end_matches("_q"))?;
    let program = program.trim_end_matches('_');
    Some([program, "-d", &device].iter().chain(*arguments).map(|word| (*word).to_owned()).collect())
}

/// The host's file of which a text is a copy.
pub(crate) fn file(rest: &str) -> Option<String> {
    if let Some(path) = rest.strip_prefix(FILE_PART) {
        return super::sos::file(path);
    }
    super::sos::file(rest.split_once(PART)?.1.strip_prefix('/')?)
}

/// A device's name of which `:`, `.` and `/` were left out; `None` where it cannot be put back.
fn device(name: &str) -> Option<String> {
    if !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let address = |short: &str| {
        let (bus, rest) = short.split_at_checked(2)?;
        let (device, function) = rest.split_at_checked(2)?;
        Some(format!("{bus}:{device}.{function}"))
    };
    match name.len() {
        5 => address(name),
        9 => {
            let (domain, short) = name.split_at_checked(4)?;
            Some(format!("{domain}:{}", address(short)?))
        }
        _ => None,
    }
}

/// The files of sysfs that `other_system_files` holds, those that count: path (`sys/…`) and content.
///
/// Each begins with `File: /sys/…: ` and the first line of its content.
pub(crate) fn files(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut open = false;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"File: /") {
            let split = rest.windows(2).position(|pair| pair == b": ");
            let (path, content) = rest.split_at(split.unwrap_or(rest.len()));
            let path = String::from_utf8_lossy(path).into_owned();
            open = split.is_some()
                && super::sos::file(&path).is_some()
                && !files.iter().any(|(known, _)| *known == path);
            if open {
                files.push((path, content.get(2..).unwrap_or_default().to_vec()));
            }
        } else if open && line.starts_with(b" ----") {
            open = false;
        } else if open && let Some((_, content)) = files.last_mut() {
            content.extend_from_slice(line);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn command_lines_are_put_back() {
        let line = |rest| command(rest).map(|words| words.join(" "));
        assert_eq!(line("firmware/mstconfig_08000").as_deref(), Some("mstconfig -d 08:00.0 -e q"));
        assert_eq!(line("firmware/mlxconfig_000008001").as_deref(), Some("mlxconfig -d 0000:08:00.1 -e q"));
        assert_eq!(line("firmware/mstflint_08000_q").as_deref(), Some("mstflint -d 08:00.0 q"));
        assert_eq!(line("firmware/flint_devmstmt4129_pciconf0_q"), None);
        assert_eq!(line("sysinfo.html#ethtool -i eth0").as_deref(), Some("ethtool -i eth0"));
        assert_eq!(file("sysinfo.html#/proc/cmdline").as_deref(), Some("proc/cmdline"));
    }

    #[test]
    fn files_of_sysfs_are_taken_apart() {
        let text = b"File: /sys/class/infiniband/mlx5_0/fw_ver: 20.35.1012\n\
            File: /sys/class/infiniband/mlx5_0/ports/1/counters/x: 7\nFile: /sys/class/infiniband/mlx5_0/board_id: MT_1\n\
            \n -------- \nCannot open the following files: \n";
        let found = files(text);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["sys/class/infiniband/mlx5_0/fw_ver", "sys/class/infiniband/mlx5_0/board_id"]);
        assert_eq!(found[0].1, b"20.35.1012\n");
    }
}
