//! The facts that both forms give.
//!
//! Must not do: know a form.

use super::super::kernel_view::{Lines, View, no_version};
use super::super::reading::About;
use mlx5_schemas::model::pci_address;

/// Where something is: `pci/0000:06:00.0/65535`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The device's name: its address on the PCI bus; elsewhere bus and name.
    pub(super) device: String,
    /// The port.
    pub(super) port: Option<String>,
}

impl Place {
    /// Takes devlink's own name apart.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let (bus, device, port) = (parts.next()?, parts.next()?, parts.next());
        let is_port = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
        let device = match bus {
            "pci" => pci_address::full(device)?,
            "auxiliary" if device.starts_with("mlx5_core.") => format!("{bus}/{device}"),
            _ => return None,
        };
        (is_port && parts.next().is_none()).then(|| Self { device, port: port.map(str::to_owned) })
    }
}

/// Keys of a port, and of the function behind it.
pub(super) const PORT: &[&str] = &[
    "type",
    "netdev",
    "ibdev",
    "flavour",
    "lanes",
    "port",
    "controller",
    "pfnum",
    "vfnum",
    "sfnum",
    "external",
    "splittable",
    "split_group",
    "hw_addr",
    "state",
    "opstate",
    "roce",
    "migratable",
    "ipsec_crypto",
    "ipsec_packet",
    "max_io_eqs",
    "max_uc_list",
    "trust",
    "uuid",
];
/// Keys of a health reporter.
pub(super) const HEALTH: &[&str] = &[
    "state",
    "error",
    "recover",
    "last_dump_date",
    "last_dump_time",
    "grace_period",
    "burst_period",
    "auto_recover",
    "auto_dump",
];
/// Keys of the eswitch.
pub(super) const ESWITCH: &[&str] = &["mode", "inline-mode", "encap-mode"];

/// A key of `dev info` outside of versions.
pub(super) fn info(view: &mut View<'_, '_, '_>, place: &Place, key: &str, value: &str, lines: Lines) {
    if key == "driver" && !view.text.is_cut(lines.1) {
        let described = view.reading.described(&place.device);
        // `mlx5_core.sf` for a part of a function.
        described.is_foreign |= !value.starts_with("mlx5");
        described.driver = Some(value.to_owned());
    }
    view.text(About::Device(&place.device), format!("devlink/info.{key}"), value, lines);
}

/// A version of the group `fixed`, `running` or `stored`.
pub(super) fn version(
    view: &mut View<'_, '_, '_>,
    place: &Place,
    (group, key): (&str, &str),
    value: &str,
    lines: Lines,
) {
    let path = format!("devlink/info.{group}.{key}");
    match no_version(value) {
        Some(why) => view.unknown(About::Device(&place.device), path, &why, lines),
        None => view.text(About::Device(&place.device), path, value, lines),
    }
}

/// A parameter's value in one configuration mode, with its default where the kernel tells it.
pub(super) fn param(
    view: &mut View<'_, '_, '_>,
    place: &Place,
    (name, mode): (&str, &str),
    (value, default): (&str, Option<&str>),
    lines: Lines,
) {
    // Parameters of a port have their port's name in front, as its other facts have.
    let path = match &place.port {
        Some(port) => format!("devlink/port.{port}.param.{name}.{mode}"),
        None => format!("devlink/param.{name}.{mode}"),
    };
    view.word(About::Device(&place.device), path.clone(), value, lines);
    if let Some(default) = default {
        view.word(About::Device(&place.device), format!("{path}.default"), default, lines);
    }
}

/// A key of a port; of the function behind it where `is_function`.
pub(super) fn port(
    view: &mut View<'_, '_, '_>,
    place: &Place,
    (key, is_function): (&str, bool),
    value: &str,
    lines: Lines,
) {
    let Some(port) = &place.port else { return };
    if key == "netdev" && !view.text.is_cut(lines.1) {
        view.reading.described(&place.device).netdevs.insert(value.to_owned());
    }
    let function = if is_function { ".function" } else { "" };
    view.word(About::Device(&place.device), format!("devlink/port.{port}{function}.{key}"), value, lines);
}

/// A key of a health reporter. Each port has reporters of its own.
pub(super) fn health(
    view: &mut View<'_, '_, '_>,
    place: &Place,
    (reporter, key): (&str, &str),
    value: &str,
    lines: Lines,
) {
    let port = place.port.as_ref().map_or(String::new(), |port| format!(".port{port}"));
    view.word(About::Device(&place.device), format!("devlink/health.{reporter}{port}.{key}"), value, lines);
}

/// A key of the eswitch.
pub(super) fn eswitch(view: &mut View<'_, '_, '_>, place: &Place, key: &str, value: &str, lines: Lines) {
    view.text(About::Device(&place.device), format!("devlink/eswitch.{key}"), value, lines);
}

/// Whether a word can be a name of devlink's, and part of a path.
pub(super) fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 64
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
