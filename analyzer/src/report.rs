//! Reports of `check`: one module for each format, behind one small seam.
//!
//! What is listed, in which order, and what is only counted is decided once ([`Rank`]); a format says it in its own way.
//! Each format has one door that every text goes through ([`crate::render::Page::put`], [`markup::Markup`], `door` in
//! the others): texts come from strangers' bundles.
//!
//! Must not do: judge, soften, lose a finding, or open files.

mod alike;
mod device_key;
mod fingerprint;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod markup;
mod oneline;
mod rank;
mod sarif;
mod words;
mod xccdf;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use mlx5_schemas::model::fact::Evidence;
use mlx5_schemas::model::report::{BundleReview, CheckReport, DeviceReview, Finding, Report, ReportResult};
use mlx5_schemas::model::verdict::{Cap, Word};

use crate::render::{self, Page};

pub use alike::alike;
pub use device_key::device_key;
pub use github::annotations;
pub use json::json;
pub use rank::{Rank, groups, ranked};
pub use words::{
    assurance, beside, cap, counts, counts_found, devices_by_word, found, headline, lacks, named, place,
    policy, rows, signature, source, subjects, web_address, written_by,
};

/// Name of the result, issue or test case that carries the word on a device or a bundle: the values alone may all be
/// within where the evidence does not carry enough.
pub const WORD_RULE: &str = "word";

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people, on a terminal or in a file.
    Text,
    /// Schema mlx5-report.
    Json,
    /// For a ticket.
    Markdown,
    /// One file for a browser, for print.
    Html,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// GitLab code quality.
    Gitlab,
    /// XCCDF 1.2: a benchmark with its rules and results.
    Xccdf,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// One line, for a ticket's subject.
    Oneline,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Json,
        Self::Markdown,
        Self::Html,
        Self::Sarif,
        Self::Junit,
        Self::Gitlab,
        Self::Xccdf,
        Self::Github,
        Self::Oneline,
    ];

    /// The word used on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::Xccdf => "xccdf",
            Self::Github => "github",
            Self::Oneline => "oneline",
        }
    }
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Judgement<'r> {
    /// The whole report.
    pub report: &'r Report,
    /// What `check` found: the report's result.
    pub check: &'r CheckReport,
    /// The bytes that evidence of a bundle points at, in hex or as text, where the bundle is at hand.
    pub bytes: &'r dyn Fn(&BundleReview, &Evidence) -> Option<String>,
}

impl fmt::Debug for Judgement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judgement").field("report", self.report).finish_non_exhaustive()
    }
}

impl<'r> Judgement<'r> {
    /// Of a report of `check`; `None` for another verb's.
    pub fn of(
        report: &'r Report,
        bytes: &'r dyn Fn(&BundleReview, &Evidence) -> Option<String>,
    ) -> Option<Self> {
        if let ReportResult::Check(check) = &report.result {
            Some(Self { report, check, bytes })
        } else {
            None
        }
    }
}

/// Renders a report.
///
/// # Errors
/// When it cannot be written.
pub fn render(format: Format, judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => {
            let mut page = Page::new(false);
            render::check(&mut page, judgement);
            out.write_all(page.into_text().as_bytes())
        }
        Format::Json => out.write_all(json(judgement.report)?.as_bytes()),
        Format::Markdown => markdown::write(judgement, out),
        Format::Html => html::write(judgement, out),
        Format::Sarif => sarif::write(judgement, out),
        Format::Junit => junit::write(judgement, out),
        Format::Gitlab => gitlab::write(judgement, out),
        Format::Xccdf => xccdf::write(judgement, out),
        Format::Github => github::write(judgement, out),
        Format::Oneline => writeln!(out, "{}", oneline::line(judgement.check)),
    }
}

/// The caps that decide a finding's assurance: those of its device and its host at the very level.
fn deciding<'r>(review: &'r BundleReview, finding: &Finding) -> Vec<&'r Cap> {
    let device = finding.subject.device().and_then(|id| review.devices.iter().find(|other| other.id == id));
    let own = device.map(|device| device.caps.as_slice()).unwrap_or_default();
    review.host_caps.iter().chain(own).filter(|cap| cap.level == finding.assurance).collect()
}

/// The caps that decide a device's assurance.
pub fn deciding_of_device<'r>(review: &'r BundleReview, device: &'r DeviceReview) -> Vec<&'r Cap> {
    review.host_caps.iter().chain(&device.caps).filter(|cap| cap.level == device.assurance).collect()
}

/// Every word that was said of a bundle: on it as a whole, then on its devices. Where no envelope was given, that is said
/// of the bundle: a report that says nothing looks like success.
fn sayings(review: &BundleReview) -> Vec<Saying<'_>> {
    if !review.judged {
        return vec![Saying { device: None, word: Word::CannotBeVouchedFor, review }];
    }
    let whole = Saying { device: None, word: review.word, review };
    let devices = review.devices.iter().filter_map(|device| {
        let word = device.word?;
        Some(Saying { device: Some(device), word, review })
    });
    [whole].into_iter().chain(devices).collect()
}

/// A word on a device, or on a bundle as a whole.
struct Saying<'r> {
    device: Option<&'r DeviceReview>,
    word: Word,
    review: &'r BundleReview,
}

impl Saying<'_> {
    /// Whom it is on.
    fn subject(&self) -> &str {
        self.device.map_or("the bundle", |device| device.id.as_str())
    }

    /// Whether findings do not say it already: a device that is outside has one that is.
    fn is_news(&self) -> bool {
        self.device.is_none() || self.word == Word::CannotBeVouchedFor
    }

    /// As people read it.
    fn word_said(&self) -> &'static str {
        if self.review.judged { self.word.words() } else { self.review.words() }
    }

    /// What it is, in a sentence.
    fn state(&self) -> &'static str {
        match self.word {
            _ if !self.review.judged => "is not judged: no envelope was given (--baseline FILE gives one)",
            Word::Inside => "is inside the envelope",
            Word::Outside => "is outside the envelope",
            Word::CannotBeVouchedFor => "cannot be vouched for",
        }
    }

    /// How much its evidence can carry; for a bundle that of its weakest device, none where it has no device.
    fn assurance(&self) -> String {
        let devices = self.review.devices.iter();
        match self.device.or_else(|| devices.min_by_key(|device| device.assurance)) {
            Some(device) => assurance(device.assurance, &deciding_of_device(self.review, device)),
            None => "none, as there is no device".to_owned(),
        }
    }

    /// All of it: word, reasons, counts, assurance.
    fn words(&self) -> String {
        let reasons = self.device.map(|device| device.reasons.as_slice()).unwrap_or_default();
        let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        let counts = counts(self.device.map_or(&self.review.counts, |device| &device.counts));
        format!("{} {}{why}; values: {counts}; assurance {}", self.subject(), self.state(), self.assurance())
    }
}

/// What was demanded and permitted, in one line.
fn policy_line(check: &CheckReport) -> String {
    let rows: Vec<String> =
        policy(check).into_iter().map(|(label, text)| format!("{label} {text}")).collect();
    rows.join("; ")
}

/// The findings of a bundle by whom they are about: the host's first, then each device's, also those of a device that
/// the review does not list.
fn by_subject(review: &BundleReview) -> BTreeMap<Option<&str>, Vec<&Finding>> {
    let mut by_subject: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::from([(None, Vec::new())]);
    by_subject.extend(review.devices.iter().map(|device| (Some(device.id.as_str()), Vec::new())));
    for finding in &review.findings {
        by_subject.entry(finding.subject.device()).or_default().push(finding);
    }
    by_subject
}
