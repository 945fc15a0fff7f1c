//! The command line: what can be asked for, and what the exit codes mean.
//!
//! Must not do: collect (see [`crate::run`]); print anything but results on stdout.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::discovery::Selection;
use crate::probe::ProbeId;
use crate::root::Root;
use crate::run::{Destination, Place, Settings};
use crate::signing::Choice;
use crate::tools::Search;

mod collect;
mod list;
mod plan;
mod style;
mod summary;

const AFTER_HELP: &str = "\
Exit codes: 0 complete; 1 a bundle was written, but something that was asked for is missing from it; 2 no bundle.

Nothing is written to a device, no module is loaded, no network is used. Opening a device node makes its firmware \
create and destroy one user context. The kernel is asked for link states, and of a device without a node for versions and \
parameters too; its driver reads those from the firmware. With --with-tools the vendor's tools are run, which write to the \
registers of the PCI gateway to read through it. The host's name and network \
addresses are not collected, nor secrets; what identifies a card (serial number, base addresses) and what its NV \
configuration holds (base MAC, GUIDs, iSCSI names and addresses) is, and with --full also port GUIDs, cables' serial \
numbers and the InfiniBand node description, which usually is the host's name.";

/// Reads firmware configuration and taint of ConnectX devices into one signed bundle.
///
/// Without arguments everything is collected into ./mlx5-bundle-TIME-ID.zip.
#[derive(Debug, Parser)]
#[command(name = "mlx5-collector", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    collect: CollectArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the devices, and why there is none.
    List(ListArguments),
    /// Show every request that would be made, without making any.
    Plan(PlanArguments),
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    place: PlaceArguments,
    /// Form of the result on stdout.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
}

#[derive(Debug, Args)]
struct PlanArguments {
    #[command(flatten)]
    choice: ProbeArguments,
    /// Show also which of the vendor's tools would be run for devices without a node, and how.
    #[arg(long)]
    with_tools: bool,
    /// Look for the vendor's tools only in DIR.
    #[arg(long, value_name = "DIR", requires = "with_tools")]
    tools_dir: Option<PathBuf>,
    /// Form of the result on stdout.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
}

#[derive(Debug, Args)]
struct CollectArguments {
    /// Write the bundle to FILE, which must not exist; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    choice: ProbeArguments,
    /// For devices without a node: run reading commands of the vendor's installed tools (mstconfig, mstflint, …), which
    /// go through the PCI gateway.
    #[arg(long, conflicts_with_all = ["simulate", "root"])]
    with_tools: bool,
    /// Give each of the tools' command lines so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "with_tools", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    tool_timeout: u64,
    /// Seal what there is within so many seconds; up to two of them are kept for that.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: u64,
    /// Leave each device alone after so many seconds, though the deadline has not come: one that answers slowly then does
    /// not hold up the bundle.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    device_budget: Option<u64>,
    #[command(flatten)]
    signing: SigningArguments,
    /// Also report the run on stdout in this form.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
    /// Say nothing but errors.
    #[arg(short, long)]
    quiet: bool,
}

/// Whom to ask.
#[derive(Debug, Args)]
struct PlaceArguments {
    /// Only this device: PCI address (0000:3b:00.0 or 3b:00.0) or node (fwctl0, mlx5ctl-mlx5_core.ctl.0); repeatable.
    #[arg(short, long, value_name = "DEVICE")]
    device: Vec<String>,
    /// Look for the vendor's tools only in DIR.
    #[arg(long, value_name = "DIR")]
    tools_dir: Option<PathBuf>,
    /// Ask a simulated card instead of devices: a model, or a bundle whose answers are given again (BUNDLE#ADDRESS for one
    /// of its devices); repeatable. The new bundle says so.
    #[arg(long, value_name = "FILE")]
    simulate: Vec<PathBuf>,
    /// Read sys, proc, dev, etc and lib below DIR. No device is asked then, and the bundle says so.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// What to ask.
#[derive(Debug, Args)]
struct ProbeArguments {
    /// Only these probes; repeatable, or separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PROBE", conflicts_with = "skip")]
    only: Vec<ProbeName>,
    /// All probes but these; repeatable, or separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PROBE")]
    skip: Vec<ProbeName>,
    /// Read the registers of the second tier too.
    #[arg(long)]
    full: bool,
}

/// What seals the bundle. The default is a key made for this run, whose fingerprint is printed.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct SigningArguments {
    /// Sign with this OpenSSH private key.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
    /// Sign with a key of the agent at SSH_AUTH_SOCK, named by fingerprint or comment if it holds several.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true)]
    sign_agent: Option<Option<String>>,
    /// Do not sign.
    #[arg(long)]
    unsigned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum ProbeName {
    /// Firmware identity, components and register masks.
    Identity,
    /// NV configuration.
    Nv,
    /// Capability pages.
    Capabilities,
    /// Runtime registers of the first tier.
    Registers,
    /// Runtime registers of the second tier: chosen by --full, or by its name.
    FullRegisters,
    /// Taint, lockdown, kernel, drivers and the kernel log's lines of fwctl and mlx5.
    Host,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// How a run ended, for the calling program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for is in the bundle.
    Complete,
    /// There is a bundle, and something asked for is missing from it.
    Incomplete,
    /// There is no bundle.
    NoBundle,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Incomplete => 1,
            Self::NoBundle => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Cli {
    /// Whether there will be something to seal, should the program be asked to end.
    pub fn collects(&self) -> bool {
        self.command.is_none()
    }
}

/// Does what the command line says. `interrupted` is set when the program is asked to end.
///
/// # Errors
/// When stdout cannot be written to (a closed pipe is no error).
pub fn run(cli: Cli, interrupted: &Arc<AtomicBool>) -> io::Result<Exit> {
    match cli.command {
        Some(Command::List(arguments)) => list::list(&arguments.place.place()?, arguments.format),
        Some(Command::Plan(arguments)) => {
            let tools = arguments.with_tools.then(|| search(&arguments.tools_dir));
            plan::plan(&arguments.choice.chosen(), tools.as_ref(), arguments.format)
        }
        None => collect::collect(cli.collect, interrupted),
    }
}

impl PlaceArguments {
    fn place(&self) -> io::Result<Place> {
        Ok(Place {
            root: self.root()?,
            models: self.simulate.clone(),
            selection: Selection::new(&self.device),
            tools: search(&self.tools_dir),
        })
    }

    fn root(&self) -> io::Result<Root> {
        match &self.root {
            None => Ok(Root::live()),
            Some(path) if path.is_dir() => Ok(Root::alternate(path.clone())),
            Some(path) => {
                let words = format!("--root {}: there is no such folder", path.display());
                Err(io::Error::new(io::ErrorKind::NotFound, words))
            }
        }
    }
}

impl ProbeArguments {
    fn chosen(&self) -> BTreeSet<ProbeName> {
        let is_chosen = |name: &ProbeName| {
            let is_second_tier = *name == ProbeName::FullRegisters;
            if is_second_tier && self.full {
                return !self.skip.contains(name);
            }
            if self.only.is_empty() {
                !is_second_tier && !self.skip.contains(name)
            } else {
                self.only.contains(name)
            }
        };
        ProbeName::value_variants().iter().copied().filter(is_chosen).collect()
    }
}

impl ProbeName {
    fn id(self) -> Option<ProbeId> {
        match self {
            Self::Identity => Some(ProbeId::Identity),
            Self::Nv => Some(ProbeId::Nv),
            Self::Capabilities => Some(ProbeId::Capabilities),
            Self::Registers => Some(ProbeId::Registers),
            Self::FullRegisters => Some(ProbeId::FullRegisters),
            Self::Host => None,
        }
    }
}

impl CollectArguments {
    fn settings(&self) -> io::Result<Settings> {
        let chosen = self.choice.chosen();
        let destination = match &self.output {
            None => Destination::Default,
            Some(path) if path.as_os_str() == "-" => Destination::Stdout,
            Some(path) => Destination::File(path.clone()),
        };
        let invalid = |words: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, words));
        if destination == Destination::Stdout && self.format == Format::Json {
            return invalid("-o - and --format json both want stdout; write the bundle to a file");
        }
        if destination == Destination::Stdout && io::stdout().is_terminal() {
            return invalid("-o -: stdout is a terminal; send the bundle to a file or a program");
        }
        if chosen.is_empty() {
            return invalid("--skip leaves nothing to collect");
        }
        let signing = match &self.signing {
            SigningArguments { unsigned: true, .. } => Choice::Unsigned,
            SigningArguments { sign_with: Some(path), .. } => Choice::File(path.clone()),
            SigningArguments { sign_agent: Some(key), .. } => Choice::Agent(key.clone()),
            SigningArguments { .. } => Choice::OneRun,
        };
        Ok(Settings {
            place: self.place.place()?,
            probes: chosen.iter().filter_map(|name| name.id()).collect(),
            host: chosen.contains(&ProbeName::Host),
            tools: self.with_tools.then(|| Duration::from_secs(self.tool_timeout)),
            deadline: Duration::from_secs(self.deadline),
            device_budget: self.device_budget.map(Duration::from_secs),
            signing,
            destination,
        })
    }
}

fn search(folder: &Option<PathBuf>) -> Search {
    folder.clone().map_or_else(Search::usual, Search::only)
}

/// Writes a result to stdout. A reader that has gone away has what it wanted.
fn put(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes words for people to stderr; a closed stderr loses them and nothing else.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
