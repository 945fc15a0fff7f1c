//! `ask`: the commands that would close the gaps, for tools that the customer has, and nothing that changes anything.
//!
//! What comes back imports: each command names the formats by which its output is read.
//!
//! Must not do: print a command that is not on the closed list of [`commands`], or a device name from a file that is
//! not plainly one: the line is meant for a root shell.

pub mod commands;
mod tools;

use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Ask, HostAsks};

use crate::case::{Case, DriverOrigin, kernel_release};
use crate::known::{self, About, log_is_read};
use crate::triage::{Card, Settings, cards};

use commands::{Command, Target};
pub use tools::Tools;

/// Where the answers are gathered.
const FILE: &str = "ticket.txt";
/// Tools that reach the firmware themselves.
const FIRMWARE_TOOLS: [&str; 4] = ["mstconfig ", "mlxconfig ", "mstflint ", "flint "];

/// Everything to ask for, over all cards.
pub fn ask(case: &Case) -> HostAsks {
    let tools = Tools::of(case);
    // One that could not be read is a fault of this program and no reason not to ask.
    let issues = known::shipped().unwrap_or_default();
    let mut asks: Vec<Ask> = Vec::new();
    for card in cards(case) {
        let about: Vec<About<'_>> = card.functions.iter().map(|device| About::new(case, device)).collect();
        let settings = Settings::of(case, &card);
        let missing: Vec<String> =
            known::of_card(case, &about, &issues).into_iter().flat_map(|issue| issue.missing).collect();
        for ask in of_card(case, &card, &about, &settings, &tools, &missing) {
            if !asks.iter().any(|known| known.command == ask.command) {
                asks.push(ask);
            }
        }
    }
    let firmware_tools =
        asks.iter().any(|ask| FIRMWARE_TOOLS.iter().any(|tool| ask.command.starts_with(tool)));
    let mut notes = tools.notes(firmware_tools);
    if case.opened.devices().is_empty() {
        notes.push("no device is named in what was given; these commands find one".to_owned());
        for command in [Command::PciList, Command::KernelLog] {
            asks.push(command.ask(&Target::default()));
        }
    }
    if asks.iter().any(|ask| ask.command.contains(commands::PLACEHOLDER)) {
        notes.push(format!(
            "write the card's PCI address (lspci -D -d 15b3:) in the place of {}",
            commands::PLACEHOLDER
        ));
    }
    let hand_over = hand_over(&asks);
    HostAsks { bundle: case.opened.identity(), asks, notes, hand_over }
}

/// One line for a shell. Each command is printed before its output, so that the one file says which is which; why one
/// of them failed goes into the file too.
fn hand_over(asks: &[Ask]) -> Option<String> {
    let texts: Vec<&Ask> = asks.iter().filter(|ask| !ask.formats.is_empty()).collect();
    if texts.is_empty() {
        return None;
    }
    let parts: Vec<String> =
        texts.iter().map(|ask| format!("echo '# {}'; {}", ask.command, ask.command)).collect();
    Some(format!("({}) > {FILE} 2>&1", parts.join("; ")))
}

/// What to ask for of one card, the most valuable first; `missing` is what known issues that are possible hang on.
pub fn of_card(
    case: &Case,
    card: &Card<'_>,
    about: &[About<'_>],
    settings: &Settings,
    tools: &Tools,
    missing: &[String],
) -> Vec<Ask> {
    let target = Target::of(card.first);
    let subject = Subject::Device { device: card.first.id.clone() };
    let mut wanted: Vec<Command> = Vec::new();
    let said = |test: &dyn Fn(&About<'_>) -> bool| about.iter().any(test);
    let is_mlx4 = said(&|about| about.family.as_ref().is_some_and(|family| family.is_mlx4()));
    let needs_views = settings.named == 0 || settings.compared_pending == 0 || settings.compared_factory == 0;
    let needs_firmware = !said(&|about| !about.identity.running.is_empty())
        || !said(&|about| about.identity.psid_text().is_some());
    let needs_stored = !said(&|about| !about.identity.stored.is_empty());
    // It says at which PCI address the card is, on which the others hang.
    if target.address.is_none() && target.file.is_none() && target.interface.is_some() {
        wanted.push(Command::EthtoolDriver);
    }
    let hangs_on = |words: &str| missing.iter().any(|one| one.contains(words));
    if hangs_on("the kernel release") || hangs_on("host/") {
        wanted.push(Command::Host);
    }
    if hangs_on("the kernel log") {
        wanted.push(Command::KernelLog);
    }
    // A virtual function has no settings of its own: its hypervisor's files tell them.
    let is_virtual = said(&|about| about.family.as_ref().is_some_and(|family| family.is_virtual))
        || card.first.physical_function.is_some();
    if needs_views && !is_virtual {
        wanted.extend(tools.settings_command());
    }
    if needs_firmware || needs_stored {
        let asked = case.facts.below(&subject, "devlink/info.").next().is_some();
        wanted.push(match is_virtual {
            true => Command::DevlinkInfo,
            false => tools.firmware_command(asked),
        });
    }
    if !log_is_read(case) {
        wanted.push(Command::KernelLog);
    }
    let needs_driver = !said(&|about| about.driver.origin != DriverOrigin::Unknown);
    if needs_driver && target.interface.is_some() {
        wanted.push(Command::EthtoolDriver);
    }
    let has = |path: &str| case.facts.plain(&subject, path).is_some_and(|fact| fact.value().is_some());
    if !(has("pci/current_link_speed") && has("pci/max_link_speed")) {
        wanted.push(Command::PciLink);
    }
    let needs_kernel = kernel_release(&case.facts, Some(card.first)).is_none();
    let host = |path: &str| case.facts.plain(&Subject::Host, path).is_some();
    if needs_kernel || !(host("host/taint") || host("host/taint_letters")) {
        wanted.push(Command::Host);
    }
    let has_ports = case.facts.below(&subject, "netdev/").next().is_some();
    if !has_ports && target.interface.is_some() {
        wanted.push(Command::EthtoolSettings);
    }
    let mut once: Vec<Command> = Vec::new();
    for command in wanted {
        if !once.contains(&command) {
            once.push(command);
        }
    }
    once.into_iter()
        // devlink knows nothing of cards before mlx5.
        .filter(|command| !(is_mlx4 && *command == Command::DevlinkInfo))
        .map(|command| command.ask(&target))
        .collect()
}

/// Whether a device's interfaces are named.
fn interface(device: &Device) -> Option<&str> {
    let by_id = device.id.strip_prefix("netdev ");
    device.netdevs.first().map(String::as_str).or(by_id)
}
