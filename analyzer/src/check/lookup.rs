//! Devices and the host as conditions and relations see them, looked up once, when the first rule asks.
//!
//! Must not do: evaluate.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::manifest::Device;

use super::rule::Target;
use super::unread;
use crate::case::Case;
use crate::condition::About;

/// What was looked up of one bundle.
#[derive(Debug)]
pub struct Lookup<'a> {
    case: &'a Case,
    catalog: &'a Catalog,
    devices: BTreeMap<&'a str, (&'a Device, OnceCell<About<'a>>)>,
    host: OnceCell<About<'a>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(case: &'a Case, catalog: &'a Catalog) -> Self {
        let devices = case.opened.devices().iter();
        let devices = devices.map(|device| (device.id.as_str(), (device, OnceCell::new()))).collect();
        Self { case, catalog, devices, host: OnceCell::new() }
    }

    /// A device of the manifest, or the host; a device that the manifest does not have has the host's facts alone.
    pub(super) fn about(&self, target: &Target) -> &About<'a> {
        match target.device().and_then(|id| self.devices.get(id)) {
            Some((device, known)) => known.get_or_init(|| {
                let unread = unread::names(self.case, self.catalog, device);
                About::of_rules(self.case, Some(device), self.catalog, unread)
            }),
            None => self.host.get_or_init(|| About::of_rules(self.case, None, self.catalog, Vec::new())),
        }
    }
}
