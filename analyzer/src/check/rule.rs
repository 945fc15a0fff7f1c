//! What a rule is, and how a baseline's rules become ones that can check.
//!
//! Must not do: hold the logic of a kind; each has its own file.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{BaselineRule, Expect, Select, Severity};
use mlx5_schemas::model::fact::{Subject, View};
use mlx5_schemas::model::reference::Reference;

use super::equals::Equals;
use super::equals_factory::EqualsFactory;
use super::findings::Findings;
use super::one_of::OneOf;
use super::range::InRange;
use super::scope::Scope;
use crate::assurance::Caps;
use crate::baseline::LoadedBaseline;
use crate::case::Case;

/// What rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The opened bundle with its facts.
    pub case: &'a Case,
    /// How much its evidence can carry.
    pub caps: &'a Caps,
    /// Which parameters and registers exist.
    pub catalog: &'a Catalog,
    /// Bytes of whole TLVs that some rule names by their own path: device id and path. They are that rule's to judge.
    pub named_bytes: &'a BTreeSet<(String, String)>,
}

/// What one check is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A device with its ports and modules.
    Device {
        /// Its id.
        id: String,
        /// Whether it is a virtual function, whose NV configuration is not its own.
        is_virtual: bool,
    },
    /// The host.
    Host,
}

impl Target {
    /// The device's id; none for the host.
    pub fn device(&self) -> Option<&str> {
        match self {
            Self::Device { id, .. } => Some(id),
            Self::Host => None,
        }
    }

    /// Whether its NV configuration is judged elsewhere.
    pub fn is_virtual(&self) -> bool {
        match self {
            Self::Device { is_virtual, .. } => *is_virtual,
            Self::Host => false,
        }
    }

    /// Its own subject.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Device { id, .. } => Subject::Device { device: id.clone() },
            Self::Host => Subject::Host,
        }
    }
}

/// What is common to all rules.
#[derive(Debug, Clone)]
pub struct RuleMeta {
    /// The baseline's name, a slash, the rule's id.
    pub id: String,
    /// Why the rule exists.
    pub why: Option<String>,
    /// What to do about a violation.
    pub remedy: Option<String>,
    /// Where what it demands is told.
    pub references: Vec<Reference>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How much a violation matters.
    pub severity: Severity,
    /// Which devices it is about.
    pub select: Select,
    /// Which facts it is about.
    pub scope: Scope,
    /// Which views of NV configuration it judges.
    pub views: Vec<View>,
    /// What it expects, in words.
    pub expected: String,
}

impl RuleMeta {
    /// For findings that need no baseline.
    pub(super) fn built_in(id: &str, severity: Severity) -> Self {
        Self {
            id: id.to_owned(),
            why: None,
            remedy: None,
            references: Vec::new(),
            owner: None,
            severity,
            select: Select::default(),
            scope: Scope::new(&[], &[]),
            views: Vec::new(),
            expected: String::new(),
        }
    }
}

/// Why a rule could not be carried out. It becomes an `error` finding; other rules go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The rule expects a kind of value that the fact cannot have.
    #[error("{name} is {is}, and the rule expects {expected}")]
    Kind {
        /// The fact's name.
        name: String,
        /// What it is.
        is: &'static str,
        /// What the rule expects.
        expected: &'static str,
    },
    /// The rule expects a value by a name that no value of the parameter has.
    #[error("no value of {name} is called {value}{hint}")]
    ValueName {
        /// The fact's name.
        name: String,
        /// The name in the rule.
        value: String,
        /// The names that there are, or the one that may have been meant.
        hint: String,
    },
    /// A finding without evidence: a defect of the rule.
    #[error("the rule found something about {path} that no bytes show")]
    NoEvidence {
        /// The fact's path.
        path: String,
    },
}

/// A rule.
pub trait Rule: std::fmt::Debug {
    /// What is common to all rules.
    fn meta(&self) -> &RuleMeta;

    /// Checks one target, leaving a finding for every value that the rule names there.
    ///
    /// # Errors
    /// When the rule cannot be carried out; findings already left stay.
    fn check(&self, context: &Context<'_>, target: &Target, findings: &mut Findings)
    -> Result<(), RuleError>;
}

/// A baseline's rules, ready to check.
pub fn rules_of(loaded: &LoadedBaseline) -> Vec<Box<dyn Rule>> {
    loaded.baseline.rules.iter().map(|rule| build(&loaded.baseline.name, rule)).collect()
}

fn build(baseline: &str, rule: &BaselineRule) -> Box<dyn Rule> {
    let meta = |expected: String| RuleMeta {
        id: format!("{baseline}/{}", rule.id),
        why: rule.why.clone(),
        remedy: rule.remedy.clone(),
        references: rule.references.clone(),
        owner: rule.owner.clone(),
        severity: rule.severity,
        select: rule.select.clone(),
        scope: Scope::new(&rule.facts, &rule.except),
        views: rule.views.clone(),
        expected,
    };
    match &rule.expect {
        Expect::Equals(value) => Box::new(Equals::new(meta(value.to_string()), value.clone())),
        Expect::OneOf(values) => {
            let words: Vec<String> = values.iter().map(ToString::to_string).collect();
            Box::new(OneOf::new(meta(format!("one of {}", words.join(", "))), values.clone()))
        }
        Expect::Range(range) => {
            let words = match (range.min, range.max) {
                (Some(min), Some(max)) => format!("from {min} to {max}"),
                (Some(min), None) => format!("at least {min}"),
                (None, Some(max)) => format!("at most {max}"),
                (None, None) => "any number".to_owned(),
            };
            Box::new(InRange::new(meta(words), *range))
        }
        Expect::EqualsFactory => Box::new(EqualsFactory::new(meta("the factory value".to_owned()))),
        // Refused when the file was read.
        Expect::NoneOf(_)
        | Expect::Bits(_)
        | Expect::Matches(_)
        | Expect::Relation(_)
        | Expect::Present
        | Expect::Absent
        | Expect::Count(_) => Box::new(OneOf::new(meta(String::new()), Vec::new())),
    }
}
