//! What stands around the configuration comes first in `diff`, whatever source says it.

use mlx5_analyzer::case::open_bytes;
use mlx5_analyzer::diff::diff;
use mlx5_analyzer::render::{Page, diff as render};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::DiffReport;
use serde_json::json;

use crate::support::{Bundle, card_with, changed, now};

fn compared(left: &str, right: &str) -> DiffReport {
    let open = |name: &str, text: &str| open_bytes(text.as_bytes(), name.to_owned(), None, now()).unwrap();
    diff(open("before.txt", left), open("after.txt", right), Catalog::embedded()).unwrap()
}

fn row<'a>(report: &'a DiffReport, what: &str) -> (Option<&'a str>, Option<&'a str>, bool) {
    let row = report.context.iter().find(|row| row.what == what).unwrap();
    (row.left.as_deref(), row.right.as_deref(), row.differs)
}

const ETHTOOL: &str = "\
# ethtool -i eth0
driver: mlx5_core
version: 6.9.7-amd64
firmware-version: 22.39.1002 (MT_0000000436)
bus-info: 0000:3b:00.0
/proc/sys/kernel/osrelease:6.9.7-amd64
/proc/cmdline:BOOT_IMAGE=/vmlinuz-6.9.7 ro quiet iommu=pt
";
const FLINT: &str = "\
# mstflint -d 0000:3b:00.0 q
Image type:            FS4
FW Version:            22.41.1000
PSID:                  MT_0000000436
/proc/sys/kernel/osrelease:6.11.10-amd64
/proc/cmdline:BOOT_IMAGE=/vmlinuz-6.11.10 ro quiet intel_iommu=off
";

#[test]
fn two_sources_of_one_thing_are_compared() {
    let report = compared(ETHTOOL, FLINT);
    assert_eq!(row(&report, "kernel"), (Some("6.9.7-amd64"), Some("6.11.10-amd64"), true));
    assert_eq!(row(&report, "running firmware"), (Some("22.39.1002"), Some("22.41.1000"), true));
    assert_eq!(row(&report, "PSID"), (Some("MT_0000000436"), Some("MT_0000000436"), false));
    assert_eq!(row(&report, "command line"), (Some("iommu=pt"), Some("intel_iommu=off"), true));
    assert_eq!(row(&report, "driver").1, None, "silence is no difference");
    assert!(!report.same);
    for row in report.context.iter().filter(|row| row.differs) {
        assert!(!row.left_evidence.is_empty() && !row.right_evidence.is_empty(), "{row:?}");
    }
    let same = compared(ETHTOOL, &ETHTOOL.replace("22.39.1002", "22.39.01002"));
    assert_eq!(row(&same, "running firmware"), (Some("22.39.1002"), Some("22.39.01002"), false));
}

#[test]
fn context_comes_before_configuration_and_is_not_told_twice() {
    let left = Bundle::of([changed(json!({"NUM_OF_VFS": 8}), &["next"])]);
    let mut right = Bundle::of([card_with(json!({
        "firmware": {"version": "22.43.2026"},
        "nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "mlxconfig"}]}
    }))]);
    right.touch = |_| {};
    let open = |bundle: &Bundle| open_bytes(&bundle.bytes(), "x.zip".to_owned(), None, now()).unwrap();
    let report = diff(open(&left), open(&right), Catalog::embedded()).unwrap();
    assert!(row(&report, "running firmware").2);
    let mut page = Page::new(false);
    render(&mut page, &report);
    let page = page.into_text();
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing in\n{page}"));
    assert!(place("22.43.2026") < place("NUM_OF_VFS"), "{page}");
    assert!(!page.contains("fw/version"), "{page}");
    // Programs have both.
    assert!(report.changes.iter().any(|change| change.path == "fw/version"));
}

#[test]
fn a_case_differs_from_itself_in_nothing() {
    let bundle = Bundle::of([card_with(json!({}))]);
    let open = || open_bytes(&bundle.bytes(), "x.zip".to_owned(), None, now()).unwrap();
    let report = diff(open(), open(), Catalog::embedded()).unwrap();
    assert!(report.same);
    assert!(report.context.iter().all(|row| !row.differs));
    assert!(compared(ETHTOOL, ETHTOOL).context.iter().all(|row| !row.differs));
}
