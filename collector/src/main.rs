//! The program: a worker when its supervisor starts it as one, the command line otherwise.
//!
//! Must not do: anything else; see the library.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Parser;
use mlx5_collector::cli::{self, Cli, Exit};
use mlx5_collector::worker;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == worker::WORKER_ARGUMENT) {
        return worker::main();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no error; a closed pipe is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::NoBundle.into() } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "mlx5-collector: {error:#}");
            Exit::NoBundle.into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Looked at in this order: a second signal ends the program at once, the first is only noted.
        let exit = i32::from(Exit::NoBundle.code());
        flag::register_conditional_shutdown(signal, exit, Arc::clone(&interrupted)).context("signals")?;
        flag::register(signal, Arc::clone(&interrupted)).context("signals")?;
    }
    Ok(cli::run(cli, &interrupted)?)
}
