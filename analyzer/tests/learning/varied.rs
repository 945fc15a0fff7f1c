//! Good bundles as a fleet has them, by a seed: no two hosts alike in what names them, some settings that differ on
//! purpose, older firmware that lacks some, one or two cards. And the same with one thing changed.
//!
//! Must not do: know how anything is learnt. It shares no code with the learner; values and odds are written here as a fleet
//! would have them.

use mlx5_schemas::model::request::Request;
use serde_json::{Value, json};

use crate::support::{Bundle, CLEAN, Host};

/// A stream of numbers from a seed (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()].clone()
    }

    /// So many times in a hundred.
    fn percent(&mut self, odds: u64) -> bool {
        self.below(100) < odds
    }
}

/// A host with its cards, before it is a bundle.
pub(crate) struct Good {
    pub(crate) cards: Vec<Value>,
    pub(crate) host: Vec<(String, String)>,
    lockdown: &'static str,
    module_taint: &'static str,
    uptime: u64,
    id: String,
}

/// The first board: two ports.
pub(crate) const BOARD: &str = "MT_0000000359";
/// The second one: one port, on some hosts.
pub(crate) const OTHER: &str = "MT_0000000838";

const FIRMWARE: [(&str, &str); 6] = [
    ("22.35.1012", "2022-11-30"),
    ("22.36.1010", "2023-02-02"),
    ("22.38.1002", "2023-08-17"),
    ("22.39.2048", "2023-12-01"),
    ("22.41.1000", "2024-05-05"),
    ("22.43.1014", "2024-11-20"),
];
const OTHER_FIRMWARE: [(&str, &str); 3] =
    [("28.38.1002", "2023-08-17"), ("28.39.2048", "2023-12-01"), ("28.41.1000", "2024-05-05")];

fn slot(dice: &mut Dice) -> String {
    format!("0000:{:02x}:00.0", 0x10 + dice.below(0xd0))
}

/// What all boards have from the factory.
fn factory(ports: u32) -> Value {
    let mut set = json!({
        "SRIOV_EN": 1, "NUM_OF_VFS": 8, "NUM_PF_MSIX": 63, "PF_LOG_BAR_SIZE": 5,
        "ADVANCED_PCI_SETTINGS": 0, "EXP_ROM_PXE_ENABLE": 1, "EXP_ROM_UEFI_x86_ENABLE": 0,
        "CQE_COMPRESSION": "BALANCED", "ROCE_CONTROL": "ROCE_ENABLE", "PCI_WR_ORDERING": "per_mkey",
        "BOOT_VLAN": 1, "LEGACY_BOOT_PROTOCOL": "PXE",
    });
    for port in 1..=ports {
        set[format!("LINK_TYPE_P{port}")] = json!("ETH");
        set[format!("KEEP_ETH_LINK_UP_P{port}")] = json!(1);
        set[format!("DCBX_IEEE_P{port}")] = json!(1);
        set[format!("INITIAL_ALPHA_VALUE_P{port}")] = json!(1023);
    }
    for valid in ["sriov_valid", "num_pf_msix_valid", "pf_bar_size_valid"] {
        set[format!("nv_global_pci_conf.{valid}")] = json!(1);
    }
    set
}

/// NV configuration: what the firmware has, as delivered, and what the fleet's owner set.
fn nv(ports: u32, has_newer: bool, delivered: &Value, set: &Value) -> Value {
    let mut tlvs = vec!["0:0x080", "0:0x10a", "3:0x112", "3:0x221", "7:0x080"];
    tlvs.extend(has_newer.then_some("0:0x190"));
    let mut items: Vec<Value> =
        tlvs.iter().map(|tlv| json!({"tlv": tlv, "all": {"parameters": {}}})).collect();
    for port in 1..=ports {
        for tlv in ["1:0x012", "1:0x108", "1:0x18e", "1:0x190"] {
            items.push(json!({"tlv": tlv, "instance": port, "all": {"parameters": {}}}));
        }
    }
    json!({"items": items, "changes": [
        {"set": delivered, "views": ["default", "current", "next"], "writer": "unspecified"},
        {"set": set, "views": ["current", "next"], "writer": "mlxconfig"},
    ]})
}

fn card(dice: &mut Dice, ports: u32) -> Value {
    let mac = 0xb83f_d200_0000 + dice.below(0xff_ffff);
    let mut registers = json!({
        "MDSR": [{}],
        "PTYS": [{"index": {"proto_mask": 4},
                  "fields": {"eth_proto_admin": 4096, "eth_proto_capability": 0x00c0_ffff_u32,
                             "eth_proto_oper": dice.of(&[4096, 4096, 4096, 2048])}}],
        "QPTS": [{"fields": {"trust_state": "TRUST_DSCP"}}],
        "PFCC": [{"fields": {"pptx": 1, "pprx": 1, "cable_length": 5,
                             "device_stall_minor_watermark": 8000, "device_stall_critical_watermark": 8000}}],
        "PAOS": [{"fields": {"admin_status": "up", "oper_status": dice.of(&["up", "up", "up", "down"])}}],
        "MTMP": [{"fields": {"temperature": 320 + dice.below(160), "max_temperature": 480 + dice.below(160),
                             "temperature_threshold_hi": 840}}],
    });
    // A number that every card has of its own, and no name of the catalog says so.
    registers["MPEIN"] = json!([{"fields": {"bdf0": 0x1000 + dice.below(0xd000)}}]);
    json!({
        "bdf": slot(dice),
        "base_mac": format!("{mac:#x}"),
        "base_guid": format!("{:#x}", (mac << 16) + 0x0300_0000_0000_0000),
        "board": {"serial_number": format!("MT{:010}", dice.below(9_999_999_999))},
        "ports": ports,
        "registers": registers,
    })
}

/// A host of the fleet.
pub(crate) fn good(seed: u64) -> Good {
    let dice = &mut Dice::new(seed);
    let mut first = card(dice, 2);
    let (version, date) = dice.of(&FIRMWARE);
    first["name"] = json!("a ConnectX-6 Dx");
    first["pci"] = json!({"device": "0x101d"});
    first["firmware"] = json!({"version": version, "date": date, "psid": BOARD});
    let mut delivered = factory(2);
    let mut set = json!({
        "NUM_OF_VFS": dice.of(&[0, 8, 8, 16, 16, 32, 64]),
        "CQE_COMPRESSION": "AGGRESSIVE",
        "ADVANCED_PCI_SETTINGS": 1,
        "EXP_ROM_PXE_ENABLE": u64::from(dice.percent(40)),
        "LINK_TYPE_P2": if dice.percent(25) { "IB" } else { "ETH" },
        "BOOT_VLAN": 1 + 100 * dice.below(3),
        "LEGACY_BOOT_PROTOCOL": dice.of(&["PXE", "NONE", "PXE_WO_FAIL_ISCSI"]),
        "INITIAL_ALPHA_VALUE_P1": 900 + 16 * dice.below(6),
    });
    // Firmware before 22.38 does not have it; what does has it set by the fleet's owner.
    let has_newer = !version.starts_with("22.35") && !version.starts_with("22.36");
    if has_newer {
        delivered["LOG_DCR_HASH_TABLE_SIZE"] = json!(14);
        set["LOG_DCR_HASH_TABLE_SIZE"] = json!(16);
    }
    first["nv"] = nv(2, has_newer, &delivered, &set);
    let mut cards = vec![first];
    if dice.percent(50) {
        let mut second = card(dice, 1);
        let (version, date) = dice.of(&OTHER_FIRMWARE);
        second["name"] = json!("a ConnectX-7");
        second["pci"] = json!({"device": "0x1021"});
        second["firmware"] = json!({"version": version, "date": date, "psid": OTHER});
        let set = json!({"NUM_OF_VFS": dice.of(&[0, 16]), "LINK_TYPE_P1": "IB"});
        second["nv"] = nv(1, false, &factory(1), &set);
        while second["bdf"] == cards[0]["bdf"] {
            second["bdf"] = json!(slot(dice));
        }
        cards.push(second);
    }
    let mut host = vec![
        ("proc/sys/kernel/osrelease".to_owned(), format!("6.12.{}-fleet\n", dice.of(&[8, 14, 20]))),
        ("proc/sys/kernel/random/boot_id".to_owned(), format!("{:032x}\n", dice.next())),
        ("proc/cmdline".to_owned(), format!("root=UUID={:08x} ro\n", dice.next())),
        ("sys/module/module/parameters/sig_enforce".to_owned(), "Y\n".to_owned()),
    ];
    for (place, card) in cards.iter().enumerate() {
        let function = format!("sys/bus/pci/devices/{}", card["bdf"].as_str().unwrap());
        let interface = format!("ens{}f{place}np0", dice.below(9));
        for (attribute, text) in [
            ("current_link_speed", "16.0 GT/s PCIe".to_owned()),
            ("current_link_width", "16".to_owned()),
            ("numa_node", dice.below(2).to_string()),
            ("sriov_totalvfs", "64".to_owned()),
            (&format!("net/{interface}/mtu"), dice.of(&["1500", "9000"]).to_owned()),
            (&format!("net/{interface}/carrier"), "1".to_owned()),
        ] {
            host.push((format!("{function}/{attribute}"), format!("{text}\n")));
        }
    }
    Good {
        cards,
        host,
        lockdown: "integrity",
        module_taint: "",
        uptime: 1000 + dice.below(9_000_000),
        id: format!("{:016x}", dice.next()),
    }
}

impl Good {
    pub(crate) fn bundle(&self) -> Bundle {
        let of = |id: u16, length: usize, at: usize, dword: u32| {
            let mut bytes = vec![0; length];
            bytes[at..at + 4].copy_from_slice(&dword.to_be_bytes());
            Request::register(id, bytes).unwrap()
        };
        // QPTS, PFCC, PAOS of each port; MTMP; MPEIN.
        let mut further = vec![of(0x900a, 32, 0, 0), of(0x9050, 48, 0, 0)];
        for port in 1..=2_u32 {
            further.extend(
                [(0x4002, 8), (0x5007, 32), (0x5006, 16)].map(|(id, len)| of(id, len, 0, port << 16)),
            );
        }
        let host = Host {
            lockdown: self.lockdown,
            module_taint: self.module_taint,
            uptime: self.uptime,
            with: self.host.clone(),
            ..CLEAN
        };
        Bundle { host, further, id: self.id.clone(), ..Bundle::of(self.cards.clone()) }
    }

    pub(crate) fn set(mut self, card: usize, set: Value, views: &[&str]) -> Self {
        let changes = self.cards[card]["nv"]["changes"].as_array_mut().unwrap();
        changes.push(json!({"set": set, "views": views, "writer": "uefi-hii"}));
        self
    }

    fn register(mut self, name: &str, instance: Value) -> Self {
        self.cards[0]["registers"][name].as_array_mut().unwrap().push(instance);
        self
    }

    fn of_host(mut self, end: &str, text: &str) -> Self {
        let (_, old) = self.host.iter_mut().find(|(name, _)| name.ends_with(end)).unwrap();
        text.clone_into(old);
        self
    }
}

/// A change, with the name of what it changes, the verdict it must come to, and whether only the host's baseline sees it.
pub(crate) struct Planted {
    pub(crate) good: Good,
    pub(crate) name: &'static str,
    pub(crate) verdict: &'static str,
}

pub(crate) const PLANTED: u64 = 20;

/// The `number`th change, on the host of a seed.
pub(crate) fn planted(number: u64, seed: u64) -> Planted {
    const BOTH: &[&str] = &["current", "next"];
    // One of them is on a second card.
    let mut seed = seed;
    let mut good = good(seed);
    while number == 17 && good.cards.len() < 2 {
        seed += 1000;
        good = self::good(seed);
    }
    let is = |good, name, verdict| Planted { good, name, verdict };
    let set = |good: Good, name: &'static str, value: Value| {
        is(good.set(0, json!({name: value}), BOTH), name, "outside")
    };
    let port = |instance: Value| json!({"index": {"local_port": 2}, "fields": instance});
    match number {
        // Switches: as the factory has it, as the fleet has it, of the host, of a port.
        0 => set(good, "SRIOV_EN", json!(0)),
        1 => set(good, "ADVANCED_PCI_SETTINGS", json!(0)),
        2 => set(good, "EXP_ROM_UEFI_x86_ENABLE", json!(1)),
        3 => set(good, "KEEP_ETH_LINK_UP_P2", json!(0)),
        // Named numbers: global, of a function, of a port.
        4 => set(good, "CQE_COMPRESSION", json!("BALANCED")),
        5 => set(good, "ROCE_CONTROL", json!("ROCE_DISABLE")),
        6 => set(good, "LINK_TYPE_P1", json!("IB")),
        7 => set(good, "LEGACY_BOOT_PROTOCOL", json!("ISCSI")),
        // Numbers: beside a list, beside a range, as the factory has it.
        8 => set(good, "NUM_OF_VFS", json!(127)),
        9 => set(good, "INITIAL_ALPHA_VALUE_P1", json!(1023)),
        10 => set(good, "NUM_PF_MSIX", json!(255)),
        // For the next boot alone.
        11 => is(good.set(0, json!({"NUM_OF_VFS": 100}), &["next"]), "NUM_OF_VFS", "pending"),
        12 => is(good.set(0, json!({"DCBX_IEEE_P1": 0}), &["next"]), "DCBX_IEEE_P1", "pending"),
        // What runs.
        13 => is(
            good.register("QPTS", port(json!({"trust_state": "TRUST_PCP"}))),
            "reg/QPTS.trust_state",
            "outside",
        ),
        14 => is(
            good.register("PFCC", port(json!({"pprx": 0}))),
            "reg/PFCC[dcbx_operation_type=0].pprx",
            "outside",
        ),
        15 => {
            let admin =
                json!({"index": {"local_port": 1, "proto_mask": 4}, "fields": {"eth_proto_admin": 2}});
            is(good.register("PTYS", admin), "reg/PTYS.eth_proto_admin", "outside")
        }
        // The host.
        16 => is(good.of_host("/sig_enforce", "N\n"), "host/sig_enforce", "outside"),
        17 => is(good.set(1, json!({"LINK_TYPE_P1": "ETH"}), BOTH), "LINK_TYPE_P1", "outside"),
        18 => is(good.of_host("/current_link_width", "8\n"), "pci/current_link_width", "outside"),
        _ => is(good.of_host("/mtu", "1280\n"), "netdev mtu", "outside"),
    }
}
