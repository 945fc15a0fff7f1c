//! What the host of a bundle shows.
//!
//! Must not do: decode.

use mlx5_schemas::decode::host;
use mlx5_schemas::model::host::{HostCapture, HostCaptures};
use mlx5_schemas::model::status::CollectionStatus;

/// What the host shows.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) taint: Option<u64>,
    pub(crate) taint_at_end: Option<u64>,
    pub(crate) requester: Option<&'static str>,
    pub(crate) lockdown: &'static str,
    pub(crate) module_taint: &'static str,
    pub(crate) uptime: u64,
    /// Further captures, or others in place of those that there are: name and text.
    pub(crate) with: Vec<(String, String)>,
    /// Captures that the bundle does not have.
    pub(crate) without: &'static [&'static str],
}

/// In-tree drivers, locked down, untainted.
pub(crate) const CLEAN: Host = Host {
    taint: Some(0),
    taint_at_end: Some(0),
    requester: None,
    lockdown: "integrity",
    module_taint: "",
    uptime: 4711,
    with: Vec::new(),
    without: &[],
};

impl Host {
    pub(super) fn member(&self) -> Vec<u8> {
        let capture = |name: &str, text: Option<String>| HostCapture {
            name: name.to_owned(),
            status: if text.is_some() { CollectionStatus::Captured } else { CollectionStatus::Denied },
            reason: text.is_none().then(|| "permission denied (EACCES)".to_owned()),
            text,
            base16: None,
        };
        let lockdown = ["none", "integrity", "confidentiality"]
            .map(|level| if level == self.lockdown { format!("[{level}]") } else { level.to_owned() });
        let log = self.requester.map(|who| {
            format!("4,900,1234567,-;fwctl fwctl0: {who}: has requested full access to the physical device\n")
        });
        let mut captures = vec![
            capture("etc/os-release", Some("PRETTY_NAME=\"Example OS 1\"\n".to_owned())),
            capture("kernel-log", Some(log.unwrap_or_default())),
            capture("kernel-log-span", Some("first_sequence=0 from_boot=yes\n".to_owned())),
            capture("proc/sys/kernel/osrelease", Some("7.3.4-example\n".to_owned())),
            capture("proc/sys/kernel/tainted", self.taint.map(|mask| format!("{mask}\n"))),
            capture("proc/sys/kernel/tainted@end", self.taint_at_end.map(|mask| format!("{mask}\n"))),
            capture("proc/uptime", Some(format!("{}.00 1.00\n", self.uptime))),
            capture("sys/kernel/security/lockdown", Some(lockdown.join(" "))),
        ];
        for module in ["fwctl", "mlx5_core", "mlx5_fwctl"] {
            captures.push(capture(&format!("sys/module/{module}/taint"), Some(self.module_taint.to_owned())));
        }
        captures.retain(|capture| !self.without.contains(&capture.name.as_str()));
        for (name, text) in &self.with {
            captures.retain(|capture| capture.name != *name);
            captures.push(capture(name, Some(text.clone())));
        }
        captures.sort_by(|left, right| left.name.cmp(&right.name));
        host::encode(&HostCaptures { captures }).unwrap()
    }
}
