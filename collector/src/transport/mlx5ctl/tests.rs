#![allow(clippy::unwrap_used)]

use super::*;

/// The sets of capabilities in the lines of a `status` file below `/proc`.
fn sets(status: &str) -> Vec<u64> {
    ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"]
        .map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            u64::from_str_radix(line.trim(), 16).unwrap()
        })
        .to_vec()
}

/// Numbers from `linux/capability.h`.
const NET_RAW: u64 = 1 << 13;
const SYS_RAWIO: u64 = 1 << 17;

#[test]
fn the_rights_that_widen_a_user_context_are_gone_before_the_open() {
    // Capabilities are a thread's: the other tests keep theirs.
    let thread = std::thread::spawn(|| {
        let status = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let before = sets(&status());
        // No such device: what was dropped before the open stays dropped.
        let error = Mlx5ctl::open(Path::new("/dev/null"), "0000:3b:00.0", (4000, 0)).unwrap_err();
        assert!(matches!(error, OpenError::OtherDevice { .. }), "{error}");
        (before, sets(&status()))
    });
    let (before, after) = thread.join().unwrap();
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(after & (NET_RAW | SYS_RAWIO), 0, "{after:x}");
        assert_eq!(before & !(NET_RAW | SYS_RAWIO), after, "and nothing else");
    }
}

#[test]
fn another_device_is_not_taken_for_mlx5ctl() {
    let stat = rustix::fs::stat("/dev/null").unwrap();
    let number = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
    let opened = std::thread::spawn(move || Mlx5ctl::open(Path::new("/dev/null"), "0000:3b:00.0", number));
    let error = opened.join().unwrap().unwrap_err();
    assert!(matches!(error, OpenError::OtherVersion { .. }), "{error}");
    assert_eq!(error.errno(), libc::EOPNOTSUPP);
}
