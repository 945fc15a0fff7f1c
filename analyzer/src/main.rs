//! `mlx5-analyzer`: the edge. Clock, environment, terminal and streams are handed to the library here.
//!
//! Must not do: anything that a test of the library could not see.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use mlx5_analyzer::cli::{Cli, Edge, run};
use mlx5_analyzer::sanitize::sanitize;
use mlx5_schemas::catalog::Catalog;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome =
        run(&cli, Edge { now: chrono::Utc::now(), colours: colours(), catalog: Catalog::embedded() });
    let mut code = outcome.code;
    let mut stdout = std::io::stdout().lock();
    let mut write = |bytes: &[u8]| stdout.write_all(bytes).and_then(|()| stdout.flush());
    if let Err(error) = write(&outcome.bundle).and_then(|()| write(outcome.output.as_bytes())) {
        // Whoever read us has seen enough; the verdict stays what it is.
        if error.kind() != ErrorKind::BrokenPipe {
            complain(&format!("cannot write: {error}"));
            code = outcome.code_if_unwritten;
        }
    }
    for trouble in &outcome.troubles {
        complain(trouble);
    }
    ExitCode::from(code)
}

/// Without stderr there is nowhere left to complain to.
fn complain(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "mlx5-analyzer: {}", sanitize(words));
}

/// NO_COLOR wins over CLICOLOR_FORCE, that over CLICOLOR and TERM; then only a terminal shows colours.
fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    let refused =
        set("CLICOLOR").is_some_and(|value| value == "0") || set("TERM").is_some_and(|term| term == "dumb");
    !refused && std::io::stdout().is_terminal()
}
