//! By which way a device without a usable node answered, in words for the summary.
//!
//! Must not do: say more than the bundle does.

use std::collections::BTreeMap;

use crate::discovery::NodeProblem;
use crate::tools::{DeviceRuns, Reading, Run};

use super::Found;

/// How a device without a usable node answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRoute {
    /// Why it was not asked over fwctl.
    pub why: String,
    /// What the vendor's tools gave: what, and by which of them.
    pub tools: Vec<String>,
    /// What to do for more; none where there is no more.
    pub remedy: Option<String>,
}

/// Routes of the devices that were not asked over fwctl.
pub(super) fn routes(found: &Found, runs: &[DeviceRuns]) -> BTreeMap<String, DeviceRoute> {
    let route = |device: &super::Device| {
        let problem = device.target.as_ref().err()?;
        let id = device.description.id.clone();
        let of_device = runs.iter().find(|runs| runs.device == id);
        let tools: Vec<String> = of_device.map(answers).unwrap_or_default();
        let remedy = (tools.is_empty() && !problem.is_no_loss()).then(|| remedy(found, problem, of_device));
        Some((id, DeviceRoute { why: why(problem), tools, remedy }))
    };
    found.devices.iter().filter_map(route).collect()
}

fn why(problem: &NodeProblem) -> String {
    match problem {
        NodeProblem::NoWay { why, .. } => format!("no fwctl node ({why})"),
        NodeProblem::NoNode { .. }
        | NodeProblem::WrongNode { .. }
        | NodeProblem::NoPermission { .. }
        | NodeProblem::OutOfSight { .. }
        | NodeProblem::NoDeviceNumber { .. }
        | NodeProblem::Virtual { .. }
        | NodeProblem::AlternateRoot => problem.to_string(),
    }
}

fn remedy(found: &Found, problem: &NodeProblem, runs: Option<&DeviceRuns>) -> String {
    let mut ways = Vec::new();
    match runs {
        None if found.for_tools().is_empty() => {}
        None if found.tools.is_empty() => {
            ways.push("install mstflint and run it again with --with-tools".to_owned())
        }
        None => ways.push("run it again with --with-tools".to_owned()),
        // They were run, or refused: their row says why.
        Some(_) => {}
    }
    if let NodeProblem::NoWay { remedy, .. } = problem {
        ways.push(remedy.clone());
    }
    ways.join(", or ")
}

fn answers(runs: &DeviceRuns) -> Vec<String> {
    let of = |(reading, words): (Reading, &str)| {
        runs.answer(reading).map(|run| format!("{words} by {}", program(run)))
    };
    [
        (Reading::Configuration, "firmware configuration"),
        (Reading::Firmware, "firmware image"),
        (Reading::Versions, "versions"),
    ]
    .into_iter()
    .filter_map(of)
    .collect()
}

/// `mstconfig 4.21.0`, of `mstconfig, mstflint 4.21.0, Git SHA Hash: N/A`.
fn program(run: &Run) -> String {
    let version = run.record.program.version.as_deref().unwrap_or_default();
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    let number = version.split([' ', ',']).find(is_number);
    [Some(run.program.word()), number].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
