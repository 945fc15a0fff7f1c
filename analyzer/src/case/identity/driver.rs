//! Which driver serves a device, and of which kernel.
//!
//! The kernel's own mlx5_core has no version of its own since Linux 5.7: `ethtool -i` prints the kernel's release there,
//! and the module has no `version` file. Before, it called itself `3.0-1` or `5.0-0`. The drivers of MLNX_OFED and DOCA
//! call themselves by their release (`5.8-1.1.2`, `24.10-0.7.0`).
//!
//! Must not do: take a version for proof. It is what the driver calls itself; taint letter O is the kernel's own word.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::FactSet;

/// Versions that the kernel's own driver had before it had none.
const OLD_IN_TREE: [&str; 3] = ["3.0-1", "5.0-0", "3.0"];

/// Where a driver is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverOrigin {
    /// The kernel's own.
    InTree,
    /// Another: MLNX_OFED or DOCA.
    OutOfTree,
    /// Not told.
    Unknown,
}

/// The driver of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its name: `mlx5_core`.
    pub name: Option<String>,
    /// What it calls itself.
    pub version: Option<String>,
    /// Where it is from.
    pub origin: DriverOrigin,
    /// By what that is told, in words.
    pub why: &'static str,
    /// The bytes that show it.
    pub evidence: Vec<Evidence>,
}

impl Driver {
    /// Looks it up.
    pub fn of(facts: &FactSet, device: &Device) -> Self {
        let subject = Subject::Device { device: device.id.clone() };
        let own = |path: &str| facts.plain(&subject, path).and_then(|fact| Some((fact, text(fact)?)));
        let host = |path: &str| facts.plain(&Subject::Host, path).and_then(|fact| Some((fact, text(fact)?)));
        let ethtool = own("ethtool/driver").or_else(|| own("devlink/info.driver"));
        let name = device
            .driver
            .clone()
            .or_else(|| ethtool.map(|(_, name)| name.split('[').next().unwrap_or(name).to_owned()))
            .or_else(|| own("lspci/kernel_driver").map(|(_, name)| name.to_owned()))
            // A node of fwctl is there only where this driver serves the function.
            .or_else(|| device.node.as_ref().map(|_| "mlx5_core".to_owned()));
        let module_version = host("host/module/mlx5_core/version");
        let version = own("ethtool/version").or(module_version);
        let taint = host("host/module/mlx5_core/taint");
        let kernel = host("host/kernel");
        let mut evidence: Vec<Evidence> = Vec::new();
        for (fact, _) in [version, taint, ethtool].into_iter().flatten() {
            evidence.extend(fact.evidence.iter().cloned());
        }
        let called = version.map(|(_, text)| text);
        let (origin, why) = match (taint.map(|(_, letters)| letters.contains('O')), called) {
            (Some(true), _) => (DriverOrigin::OutOfTree, "the kernel marks the module with O"),
            (_, Some(called)) if kernel.is_some_and(|(_, release)| release == called) => {
                (DriverOrigin::InTree, "its version is the kernel's release")
            }
            (_, Some(called)) if OLD_IN_TREE.iter().any(|old| is_called(called, old)) => {
                (DriverOrigin::InTree, "older kernels' own driver calls itself so")
            }
            (_, Some(called)) if is_release(called) => {
                (DriverOrigin::InTree, "its version has the form of a kernel's release")
            }
            (_, Some(called)) if is_package(called) => {
                (DriverOrigin::OutOfTree, "its version is a release of MLNX_OFED or DOCA")
            }
            (Some(false), _) => (DriverOrigin::InTree, "the kernel does not mark the module with O"),
            (None, Some(_) | None) => (DriverOrigin::Unknown, "nothing tells"),
        };
        Self { name, version: called.map(str::to_owned), origin, why, evidence }
    }
}

/// The kernel's release: the host's own word, else what an in-tree driver prints as its version.
pub fn kernel_release<'a>(facts: &'a FactSet, device: Option<&Device>) -> Option<(&'a str, &'a Fact)> {
    if let Some((fact, release)) =
        facts.plain(&Subject::Host, "host/kernel").and_then(|fact| Some((fact, text(fact)?)))
    {
        return Some((release, fact));
    }
    let subject = Subject::Device { device: device?.id.clone() };
    let fact = facts.plain(&subject, "ethtool/version")?;
    Some((text(fact).filter(|version| is_release(version))?, fact))
}

fn text(fact: &Fact) -> Option<&str> {
    match fact.value()? {
        Value::Text { text } => Some(text),
        Value::Number { .. } | Value::Bytes { .. } => None,
    }
}

/// `5.0-0`, or `3.0-1 (January 2015)`.
fn is_called(version: &str, old: &str) -> bool {
    version.split_whitespace().next() == Some(old)
}

/// Three numbers with dots, then anything: `6.11.10-amd64`.
fn is_release(version: &str) -> bool {
    let head = version.split(['-', '+', ' ', '_']).next().unwrap_or_default();
    let numbers = head.split('.').filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    head.split('.').count() >= 3 && numbers.count() == head.split('.').count()
}

/// Two numbers, a dash, three or more numbers: `5.8-1.1.2`, `24.10-0.7.0`.
fn is_package(version: &str) -> bool {
    let is_numbers = |text: &str, least: usize| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.len() >= least
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    version.split_whitespace().next().and_then(|word| word.split_once('-')).is_some_and(|(release, build)| {
        is_numbers(release, 2) && release.split('.').count() == 2 && is_numbers(build, 3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_where_a_driver_is_from() {
        for release in ["6.11.10-amd64", "5.14.0-427.el9.x86_64", "7.3.4-example", "6.1.0"] {
            assert!(is_release(release) && !is_package(release), "{release}");
        }
        for package in ["5.8-1.1.2", "24.10-0.7.0", "4.9-0.1.7.0"] {
            assert!(is_package(package) && !is_release(package), "{package}");
        }
        for other in ["5.0-0", "", "3.0-1 (January 2015)", "1", "5.8-x", "a.b.c"] {
            assert!(!is_package(other) && !is_release(other), "{other}");
        }
        assert!(is_called("3.0-1 (January 2015)", "3.0-1"));
    }
}
