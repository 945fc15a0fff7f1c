//! `sos report` (sos 3 and 4): `sos_commands/PLUGIN/COMMAND` is what a command printed, everything else a copy of the
//! host's file of that path. What was too long stands in `sos_strings`, its end only.
//!
//! sos makes a file's name of a command line (`_mangle_command` in `sos/report/plugins/__init__.py`): whatever is no
//! letter, digit, `_`, `-`, `.` or `/` becomes `_`, and `/` becomes `.`. That loses which character it was; what can be
//! told is put back: PCI addresses, paths of devices, and names that reach to the end.
//!
//! Must not do: guess. A command that cannot be put back has no name, and its text must speak for itself.

use mlx5_schemas::model::pci_address;

use super::{Log, Wanted};
use crate::import::host_file;

/// Folders that only these reports have.
pub(crate) const FOLDERS: [&str; 4] = ["sos_commands", "sos_strings", "sos_reports", "sos_logs"];

/// Programs whose output some reader may know.
const PROGRAMS: [&str; 22] = [
    "dmesg",
    "devlink",
    "ethtool",
    "flint",
    "ibdev2netdev",
    "ibstat",
    "ibstatus",
    "ibv_devinfo",
    "journalctl",
    "lsmod",
    "lspci",
    "mlxconfig",
    "mlxfwmanager",
    "mlxup",
    "modinfo",
    "mst",
    "mstconfig",
    "mstflint",
    "mstfwmanager",
    "ofed_info",
    "rdma",
    "uname",
];

/// Options of `ethtool` whose output is long and of which nothing is read: statistics, dumps of registers and EEPROM.
const ETHTOOL_DUMPS: [&str; 6] = ["-S", "-d", "-e", "-m", "-x", "--phy-statistics"];

/// Files of the host that are wanted beside those that say the same as the collector's captures.
const FILES: [&str; 2] = ["proc/modules", "usr/lib/os-release"];

/// What is to be done with a path below the root.
pub(crate) fn wanted(rest: &str) -> Option<Wanted> {
    if let Some(name) = printed(rest) {
        return match command_of(name).as_deref()? {
            [program, ..] if program == "dmesg" => Some(Wanted::Log(Log::Dmesg)),
            [program, options @ ..] if program == "journalctl" => Some(Wanted::Log(journal(options)?)),
            [program, option, ..] if program == "ethtool" && ETHTOOL_DUMPS.contains(&option.as_str()) => None,
            [program, ..] => PROGRAMS.contains(&program.as_str()).then_some(Wanted::Whole),
            [] => None,
        };
    }
    let path = file(rest)?;
    if path == "var/log/dmesg" {
        Some(Wanted::Log(Log::Dmesg))
    } else if path.starts_with("var/log/") {
        Some(Wanted::Log(Log::Several))
    } else if address(&path).is_some() && !path.contains("/infiniband/") {
        Some(Wanted::PciAttribute)
    } else {
        Some(Wanted::Whole)
    }
}

/// Which log a command line of `journalctl` prints; `None` for one that prints no messages.
fn journal(options: &[String]) -> Option<Log> {
    let has = |names: &[&str]| options.iter().position(|option| names.contains(&option.as_str()));
    if has(&["--disk-usage", "--list-boots", "-u", "--unit"]).is_some() {
        return None;
    }
    Some(match has(&["--boot", "-b"]).map(|at| options.get(at.saturating_add(1)).map(String::as_str)) {
        Some(Some("-1" | "1")) => Log::BootBefore,
        Some(_) => Log::ThisBoot,
        None if has(&["-k", "--dmesg"]).is_some() => Log::ThisBoot,
        None => Log::Several,
    })
}

/// The command line of a text, as far as it can be put back.
pub(crate) fn command(rest: &str) -> Option<Vec<String>> {
    command_of(printed(rest)?)
}

/// The name that sos made of a command line, where a path is what a command printed.
fn printed(rest: &str) -> Option<&str> {
    let last = |path: &str| path.rsplit('/').next().map(str::len);
    let name = if let Some(path) = rest.strip_prefix("sos_commands/") {
        // What is printed within a network namespace names that namespace's interfaces, which others may be called too.
        if path.contains("/namespaces/") || !path.contains('/') {
            return None;
        }
        path
    } else {
        let path = rest.strip_prefix("sos_strings/").filter(|path| path.contains('/'))?;
        path.strip_suffix(".tailed").filter(|path| !path.contains("/var.log."))?
    };
    name.get(name.len().saturating_sub(last(name)?)..)
}

/// The host's file of which a text is a copy, where it is one that counts.
pub(crate) fn file(rest: &str) -> Option<String> {
    if let Some(path) = rest.strip_prefix("sos_strings/") {
        let name = path.rsplit('/').next()?.strip_suffix(".tailed")?;
        return name
            .strip_prefix("var.log.")
            .filter(|name| is_log(name))
            .map(|name| format!("var/log/{name}"));
    }
    let is = match rest.strip_prefix("var/log/") {
        Some(name) => is_log(name),
        None => FILES.contains(&rest) || host_file::capture(rest).is_some(),
    };
    is.then(|| rest.to_owned())
}

/// Files below `/var/log` that hold the kernel's messages. Older ones are packed or name an earlier time.
fn is_log(name: &str) -> bool {
    ["dmesg", "kern.log", "messages", "syslog"].contains(&name)
}

/// The last PCI address in a path of sysfs: the function whose attribute it is.
pub(crate) fn address(path: &str) -> Option<&str> {
    path.rsplit('/').find(|part| pci_address::with_domain(part).is_some())
}

/// Puts a command line back from the name that was made of it.
fn command_of(name: &str) -> Option<Vec<String>> {
    if name.starts_with("ip_netns_exec_") {
        return None;
    }
    let tokens: Vec<&str> = name.split('_').filter(|token| !token.is_empty()).collect();
    let (mut words, mut rest) = match tokens.as_slice() {
        // The two programs that have an underline in their names.
        [first @ ("ibv" | "ofed"), second, rest @ ..] => (vec![format!("{first}_{second}")], rest),
        // It may have been called by its path, of which the slashes became points.
        [first, rest @ ..] => (vec![first.rsplit('.').next().unwrap_or_default().to_owned()], rest),
        [] => return None,
    };
    let program = words.first().cloned().unwrap_or_default();
    while let [token, after @ ..] = rest {
        // Names of interfaces and modules have underlines, and reach to the end.
        let reaches = (program == "ethtool" && !token.starts_with('-')) || program == "modinfo";
        if reaches {
            words.push(rest.join("_"));
            break;
        }
        let (prefix, first) = token.strip_prefix("pci.").map_or(("", *token), |domain| ("pci/", domain));
        let mst = token.strip_prefix(".dev.mst.").or_else(|| token.strip_prefix("dev.mst."));
        rest = if let Some((address, used)) = joined_address(first, after) {
            words.push(format!("{prefix}{address}"));
            after.get(used..).unwrap_or_default()
        } else if let Some(node) = mst {
            match after {
                [next, after @ ..] if next.starts_with("pci") => {
                    words.push(format!("/dev/mst/{node}_{next}"));
                    after
                }
                _ => {
                    words.push(format!("/dev/mst/{node}"));
                    after
                }
            }
        } else {
            words.push((*token).to_owned());
            after
        };
    }
    Some(words)
}

/// A PCI address of which the colons became underlines: `0000_08_00.0`, `08_00.0`, behind which sos may have put a
/// number (`.1`), where one name was there before, or devlink a port. With how many tokens it took after the first.
fn joined_address(first: &str, after: &[&str]) -> Option<(String, usize)> {
    let hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (domain, bus, last, used) = match after {
        [bus, last, ..] if hex(first, 4) && hex(bus, 2) => (Some(first), *bus, *last, 2),
        [last, ..] if hex(first, 2) => (None, first, *last, 1),
        _ => return None,
    };
    let mut parts = last.split('.');
    let (device, function) = (parts.next()?, parts.next()?);
    if !hex(device, 2) || !hex(function, 1) {
        return None;
    }
    let domain = domain.map(|domain| format!("{domain}:")).unwrap_or_default();
    Some((format!("{domain}{bus}:{device}.{function}"), used))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn command_lines_are_put_back() {
        for (name, line) in [
            ("ethtool_-i_eth0", "ethtool -i eth0"),
            ("ethtool_enp1s0f0_v3", "ethtool enp1s0f0_v3"),
            ("ethtool_--show-priv-flags_eth0.100", "ethtool --show-priv-flags eth0.100"),
            ("mstconfig_-d_0000_08_00.0_-e_q", "mstconfig -d 0000:08:00.0 -e q"),
            ("mstflint_-d_3b_00.1_q", "mstflint -d 3b:00.1 q"),
            ("mstflint_-d_0000_08_00.0_q.1", "mstflint -d 0000:08:00.0 q.1"),
            ("flint_-d_.dev.mst.mt4129_pciconf0.1_q_full", "flint -d /dev/mst/mt4129_pciconf0.1 q full"),
            ("devlink_dev_info_pci.0000_08_00.0", "devlink dev info pci/0000:08:00.0"),
            ("devlink_dev_param_show", "devlink dev param show"),
            ("lspci_-nnvv", "lspci -nnvv"),
            ("ibv_devinfo_-v", "ibv_devinfo -v"),
            ("modinfo_mlx5_core", "modinfo mlx5_core"),
            ("opt.mellanox.iproute2.sbin.devlink_dev_info", "devlink dev info"),
        ] {
            assert_eq!(command_of(name).unwrap().join(" "), line, "{name}");
        }
    }

    #[test]
    fn wanted_is_what_a_reader_may_know() {
        for (path, expected) in [
            ("sos_commands/networking/ethtool_-i_eth0", Some(Wanted::Whole)),
            ("sos_commands/networking/ethtool_-S_eth0", None),
            ("sos_commands/networking/namespaces/a/ip_netns_exec_a_ethtool_-i_eth0", None),
            ("sos_commands/networking/ip_netns_exec_a_ethtool_-i_eth0", None),
            ("sos_commands/sos_extras/mlx5/mstconfig_-d_0000_08_00.0_-e_q", Some(Wanted::Whole)),
            ("sos_commands/logs/journalctl_--no-pager_--boot_-1", Some(Wanted::Log(Log::BootBefore))),
            ("sos_commands/logs/journalctl_--no-pager_--catalog_--boot", Some(Wanted::Log(Log::ThisBoot))),
            ("sos_commands/logs/journalctl_--disk-usage", None),
            ("sos_strings/logs/journalctl_--no-pager.tailed", Some(Wanted::Log(Log::Several))),
            ("sos_strings/logs/var.log.messages.tailed", Some(Wanted::Log(Log::Several))),
            ("var/log/secure", None),
            ("sys/module/mlx5_core/taint", Some(Wanted::Whole)),
            ("sys/module/nvme/taint", None),
            ("sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/max_link_speed", Some(Wanted::PciAttribute)),
            ("sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/net/eth0/speed", Some(Wanted::PciAttribute)),
            ("sys/devices/pci0000:3a/0000:3b:00.0/infiniband/mlx5_0/ports/1/rate", Some(Wanted::Whole)),
            ("proc/kallsyms", None),
        ] {
            assert_eq!(wanted(path), expected, "{path}");
        }
        let path = "sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0/net/eth0/speed";
        assert_eq!(address(path), Some("0000:3b:00.0"));
    }
}
