//! Hosts and cards that are not plain, made of simulated ones.

use mlx5_schemas::model::request::{CapabilityMode, Request};
use serde_json::{Value, json};

use crate::support::{Bundle, CARD, CLEAN, Host, card, card_with, changed};

pub(super) const TWIN: &str = "0000:3b:00.1";

/// The card's second function.
pub(super) fn twin(card: &Value) -> Value {
    let mut twin = card.clone();
    twin["bdf"] = json!(TWIN);
    twin
}

/// A BlueField-3 whose own processor is what these say (`INTERNAL_CPU_MODEL`, `INTERNAL_CPU_OFFLOAD_ENGINE`).
pub(super) fn bluefield(model: u32, engine: u32, over: Value) -> Value {
    let mut card = card_with(over);
    card["pci"] = json!({"device": "0xa2dc"});
    card["firmware"] = json!({"version": "32.41.1000", "date": "2024-05-05", "psid": "MT_0000000884"});
    let parameters = json!({"internal_cpu_model": model, "offload_engine": engine});
    let item = json!({"tlv": "nv_internal_cpu_conf", "all": {"parameters": parameters}});
    card["nv"]["items"].as_array_mut().unwrap().push(item);
    card
}

/// Reads of NV configuration that this host may not make.
pub(super) fn refused(mut card: Value) -> Value {
    card["faults"] = json!([{"when": {"register": "MNVDA", "tlv": "0:0x080"}, "what": {"errno": 13}},
        {"when": {"register": "MNVDA", "tlv": "1:0x012"}, "what": {"errno": 13}}]);
    card
}

/// A card whose firmware gives no current values.
pub(super) fn next_only(over: Value) -> Value {
    let mut card = card_with(over);
    card["nv"]["access"] = json!({"read_current": false});
    card
}

/// A physical function with this many virtual ones.
pub(super) fn with_virtual_functions(count: u32) -> Bundle {
    let mut bundle = Bundle::of([card()]);
    bundle.touch = match count {
        254 => |manifest| virtual_functions(manifest, 254),
        _ => |manifest| virtual_functions(manifest, 2),
    };
    bundle
}

fn virtual_functions(manifest: &mut mlx5_schemas::model::manifest::Manifest, count: u32) {
    use mlx5_schemas::model::manifest::{Device, TransportKind};
    for number in 2..count + 2 {
        let mut device =
            Device::new(format!("0000:3b:{:02x}.{}", number / 8, number % 8), TransportKind::Fwctl);
        device.pci = [("device".to_owned(), "0x101e".to_owned())].into();
        device.physical_function = Some(CARD.to_owned());
        manifest.devices.push(device);
    }
    manifest.devices.sort_by(|left, right| left.id.cmp(&right.id));
}

/// A container: no module, no lockdown, no taint mask to be seen.
pub(super) fn container() -> Host {
    Host {
        without: &[
            "proc/sys/kernel/tainted",
            "proc/sys/kernel/tainted@end",
            "sys/kernel/security/lockdown",
            "sys/module/fwctl/taint",
            "sys/module/mlx5_core/taint",
            "sys/module/mlx5_fwctl/taint",
        ],
        with: vec![("container-hints".to_owned(), "/run/.containerenv exists\n".to_owned())],
        ..CLEAN
    }
}

/// A host with out-of-tree GPU modules: letters O, E and P, none of them a driver's on the way to the card.
pub(super) fn gpu_host() -> Host {
    let modules = ["nvidia", "nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia_peermem", "gdrdrv"];
    let with = modules.map(|module| (format!("sys/module/{module}/taint"), "POE".to_owned()));
    Host { taint: Some(0x3001), taint_at_end: Some(0x3001), lockdown: "none", with: with.into(), ..CLEAN }
}

/// Everything with a name: who it is, and the bundle.
pub(super) fn all() -> Vec<(&'static str, Bundle)> {
    let on = |host: Host| Bundle { host, ..Bundle::of([card()]) };
    let outside = changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]);
    let hung = card_with(json!({"faults": [{"when": {"register": "MNVDA"}, "what": "hang"}]}));
    let mut guest = Bundle::of([card_with(json!({"pci": {"device": "0x101e"}, "bdf": "0000:00:05.0"}))]);
    guest.sealed = crate::support::Sealed::Unsigned;
    let restricted = json!({"nv": {"items": [
        {"tlv": "nv_host_priv_conf", "all": {"parameters": {"priv_level": "LIMITED"}}},
        {"tlv": "nv_external_host_priv_conf", "all": {"parameters": {"nv_cfg_port": "DISABLE"}}},
        {"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8}}}
    ]}});
    let per_function = |supported: u32| {
        json!({"nv": {"items": [
            {"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8}}},
            {"tlv": "nv_vpi_link_type", "instance": 1, "all": {"parameters": {"default_link_type": "ETH"}}},
            {"tlv": "nv_vpi_link_type", "instance": 2, "all": {"parameters": {"default_link_type": "ETH"}}},
            {"tlv": "nv_global_pci_cap", "all": {"parameters": {"sriov_support": 1, "per_pf_total_vf_supported": supported}}}
        ]}})
    };
    let told = |totalvfs: &str| {
        let with = vec![(format!("sys/bus/pci/devices/{CARD}/sriov_totalvfs"), format!("{totalvfs}\n"))];
        Host { with, ..CLEAN }
    };
    let next_only_on = |host: Host, per: u32| Bundle { host, ..Bundle::of([next_only(per_function(per))]) };
    let port_type = |port: u32, kind: &str| json!({"port_type": kind, "capabilities": {"GENERAL": {"both": {"native_port_num": port}}}});
    let next_only_twins = |kind: &str| Bundle {
        further: vec![general()],
        ..Bundle::of([next_only(port_type(1, kind)), twin(&next_only(port_type(2, kind)))])
    };
    vec![
        ("healthy", Bundle::of([card()])),
        ("outside", Bundle::of([outside.clone()])),
        ("pending", Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])])),
        ("pending back", Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["current"])])),
        ("simulated", Bundle { simulated: true, ..Bundle::of([card()]) }),
        ("taint J", on(Host { taint: Some(524_288), requester: Some("mst(9)"), ..CLEAN })),
        (
            "outside under taint J",
            Bundle { host: Host { taint: Some(524_288), ..CLEAN }, ..Bundle::of([outside.clone()]) },
        ),
        ("hung", Bundle::of([hung])),
        ("two functions", Bundle::of([outside.clone(), twin(&outside)])),
        ("virtual functions", with_virtual_functions(254)),
        ("guest", guest),
        ("container", on(container())),
        ("GPU host", on(gpu_host())),
        ("BlueField in DPU mode", Bundle::of([refused(bluefield(1, 0, json!({})))])),
        ("BlueField in NIC mode", Bundle::of([bluefield(1, 1, json!({}))])),
        ("BlueField with separated hosts", Bundle::of([bluefield(0, 0, json!({}))])),
        (
            "BlueField's processor",
            Bundle::of([bluefield(1, 0, json!({"nv": {"access": {"other_host": true}}}))]),
        ),
        ("restricted host", Bundle::of([bluefield(1, 0, restricted)])),
        (
            "hosts share the card",
            Bundle {
                further: vec![Request::read(0x904a, 128, &[]).unwrap()],
                ..Bundle::of([card_with(json!({"registers": {"MMHI": [{"fields": {"host_en": 15}}]}}))])
            },
        ),
        ("next only", next_only_on(CLEAN, 0)),
        ("next only, told by PCI", next_only_on(told("8"), 0)),
        ("next only, contradicted by PCI", next_only_on(told("4"), 0)),
        ("next only, a count per function", next_only_on(told("8"), 1)),
        ("next only, told by the ports' types", next_only_twins("ethernet")),
        ("next only, contradicted by the ports' types", next_only_twins("infiniband")),
    ]
}

/// QUERY_HCA_CAP of the general page.
pub(super) fn general() -> Request {
    Request::capability(0, CapabilityMode::Current).unwrap()
}
