//! `expect`: did the setting take? What the views say of a value that somebody set.
//!
//! Must not do: take a view that was not read for one that says no.

mod wanted;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Subject, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{ExpectFound, ExpectReport, ExpectRow, ExpectState};

use crate::assurance::Caps;
use crate::baseline::suggest::nearest;
use crate::case::{Case, Views, in_force};

pub use wanted::{Wanted, WantedError};

/// Why `expect` cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// What was asked is malformed.
    #[error(transparent)]
    Wanted {
        /// What is wrong with it.
        #[from]
        source: WantedError,
    },
    /// Nothing is called so.
    #[error("{name}: neither a setting nor a fact{hint}")]
    Unknown {
        /// The name.
        name: String,
        /// `; did you mean NUM_OF_VFS?`
        hint: String,
    },
    /// There is no device.
    #[error("no device is in it")]
    NoDevice,
}

/// Compares what was set with what the views say, on every physical function.
///
/// # Errors
/// When a name is unknown to both the file and the catalog, or a value is none of the setting's.
pub fn expect(case: &Case, wanted: &[Wanted], catalog: &Catalog) -> Result<ExpectReport, ExpectError> {
    let devices: Vec<&Device> =
        case.opened.devices().iter().filter(|device| device.physical_function.is_none()).collect();
    if devices.is_empty() {
        return Err(ExpectError::NoDevice);
    }
    let mut rows = Vec::new();
    for one in wanted {
        let named: Vec<(&Subject, Views<'_>)> = devices
            .iter()
            .flat_map(|device| case.facts.by_path(Some(&device.id)))
            .chain(case.facts.by_path(None))
            .filter(|(_, path, views)| *path == one.name || is_called(views, &one.name))
            .map(|(subject, _, views)| (subject, views))
            .collect();
        let parameter = wanted::parameter(catalog, &one.name, named.first().map(|(_, views)| views));
        if named.is_empty() && parameter.is_none() {
            return Err(ExpectError::Unknown {
                name: one.name.clone(),
                hint: hint(case, catalog, &one.name),
            });
        }
        let one = &one.checked(parameter)?;
        let of_host = named.iter().filter(|(subject, _)| **subject == Subject::Host);
        let of_host: Vec<ExpectRow> =
            of_host.map(|(subject, views)| row(case, subject, views, one)).collect();
        if !of_host.is_empty() {
            rows.extend(of_host);
            continue;
        }
        for device in &devices {
            let own: Vec<&(&Subject, Views<'_>)> =
                named.iter().filter(|(subject, _)| subject.device() == Some(&device.id)).collect();
            if own.is_empty() {
                rows.push(silent(case, device, one));
            }
            rows.extend(own.into_iter().map(|(subject, views)| row(case, subject, views, one)));
        }
    }
    let has = |state| rows.iter().any(|row: &ExpectRow| row.state == state);
    let exit_code = if has(ExpectState::Pending) || has(ExpectState::NotSet) {
        1
    } else if has(ExpectState::Unknown) {
        3
    } else {
        0
    };
    let caps = Caps::of(case);
    let assurance = devices
        .iter()
        .map(|device| caps.of_device(&device.id, case.opened.device_route(device)))
        .min()
        .unwrap_or_default();
    Ok(ExpectReport { bundle: case.opened.identity(), assurance, rows, exit_code })
}

fn is_called(views: &Views<'_>, name: &str) -> bool {
    views.all().iter().any(|fact| fact.aliases.iter().any(|alias| alias == name))
}

fn hint(case: &Case, catalog: &Catalog, name: &str) -> String {
    let in_file = case.facts.iter().flat_map(|fact| fact.aliases.iter().chain([&fact.path]));
    let parameters = catalog.tlvs().iter().flat_map(|tlv| &tlv.parameters);
    let known = parameters.filter_map(|parameter| parameter.alias.as_deref());
    let near = nearest(name, in_file.map(String::as_str)).or_else(|| nearest(name, known));
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// A device of which the file does not say it.
fn silent(case: &Case, device: &Device, wanted: &Wanted) -> ExpectRow {
    ExpectRow {
        subject: Subject::Device { device: device.id.clone() },
        name: wanted.name.clone(),
        wanted: wanted.text.clone(),
        state: ExpectState::Unknown,
        words: "the file does not say it".to_owned(),
        found: Vec::new(),
        evidence: vec![case.opened.manifest_evidence()],
    }
}

fn row(case: &Case, subject: &Subject, views: &Views<'_>, wanted: &Wanted) -> ExpectRow {
    let found: Vec<ExpectFound> = if views.has_views() {
        View::ALL
            .into_iter()
            .filter_map(|view| Some((view, views.in_view(view)?)))
            .map(|(view, fact)| ExpectFound { view: Some(view), knowledge: fact.knowledge.clone() })
            .collect()
    } else {
        views.all().iter().map(|fact| ExpectFound { view: None, knowledge: fact.knowledge.clone() }).collect()
    };
    let (state, words) = if views.has_views() {
        // Where nothing was ever stored the factory's value is in force.
        let of = |view| {
            let known = in_force(Some(&case.opened), views, view).map(|(fact, _)| fact);
            known.or_else(|| views.in_view(view))
        };
        judged(of(View::Current), of(View::Next), wanted)
    } else {
        now(views.plain(), wanted)
    };
    let evidence: Vec<Evidence> = views.evidence();
    ExpectRow {
        subject: subject.clone(),
        name: wanted.name.clone(),
        wanted: wanted.text.clone(),
        state,
        words,
        found,
        evidence,
    }
}

/// Of what has no views there is only how it is.
fn now(fact: Option<&Fact>, wanted: &Wanted) -> (ExpectState, String) {
    match fact.and_then(Fact::value) {
        Some(value) if wanted.is(value) => (ExpectState::Took, format!("it is {value}")),
        Some(value) => (ExpectState::NotSet, format!("it is {value}")),
        None => (ExpectState::Unknown, why(fact)),
    }
}

fn judged(current: Option<&Fact>, next: Option<&Fact>, wanted: &Wanted) -> (ExpectState, String) {
    let value = |fact: Option<&Fact>| fact.and_then(Fact::value).cloned();
    match (value(current), value(next)) {
        (Some(now), next) if wanted.is(&now) => {
            let words = match next {
                Some(next) if !wanted.is(&next) => {
                    format!("in force, but {next} is waiting for the next reset")
                }
                Some(_) | None => format!("in force: {now}"),
            };
            (ExpectState::Took, words)
        }
        (Some(now), Some(next)) if wanted.is(&next) => {
            (ExpectState::Pending, format!("{now} is in force, {next} waits for a reset of the device"))
        }
        (Some(now), Some(next)) => {
            (ExpectState::NotSet, format!("{now} is in force, and {next} comes with the next boot"))
        }
        (Some(now), None) => {
            let said = why(next);
            (
                ExpectState::Unknown,
                format!("{now} is in force; what comes with the next boot is not known: {said}"),
            )
        }
        (None, Some(next)) => {
            let waits = if wanted.is(&next) { "" } else { ", which is another value" };
            let words =
                format!("the next boot's is {next}{waits}; what is in force is not known: {}", why(current));
            (ExpectState::Unknown, words)
        }
        (None, None) => (ExpectState::Unknown, why(current.or(next))),
    }
}

fn why(fact: Option<&Fact>) -> String {
    match fact.map(|fact| &fact.knowledge) {
        Some(Knowledge::Unknown { reason, .. }) => reason.clone(),
        Some(Knowledge::Known { .. }) | None => "it was not read".to_owned(),
    }
}
