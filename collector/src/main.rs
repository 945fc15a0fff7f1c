//! The program: a worker, or the reader of the kernel's view, when it is started as one by itself; the command line
//! otherwise.
//!
//! Must not do: anything else; see the library.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Parser;
use mlx5_collector::cli::{self, Cli, Exit};
use mlx5_collector::host::apart;
use mlx5_collector::task::WORKER_ARGUMENT;
use mlx5_collector::{signals, worker};

fn main() -> ExitCode {
    let first = std::env::args_os().nth(1);
    if first.as_deref().is_some_and(|argument| argument == WORKER_ARGUMENT) {
        return worker::main();
    }
    if first.as_deref().is_some_and(|argument| argument == apart::ARGUMENT) {
        return apart::main();
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
    if cli.collects() {
        signals::watch(&interrupted, Exit::NoBundle.code()).context("signals")?;
    }
    Ok(cli::run(cli, &interrupted)?)
}
