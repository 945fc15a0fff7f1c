#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

/// A tree with the given files (`path`, content); a content that begins with `->` makes a symbolic link.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content.strip_prefix("->") {
            Some(target) => symlink(target, path).unwrap(),
            None => std::fs::write(path, content).unwrap(),
        }
    }
    let root = Root::alternate(folder.path().to_owned());
    (folder, root)
}

const FUNCTION: &str = "sys/devices/pci0000:3a/0000:3b:00.0";

fn card(driver: &str) -> Vec<(&'static str, String)> {
    vec![
        ("sys/devices/pci0000:3a/0000:3b:00.0/vendor", "0x15b3\n".to_owned()),
        ("sys/devices/pci0000:3a/0000:3b:00.0/device", "0x101d\n".to_owned()),
        ("sys/devices/pci0000:3a/0000:3b:00.0/class", "0x020000\n".to_owned()),
        ("sys/devices/pci0000:3a/0000:3b:00.0/driver", format!("->../../../bus/pci/drivers/{driver}")),
        (
            "sys/bus/pci/devices/0000:3b:00.0",
            format!("->../../../devices/{}", &FUNCTION["sys/devices/".len()..]),
        ),
    ]
}

fn with(card: &[(&'static str, String)], more: &[(&'static str, &'static str)]) -> (tempfile::TempDir, Root) {
    let files: Vec<(&str, &str)> =
        card.iter().map(|(path, content)| (*path, content.as_str())).chain(more.iter().copied()).collect();
    tree(&files)
}

#[test]
fn a_node_of_mlx5_core_is_a_device_and_another_drivers_is_left_alone() {
    let (_folder, root) = with(
        &card("mlx5_core"),
        &[
            ("sys/class/fwctl/fwctl1", "->../../devices/pci0000:3a/0000:3b:00.0/fwctl/fwctl1"),
            ("sys/devices/pci0000:3a/0000:3b:00.0/fwctl/fwctl1/device", "->../../../0000:3b:00.0"),
            ("sys/devices/pci0000:3a/0000:3b:00.0/fwctl/fwctl1/dev", "240:1\n"),
            ("sys/devices/pci0000:3a/0000:3b:00.0/net/eth2/mtu", "1500\n"),
            ("sys/devices/pci0000:3a/0000:3b:00.0/infiniband/mlx5_0/node_type", "1: CA\n"),
            ("sys/class/fwctl/fwctl0/device/driver", "->../../../../bus/pci/drivers/bnxt_en"),
        ],
    );
    let discovery = discover(&root);
    assert_eq!(discovery.absence, None);
    assert_eq!(discovery.other_nodes.len(), 1);
    assert_eq!(discovery.other_nodes[0].driver.as_deref(), Some("bnxt_en"));
    let [found] = discovery.devices.as_slice() else { panic!("{discovery:?}") };
    assert_eq!(found.device.id, "0000:3b:00.0");
    assert_eq!(found.device.folder, "devices/0000-3b-00.0");
    assert_eq!(found.device.node.as_deref(), Some("fwctl1"));
    assert_eq!(found.device.device_number.as_deref(), Some("240:1"));
    assert_eq!(found.device.netdevs, ["eth2"]);
    assert_eq!(found.device.rdma_devices, ["mlx5_0"]);
    assert_eq!(found.device.pci.get("device").map(String::as_str), Some("0x101d"));
    assert_eq!(found.node, Err(NodeProblem::AlternateRoot));
}

#[test]
fn functions_without_a_node_are_devices_too() {
    const OTHER: &str = "sys/bus/pci/devices/0000:3b:00.1";
    const VIRTUAL: &str = "sys/bus/pci/devices/0000:3b:00.2";
    let (folder, root) = with(
        &card("mlx5_core"),
        &[
            ("sys/class/fwctl/fwctl1/device", "->../../../bus/pci/devices/0000:3b:00.0"),
            ("sys/class/fwctl/fwctl1/dev", "240:1\n"),
            ("sys/module/mlx5_fwctl/taint", "\n"),
        ],
    );
    for (function, id, driver) in [(OTHER, "0x101d", "vfio-pci"), (VIRTUAL, "0x101e", "mlx5_core")] {
        write(folder.path(), &format!("{function}/vendor"), "0x15b3\n");
        write(folder.path(), &format!("{function}/device"), &format!("{id}\n"));
        symlink(format!("../../drivers/{driver}"), folder.path().join(function).join("driver")).unwrap();
    }
    symlink("../0000:3b:00.0", folder.path().join(VIRTUAL).join("physfn")).unwrap();
    // Newer than the table, and yet driven by the driver; and one that is neither.
    for (address, id) in [("0000:d8:00.0", "0x7777"), ("0000:d9:00.0", "0x7778")] {
        write(folder.path(), &format!("sys/bus/pci/devices/{address}/vendor"), "0x15b3\n");
        write(folder.path(), &format!("sys/bus/pci/devices/{address}/device"), &format!("{id}\n"));
    }
    let driver = folder.path().join("sys/bus/pci/devices/0000:d8:00.0/driver");
    symlink("../../drivers/mlx5_core", driver).unwrap();

    let discovery = discover(&root);
    assert_eq!(discovery.absence, None);
    let shown: Vec<(&str, TransportKind, Option<&str>, Option<&str>)> = discovery
        .devices
        .iter()
        .map(|found| {
            let device = &found.device;
            let physical = device.physical_function.as_deref();
            (device.id.as_str(), device.transport, device.driver.as_deref(), physical)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("0000:3b:00.0", TransportKind::Fwctl, Some("mlx5_core"), None),
            ("0000:3b:00.1", TransportKind::Kernel, Some("vfio-pci"), None),
            ("0000:3b:00.2", TransportKind::Kernel, Some("mlx5_core"), Some("0000:3b:00.0")),
            ("0000:d8:00.0", TransportKind::Kernel, Some("mlx5_core"), None),
        ]
    );
    let words = |at: usize| discovery.devices[at].node.as_ref().unwrap_err().to_string();
    assert!(
        words(1).contains("ConnectX-6 Dx 0000:3b:00.1 is bound to vfio-pci, not to mlx5_core"),
        "{}",
        words(1)
    );
    assert!(words(2).contains("those of 0000:3b:00.0"), "{}", words(2));
    assert!(words(3).contains("mlx5_fwctl is loaded, yet none of 0000:d8:00.0 has a node"), "{}", words(3));
    let no_loss: Vec<bool> =
        discovery.devices.iter().map(|found| found.node.as_ref().unwrap_err().is_no_loss()).collect();
    assert_eq!(no_loss, [false, false, true, false]);
    assert_eq!(nodes_of_card(&root, "0000:3b:00.1"), ["fwctl1"]);
    assert!(nodes_of_card(&root, "0000:d8:00.0").is_empty());
}

#[test]
fn of_very_many_virtual_functions_only_some_are_listed() {
    let (folder, root) = with(&card("mlx5_core"), &[]);
    for number in 0..MAX_VIRTUAL_FUNCTIONS + 3 {
        let function = format!(
            "sys/bus/pci/devices/0000:{:02x}:{:02x}.{}",
            0x60 + number / 256,
            number / 8 % 32,
            number % 8
        );
        write(folder.path(), &format!("{function}/vendor"), "0x15b3\n");
        write(folder.path(), &format!("{function}/device"), "0x101e\n");
    }
    let discovery = discover(&root);
    assert_eq!((discovery.devices.len(), discovery.left_out), (MAX_VIRTUAL_FUNCTIONS + 1, 3));
}

fn cause(root: &Root) -> absence::Cause {
    discover(root).absence.unwrap().cause
}

#[test]
fn each_absence_has_its_own_cause() {
    use absence::Cause;

    let (_folder, root) = tree(&[]);
    assert_eq!(cause(&root), Cause::NoPci);

    let (_folder, root) = tree(&[("sys/bus/pci/devices/0000:00:1f.0/vendor", "0x8086\n")]);
    assert_eq!(cause(&root), Cause::NoCard);

    let (_folder, root) = with(&card("vfio-pci"), &[]);
    assert!(
        matches!(cause(&root), Cause::NotBound { functions } if functions[0].driver.as_deref() == Some("vfio-pci"))
    );

    let (_folder, root) = with(&card("mlx5_core"), &[("sys/module/mlx5_fwctl/taint", "\n")]);
    assert!(matches!(cause(&root), Cause::NoUserContexts { .. }));

    let dep = "kernel/drivers/fwctl/mlx5/mlx5_fwctl.ko.xz: kernel/drivers/fwctl/fwctl.ko.xz\n";
    for (release, modules, expected) in [
        ("7.3.4", Some(dep), Cause::NotLoaded { release: "7.3.4".to_owned() }),
        ("7.3.4", Some("kernel/fs/ext4.ko:\n"), Cause::NotBuilt { release: "7.3.4".to_owned() }),
        ("6.12.9-amd64", Some("kernel/fs/ext4.ko:\n"), Cause::TooOld { release: "6.12.9-amd64".to_owned() }),
        ("6.12.9-amd64", None, Cause::TooOld { release: "6.12.9-amd64".to_owned() }),
        ("7.3.4", None, Cause::NotKnown { missing: "/lib/modules/7.3.4".to_owned() }),
    ] {
        let (folder, root) = with(&card("mlx5_core"), &[]);
        write(folder.path(), "proc/sys/kernel/osrelease", release);
        if let Some(modules) = modules {
            write(folder.path(), &format!("lib/modules/{release}/modules.dep"), modules);
        }
        assert_eq!(cause(&root), expected);
    }
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn a_container_is_named_with_the_remedy() {
    let (_folder, root) = tree(&[("run/.containerenv", ""), ("run/systemd/container", "podman\x1b[31m\n")]);
    let absence = discover(&root).absence.unwrap();
    assert!(absence.remedy().contains("/run/.containerenv exists"), "{}", absence.remedy());
    assert!(!absence.remedy().contains('\x1b'));
}

#[test]
fn the_node_must_be_the_device_that_sysfs_describes() {
    let (folder, _) = tree(&[
        // Major and minor number of /dev/null.
        ("dev/fwctl/fwctl0", "->/dev/null"),
        ("dev/fwctl/fwctl1", "a plain file"),
    ]);
    let root = Root::pretended(folder.path().to_owned());
    let node = |name: &str| folder.path().join("dev/fwctl").join(name);
    let check_node = |root: &Root, name: &str, number: Option<&str>| {
        let attribute = format!("{CLASS}/{name}/dev");
        super::check_node(root, &attribute, &format!("dev/fwctl/{name}"), number)
    };
    assert_eq!(check_node(&root, "fwctl0", Some("1:3")), Ok((node("fwctl0"), (1, 3))));
    let expected = "240:0".to_owned();
    assert_eq!(
        check_node(&root, "fwctl0", Some("240:0")),
        Err(NodeProblem::WrongNode {
            node: node("fwctl0"),
            found: "character device 1:3".to_owned(),
            expected: expected.clone()
        })
    );
    assert_eq!(
        check_node(&root, "fwctl1", Some("240:0")),
        Err(NodeProblem::WrongNode {
            node: node("fwctl1"),
            found: "not a character device".to_owned(),
            expected
        })
    );
    assert_eq!(check_node(&root, "fwctl2", Some("240:0")), Err(NodeProblem::NoNode { node: node("fwctl2") }));
    for number in [None, Some(""), Some("240"), Some("x:y"), Some("-1:0")] {
        let problem = check_node(&root, "fwctl0", number);
        assert!(matches!(problem, Err(NodeProblem::NoDeviceNumber { .. })), "{number:?}");
    }
}

/// A function that mlx5_core drives, with the node of an auxiliary device in it, and that of a subfunction.
fn over_mlx5ctl() -> (tempfile::TempDir, Root) {
    with(
        &card("mlx5_core"),
        &[
            (
                "sys/bus/auxiliary/devices/mlx5_core.ctl.0",
                "->../../../devices/pci0000:3a/0000:3b:00.0/mlx5_core.ctl.0",
            ),
            ("sys/class/misc/mlx5ctl-mlx5_core.ctl.0/dev", "10:123\n"),
            ("dev/mlx5ctl-mlx5_core.ctl.0", ""),
            (
                "sys/bus/auxiliary/devices/mlx5_core.ctl.7",
                "->../../../devices/pci0000:3a/0000:3b:00.0/mlx5_core.sf.2/mlx5_core.ctl.7",
            ),
            ("sys/class/misc/mlx5ctl-mlx5_core.ctl.7/dev", "10:124\n"),
            ("sys/class/misc/rfkill/dev", "10:242\n"),
        ],
    )
}

#[test]
fn a_node_of_mlx5ctl_is_a_way_to_its_function() {
    let (_folder, root) = over_mlx5ctl();
    let discovery = discover(&root);
    assert_eq!(discovery.absence, None);
    let [found] = discovery.devices.as_slice() else { panic!("{discovery:?}") };
    let device = &found.device;
    assert_eq!((device.id.as_str(), device.transport), ("0000:3b:00.0", TransportKind::Mlx5ctl));
    assert_eq!(device.node.as_deref(), Some("mlx5ctl-mlx5_core.ctl.0"));
    assert_eq!(device.device_number.as_deref(), Some("10:123"));
    assert_eq!(device.driver.as_deref(), Some("mlx5_core"));
    assert_eq!(device.pci.get("device").map(String::as_str), Some("0x101d"));
    assert_eq!(found.node, Err(NodeProblem::AlternateRoot));
    let others: Vec<&str> = discovery.other_nodes.iter().map(|node| node.node.as_str()).collect();
    assert_eq!(others, ["mlx5ctl-mlx5_core.ctl.7"]);
    for argument in ["/dev/mlx5ctl-mlx5_core.ctl.0", "mlx5ctl-mlx5_core.ctl.0", "3b:00.0"] {
        assert!(Selection::new(&[argument.to_owned()]).chooses(device), "{argument}");
    }
}

#[test]
fn fwctl_goes_before_mlx5ctl() {
    let (folder, root) = over_mlx5ctl();
    let class = folder.path().join("sys/class/fwctl/fwctl0");
    std::fs::create_dir_all(&class).unwrap();
    symlink("../../../bus/pci/devices/0000:3b:00.0", class.join("device")).unwrap();
    let discovery = discover(&root);
    let [found] = discovery.devices.as_slice() else { panic!("{discovery:?}") };
    assert_eq!(
        (found.device.transport, found.device.node.as_deref()),
        (TransportKind::Fwctl, Some("fwctl0"))
    );
}

#[test]
fn nodes_of_mlx5ctl_without_a_function_are_mentioned() {
    let (_folder, root) = tree(&[
        ("dev/mlx5ctl-mlx5_core.ctl.0", ""),
        ("sys/class/misc/mlx5ctl-mlx5_core.ctl.0/dev", "10:123\n"),
        // Its target is another device: no function is made of that.
        ("sys/bus/auxiliary/devices/mlx5_core.ctl.0", "->../../../devices/0000:3b:00.0/mlx5_core.eth.0"),
    ]);
    let discovery = discover(&root);
    assert!(discovery.devices.is_empty());
    let remedy = discovery.absence.unwrap().remedy();
    assert!(remedy.contains("mlx5ctl-mlx5_core.ctl.0"), "{remedy}");
}
