//! Whom a message of the log is about.
//!
//! mlx5_core writes `mlx5_core 0000:3b:00.0: …` for a function and `mlx5_core 0000:3b:00.0 eth0: …` for its interface
//! (`drivers/net/ethernet/mellanox/mlx5/core/mlx5_core.h`, `dev_printk`, `netdev_printk`), mlx5_ib
//! `infiniband mlx5_0: …`.
//!
//! Must not do: say what the message means (see [`super::event`]).

use crate::model::pci_address;

/// About whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// The host, or a part of it that has no address.
    Host,
    /// A PCI function, `0000:3b:00.0`.
    Function(String),
    /// A network interface of which the message does not tell the function.
    Interface(String),
    /// An RDMA device of which the message does not tell the function.
    Rdma(String),
}

/// A message of the drivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// About whom.
    pub whom: Whom,
    /// The network interface that it names beside the function.
    pub interface: Option<&'a str>,
    /// What it says, without driver, address and interface.
    pub text: &'a str,
    /// The same with the interface in front, where it names one.
    pub told: &'a str,
    /// Whether dynamic debugging printed it, with the function's name in front.
    pub is_debug: bool,
}

/// Takes a message apart; `None` where it is not of these drivers.
pub fn message(text: &str) -> Option<Message<'_>> {
    let text = text.trim();
    let (is_debug, text) = match debug_prefix(text) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let plain = |whom, text| Message { whom, interface: None, text, told: text, is_debug };
    if let Some(rest) = text.strip_prefix("NETDEV WATCHDOG: ") {
        let (name, after) = rest.split_once(" (mlx5_core")?;
        let is_name = !name.is_empty() && !name.contains(' ') && after.starts_with(')');
        return is_name.then(|| plain(Whom::Interface(name.to_owned()), text));
    }
    if let Some(rest) = text.strip_prefix("infiniband ") {
        let (name, said) = rest.split_once(": ")?;
        let is_ours = name.starts_with("mlx5_") && !name.contains(' ');
        return is_ours.then(|| plain(Whom::Rdma(name.to_owned()), said));
    }
    if text.starts_with("fwctl fwctl") || text.starts_with("fwctl: ") {
        return Some(plain(Whom::Host, text));
    }
    let end = text.find([' ', ':'])?;
    let (driver, rest) = (text.get(..end)?, text.get(end..)?);
    if !is_driver(driver) {
        return None;
    }
    if let Some(said) = rest.strip_prefix(':') {
        // Messages of a module. A function that it speaks of is in its words.
        let whom =
            said.split(' ').find_map(|word| pci_address::with_domain(word.trim_end_matches([':', ',', '.'])));
        return Some(plain(whom.map_or(Whom::Host, Whom::Function), text));
    }
    let rest = rest.strip_prefix(' ')?;
    let (address, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let Some(address) = address.strip_suffix(':') else {
        // `mlx5_core 0000:3b:00.0 eth0: …`, `… eth0 (unregistering): …`.
        let (address, told) = (pci_address::with_domain(address)?, after.trim_start());
        let (name, said) = told.split_once(": ").or_else(|| Some((told.strip_suffix(':')?, "")))?;
        let interface = name.split(' ').next().filter(|name| is_interface(name));
        let text = if interface.is_some() { said.trim_start() } else { told };
        return Some(Message { whom: Whom::Function(address), interface, text, told, is_debug });
    };
    let said = after.trim_start();
    match pci_address::with_domain(address) {
        Some(address) => Some(plain(Whom::Function(address), said)),
        // `mlx5_core mlx5_core.sf.4: …`: a part of a function that the message does not name.
        None if address.starts_with("mlx5_core.") => Some(plain(Whom::Host, text)),
        None => None,
    }
}

/// Whether a word can be an interface's name (`dev_valid_name`, and no mark that messages use).
fn is_interface(word: &str) -> bool {
    (1..=15).contains(&word.len()) && !word.contains(|c: char| c.is_whitespace() || "/:()[],".contains(c))
}

/// Modules whose messages count: those of the card's drivers, and of the tools' own drivers.
fn is_driver(word: &str) -> bool {
    ["mlx5_", "mlx_compat", "mlx5ctl", "mlxfw", "mlxdevm", "mst_", "fwctl"]
        .iter()
        .any(|module| word.starts_with(module))
}

/// What stands behind `dump_command:805: ` where it is one of these drivers'.
fn debug_prefix(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once(':')?;
    let (line, rest) = rest.split_once(": ")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    (is_name && is_line && rest.starts_with("mlx5_")).then_some(rest)
}

/// The function that wrote a message, and the message without where in the driver's source that is:
/// `mlx5_cmd_check:744:(pid 13): `.
pub(super) fn without_place(text: &str) -> Option<(&str, &str)> {
    let (place, said) = text.split_once(": ")?;
    let (place, pid) = place.rsplit_once(":(pid ")?;
    let (name, line) = place.rsplit_once(':')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (!name.contains(' ') && digits(line) && digits(pid.strip_suffix(')')?)).then_some((name, said))
}
