//! Progress per device on a terminal.
//!
//! Must not do: write anything where there is no terminal, or slow collection down.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::supervise::{Event, Happened};

/// How often a line moves although nothing happens, to show that the device is being waited for.
const TICK: Duration = Duration::from_millis(200);

/// One line per device on stderr, or nothing.
#[derive(Debug)]
pub struct Progress {
    lines: MultiProgress,
    shown: bool,
    devices: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Progress {
    /// Progress on stderr if `shown`.
    pub fn new(shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { lines: MultiProgress::with_draw_target(target), shown, devices: Mutex::default() }
    }

    /// Shows a line for each device.
    pub fn begin(&self, devices: &[&str]) {
        if !self.shown {
            return;
        }
        let style = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}");
        let mut lines = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        for &device in devices {
            let line = self.lines.add(ProgressBar::new_spinner());
            // A template that cannot be read would show the default style.
            if let Ok(style) = &style {
                line.set_style(style.clone());
            }
            line.set_prefix(device.to_owned());
            line.set_message("opening");
            line.enable_steady_tick(TICK);
            lines.insert(device.to_owned(), line);
        }
    }

    /// Takes news of a device.
    pub fn tell(&self, event: Event<'_>) {
        let lines = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = lines.get(event.device) else { return };
        match event.happened {
            Happened::Opened => line.set_message("open"),
            Happened::ProbeStarted(probe) => line.set_message(probe.word()),
            Happened::Exchanges(count) => {
                let probe = line.message();
                let word = probe.split(' ').next().unwrap_or_default();
                line.set_message(format!("{word} {count}"));
            }
            Happened::ProbeEnded(_) => {}
            Happened::Ended => line.finish_with_message("done"),
        }
    }

    /// Takes the lines away.
    pub fn end(&self) {
        for line in self.devices.lock().unwrap_or_else(PoisonError::into_inner).values() {
            line.finish_and_clear();
        }
    }
}
