//! No device: why, and what there is all the same.

use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::status::CollectionStatus;

use crate::support::{Place, code, finish, row, stderr, stdout};

const FUNCTION: &str = "sys/bus/pci/devices/0000:3b:00.0";

fn card(place: &Place) {
    place.host_file(&format!("{FUNCTION}/vendor"), "0x15b3\n");
    place.host_file(&format!("{FUNCTION}/device"), "0x101d\n");
    place.host_file(&format!("{FUNCTION}/driver"), "->../../../bus/pci/drivers/mlx5_core");
}

fn node(place: &Place) {
    card(place);
    place.host_file("sys/class/fwctl/fwctl0/dev", "240:0\n");
    place.host_file("sys/class/fwctl/fwctl0/device", "->../../../bus/pci/devices/0000:3b:00.0");
}

#[test]
fn without_a_card_the_host_is_sealed_and_the_first_line_says_why() {
    let place = Place::new();
    place.host_file("sys/bus/pci/devices/0000:00:1f.0/vendor", "0x8086\n");
    let output = finish(place.collector(&[]));
    assert_eq!(code(&output), 1);
    let first = stderr(&output).lines().next().unwrap().to_owned();
    assert!(first.starts_with("No device was asked: no PCI function here is a ConnectX"), "{first}");
    let bundle = place.bundle();
    assert!(!bundle.manifest.complete);
    assert_eq!(
        bundle.manifest.source,
        Source::AlternateRoot { root: place.path("host").display().to_string() }
    );
    assert!(bundle.manifest.notes[0].contains("run it on the machine that holds the card"));
    assert_eq!(row(&bundle, None, "host").status, CollectionStatus::Captured);
    assert!(bundle.members.contains_key("host/captures.json"));
}

#[test]
fn a_module_that_is_not_loaded_is_named_with_what_to_do() {
    let place = Place::new();
    card(&place);
    place.host_file(
        "lib/modules/7.3.4+deb13-amd64/modules.dep",
        "kernel/drivers/fwctl/mlx5/mlx5_fwctl.ko.xz: kernel/drivers/fwctl/fwctl.ko.xz\n",
    );
    // As loaded in the example host.
    std::fs::remove_dir_all(place.path("host/sys/module/mlx5_fwctl")).unwrap();
    let output = finish(place.collector(&[]));
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("is not loaded; as root: modprobe mlx5_fwctl"), "{}", stderr(&output));
}

#[test]
fn the_host_alone_is_complete_when_only_it_was_asked_for() {
    let place = Place::new();
    let mut command = place.collector(&[]);
    command.args(["--only", "host"]);
    assert_eq!(code(&finish(command)), 0);
    assert!(place.bundle().manifest.complete);
}

#[test]
fn devices_below_another_root_are_described_and_not_asked() {
    let place = Place::new();
    node(&place);
    place.host_file("sys/class/fwctl/fwctl1/device/driver", "->../../../../bus/pci/drivers/bnxt_en");
    assert_eq!(code(&finish(place.collector(&[]))), 1);
    let bundle = place.bundle();
    assert_eq!(bundle.manifest.devices[0].node.as_deref(), Some("fwctl0"));
    assert_eq!(bundle.manifest.other_nodes[0].driver.as_deref(), Some("bnxt_en"));
    for probe in ["identity", "nv", "capabilities", "registers"] {
        let row = row(&bundle, Some("0000:3b:00.0"), probe);
        assert_eq!(row.status, CollectionStatus::Skipped);
        assert!(row.reason.as_deref().unwrap().contains("below another root"));
    }
}

#[test]
fn list_shows_devices_and_other_nodes() {
    let place = Place::new();
    node(&place);
    place.host_file("sys/class/fwctl/fwctl1/device/driver", "->../../../../bus/pci/drivers/bnxt_en");
    let mut command = place.program();
    command.args(["list", "--root"]).arg(place.path("host"));
    let output = finish(command);
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!("list", stdout(&output));
    assert!(place.names().is_empty());

    let mut command = place.program();
    command.args(["list", "--format", "json", "--root"]).arg(place.path("host"));
    let json: serde_json::Value = serde_json::from_slice(&finish(command).stdout).unwrap();
    assert_eq!(json["devices"][0]["id"], "0000:3b:00.0");
    assert_eq!(json["other_nodes"][0]["node"], "fwctl1");
}

#[test]
fn plan_needs_no_device_and_writes_nothing() {
    let place = Place::new();
    let mut command = place.program();
    command.args(["plan", "--only", "registers"]);
    let output = finish(command);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("PTYS"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("MNVDA"));
    assert!(place.names().is_empty());
}

#[test]
fn a_taint_mask_that_is_not_there_is_a_hole() {
    let place = Place::new();
    std::fs::remove_file(place.path("host/proc/sys/kernel/tainted")).unwrap();
    let mut command = place.collector(&[]);
    command.args(["--only", "host"]);
    let output = finish(command);
    assert_eq!(code(&output), 1);
    let bundle = place.bundle();
    assert!(!bundle.manifest.complete);
    let row = row(&bundle, None, "host");
    assert_eq!(row.status, CollectionStatus::Error);
    for name in ["proc/sys/kernel/tainted: ENOENT", "proc/sys/kernel/tainted@end: ENOENT"] {
        assert!(row.reason.as_deref().unwrap().contains(name), "{row:?}");
    }
}
