//! What a rule is, and how a baseline's rules become ones that can check.
//!
//! Must not do: hold the logic of a kind; each has its own file.

use std::collections::BTreeSet;
use std::rc::Rc;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{Select, Severity};
use mlx5_schemas::model::fact::{Subject, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::verdict::Assurance;

use super::findings::Findings;
use super::held::{Held, When};
use super::lookup::Lookup;
use super::policy::Accepted;
use super::scope::Scope;
use crate::assurance::Caps;
use crate::case::{Case, is_virtual};

pub use super::build::rules_of;

/// What rules look at.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The opened bundle with its facts.
    pub case: &'a Case,
    /// How much its evidence can carry.
    pub caps: &'a Caps,
    /// Which parameters and registers exist.
    pub catalog: &'a Catalog,
    /// Least assurance demanded.
    pub min_assurance: Assurance,
    /// Reasons that hold nothing back.
    pub accepted: &'a Accepted,
    /// Bytes of whole TLVs that some rule names by their own path: device id and path. They are that rule's to judge.
    pub named_bytes: &'a BTreeSet<(String, String)>,
    /// What rules name on each device, where a baseline has a word on the rest.
    pub named: &'a [(String, Vec<Scope>)],
    /// Devices and the host as conditions and relations see them.
    pub lookup: &'a Lookup<'a>,
    /// What came of the rule's condition on the target, where it has one.
    pub held: Option<Rc<Held>>,
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
    /// A device of the manifest.
    pub(super) fn of(device: &Device) -> Self {
        Self::Device { id: device.id.clone(), is_virtual: is_virtual(device) }
    }

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
    /// Which devices it is about: what its file says, and what it says itself. All must hold.
    pub selects: Vec<Select>,
    /// Under which condition it holds.
    pub when: Option<When>,
    /// Which facts it is about.
    pub scope: Scope,
    /// Which views of NV configuration it judges.
    pub views: Vec<View>,
    /// What it expects, in words.
    pub expected: String,
    /// Whether it is about values, or about whether there is anything.
    pub wants: Wants,
    /// Whether it looks at all devices together, and leaves findings about the host.
    pub is_joint: bool,
}

/// What a rule wants of what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Certain values.
    Value,
    /// That it is there.
    Presence,
    /// That it is not there.
    Absence,
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
            selects: Vec::new(),
            when: None,
            scope: Scope::new(&[], &[]),
            views: Vec::new(),
            expected: String::new(),
            wants: Wants::Value,
            is_joint: false,
        }
    }

    /// Whether devices are judged by it one by one.
    pub(super) fn judges_devices(&self) -> bool {
        self.scope.names_devices() && !self.is_joint
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
    /// Two values have no common measure.
    #[error("{left} and {right} cannot be compared: {values}")]
    Incomparable {
        /// The fact's name.
        left: String,
        /// The other one's.
        right: String,
        /// Both values.
        values: String,
    },
    /// The rule compares with a view of something that has none.
    #[error("{name} has no view {view}: it has no views at all")]
    NoView {
        /// The fact's name.
        name: String,
        /// The view.
        view: &'static str,
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

    /// Checks all devices together, where [`RuleMeta::is_joint`] says so.
    ///
    /// # Errors
    /// When the rule cannot be carried out; findings already left stay.
    fn check_joint(&self, _context: &Context<'_>, _findings: &mut Findings) -> Result<(), RuleError> {
        Ok(())
    }
}
