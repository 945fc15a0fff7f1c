//! Attributes of a PCI function in sysfs: its own, and those of its network interfaces and RDMA devices.
//!
//! Source: `Documentation/ABI/testing/sysfs-bus-pci`, `sysfs-class-net`, `sysfs-class-infiniband` (stable).
//!
//! Must not do: take "not known" for a value (the kernel writes -1 for it).

use super::{Items, number, plain, quote};
use crate::model::fact::{Subject, Value};
use crate::model::status::CollectionStatus;

/// Decodes the capture of `rest` below the folder of the PCI function `function`.
pub(super) fn decode(items: &mut Items<'_>, function: &str, rest: &str) {
    let subject = Subject::Device { device: function.to_owned() };
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["net", interface, attribute] => netdev(items, subject, &format!("netdev/{interface}"), attribute),
        ["infiniband", device, attribute] => items.text(subject, format!("rdma/{device}.{attribute}"), plain),
        ["infiniband", device, "ports", port, attribute] => {
            items.text(subject, format!("rdma/{device}.port{port}.{attribute}"), plain);
        }
        // `8.0 GT/s PCIe` since Linux 5.9, `8 GT/s` and `8.0 GT/s` before: the word says nothing.
        ["current_link_speed" | "max_link_speed"] => {
            items.text(subject, format!("pci/{rest}"), |text| plain(text.trim().trim_end_matches(" PCIe")));
        }
        // A NUMA node can be -1, and a link has no width: numbers where they are plain ones.
        _ => items.text(subject, format!("pci/{rest}"), |text| number(text).or_else(|_| plain(text))),
    }
}

fn netdev(items: &mut Items<'_>, subject: Subject, interface: &str, attribute: &str) {
    let path = format!("{interface}.{attribute}");
    match attribute {
        "speed" => {
            let text = items.capture.text.as_deref().map(str::trim);
            // SPEED_UNKNOWN; older kernels write it unsigned.
            if items.capture.status == CollectionStatus::Captured && matches!(text, Some("-1" | "4294967295"))
            {
                let reason = "the kernel does not know it (no link)".to_owned();
                return items.unknown(subject, path, CollectionStatus::Absent, reason);
            }
            items.text(subject, path, |text| megabits(text.trim()));
        }
        "carrier" | "mtu" | "dev_port" => items.text(subject, path, number),
        _ => items.text(subject, path, plain),
    }
}

fn megabits(text: &str) -> Result<Value, String> {
    match text.parse::<u64>() {
        Ok(number) => Ok(Value::Number { number, name: None }),
        Err(_) => Err(format!("not a speed in Mb/s: {}", quote(text))),
    }
}
