//! The names that facts can have, as far as the catalog tells.
//!
//! Must not do: take a name for wrong because the catalog does not have it: newer firmware may. Only a name that comes near
//! a known one, or a path that begins as none does, is surely a slip.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::catalog::history::Names;

use super::faults::suggestion;
use crate::baseline::Flaw;
use crate::baseline::suggest::nearest;
use crate::case::BEYOND_NV;

/// First steps of the other paths.
const OTHER_ROOTS: [&str; 3] = ["nv", "host", "decode"];

/// All names of parameters and TLVs of a catalog, those of other releases too.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownNames(BTreeSet<String>);

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameFault {
    /// What kind of mistake it is.
    pub(crate) flaw: Flaw,
    /// In words.
    pub(crate) message: String,
    /// Whether it may be a name that the catalog does not have.
    pub(crate) is_unsure: bool,
}

impl KnownNames {
    /// Gathers them.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let mut names = BTreeSet::new();
        for tlv in catalog.tlvs() {
            let changes = catalog.history().of_tlv(tlv);
            names.insert(tlv.name.clone());
            names.extend(
                changes.into_iter().flat_map(|changes| changes.tlv_names(&tlv.name)).map(str::to_owned),
            );
            for parameter in &tlv.parameters {
                let Names { printed, database } = Names::of(tlv, parameter, changes);
                names.extend(printed.into_iter().chain(database));
            }
            let removed = changes.into_iter().flat_map(|changes| &changes.removed);
            names.extend(removed.filter_map(|removed| removed.printed.clone()));
        }
        Self(names)
    }

    /// The nearest known name of a parameter or TLV.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.0.iter().map(String::as_str))
    }

    /// What is wrong with a pattern over paths and aliases; nothing that can be seen where it has a wildcard.
    pub(crate) fn fault(&self, pattern: &str) -> Option<NameFault> {
        if let Some((root, _)) = pattern.split_once('/') {
            let mut roots = BEYOND_NV.iter().map(|root| root.trim_end_matches('/')).chain(OTHER_ROOTS);
            let is_known =
                root.contains(['*', '?']) || roots.any(|known| known == root) || self.0.contains(root);
            let all = BEYOND_NV.iter().map(|root| root.trim_end_matches('/')).chain(OTHER_ROOTS);
            let near = nearest(root, all).or_else(|| self.nearest(root));
            let message = format!("no fact's path begins with {root:?}{}", suggestion(near));
            return (!is_known).then_some(NameFault { flaw: Flaw::UnknownPath, message, is_unsure: false });
        }
        if pattern.contains(['*', '?']) || pattern == "host" {
            return None;
        }
        let base = pattern.split('[').next().unwrap_or_default();
        // The name of a port's or a module's parameter ends with its number.
        let without = base.rsplit_once(['P', 'M']).and_then(|(start, number)| {
            number.bytes().all(|byte| byte.is_ascii_digit()).then(|| start.strip_suffix('_'))?
        });
        if self.0.contains(base) || without.is_some_and(|without| self.0.contains(without)) {
            return None;
        }
        let name = without.unwrap_or(base);
        let near = self.nearest(name);
        // One that is much shorter or longer may be an older device's own: LOG_BAR_SIZE is, beside PF_LOG_BAR_SIZE.
        let is_slip = near.is_some_and(|near| near.len().abs_diff(name.len()) < 3);
        let message = format!("no parameter is called {pattern}{}", suggestion(near));
        let flaw = if is_slip { Flaw::UnknownName } else { Flaw::UnlistedName };
        Some(NameFault { flaw, message, is_unsure: !is_slip })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_names_that_may_be() {
        let names = KnownNames::of(Catalog::embedded());
        for known in [
            "NUM_OF_VFS",
            "LINK_TYPE_P2",
            "MODULE_SPLIT_M0[3]",
            "nv_global_pci_conf.total_vfs",
            "nv_global_pci_conf/data",
            "nv/0:0x080.total_vfs",
            "host/lockdown",
            "host",
            "NUM*",
            "*/x",
        ] {
            assert_eq!(names.fault(known), None, "{known}");
        }
        let fault = |name: &str| names.fault(name).map(|fault| (fault.is_unsure, fault.message));
        assert_eq!(
            fault("NUM_OF_VF"),
            Some((false, "no parameter is called NUM_OF_VF; did you mean NUM_OF_VFS?".to_owned()))
        );
        assert_eq!(
            fault("hots/lockdown"),
            Some((false, "no fact's path begins with \"hots\"; did you mean host?".to_owned()))
        );
        assert_eq!(fault("WHOLLY_NEW_SETTING").map(|(is_unsure, _)| is_unsure), Some(true));
    }
}
