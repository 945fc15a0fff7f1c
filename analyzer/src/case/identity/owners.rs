//! Who else has a say in a card: the processor of a BlueField, an owner that restricts this host, other hosts.
//!
//! Sources: the modes are those of `INTERNAL_CPU_MODEL` and `INTERNAL_CPU_OFFLOAD_ENGINE` as mlxconfig names them; who may
//! ask for other hosts' settings (MNVGC) is the processor of a BlueField; MMHI lists the hosts of a card that several share.
//!
//! Must not do: take a mode for known that only the next reset brings.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value, View};
use mlx5_schemas::model::manifest::Device;

use super::{Case, FactSet, Family, Identity};

/// `INTERNAL_CPU_MODEL`.
const MODEL: &str = "nv/0:0x00c.internal_cpu_model";
/// `INTERNAL_CPU_OFFLOAD_ENGINE`.
const ENGINE: &str = "nv/0:0x00c.offload_engine";

/// From where a BlueField is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From the host that it is plugged into.
    Host,
    /// From its own processor.
    Arm,
}

/// What a BlueField's own processor is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In charge: what the host sets may never take.
    Dpu,
    /// Out of the way.
    Nic,
    /// Another host of the card.
    Separated,
}

impl Mode {
    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Dpu => "in DPU mode",
            Self::Nic => "in NIC mode",
            Self::Separated => "with separated hosts",
        }
    }
}

/// Who else has a say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owners {
    /// From where it is seen, where it is a BlueField.
    pub side: Option<Side>,
    /// The BlueField's mode that is in force, where that was read.
    pub mode: Option<Mode>,
    /// Whether an owner restricts this host.
    pub restricts: bool,
    /// How many hosts share it, where it says more than one.
    pub hosts: Option<u32>,
    /// What shows all this; empty where only the manifest's row of the device does.
    pub evidence: Vec<Evidence>,
}

impl Owners {
    /// Looks it up.
    pub fn of(case: &Case, device: &Device) -> Self {
        let subject = Subject::Device { device: device.id.clone() };
        let mut evidence = Vec::new();
        let mut number = |fact: Option<&Fact>| {
            let fact = fact?;
            let Some(Value::Number { number, .. }) = fact.value() else { return None };
            evidence.extend(fact.evidence.iter().cloned());
            Some(*number)
        };
        let plain = |path: &str| case.facts.plain(&subject, path);
        let is_arm =
            number(plain("nv/access.other_host").filter(|fact| fact.value().is_some_and(is_set))) == Some(1);
        let family = Family::of(&case.facts, device, &Identity::of(case, device));
        let side = match (is_arm, family.is_some_and(|family| family.is_bluefield())) {
            (true, _) => Some(Side::Arm),
            (false, true) => Some(Side::Host),
            (false, false) => None,
        };
        let now = |path: &str| case.facts.views(&subject, path).in_view(View::Current);
        let mode = side.and_then(|_| match (number(now(MODEL))?, number(now(ENGINE))) {
            (0, _) => Some(Mode::Separated),
            (1, Some(0)) => Some(Mode::Dpu),
            (1, Some(1)) => Some(Mode::Nic),
            (_, _) => None,
        });
        let sign = plain("taint/restricted_host").filter(|fact| fact.value().is_some_and(is_set));
        let restricts = number(sign).is_some();
        // A BlueField's processor may be a host in that list, or not.
        let hosts = plain("reg/MMHI.host_en").filter(|fact| side.is_none() && bits(fact) > 1);
        let hosts = number(hosts).map(u64::count_ones);
        evidence.dedup();
        Self { side, mode, restricts, hosts, evidence }
    }

    /// Whether anybody else has a say.
    pub fn are_others(&self) -> bool {
        self.side.is_some() || self.restricts || self.hosts.is_some()
    }

    /// Whether a refusal may be an owner's will: not where the host that asks is the owner.
    pub fn may_refuse(&self) -> bool {
        self.restricts || self.hosts.is_some() || self.side == Some(Side::Host)
    }

    /// How they reach it, in one sentence.
    pub fn words(&self) -> String {
        let who = match (self.side, self.mode) {
            (Some(Side::Arm), mode) => {
                format!("this is the processor of a BlueField{}; its hosts reach the card too", and(mode))
            }
            (Some(Side::Host), Some(Mode::Dpu)) => {
                "a BlueField in DPU mode: its own processor is in charge, past this host".to_owned()
            }
            (Some(Side::Host), Some(Mode::Nic)) => {
                "a BlueField in NIC mode: its management controller reaches it past this host".to_owned()
            }
            (Some(Side::Host), Some(Mode::Separated)) => {
                "a BlueField with separated hosts: its own processor is another host of it".to_owned()
            }
            (Some(Side::Host), None) => {
                "a BlueField: its processor and management controller reach it past this host".to_owned()
            }
            (None, _) => match self.hosts {
                Some(hosts) => format!("{hosts} hosts share the card"),
                None => "the card has another owner".to_owned(),
            },
        };
        if self.restricts { format!("{who}; its owner restricts this host") } else { who }
    }
}

fn and(mode: Option<Mode>) -> String {
    mode.map(|mode| format!(" {}", mode.words())).unwrap_or_default()
}

fn is_set(value: &Value) -> bool {
    matches!(value, Value::Number { number, .. } if *number != 0)
}

fn bits(fact: &Fact) -> u32 {
    match fact.value() {
        Some(Value::Number { number, .. }) => number.count_ones(),
        Some(Value::Text { .. } | Value::Bytes { .. }) | None => 0,
    }
}

/// Whether a card's owner keeps settings of a class from this host: then a refusal says nothing of whether the card has them.
pub fn are_kept_back(facts: &FactSet, device: &str, class: u8) -> bool {
    const DISABLED: u64 = 2;
    let parameter = match class {
        0 => "nv_cfg_global",
        1 | 9 => "nv_cfg_port",
        3 | 7 => "nv_cfg_host",
        _ => return false,
    };
    let subject = Subject::Device { device: device.to_owned() };
    let views = facts.views(&subject, &format!("nv/0:0x123.{parameter}"));
    let fact = views.in_view(View::Current).or_else(|| views.in_view(View::Next));
    matches!(fact.and_then(Fact::value), Some(Value::Number { number: DISABLED, .. }))
}

/// Whether a device is a virtual function: the kernel says of whom, or its PCI device id does (in a guest, which sees
/// no physical function).
pub fn is_virtual(device: &Device) -> bool {
    device.physical_function.is_some()
        || device.pci.get("device").and_then(|id| super::family::by_pci(id)).is_some_and(|(_, is)| is)
}
