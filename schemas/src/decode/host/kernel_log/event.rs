//! What a message reports. Sources: `cmd.c`, `health.c`, `events.c`, `en_main.c`, `en/reporter_tx.c`, `pci_irq.c` of
//! mlx5_core; `drivers/fwctl/main.c`; `net/sched/sch_generic.c`; `drivers/pci/pcie/aer.c`; `drivers/pci/iov.c`; `kernel/module/main.c`.
//!
//! Must not do: explain a syndrome.

use super::message::without_place;

/// What a message reports, as far as it can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// One word for it.
    pub(super) kind: &'static str,
    /// The firmware command, `CREATE_EQ`.
    pub(super) command: Option<String>,
    /// The command's opcode.
    pub(super) opcode: Option<u64>,
    /// The status that firmware answered, in the driver's words.
    pub(super) status: Option<String>,
    /// The syndrome, of a command, a completion or the health buffer.
    pub(super) syndrome: Option<u64>,
    /// The health buffer's extended syndrome.
    pub(super) ext_synd: Option<u64>,
}

/// Words that make a message an event, and its kind. The first that fits counts.
const KINDS: &[(&str, &str)] = &[
    ("has requested full access to the physical device", "fwctl-taint"),
    ("taints kernel", "module-taint"),
    ("tainting kernel", "module-taint"),
    ("timeout. Will cause a leak", "command-timeout"),
    ("No done completion", "command-timeout"),
    ("canceled on out of queue timeout", "command-timeout"),
    ("Command completion arrived after timeout", "command-timeout"),
    ("insufficient power on the PCIe slot", "power"),
    ("IO_PAGE_FAULT", "page-fault"),
    ("DMAR:", "page-fault"),
    ("page fault", "page-fault"),
    ("TX timeout", "tx-timeout"),
    ("NETDEV WATCHDOG", "tx-timeout"),
    ("PCIe Bus Error", "pcie"),
    ("AER:", "pcie"),
    ("PCI slot is unavailable", "pcie"),
    ("not enough MMIO resources for SR-IOV", "pcie"),
    ("Port module event[error]", "module"),
    ("Cable unplugged", "module"),
    ("Cable error", "module"),
    ("High temperature", "temperature"),
    ("health compromised", "health"),
    ("Health issue observed", "health"),
    ("Fatal error", "health"),
    ("handling bad device", "health"),
    ("health recovery", "health"),
    ("unrecoverable hardware error", "health"),
];

/// Lines of the health buffer's dump that tell nothing by themselves (`print_health_info`). What firmware gives with a
/// failed assertion, `assert_var[0] 0x0000001e`, tells something where it is not zero.
const DUMP: &[&str] = &[
    "assert_exit_ptr ",
    "assert_callra ",
    "fw_ver ",
    "raw fw_ver ",
    "time ",
    "hw_id ",
    "rfr ",
    "severity ",
    "irisc_index ",
];

/// Words of trouble in messages whose level is not known.
const TROUBLE: &[&str] = &[
    "fail",
    "error",
    "timeout",
    "timed out",
    "unable",
    "cannot",
    "can't",
    "couldn't",
    "not allowed",
    "not supported",
    "invalid",
    "unexpected",
    "slowdown",
    "fatal",
    "leak",
];

/// Most severe level that is no warning (`include/linux/kern_levels.h`): 5, notice.
const NOTICE: u8 = 5;
/// Level of warnings.
const WARNING: u8 = 4;

/// The event that a message reports; `None` where it reports no trouble. `level` is the kernel's, where the log has it.
pub(super) fn event(text: &str, level: Option<u8>, is_debug: bool) -> Option<Event> {
    let placed = without_place(text);
    let said = placed.map_or(text, |(_, said)| said);
    if said.contains(" failed, status ") {
        return Some(failed_command(said));
    }
    if let Some((number, _)) = said.strip_prefix("synd ").and_then(hex) {
        return Some(Event { kind: "health", syndrome: Some(number), ..Event::default() });
    }
    if let Some((number, _)) = said.strip_prefix("ext_synd ").and_then(hex) {
        return Some(Event { kind: "health", ext_synd: Some(number), ..Event::default() });
    }
    if let Some((_, given)) = said.strip_prefix("assert_var[").and_then(|rest| rest.split_once("] ")) {
        let is_zero = hex(given).is_some_and(|(number, _)| number == 0);
        return (!is_zero).then(|| Event { kind: "health", ..Event::default() });
    }
    if DUMP.iter().any(|word| said.starts_with(word)) {
        return None;
    }
    if let Some((_, kind)) = KINDS.iter().find(|(words, _)| said.contains(words)) {
        return Some(with_command(Event { kind, ..Event::default() }, said));
    }
    if let Some(event) = bad_completion(said) {
        return Some(event);
    }
    // The last word: an interface that went down; `Link up` is no trouble.
    if said == "Link down" || said.ends_with(": Link down") {
        return Some(Event { kind: "link", ..Event::default() });
    }
    match level {
        Some(level) if level >= NOTICE => None,
        Some(WARNING) => Some(Event { kind: "driver-warning", ..Event::default() }),
        Some(_) => Some(Event { kind: "driver-error", ..Event::default() }),
        None if is_debug => None,
        // The driver names the place in its source in warnings, errors and debugging only.
        None => {
            let lower = said.to_ascii_lowercase();
            let is_trouble = placed.is_some() || TROUBLE.iter().any(|word| lower.contains(word));
            is_trouble.then(|| Event { kind: "driver-error", ..Event::default() })
        }
    }
}

/// `CREATE_EQ(0x301) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x8fef), err(-22)`; kernels before 4.6
/// write `command failed, status …, syndrome 0x8fef`.
fn failed_command(said: &str) -> Event {
    let mut event = with_command(Event { kind: "command-failed", ..Event::default() }, said);
    if let Some((_, rest)) = said.split_once(" failed, status ") {
        event.status = rest.split_once("(0x").map(|(words, _)| words.trim().to_owned());
        event.syndrome = syndrome(rest);
    }
    event
}

/// The number behind `syndrome `, where it is whole: something stands behind it.
fn syndrome(text: &str) -> Option<u64> {
    let rest = text.split_once("syndrome ")?.1;
    let (number, after) = hex(rest.strip_prefix('(').unwrap_or(rest))?;
    let is_whole = if rest.starts_with('(') { after.starts_with(')') } else { true };
    is_whole.then_some(number)
}

/// Completions with error: `Error cqe on cqn 0x43e, …, syndrome 0x1, …`, `CQ error on CQN 0x43e, syndrome 0x1`.
fn bad_completion(said: &str) -> Option<Event> {
    let is_one = ["Error cqe", "error cqe", "CQ error on CQN"].iter().any(|words| said.contains(words));
    is_one.then(|| Event { kind: "completion-error", syndrome: syndrome(said), ..Event::default() })
}

/// Adds the command that a message names: `TEARDOWN_HCA(0x103)`.
fn with_command(mut event: Event, said: &str) -> Event {
    let Some((before, rest)) = said.split_once("(0x") else { return event };
    let name = before.rsplit(' ').next().unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let is_whole = rest.get(digits.len()..).is_some_and(|after| after.starts_with(')'));
    if is_name && is_whole {
        event.command = Some(name.to_owned());
        event.opcode = u64::from_str_radix(&digits, 16).ok();
    }
    event
}

/// The number `0x…` at the beginning, with what stands behind it.
fn hex(text: &str) -> Option<(u64, &str)> {
    let rest = text.strip_prefix("0x")?;
    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end)?;
    Some((u64::from_str_radix(digits, 16).ok()?, after))
}

/// The firmware's version, where a message says it: `firmware version: 22.41.1000`, `fw_ver 22.41.1000`.
pub(super) fn firmware_version(text: &str) -> Option<&str> {
    let said = without_place(text).map_or(text, |(_, said)| said);
    let version = said.strip_prefix("firmware version: ").or_else(|| said.strip_prefix("fw_ver "))?.trim();
    let is_version = version.split('.').count() == 3
        && version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_version.then_some(version)
}

/// Bandwidth and link of `pcie_print_link_status` (`drivers/pci/pci.c`): `8.000 Gb/s, limited by 2.5 GT/s x4`, or
/// `63.008 Gb/s (8 GT/s x8)` where nothing limits the card.
pub(super) fn pcie_bandwidth(text: &str) -> Option<String> {
    let (bandwidth, rest) = text.split_once(" available PCIe bandwidth")?;
    let bandwidth = match bandwidth.split_whitespace().collect::<Vec<_>>().as_slice() {
        [number, "Gb/s"] if is_decimal(number) => format!("{number} Gb/s"),
        _ => return None,
    };
    match rest.trim_start_matches(',').trim_start() {
        rest if rest.starts_with('(') => Some(format!("{bandwidth} ({})", link(rest.get(1..)?)?)),
        rest => Some(format!("{bandwidth}, limited by {}", link(rest.strip_prefix("limited by ")?)?)),
    }
}

/// `2.5 GT/s PCIe x4 link`, older kernels without the word PCIe; mail may have wrapped it where there is a blank.
fn link(text: &str) -> Option<String> {
    let (link, _) = text.split_once(" link")?;
    let words: Vec<&str> = link.split_whitespace().filter(|word| *word != "PCIe").collect();
    let &[speed, "GT/s", width] = words.as_slice() else { return None };
    let is_width =
        width.strip_prefix('x').is_some_and(|lanes| lanes.bytes().all(|byte| byte.is_ascii_digit()));
    (is_decimal(speed) && is_width).then(|| format!("{speed} GT/s {width}"))
}

fn is_decimal(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
