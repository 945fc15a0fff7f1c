//! Devices of which the same is to be said, told once: hundreds of virtual functions would fill screens.
//!
//! Must not do: put devices together that differ in anything but their names.

use mlx5_schemas::model::report::DeviceReview;

/// Devices that follow one another and differ in nothing but their ids.
pub fn alike(devices: &[DeviceReview]) -> Vec<Vec<&DeviceReview>> {
    let mut runs: Vec<Vec<&DeviceReview>> = Vec::new();
    for device in devices {
        match runs.last_mut() {
            Some(run) if run.first().is_some_and(|first| is_alike(first, device)) => run.push(device),
            Some(_) | None => runs.push(vec![device]),
        }
    }
    runs
}

fn is_alike(left: &DeviceReview, right: &DeviceReview) -> bool {
    nameless(left) == nameless(right)
}

/// A device without what only names it.
fn nameless(device: &DeviceReview) -> DeviceReview {
    let mut other = device.clone();
    let id = std::mem::take(&mut other.id);
    other.key = None;
    other.summary = other.summary.replace(&id, "");
    for cap in &mut other.caps {
        cap.subject = mlx5_schemas::model::fact::Subject::Host;
        cap.evidence = Vec::new();
    }
    other
}
