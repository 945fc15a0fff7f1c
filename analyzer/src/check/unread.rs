//! NV configuration that a device may have and of which nothing was read, by its names: conditions look for it.
//!
//! Must not do: count what the device refuses as not its own, or secrets, which nobody asks for.

use mlx5_schemas::catalog::{Catalog, instances};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::redaction::is_secret_tlv;

use super::names::names_of_tlv;
use crate::case::{Case, Identity, Reading, are_kept_back, is_virtual, reading};

/// As many ports as a card has at most.
const MOST_PORTS: u64 = 2;

/// The number of ports whose configuration there may be: where it was not read there may be a second one.
pub(super) fn ports(case: &Case, device: &Device) -> u32 {
    let ports = Identity::of(case, device).ports.unwrap_or(MOST_PORTS);
    u32::try_from(ports).unwrap_or(u32::MAX).max(1)
}

/// The names. A text has no list of what it leaves out, and a virtual function no such configuration.
pub(super) fn names(case: &Case, catalog: &Catalog, device: &Device) -> Vec<String> {
    let mut names = Vec::new();
    if is_virtual(device) || case.opened.is_told(&device.id) {
        return names;
    }
    let ports = ports(case, device);
    for tlv in catalog.tlvs().iter().filter(|tlv| !is_secret_tlv(tlv.class, tlv.index)) {
        let path = format!("nv/{}:0x{:03x}", tlv.class, tlv.index);
        for instance in instances(tlv, ports, 1) {
            let subject = instance.selector.subject(&device.id);
            let supported = case.facts.plain(&subject, &format!("{path}/supported"));
            let is_refused = matches!(reading(&case.opened, supported), Reading::Absent(_))
                && !are_kept_back(&case.facts, &device.id, tlv.class);
            if !is_refused && !case.facts.views(&subject, &format!("{path}/data")).has_views() {
                names.extend(names_of_tlv(catalog, tlv, &path, &subject));
            }
        }
    }
    names
}
