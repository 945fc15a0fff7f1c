//! Reading files of tests: strictly, since an expectation that is not understood would hold of anything.
//!
//! Must not do: open bundles.

use mlx5_schemas::model::baseline_test::{
    BASELINE_TEST_SCHEMA, BASELINE_TEST_VERSION, BaselineTest, BundleTest, FindingTest, VerdictWord,
};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

use crate::baseline::suggest::nearest;
use crate::condition::suggestion;
use crate::json_text::{Form, JsonText, JsonTextError};

/// What a file of tests is.
pub(super) const FORM: Form = Form {
    what: "test of baselines",
    schema: BASELINE_TEST_SCHEMA,
    version: BASELINE_TEST_VERSION,
    max_bytes: 4 << 20,
};

/// A file of tests that was read and understood.
#[derive(Debug, Clone)]
pub struct Trial {
    pub(super) text: JsonText,
    pub(super) test: BaselineTest,
}

pub(super) fn understood(text: JsonText) -> Result<Trial, JsonTextError> {
    let test: BaselineTest = text.parse()?;
    match fault(&test) {
        Some((pointer, words)) => Err(text.wrong(&pointer, words)),
        None => Ok(Trial { text, test }),
    }
}

/// What is wrong with it, and where.
fn fault(test: &BaselineTest) -> Option<(String, String)> {
    let empty = |pointer: &str, words: &str| Some((pointer.to_owned(), words.to_owned()));
    if test.baselines.is_empty() {
        return empty("/baselines", "`baselines` is empty: nothing would be tested");
    }
    if test.bundles.is_empty() {
        return empty("/bundles", "`bundles` is empty: nothing would be expected");
    }
    test.bundles.iter().enumerate().find_map(|(place, bundle)| {
        let (pointer, words) = bundle_fault(bundle)?;
        Some((format!("/bundles/{place}{pointer}"), words))
    })
}

fn bundle_fault(bundle: &BundleTest) -> Option<(String, String)> {
    let BundleTest { file, why: _, word, devices, findings, nothing_else } = bundle;
    if file.trim().is_empty() {
        return Some(("/file".to_owned(), "`file` is empty".to_owned()));
    }
    if word.is_none() && devices.is_empty() && findings.is_empty() && !nothing_else {
        let words = "nothing is expected of it: give `word`, `devices`, `findings` or `nothing_else`";
        return Some((String::new(), words.to_owned()));
    }
    let device = devices.iter().find(|(_, device)| device.word.is_none() && device.assurance.is_none());
    if let Some((id, _)) = device {
        let words = "nothing is expected of it: give `word` or `assurance`";
        return Some((format!("/devices/{id}"), words.to_owned()));
    }
    findings.iter().enumerate().find_map(|(place, finding)| {
        let (member, words) = finding_fault(finding)?;
        Some((format!("/findings/{place}/{member}"), words))
    })
}

fn finding_fault(finding: &FindingTest) -> Option<(&'static str, String)> {
    if finding.rule.is_empty() {
        return Some(("rule", "`rule` is empty".to_owned()));
    }
    let reason = finding.reason.as_deref()?;
    let known: Vec<&str> = match finding.verdict {
        VerdictWord::Unknown => UnknownReason::ALL.iter().map(|reason| reason.word()).collect(),
        VerdictWord::NotApplicable => NotApplicableReason::ALL.iter().map(|reason| reason.word()).collect(),
        VerdictWord::Within
        | VerdictWord::Waived
        | VerdictWord::Pending
        | VerdictWord::Outside
        | VerdictWord::NotSelected
        | VerdictWord::Informational
        | VerdictWord::Error => Vec::new(),
    };
    if known.contains(&reason) {
        return None;
    }
    let words = match known.is_empty() {
        true => format!("{} carries no reason", finding.verdict.word()),
        false => {
            let near = suggestion(nearest(reason, known.iter().copied()));
            let all = if near.is_empty() { format!("; there are {}", known.join(", ")) } else { near };
            format!("{} has no reason {reason}{all}", finding.verdict.word())
        }
    };
    Some(("reason", words))
}
