//! What the program asks of the system, seen from outside (strace): it writes its bundle and nothing else, loads no module,
//! and its questions to the kernel are the few that read.
//!
//! Runs on the real system, where there may be a card or not. Must not do: know how the program is made.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Calls that change the system; none is ever made.
const NEVER: [&str; 38] = [
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "mount",
    "umount2",
    "move_mount",
    "fsopen",
    "pivot_root",
    "swapon",
    "swapoff",
    "sethostname",
    "setdomainname",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "iopl",
    "ioperm",
    "ptrace",
    "process_vm_writev",
    "bpf",
    "perf_event_open",
    "setns",
    "unshare",
    "mknod",
    "mknodat",
    "mkdir",
    "mkdirat",
    "symlink",
    "symlinkat",
    "truncate",
    "chmod",
    "chown",
    "lchown",
    "setxattr",
    "connect",
];
/// Calls that change files; they name the folder of the bundle.
const OUTPUT_ONLY: [&str; 12] = [
    "creat",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "fchmodat",
    "fchownat",
    "utimensat",
    "ftruncate",
];
/// Ioctls that ask: FWCTL_INFO and FWCTL_RPC (the guard looks at what they carry), the name of an interface, what its
/// driver says of itself (one command, see `sys.rs`), and whether a descriptor is a terminal.
const IOCTLS: [&str; 6] =
    ["_IOC_NONE, 0x9a, 0, 0)", "_IOC_NONE, 0x9a, 0x1, 0)", "SIOCGIFNAME", "SIOCETHTOOL", "TCGETS", "TCGETS2"];
/// Generic netlink: the list of families, and the five reading commands of devlink.
const FAMILIES: &str = "\\x03";
const DEVLINK: [&str; 5] = ["\\x01", "\\x1d", "\\x26", "\\x33", "\\x34"];

/// A call as strace writes it, its process left out.
struct Call {
    name: String,
    line: String,
}

/// Runs the program under strace; `None` where there is none.
fn traced(folder: &Path, arguments: &[&str], input: &str) -> Option<Vec<Call>> {
    let log = folder.join("calls");
    let child = Command::new("strace")
        .args(["-f", "-qq", "-y", "-xx", "-s", "32", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_mlx5-collector"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return skipped(&error.to_string()),
    };
    // A strace that may not trace does not wait for the task.
    let told = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if words.contains("PTRACE_") {
        return skipped(&words);
    }
    told.unwrap();
    // Without a card the bundle lacks it.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{words}");
    let text = std::fs::read_to_string(&log).unwrap();
    let calls: Vec<Call> = text.lines().filter_map(call).collect();
    assert!(calls.len() > 100, "{text}");
    Some(calls)
}

fn skipped(why: &str) -> Option<Vec<Call>> {
    assert!(std::env::var_os("CI").is_none(), "strace is needed here: {why}");
    eprintln!("skipped: no strace: {why}");
    None
}

fn call(line: &str) -> Option<Call> {
    let (_, line) = line.split_once(char::is_whitespace)?;
    let line = line.trim_start();
    let (name, _) = line.split_once('(')?;
    // Ends of calls, signals and exits have no name.
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then(|| Call { name: name.to_owned(), line: readable(line) })
}

/// Names of files are in hex too with `-xx`: those of text are turned back, so that they can be searched for.
fn readable(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, escaped)) = rest.split_once("\\x") {
        out.push_str(before);
        let (hex, after) = escaped.split_at_checked(2).unwrap_or((escaped, ""));
        match u8::from_str_radix(hex, 16) {
            Ok(byte) if byte.is_ascii_graphic() && byte != b'"' => out.push(char::from(byte)),
            Ok(_) | Err(_) => out.push_str(&format!("\\x{hex}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether the call may be made by a program that reads and leaves a bundle in `folder`.
fn is_allowed(call: &Call, folder: &str) -> bool {
    let has = |words: &str| call.line.contains(words);
    let names_folder = has(folder);
    match call.name.as_str() {
        name if NEVER.contains(&name) => false,
        name if OUTPUT_ONLY.contains(&name) => names_folder,
        "open" | "openat" | "openat2" => {
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE"].into_iter().any(has);
            // A node of fwctl is opened for both, as its ioctls want it.
            !writes || names_folder || has("\"/dev/null\"") || has("\"/dev/fwctl/")
        }
        "write" | "writev" | "pwrite64" | "pwritev" => names_folder || has("<pipe:") || has("<socket:"),
        "socket" => has("NETLINK_GENERIC") || has("AF_UNIX"),
        // strace has no name for fwctl's numbers in most versions, and prints type and number.
        "ioctl" => IOCTLS.into_iter().any(has),
        "sendto" | "sendmsg" => is_question(&call.line),
        "execve" | "execveat" => has(env!("CARGO_BIN_EXE_mlx5-collector")) || has("\"/proc/self/exe\""),
        _ => true,
    }
}

/// Whether a netlink message asks for the list of families or is one of devlink's questions.
fn is_question(line: &str) -> bool {
    // The payload begins with the command; a readable one stands for its byte.
    let Some((_, payload)) = line.split_once("}, \"") else { return false };
    let starts = |command: &str| payload.starts_with(command) || payload.starts_with(&readable(command));
    // Without a module for it, strace does not know the families, and prints their numbers.
    let is_control =
        ["nlmsg_type=nlctrl", "nlmsg_type=0x10,", "nlmsg_type=0x10 "].iter().any(|kind| line.contains(kind));
    if is_control { starts(FAMILIES) } else { DEVLINK.into_iter().any(starts) }
}

#[track_caller]
fn assert_all_allowed(calls: &[Call], folder: &Path) {
    let folder = std::fs::canonicalize(folder).unwrap();
    let bad: Vec<&str> = calls
        .iter()
        .filter(|call| !is_allowed(call, folder.to_str().unwrap()))
        .map(|call| call.line.as_str())
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn a_run_writes_its_bundle_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let Some(calls) = traced(folder.path(), &["-q", "--unsigned", "-o", "bundle.zip"], "") else { return };
    assert!(folder.path().join("bundle.zip").exists());
    assert_all_allowed(&calls, folder.path());
    // The same run, were the bundle not to be written there.
    assert!(calls.iter().any(|call| !is_allowed(call, "/elsewhere")));
}

#[test]
fn the_kernel_is_asked_and_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let function = r#"[{"address":"ffff:ff:1f.7","is_virtual":false,"has_node":false}]"#;
    let Some(calls) = traced(folder.path(), &["--kernel-view"], function) else { return };
    assert!(calls.iter().any(|call| call.name == "socket"), "netlink was not tried");
    assert_all_allowed(&calls, folder.path());
}

/// What the two tests above would not let pass.
#[test]
fn calls_that_change_something_are_told_apart() {
    let folder = "/tmp/folder";
    for (line, allowed) in [
        (r#"7 openat(AT_FDCWD, "/sys/x", O_RDONLY|O_CLOEXEC) = 3</sys/x>"#, true),
        (r#"7 openat(AT_FDCWD, "/sys/x", O_WRONLY|O_CLOEXEC) = 3</sys/x>"#, false),
        (r#"7 openat(3</tmp/folder>, ".", O_WRONLY|O_TMPFILE, 0600) = 4</tmp/folder/#1>"#, true),
        (r#"7 write(3</sys/x>, "\x31", 1) = 1"#, false),
        (r#"7 finit_module(3</lib/x.ko>, "", 0) = 0"#, false),
        (r#"7 ioctl(3<socket:[1]>, SIOCETHTOOL, 0x7ffc) = 0"#, true),
        (r#"7 ioctl(3<socket:[1]>, SIOCSIFFLAGS, 0x7ffc) = 0"#, false),
        (r#"7 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3"#, false),
        (r#"7 execve("\x2f\x62\x69\x6e\x2f\x73\x68", [], 0x7ff) = 0"#, false),
        (r#"7 sendto(3, [{nlmsg_len=20, nlmsg_type=nlctrl}, "\x03\x01\x00\x00"], 20) = 20"#, true),
        (
            r#"7 sendto(3, [{nlmsg_len=20, nlmsg_type=0x10 /* NLMSG_??? */, x}, "\x03\x01\x00\x00"], 20) = 20"#,
            true,
        ),
        (r#"7 sendto(3, [{nlmsg_len=20, nlmsg_type=0x15}, "\x33\x01\x00\x00"], 20) = 20"#, true),
        // DEVLINK_CMD_PARAM_SET and DEVLINK_CMD_RELOAD.
        (r#"7 sendto(3, [{nlmsg_len=20, nlmsg_type=0x15}, "\x27\x01\x00\x00"], 20) = 20"#, false),
        (r#"7 sendto(3, [{nlmsg_len=20, nlmsg_type=0x15}, "\x25\x01\x00\x00"], 20) = 20"#, false),
    ] {
        assert_eq!(is_allowed(&call(line).unwrap(), folder), allowed, "{line}");
    }
}
