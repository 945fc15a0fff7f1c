//! Collects, and tells people and programs what came of it.
//!
//! Must not do: mix the two: words go to stderr, the run report to stdout.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::style::{Style, printable};
use super::{CollectArguments, Exit, Format, put, say, summary};
use crate::progress::Progress;
use crate::run::{self, Finished, RunError};
use crate::run_report::RunReport;

pub(super) fn collect(arguments: CollectArguments, interrupted: &Arc<AtomicBool>) -> io::Result<Exit> {
    let settings = arguments.settings()?;
    let shown = !arguments.quiet && io::stderr().is_terminal();
    let progress = Progress::new(shown);
    let result = run::run(&settings, interrupted, &mut |devices| progress.begin(devices), &|event| {
        progress.tell(event)
    });
    progress.end();
    let exit = match &result {
        Ok(finished) if finished.manifest.complete => Exit::Complete,
        Ok(_) => Exit::Incomplete,
        Err(_) => Exit::NoBundle,
    };
    tell(&result, arguments.quiet);
    if arguments.format == Format::Json {
        put(&format!("{}\n", serde_json::to_string_pretty(&RunReport::new(&result, exit.code()))?))?;
    }
    Ok(exit)
}

fn tell(result: &Result<Finished, RunError>, quiet: bool) {
    match result {
        Err(error) => say(&format!("mlx5-collector: no bundle: {}\n", printable(&error.to_string()))),
        Ok(_) if quiet => {}
        Ok(finished) => say(&summary::summary(finished, Style::stderr())),
    }
}
