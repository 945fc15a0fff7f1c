//! No device: why, and what there is all the same.

use std::path::{Path, PathBuf};

use mlx5_schemas::decode::host::host_facts;
use mlx5_schemas::model::fact::Route;
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::manifest::{Source, TransportKind};
use mlx5_schemas::model::status::CollectionStatus;

use crate::support::{Place, captures, code, finish, row, stderr, stdout};

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

/// A ConnectX-5 Ex on a kernel without fwctl: a function in use, one given to a guest, and a virtual one.
fn without_node() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/hosts/without-node")
}

#[test]
fn functions_without_a_node_are_described_each_with_its_reason() {
    let place = Place::new();
    let mut command = place.program();
    command.arg("--root").arg(without_node());
    let output = finish(command);
    assert_eq!(code(&output), 1);
    let words = stderr(&output);
    assert!(words.starts_with("No device was asked: kernel 6.12.48+deb13-amd64 has no fwctl"), "{words}");
    let end = words.find("\nBundle: ").unwrap();
    let words = words[..end].replace(without_node().to_str().unwrap(), "HOST");
    insta::assert_snapshot!("without_nodes", words);
    let bundle = place.bundle();
    assert_eq!(bundle.manifest.devices.len(), 3);
    assert!(bundle.manifest.devices.iter().all(|device| device.transport == TransportKind::Kernel));
    assert_eq!(bundle.manifest.devices[0].netdevs, ["ens2f0np0"]);
    for (device, reason) in [
        ("0000:3b:00.0", "no fwctl node: kernel 6.12.48+deb13-amd64 has no fwctl"),
        ("0000:3b:00.1", "no fwctl node: ConnectX-5 Ex 0000:3b:00.1 is bound to vfio-pci"),
        ("0000:3b:00.2", "a virtual function without a fwctl node"),
    ] {
        for probe in ["identity", "nv", "capabilities", "registers"] {
            let row = row(&bundle, Some(device), probe);
            assert_eq!(row.status, CollectionStatus::Skipped);
            assert!(row.reason.as_deref().unwrap().starts_with(reason), "{row:?}");
        }
    }
    let facts = host_facts(Route::AlternateRoot, HOST_MEMBER, &captures(&bundle));
    for (path, value) in [
        ("rdma/mlx5_0.fw_ver", "16.35.4506"),
        ("rdma/mlx5_0.port1.rate", "100 Gb/sec (4X EDR)"),
        ("netdev/ens2f0np0.speed", "100000"),
        ("pci/current_link_speed", "8.0 GT/s"),
        ("pci/sriov_totalvfs", "8"),
    ] {
        let fact = facts.iter().find(|fact| fact.path == path).unwrap();
        assert_eq!(fact.subject.device(), Some("0000:3b:00.0"));
        assert_eq!(fact.value().unwrap().to_string(), value, "{path}");
    }
}

#[test]
fn a_virtual_function_alone_is_no_gap() {
    let place = Place::new();
    let mut command = place.program();
    command.args(["-d", "3b:00.2", "--root"]).arg(without_node());
    assert_eq!(code(&finish(command)), 0);
    let bundle = place.bundle();
    let [device] = bundle.manifest.devices.as_slice() else { panic!("{:?}", bundle.manifest.devices) };
    assert_eq!(device.physical_function.as_deref(), Some("0000:3b:00.0"));
}

#[test]
fn list_names_functions_without_a_node() {
    let place = Place::new();
    let mut command = place.program();
    command.args(["list", "--root"]).arg(without_node());
    let output = finish(command);
    assert_eq!(code(&output), 1);
    insta::assert_snapshot!("list_without_nodes", stdout(&output));
}

#[test]
fn the_vendors_tools_are_not_for_another_root_nor_for_simulated_cards() {
    for arguments in [&["--root", "/"][..], &["--simulate", "x.json"]] {
        let place = Place::new();
        let mut command = place.program();
        command.arg("--with-tools").args(arguments);
        let output = finish(command);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("cannot be used with"), "{}", stderr(&output));
        assert!(place.names().is_empty());
    }
}

#[test]
fn plan_shows_the_command_lines_that_would_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let folder = place.path("tools");
    std::fs::create_dir(&folder).unwrap();
    for name in ["mstconfig", "flint"] {
        // Would leave a file, if it were run.
        std::fs::write(folder.join(name), format!("#!/bin/sh\ntouch {}\n", place.path("ran").display()))
            .unwrap();
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = place.program();
    command.args(["plan", "--only", "host,nv", "--with-tools", "--tools-dir"]).arg(&folder);
    let output = finish(command);
    assert_eq!(code(&output), 0);
    let text = stdout(&output).replace(std::fs::canonicalize(&folder).unwrap().to_str().unwrap(), "TOOLS");
    let tools = &text[text.find("tools, for devices").unwrap()..];
    assert_eq!(
        tools,
        "tools, for devices without a usable node only\n  \
         TOOLS/mstconfig --version\n  \
         TOOLS/flint --version\n  \
         TOOLS/mstconfig -d ADDRESS -e q\n  \
         TOOLS/mstconfig -d ADDRESS -f /dev/stdout backup\n  \
         TOOLS/flint -d ADDRESS q full\n\
         through the PCI gateway, to whose registers they write\n"
    );
    let mut command = place.program();
    command.args(["plan", "--only", "nv", "--format", "json", "--with-tools", "--tools-dir"]).arg(&folder);
    let json: Vec<serde_json::Value> = serde_json::from_slice(&finish(command).stdout).unwrap();
    assert_eq!(json.last().unwrap()["probe"], "tools");
    assert!(!place.path("ran").exists());
}

/// This very machine, as far as it has no card of the family (then it says something else, rightly).
#[test]
fn a_machine_without_a_card_gets_a_bundle_and_is_told_why_first() {
    let vendors = std::fs::read_dir("/sys/bus/pci/devices").into_iter().flatten().flatten();
    let is_family = |entry: std::fs::DirEntry| {
        std::fs::read_to_string(entry.path().join("vendor")).is_ok_and(|vendor| vendor.trim() == "0x15b3")
    };
    if vendors.into_iter().any(is_family) {
        eprintln!("skipped: this machine has a card");
        assert!(std::env::var_os("CI").is_none(), "a machine without a card is needed here");
        return;
    }
    for arguments in [&[][..], &["--with-tools"]] {
        let place = Place::new();
        let mut command = place.program();
        command.args(arguments);
        let output = finish(command);
        assert_eq!(code(&output), 1);
        let first = stderr(&output).lines().next().unwrap().to_owned();
        assert!(first.starts_with("No device was asked: ") && first.contains("run it on the "), "{first}");
        let bundle = place.bundle();
        assert!(!bundle.manifest.complete && bundle.manifest.devices.is_empty());
        assert_eq!(bundle.manifest.source, Source::Live);
        assert!(bundle.members.contains_key("host/captures.json"));
        // Quiet is quiet, and says the same by its exit code.
        let mut command = place.program();
        command.args(["-q", "-o", "quiet.zip"]).args(arguments);
        let output = finish(command);
        assert_eq!((code(&output), stderr(&output).as_str()), (1, ""));
    }
}
