//! Where a fact belongs: its group, the unit that is read or not read as a whole, its path by today's names.
//!
//! Must not do: look at values.

use mlx5_schemas::catalog::history::{Changes, History, NameOf};
use mlx5_schemas::catalog::{Catalog, Tlv};
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::report::ChangeGroup;

use crate::case::tlv_of;

/// What the path of a fact has that says what other releases make of the same bytes.
const COMPANION: &str = "/layout[";

/// Whether a fact only says what other releases make of the bytes of another.
pub fn is_companion(path: &str) -> bool {
    path.contains(COMPANION)
}

/// The path of the fact that a companion is about.
pub(super) fn companion_of(path: &str) -> Option<&str> {
    path.split_once(COMPANION).map(|(whole, _)| whole)
}

/// A path without the number of an element.
pub(super) fn whole(path: &str) -> &str {
    match (path.ends_with(']'), path.rfind('[')) {
        (true, Some(at)) => path.get(..at).unwrap_or(path),
        (_, _) => path,
    }
}

/// What a fact is about.
pub(super) fn group(path: &str) -> ChangeGroup {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let is_module_taint = rest.starts_with("module/") && rest.ends_with("/taint");
    let is_of_firmware = |rest: &str| {
        rest.starts_with("info.")
            || matches!(rest, "firmware_version" | "psid")
            || rest.ends_with(".fw_ver")
            || rest.ends_with(".board_id")
    };
    match first {
        "taint" => ChangeGroup::Trust,
        "host"
            if rest.starts_with("taint")
                || is_module_taint
                || matches!(
                    rest,
                    "fwctl_requester" | "lockdown" | "secure_boot" | "sig_enforce" | "debugfs_mounted"
                ) =>
        {
            ChangeGroup::Trust
        }
        "fw" | "flint" | "mlxfwmanager" | "board" => ChangeGroup::Firmware,
        "devlink" | "ethtool" | "rdma" if is_of_firmware(rest) => ChangeGroup::Firmware,
        "nv" | "raw_tlv" | "mlxconfig" => ChangeGroup::Nv,
        "reg" => ChangeGroup::Registers,
        "cap" | "cap_max" => ChangeGroup::Capabilities,
        "pci" | "netdev" | "rdma" | "ethtool" | "devlink" | "lspci" | "mst" | "log" => ChangeGroup::Driver,
        "host" if rest.starts_with("kernel") || rest.starts_with("module/") || rest == "cmdline" => {
            ChangeGroup::Driver
        }
        _ => ChangeGroup::Host,
    }
}

/// What is read or not read as a whole, with the view for NV configuration: a TLV, a register, a page of capabilities,
/// what the kernel tells of a function.
pub(crate) fn unit(path: &str, view: Option<View>) -> (&str, Option<View>) {
    if let Some(tlv) = tlv_of(path) {
        // Whether an item is stored is said by the walk over all of them.
        return if is_stored(path) { ("nv/access.stored_listed", None) } else { (tlv.path, view) };
    }
    let (first, _) = path.split_once('/').unwrap_or((path, ""));
    let end = match first {
        // Up to the field, which stands behind index values in brackets.
        "reg" => {
            let brackets =
                path.find(['[', '.']).filter(|at| path.get(*at..).is_some_and(|r| r.starts_with('[')));
            let from = brackets.and_then(|at| path.get(at..)?.find(']')?.checked_add(at)).unwrap_or(0);
            path.get(from..).and_then(|rest| rest.find('.')?.checked_add(from))
        }
        "cap" | "cap_max" => path.find('.'),
        "nv" => path.find('.'),
        "pci" | "netdev" | "rdma" | "ethtool" | "devlink" => return ("kernel", None),
        _ => Some(first.len()),
    };
    (end.and_then(|end| path.get(..end)).unwrap_or(path), None)
}

/// Whether a fact is the walk's word on a stored item.
pub(crate) fn is_stored(path: &str) -> bool {
    tlv_of(path).is_some_and(|tlv| tlv.part == "/stored" || tlv.part.starts_with("/stored."))
}

/// The path by the catalog's names, where a release named it otherwise; `None` where it is today's.
pub(super) fn of_today(catalog: &Catalog, path: &str) -> Option<String> {
    let renamed = |changes: &Changes, member: &str| {
        let found = changes.renames.iter().find(|rename| rename.of == NameOf::Member && rename.old == member);
        found.map(|rename| rename.new.clone())
    };
    if let Some(place) = tlv_of(path) {
        let name = place.part.strip_prefix('.')?;
        let end = name.find(['[', '/']).unwrap_or(name.len());
        let (member, rest) = name.split_at_checked(end)?;
        let tlv = catalog.tlv(place.class, place.index)?;
        if has(tlv, member) {
            return None;
        }
        let today = renamed(catalog.history().of(&History::owner_of(tlv))?, member)?;
        return has(tlv, &today).then(|| format!("{}.{today}{rest}", place.path));
    }
    let (unit, _) = unit(path, None);
    let name = unit.strip_prefix("reg/")?.split('[').next()?;
    let field = path.get(unit.len()..)?.strip_prefix('.')?;
    let (generic, number) = match field.split_once('[').and_then(|(before, rest)| {
        let (number, after) = rest.split_once(']')?;
        Some((format!("{before}[]{after}"), number))
    }) {
        Some((generic, number)) => (generic, Some(number)),
        None => (field.to_owned(), None),
    };
    let register = catalog.register_by_name(name)?;
    if register.field(&generic).is_some() {
        return None;
    }
    let today = renamed(catalog.history().of(name)?, &generic)?;
    register.field(&today)?;
    let today = number.map_or(today.clone(), |number| today.replacen("[]", &format!("[{number}]"), 1));
    Some(format!("{unit}.{today}"))
}

fn has(tlv: &Tlv, member: &str) -> bool {
    tlv.parameters.iter().any(|parameter| parameter.name == member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_what_one_question_asks_for() {
        for (path, expected) in [
            ("nv/0:0x080.total_vfs", "nv/0:0x080"),
            ("nv/0:0x080/data", "nv/0:0x080"),
            ("nv/0:0x080/stored.writer", "nv/access.stored_listed"),
            ("nv/access.stored_count", "nv/access"),
            ("reg/PTYS.eth_proto_admin", "reg/PTYS"),
            ("reg/PFCC[dcbx_operation_type=1].pptx", "reg/PFCC[dcbx_operation_type=1]"),
            ("reg/MTCAP.sensor_map.hi", "reg/MTCAP"),
            ("reg/X.field[3]", "reg/X"),
            ("reg/0x9999/data", "reg/0x9999/data"),
            ("cap_max/GENERAL.x", "cap_max/GENERAL"),
            ("netdev/eth0.mtu", "kernel"),
            ("host/module/mlx5_core/taint", "host"),
        ] {
            assert_eq!(unit(path, None).0, expected);
        }
    }

    #[test]
    fn groups_are_by_what_matters() {
        for (path, expected) in [
            ("host/taint/J", ChangeGroup::Trust),
            ("host/module/fwctl/taint", ChangeGroup::Trust),
            ("taint/debug_token", ChangeGroup::Trust),
            ("devlink/info.stored.fw.version", ChangeGroup::Firmware),
            ("rdma/mlx5_0.fw_ver", ChangeGroup::Firmware),
            ("rdma/mlx5_0.node_guid", ChangeGroup::Driver),
            ("nv/0:0x080.total_vfs", ChangeGroup::Nv),
            ("host/cmdline", ChangeGroup::Driver),
            ("host/distribution", ChangeGroup::Host),
            ("decode/rest", ChangeGroup::Host),
        ] {
            assert_eq!(group(path), expected, "{path}");
        }
    }

    #[test]
    fn old_names_lead_to_today_s() {
        let catalog = Catalog::embedded();
        let mut seen = 0;
        for tlv in catalog.tlvs() {
            let Some(changes) = catalog.history().of_tlv(tlv) else { continue };
            for rename in changes.renames.iter().filter(|rename| rename.of == NameOf::Member) {
                if has(tlv, &rename.new) && !has(tlv, &rename.old) {
                    let owner = History::owner_of(tlv);
                    let today = of_today(catalog, &format!("nv/{owner}.{}[2]", rename.old));
                    assert_eq!(today, Some(format!("nv/{owner}.{}[2]", rename.new)));
                    assert_eq!(of_today(catalog, &format!("nv/{owner}.{}", rename.new)), None);
                    seen += 1;
                }
            }
        }
        assert!(seen > 2, "{seen} renames");
    }
}
