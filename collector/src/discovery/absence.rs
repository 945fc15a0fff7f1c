//! Why there is no device to ask, as far as sysfs and the module folder tell, and what the administrator can do.
//!
//! Must not do: change any of it. The collector never loads a module.

use super::pci::Function;
use super::{container, mlx5ctl};
use crate::root::Root;

/// First kernel with fwctl and its mlx5 driver.
const FIRST_RELEASE: (u32, u32) = (6, 15);
/// Most bytes of a `modules.*` file that are searched (they are below 1 MiB on distribution kernels).
const MODULES_FILE_LIMIT: usize = 16 << 20;

/// Why there is no mlx5 device behind an fwctl node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// What was found out.
    pub cause: Cause,
    /// Hints that this is a container; then the host may have what is missing here.
    pub container: Vec<String>,
    /// Names of out-of-tree mlx5ctl nodes that belong to no PCI function here and so are not read.
    pub mlx5ctl: Vec<String>,
}

/// The causes that are told apart, in the order in which they are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// sysfs shows no PCI functions.
    NoPci,
    /// No PCI function with a device id of mlx5.
    NoCard,
    /// Cards, but none is bound to `mlx5_core`.
    NotBound {
        /// The functions.
        functions: Vec<Function>,
    },
    /// Cards bound and the module loaded, yet no node: firmware offers no user contexts.
    NoUserContexts {
        /// The functions.
        functions: Vec<Function>,
    },
    /// The kernel has the module; it is not loaded.
    NotLoaded {
        /// The kernel's release.
        release: String,
    },
    /// The kernel is older than fwctl.
    TooOld {
        /// The kernel's release.
        release: String,
    },
    /// The kernel is new enough and has no such module.
    NotBuilt {
        /// The kernel's release.
        release: String,
    },
    /// Nothing tells whether the kernel has the module.
    NotKnown {
        /// What could not be read.
        missing: String,
    },
}

/// Looks for the reason. `functions` are those of mlx5 that sysfs shows, if it shows any PCI functions at all.
pub fn explain(root: &Root, functions: Option<&[Function]>) -> Absence {
    let mlx5ctl = mlx5ctl::unplaced(root);
    Absence { cause: cause(root, functions), container: container::hints(root), mlx5ctl }
}

fn cause(root: &Root, functions: Option<&[Function]>) -> Cause {
    let Some(functions) = functions else { return Cause::NoPci };
    if functions.is_empty() {
        return Cause::NoCard;
    }
    let functions = functions.to_vec();
    if !functions.iter().any(is_bound) {
        return Cause::NotBound { functions };
    }
    if root.exists("sys/module/mlx5_fwctl") || root.exists("sys/bus/auxiliary/drivers/mlx5_fwctl.mlx5_fwctl")
    {
        return Cause::NoUserContexts { functions };
    }
    let Some(release) = root.attribute("proc/sys/kernel/osrelease").filter(|release| !release.is_empty())
    else {
        return Cause::NotKnown { missing: "/proc/sys/kernel/osrelease".to_owned() };
    };
    // A release with a slash would name another folder; no kernel has one.
    let folder = format!("lib/modules/{}", release.replace('/', "_"));
    let listed = ["modules.dep", "modules.builtin", "modules.alias"]
        .map(|file| root.read(&format!("{folder}/{file}"), MODULES_FILE_LIMIT).ok());
    if listed.iter().flatten().any(|head| contains(&head.bytes, b"mlx5_fwctl")) {
        return Cause::NotLoaded { release };
    }
    match version(&release) {
        Some(version) if version < FIRST_RELEASE => Cause::TooOld { release },
        Some(_) | None if listed.iter().all(Option::is_none) => {
            Cause::NotKnown { missing: format!("/{folder}") }
        }
        Some(_) | None => Cause::NotBuilt { release },
    }
}

fn is_bound(function: &Function) -> bool {
    function.driver.as_deref() == Some(super::DRIVER)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// Major and minor number of a kernel release (`6.12.48+deb13-amd64`).
fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

impl Absence {
    /// Why one of the functions has no node, where `self` is what is known of all that have none.
    pub fn of_function(&self, function: &Function) -> Self {
        let functions = vec![function.clone()];
        let cause = match &self.cause {
            Cause::NotBound { .. } | Cause::NoUserContexts { .. } => Cause::NoUserContexts { functions },
            host @ (Cause::NoPci
            | Cause::NoCard
            | Cause::NotLoaded { .. }
            | Cause::TooOld { .. }
            | Cause::NotBuilt { .. }
            | Cause::NotKnown { .. }) => host.clone(),
        };
        // A function that its driver does not drive has a reason of its own.
        let cause =
            if is_bound(function) { cause } else { Cause::NotBound { functions: vec![function.clone()] } };
        Self { cause, container: self.container.clone(), mlx5ctl: self.mlx5ctl.clone() }
    }

    /// The reason in one sentence.
    pub fn why(&self) -> String {
        match &self.cause {
            Cause::NoPci => "sysfs shows no PCI functions at all".to_owned(),
            Cause::NoCard => "no PCI function here is a ConnectX or BlueField of the mlx5 family".to_owned(),
            Cause::NotBound { functions } => {
                let list: Vec<String> = functions
                    .iter()
                    .map(|function| match &function.driver {
                        Some(driver) => {
                            format!("{} {} is bound to {driver}", function.model, function.address)
                        }
                        None => format!("{} {} is bound to no driver", function.model, function.address),
                    })
                    .collect();
                match list.as_slice() {
                    [one] => format!("{one}, not to mlx5_core"),
                    list => format!("mlx5_core drives no card: {}", list.join(", ")),
                }
            }
            Cause::NoUserContexts { functions } => {
                let list: Vec<&str> = functions.iter().map(|function| function.address.as_str()).collect();
                format!(
                    "mlx5_fwctl is loaded, yet none of {} has a node: firmware offers no user contexts (capability uctx_cap is 0)",
                    list.join(", ")
                )
            }
            Cause::NotLoaded { release } => {
                format!("kernel {release} has the module mlx5_fwctl, but it is not loaded")
            }
            Cause::TooOld { release } => {
                format!("kernel {release} has no fwctl, which came with Linux 6.15")
            }
            Cause::NotBuilt { release } => {
                format!(
                    "kernel {release} was built without mlx5_fwctl (CONFIG_FWCTL_MLX5), or the module's package is not installed"
                )
            }
            Cause::NotKnown { missing } => {
                format!(
                    "no fwctl node, and {missing} cannot be read to tell whether the kernel has mlx5_fwctl"
                )
            }
        }
    }

    /// What the administrator can do about it.
    pub fn remedy(&self) -> String {
        let mut remedy = match &self.cause {
            Cause::NoPci | Cause::NoCard => "run it on the machine that holds the card".to_owned(),
            Cause::NotBound { .. } => {
                "run it where mlx5_core drives the card (for a device given to a guest: in the guest)"
                    .to_owned()
            }
            Cause::NoUserContexts { .. } => {
                "ask for a firmware update; see `list` for nodes of other drivers".to_owned()
            }
            Cause::NotLoaded { .. } => {
                "as root: modprobe mlx5_fwctl, then run it again (the collector loads no module)".to_owned()
            }
            Cause::TooOld { .. } => "boot a kernel from 6.15 on with CONFIG_FWCTL_MLX5".to_owned(),
            Cause::NotBuilt { .. } => {
                "install the kernel's package of extra modules, or boot a kernel with CONFIG_FWCTL_MLX5"
                    .to_owned()
            }
            Cause::NotKnown { .. } => "as root: modprobe mlx5_fwctl, then run it again".to_owned(),
        };
        if !self.container.is_empty() {
            remedy.push_str("; this looks like a container (");
            remedy.push_str(&self.container.join(", "));
            remedy.push_str("): run it on the host");
        }
        if !self.mlx5ctl.is_empty() {
            let names = self.mlx5ctl.join(", ");
            remedy.push_str(&format!(
                "; no PCI function here belongs to the mlx5ctl node {names}: it is not read"
            ));
        }
        remedy
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn kernel_releases_are_compared_as_numbers() {
        assert_eq!(version("6.12.48+deb13-amd64"), Some((6, 12)));
        assert_eq!(version("6.15-rc1"), Some((6, 15)));
        assert_eq!(version("10.0"), Some((10, 0)));
        assert_eq!(version("odd"), None);
        assert!((6, 9) < FIRST_RELEASE && (7, 0) > FIRST_RELEASE);
    }
}
