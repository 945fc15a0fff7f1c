#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects
)]

use proptest::prelude::*;

use super::*;

fn capture(name: &str, text: &str) -> HostCapture {
    HostCapture {
        name: name.to_owned(),
        status: CollectionStatus::Captured,
        text: Some(text.to_owned()),
        base16: None,
        reason: None,
    }
}

fn facts(captures: Vec<HostCapture>) -> Vec<Fact> {
    host_facts(Route::Kernel, "host/captures.json", &HostCaptures { captures })
}

fn values(captures: Vec<HostCapture>, path: &str) -> Vec<String> {
    facts(captures)
        .into_iter()
        .filter(|fact| fact.path == path)
        .map(|fact| match fact.knowledge {
            Knowledge::Known { value } => value.to_string(),
            Knowledge::Unknown { status, reason } => format!("{status}: {reason}"),
        })
        .collect()
}

fn value(name: &str, text: &str, path: &str) -> String {
    values(vec![capture(name, text)], path).join("|")
}

#[test]
fn the_taint_mask_gives_its_letters() {
    const NAME: &str = "proc/sys/kernel/tainted";
    assert_eq!(value(NAME, "536576\n", "host/taint"), "536576");
    for (letter, set) in [("J", "1"), ("O", "1"), ("E", "1"), ("P", "0"), ("N", "0")] {
        assert_eq!(value(NAME, "536576\n", &format!("host/taint/{letter}")), set, "{letter}");
    }
    assert_eq!(value(NAME, "1048576\n", "host/taint/bit20"), "1");
    assert_eq!(value(NAME, "524288\n", "host/taint/bit19"), "");
    assert_eq!(value(NAME, "-1\n", "host/taint/J"), "error: not a mask: \"-1\"");
    assert_eq!(taint::LETTERS.iter().position(|&letter| letter == 'J'), Some(19));
}

#[test]
fn a_mask_that_was_not_read_leaves_every_letter_unknown() {
    let denied = HostCapture {
        name: "proc/sys/kernel/tainted".to_owned(),
        status: CollectionStatus::Denied,
        text: None,
        base16: None,
        reason: Some("EACCES: Permission denied".to_owned()),
    };
    let facts = facts(vec![denied]);
    assert_eq!(facts.len(), 21);
    assert!(facts.iter().all(|fact| fact.value().is_none()));
}

#[test]
fn requesters_are_named_by_the_kernel_only() {
    const NAME: &str = "kernel-log";
    const PATH: &str = "host/fwctl_requester";
    let sentence = "has requested full access to the physical device";
    let log = |prefix: &str, text: &str| value(NAME, &format!("{prefix};{text}\n"), PATH);
    assert_eq!(
        log("4,812,77,-", &format!("fwctl fwctl0: mstconfig(412): {sentence}")),
        "mstconfig(412) on fwctl0"
    );
    assert_eq!(
        log("4,1,7,-,caller=T9", &format!("fwctl fwctl12: a(1): {sentence}(7): {sentence}")),
        format!("a(1): {sentence}(7) on fwctl12")
    );
    // Facility 1: written by a process to /dev/kmsg.
    assert_eq!(
        log("12,1,7,-", &format!("fwctl fwctl0: mstconfig(412): {sentence}")),
        "absent: no line of the kernel log names a process"
    );
    assert_eq!(
        log("4,1,7,-", &format!("fwctl fwctl0: mstconfig(x): {sentence}")).split(':').next(),
        Some("absent")
    );
    assert_eq!(
        log("4,1,7,-", "mlx5_core 0000:3b:00.0: firmware version: 22.41.1000").split(':').next(),
        Some("absent")
    );
    let two = format!("4,1,7,-;fwctl fwctl0: a(1): {sentence}\n4,9,7,-;fwctl fwctl1: b;c(2): {sentence}\n");
    assert_eq!(values(vec![capture(NAME, &two)], PATH), ["a(1) on fwctl0", "b;c(2) on fwctl1"]);
}

#[test]
fn a_log_with_lines_left_out_does_not_say_that_nobody_asked() {
    let mut log = capture("kernel-log", "4,1,7,-;mlx5_core 0000:3b:00.0: firmware version: 22.41.1000\n");
    log.reason = Some("3 later lines are left out for their number".to_owned());
    let shown = values(vec![log], "host/fwctl_requester");
    assert_eq!(
        shown,
        ["error: no line of the kernel log names a process, but 3 later lines are left out for their number"]
    );
}

#[test]
fn only_a_capture_is_a_value() {
    for status in [CollectionStatus::Masked, CollectionStatus::Error, CollectionStatus::Absent] {
        let odd = HostCapture { status, ..capture("proc/sys/kernel/tainted", "0\n") };
        assert!(facts(vec![odd]).iter().all(|fact| fact.value().is_none()), "{status}");
    }
    let empty = HostCapture { text: None, ..capture("proc/sys/kernel/tainted", "") };
    assert!(facts(vec![empty]).iter().all(|fact| fact.value().is_none()));
}

#[test]
fn the_text_shows_every_process_and_no_control_characters() {
    let sentence = "has requested full access to the physical device";
    let log = format!("4,1,7,-;fwctl fwctl0: a(1): {sentence}\n4,9,7,-;fwctl fwctl1: b(2): {sentence}\n");
    let shown = crate::decode::text::render(&facts(vec![
        capture("kernel-log", &log),
        capture("proc/cmdline", "quiet \u{1b}[2J\u{202e} \"a\\b\"\nhost/taint 0\n"),
    ]));
    for process in ["a(1) on fwctl0", "b(2) on fwctl1"] {
        assert!(shown.contains(process), "{process} in {shown}");
    }
    assert!(shown.contains("quiet \\u{1b}[2J\\u{202e} \"a\\b\"\\nhost/taint 0\n"), "{shown}");
}

#[test]
fn words_of_the_kernel_become_values() {
    for (name, text, path, expected) in [
        ("proc/uptime", "5123.81 9000.10\n", "host/uptime_s", "5123"),
        ("proc/sys/kernel/osrelease", "7.3.4+deb13-amd64\n", "host/kernel", "7.3.4+deb13-amd64"),
        ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n", "host/lockdown", "integrity"),
        ("sys/kernel/security/lockdown", "[none] integrity confidentiality\n", "host/lockdown", "none"),
        (
            "sys/kernel/security/lockdown",
            "[\x1b]\n",
            "host/lockdown",
            "error: no known level is active: \"[\\u{1b}]\\n\"",
        ),
        (
            "etc/os-release",
            "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n",
            "host/distribution",
            "Debian GNU/Linux 13",
        ),
        ("etc/os-release", "ID=debian\n", "host/distribution_id", "debian"),
        ("etc/os-release", "ID=debian\n", "host/distribution", "error: os-release has no PRETTY_NAME"),
        ("sys/module/mlx5_core/taint", "OE\n", "host/module/mlx5_core/taint", "OE"),
        ("sys/module/mlx5_core/taint", "\n", "host/module/mlx5_core/taint", ""),
        ("sys/module/module/parameters/sig_enforce", "Y\n", "host/sig_enforce", "1"),
        ("sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs", "8\n", "pci/sriov_numvfs", "8"),
        ("sys/bus/pci/devices/0000:3b:00.0/numa_node", "-1\n", "pci/numa_node", "-1"),
        (
            "sys/bus/pci/devices/0000:3b:00.0/current_link_speed",
            "8.0 GT/s PCIe\n",
            "pci/current_link_speed",
            "8.0 GT/s",
        ),
        ("sys/bus/pci/devices/0000:3b:00.0/net/eth2/speed", "100000\n", "netdev/eth2.speed", "100000"),
        (
            "sys/bus/pci/devices/0000:3b:00.0/net/eth2/speed",
            "-1\n",
            "netdev/eth2.speed",
            "absent: the kernel does not know it (no link)",
        ),
        ("sys/bus/pci/devices/0000:3b:00.0/net/eth2/operstate", "up\n", "netdev/eth2.operstate", "up"),
        ("sys/bus/pci/devices/0000:3b:00.0/net/eth2/carrier", "1\n", "netdev/eth2.carrier", "1"),
        (
            "sys/bus/pci/devices/0000:3b:00.0/infiniband/mlx5_0/fw_ver",
            "22.41.1000\n",
            "rdma/mlx5_0.fw_ver",
            "22.41.1000",
        ),
        (
            "sys/bus/pci/devices/0000:3b:00.0/infiniband/mlx5_0/ports/1/state",
            "4: ACTIVE\n",
            "rdma/mlx5_0.port1.state",
            "4: ACTIVE",
        ),
        ("kernel-log-span", "first_sequence=0 from_boot=yes\n", "host/kernel_log_from_boot", "1"),
        ("debugfs-mounts", "", "host/debugfs_mounted", "0"),
        ("something/new", "7\n", "host/something/new", "7"),
    ] {
        assert_eq!(value(name, text, path), expected, "{name}");
    }
}

#[test]
fn secure_boot_is_the_fifth_byte() {
    let variable = |hex: &str| HostCapture {
        name: "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c".to_owned(),
        base16: Some(hex.to_owned()),
        text: None,
        ..capture("", "")
    };
    assert_eq!(values(vec![variable("0600000001")], "host/secure_boot"), ["1"]);
    assert_eq!(values(vec![variable("0600000000")], "host/secure_boot"), ["0"]);
    assert!(values(vec![variable("060000000001")], "host/secure_boot")[0].starts_with("error"));
    for odd in ["06", "0600000002", "060000000100", "é600000001", ""] {
        assert!(values(vec![variable(odd)], "host/secure_boot")[0].starts_with("error"), "{odd}");
    }
}

#[test]
fn another_spelling_of_the_member_is_refused() {
    let captures = HostCaptures { captures: vec![capture("a", "b"), capture("c", "d")] };
    let bytes = encode(&captures).unwrap();
    assert_eq!(read(&bytes).unwrap(), captures);
    assert!(matches!(read(&serde_json::to_vec(&captures).unwrap()), Err(MemberError::Spelling)));
    assert!(matches!(read(b"{"), Err(MemberError::Json { .. })));
    let many = HostCaptures { captures: vec![capture("", ""); MAX_CAPTURES + 1] };
    assert!(matches!(read(&encode(&many).unwrap()), Err(MemberError::TooMany)));
    let none = HostCaptures::default();
    assert_eq!(read(&encode(&none).unwrap()).unwrap(), none);
}

fn any_capture() -> impl Strategy<Value = HostCapture> {
    let name = prop_oneof![
        Just("proc/sys/kernel/tainted".to_owned()),
        Just("kernel-log".to_owned()),
        Just("sys/kernel/security/lockdown".to_owned()),
        Just("sys/firmware/efi/efivars/SecureBoot-x".to_owned()),
        Just("sys/bus/pci/devices/".to_owned()),
        Just("sys/bus/pci/devices/a/net/b/speed".to_owned()),
        Just("sys/bus/pci/devices/a/infiniband/b/ports/1/state".to_owned()),
        Just("ethtool-drvinfo@a/b".to_owned()),
        Just("devlink-info@a".to_owned()),
        Just("etc/os-release".to_owned()),
        any::<String>(),
    ];
    let status = prop_oneof![Just(CollectionStatus::Captured), Just(CollectionStatus::Denied)];
    let text = prop_oneof![any::<Option<String>>(), "[0-9];fwctl fwctl[0-9]: .*".prop_map(Some)];
    (name, status, text, any::<Option<String>>(), any::<Option<String>>())
        .prop_map(|(name, status, text, base16, reason)| HostCapture { name, status, text, base16, reason })
}

proptest! {
    #[test]
    fn evidence_points_at_the_capture_that_shows_the_fact(captures in proptest::collection::vec(any_capture(), 0..6)) {
        let captures = HostCaptures { captures };
        let bytes = encode(&captures).unwrap();
        prop_assert_eq!(&read(&bytes).unwrap(), &captures);
        for fact in host_facts(Route::Kernel, "m", &captures) {
            let [evidence] = fact.evidence.as_slice() else { panic!("{fact:?}") };
            let start = evidence.offset as usize;
            let line = &bytes[start..start + evidence.length as usize];
            let shown: HostCapture = serde_json::from_slice(line).unwrap();
            prop_assert!(captures.captures.contains(&shown));
        }
    }
}
