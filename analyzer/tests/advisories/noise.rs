//! Real dumps without an envelope: nothing outside, few advisories, and each of them true.
//!
//! Every advisory below was judged by eye against the file; the words behind it say why it is true there.

use std::collections::BTreeMap;
use std::path::Path;

use mlx5_schemas::model::report::{Report, ReportResult};

use crate::support::samples;
use crate::triage::run_in;

/// Stock-looking dumps, of OEM cards and others, with what is told of them.
const STOCK: [(&str, &[(&str, &str)]); 6] = [
    (
        "02-mlxconfig-cx4lx-sriovop-3col-dell.txt",
        &[
            (
                "oem-lldp-on-by-default",
                "LLDP_NB_RX_MODE and _TX_MODE are ALL(2) in all three columns, on both ports",
            ),
            ("pxe-turned-off", "LEGACY_BOOT_PROTOCOL: PXE(1) by factory and now, NONE(0) at the next boot"),
        ],
    ),
    ("67-flint-cx4-terrencemiao-lnv.txt", &[]),
    ("20-mlxconfig-cx4lx-rdma-node91-full.txt", &[]),
    ("22-mlxconfig-cx5ex-xdpnewbies-daytona3-full.txt", &[]),
    ("49-flint-bf2-ncx-hostsupport.txt", &[]),
    (
        "61-mlxfwmanager-cx6lx-empovit-text.txt",
        &[(
            "newer-firmware-is-offered",
            "26.43.1014 is available for 26.33.1048, and the status is Update required",
        )],
    ),
];

/// All other samples of which something is told.
const OTHERS: [(&str, &[(&str, &str)]); 11] = [
    (
        "102-dmesg-cx6-ocp3-skyao-x4.txt",
        &[
            ("rxhash-off-with-compression", "the driver says so when eth0 comes up"),
            ("slot-gives-too-little-power", "the driver says 25W"),
            ("slot-limits-bandwidth", "8.000 Gb/s, limited by 2.5 GT/s x4"),
        ],
    ),
    (
        "104-dmesg-cx5-rdma-cmd-dump.txt",
        &[("firmware-command-timed-out", "a completion arrived after its timeout")],
    ),
    (
        "106-dmesg-cx4lx-rdma-create-eq.txt",
        &[("kernel-5-1-rc-create-eq", "possible: which kernel it is, is not told")],
    ),
    (
        "109-dmesg-cx-xdpn-xsk-fedora.txt",
        &[("firmware-older-than-driver-wants", "the driver says: Upgrade firmware")],
    ),
    (
        "11-mlxconfig-cx7-sigitp-set-numvfs.txt",
        &[
            ("many-vfs-cost-memory-space", "127 on the first card"),
            ("many-vfs-cost-memory-space", "127 on the second"),
        ],
    ),
    ("129-mlxconfig-raw-bf-mstprivhost-constants.txt", &[("restricted-host", "priv_level is LIMITED(1)")]),
    (
        "25-mlxconfig-cx7-rdma-swp-l4-3col.txt",
        &[("swp-l4-mode-reads-default", "DEVICE_DEFAULT(0) in all columns")],
    ),
    (
        "62-mlxfwmanager-cx6lx-empovit-xml.xml",
        &[("newer-firmware-is-offered", "the same device as in the text form: Update required")],
    ),
    (
        "73-mlxconfig-cx3pro-skyao-hp544.txt",
        &[("cx3-next-boot-column", "a ConnectX-3 Pro with SRIOV_EN at the next boot")],
    ),
    ("86-devlink-cx-rdma-health-tx.txt", &[("tx-reporter-errors", "256 errors, 256 recovered")]),
    // The file before and after a correction: the line that would tell is not in it.
    ("79-devlink-cx6dx-rdma-stored-fff.txt", &[]),
];
/// Texts in which nothing is that this program reads.
const UNREADABLE: [&str; 5] = [
    "125-mnvda-cx5ex-civil-real-nv-bytes.txt",
    "127-vsec-cx5ex-civil-pciconf-probe.txt",
    "133-mlx5ctl-cx6dx-cap-qos-hex-decoded.txt",
    "134-mlx5ctl-cx6dx-cap-all.txt",
    "137-mlx5ctl-cx6dx-reg-dtor-hex-decoded.txt",
];
/// Most advisories of one stock-looking dump.
const MOST: usize = 5;
/// Columns of a screen.
const COLUMNS: usize = 80;

#[test]
fn real_dumps_give_few_advisories_and_nothing_outside() {
    let Some(folder) = samples() else { return };
    assert!(STOCK.iter().all(|(_, told)| told.len() <= MOST));
    let expected: BTreeMap<&str, &[(&str, &str)]> = STOCK.into_iter().chain(OTHERS).collect();
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !name.ends_with(".tsv"))
        .collect();
    files.sort();
    assert!(
        files.len() >= 45 && expected.keys().all(|name| files.iter().any(|file| file == name)),
        "{files:?}"
    );
    for file in files {
        let (code, stdout, stderr) = run_in(&folder, &["check", &file, "--format", "json"]);
        if UNREADABLE.contains(&file.as_str()) {
            assert_eq!(code, 2, "{file}");
            continue;
        }
        assert_eq!((code, stderr.as_str()), (0, ""), "{file}");
        let report: Report = serde_json::from_str(&stdout).unwrap();
        let ReportResult::Check(report) = report.result else { panic!("{file}: no report of check") };
        let counts = report.counts;
        assert_eq!((counts.outside, counts.pending, counts.unknown, counts.error), (0, 0, 0, 0), "{file}");
        assert!(!report.judged);
        let mut found: Vec<&str> = report
            .bundles
            .iter()
            .flat_map(|bundle| &bundle.findings)
            .filter_map(|finding| finding.rule.strip_prefix("advisory/"))
            .collect();
        found.sort_unstable();
        let wanted: Vec<&str> =
            expected.get(file.as_str()).into_iter().copied().flatten().map(|(id, _)| *id).collect();
        assert_eq!(found, wanted, "{file}");
    }
}

#[test]
fn what_is_told_fits_the_screen() {
    let Some(folder) = samples() else { return };
    for (file, told) in STOCK {
        let (code, stdout, _) = run_in(&folder, &["check", file]);
        assert_eq!(code, 0);
        assert!(!stdout.to_lowercase().contains("inside"), "{file}");
        let (_, rest) = stdout.split_once("\n  factory ").unwrap();
        for line in rest.lines().filter(|line| !line.contains("https://")) {
            assert!(line.chars().count() <= COLUMNS, "{file}: {line}");
        }
        assert!(told.iter().all(|(id, _)| rest.contains(&format!("[{id}]"))), "{file}: {rest}");
        assert!(stdout.lines().count() <= 34, "{file}: {} lines", stdout.lines().count());
    }
}

#[test]
fn the_manual_tells_what_the_binary_tells() {
    let Some(folder) = samples() else { return };
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/advisories.md");
    let text = std::fs::read_to_string(manual).unwrap();
    let told = text.split("```\n").nth(1).unwrap();
    let (_, stdout, _) = run_in(&folder, &["check", "02-mlxconfig-cx4lx-sriovop-3col-dell.txt"]);
    assert!(told.starts_with("  factory ") && stdout.contains(told), "{stdout}");
}
