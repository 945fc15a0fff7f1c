//! The kernel's view of devices, read in processes of their own, one for each card.
//!
//! Link speeds, port states and devlink's versions make the driver ask the firmware, and a dead firmware keeps whoever
//! asked in the kernel for a minute, where no signal reaches. A thread there would keep this program from ending; a
//! process is left behind and ends by itself, at the latest when it finds nobody reading.
//!
//! Must not do: wait for one of them but by reading what it writes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::process::{Signal, getpid, kill_process};

use super::{Function, files};
use crate::discovery::pci;
use crate::root::Root;

/// First argument of such a process.
pub const ARGUMENT: &str = "--kernel-view";
/// Most bytes that are taken from one.
const LIMIT: u64 = 32 << 20;
/// How long one that has closed its pipe may take to be gone.
const REAP_TIME: Duration = Duration::from_millis(50);

/// The process: functions in, as one line of JSON, captures out, one a line, and an empty line when there are no more.
pub fn main() -> std::process::ExitCode {
    let ended = answer(&Root::live(), io::stdin().lock(), &mut io::stdout());
    if ended.is_ok() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

fn answer(root: &Root, task: impl Read, out: &mut dyn Write) -> io::Result<()> {
    let functions: Vec<Function> = serde_json::from_reader(task)?;
    let mut ended = Ok(());
    super::capture_devices(root, &functions, &mut |capture| {
        if ended.is_ok() {
            ended = line(&capture).and_then(|line| out.write_all(&line)).and_then(|()| out.flush());
            if ended.is_err() {
                // Nobody reads any more: nothing more is asked, and nothing is left to put in order.
                let _ = kill_process(getpid(), Signal::KILL);
            }
        }
    });
    ended.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush())
}

fn line(capture: &HostCapture) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(capture)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads the kernel's view of `functions`; `program` is what is started, this very program.
pub fn capture(program: &Path, functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
    let cards = pci::by_card(functions, |function| &function.address);
    std::thread::scope(|scope| {
        let (sender, captures) = channel();
        for card in cards {
            let own = sender.clone();
            let work = move || one(program, &card, &own);
            if std::thread::Builder::new().name("kernel view".to_owned()).spawn_scoped(scope, work).is_err() {
                let _ = sender.send(failed(functions, "no thread could be started"));
            }
        }
        drop(sender);
        captures.into_iter().for_each(sink);
    });
}

/// Starts one, and passes on what it writes until it ends.
fn one(program: &Path, card: &[&Function], captures: &Sender<HostCapture>) {
    let told = start(program, card).and_then(|mut child| {
        let told = child.stdout.take().map_or(Ok(()), |pipe| pass_on(pipe, captures));
        end(&mut child);
        told
    });
    if let Err(error) = told {
        let owned: Vec<Function> = card.iter().map(|function| (*function).clone()).collect();
        let _ = captures.send(failed(&owned, &error.to_string()));
    }
}

fn failed(functions: &[Function], words: &str) -> HostCapture {
    let address = functions.first().map_or("none", |function| function.address.as_str());
    files::failed(&format!("kernel-view@{address}"), CollectionStatus::Error, words.to_owned())
}

fn start(program: &Path, card: &[&Function]) -> io::Result<Child> {
    let task = serde_json::to_vec(card)?;
    let mut child = Command::new(program)
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // One that is left behind in the kernel is not to keep open what somebody may be waiting for the end of.
        .stderr(Stdio::null())
        // An interrupt from the terminal is for this program, which seals what there is.
        .process_group(0)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that is dead already says so by its silence.
        let _ = input.write_all(&task);
    }
    Ok(child)
}

fn pass_on(pipe: impl Read, captures: &Sender<HostCapture>) -> io::Result<()> {
    for line in BufReader::new(pipe.take(LIMIT)).lines() {
        let line = line?;
        if line.is_empty() {
            return Ok(());
        }
        let capture: HostCapture = serde_json::from_str(&line)?;
        // A receiver that is gone has given up on us.
        if captures.send(capture).is_err() {
            return Ok(());
        }
    }
    // What is missing behind the last line is not to pass for nothing.
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the process that reads it ended before it had told everything",
    ))
}

fn end(child: &mut Child) {
    let until = Instant::now() + REAP_TIME;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= until {
            let _ = child.kill();
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_goes_in_and_comes_out_is_the_same_on_both_sides() {
        let folder = tempfile::tempdir().unwrap();
        let interface = folder.path().join("sys/bus/pci/devices/0000:3b:00.0/net/eth2");
        std::fs::create_dir_all(&interface).unwrap();
        std::fs::write(interface.join("operstate"), "up\n").unwrap();
        let function = Function { address: "0000:3b:00.0".to_owned(), is_virtual: true, has_node: false };
        let task = serde_json::to_vec(&[function]).unwrap();
        let mut written = Vec::new();
        answer(&Root::pretended(folder.path().to_owned()), task.as_slice(), &mut written).unwrap();
        let (sender, captures) = channel();
        pass_on(written.as_slice(), &sender).unwrap();
        drop(sender);
        let captures: Vec<HostCapture> = captures.into_iter().collect();
        let state = captures.iter().find(|capture| capture.name.ends_with("eth2/operstate")).unwrap();
        assert_eq!(state.text.as_deref(), Some("up\n"));
        assert!(answer(&Root::live(), &b"no task"[..], &mut Vec::new()).is_err());
    }
}
