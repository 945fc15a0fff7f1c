//! Which facts a rule names: patterns, less the excepted ones.
//!
//! Must not do: judge, or decide what a pattern without a match means (see [`super::coverage`]).

use mlx5_schemas::model::fact::{Fact, Subject};

use super::layouts;
use super::rule::{Context, Target};
use crate::case::{BEYOND_NV, Views, tlv_of};
use crate::pattern::Pattern;

/// The patterns of a rule.
#[derive(Debug, Clone)]
pub struct Scope {
    pub(super) patterns: Vec<Pattern>,
    except: Vec<Pattern>,
    /// Whether the bytes of whole TLVs (`/data`) are reached along with the rest of them, or only by a pattern that ends
    /// with them.
    with_bytes: bool,
    /// Other rules: what they name is theirs.
    others: Vec<Scope>,
}

/// One thing that a rule judges: all views of one path.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) subject: &'a Subject,
    pub(super) path: &'a str,
    pub(super) views: Views<'a>,
    /// Whether a pattern without wildcards names exactly this: then its absence is no excuse.
    pub(super) by_name: bool,
    /// Whether a pattern names the bytes of a whole TLV by their own step (`/data`), not along with the rest of it.
    pub(super) as_bytes: bool,
}

/// What a rule names on a target.
#[derive(Debug)]
pub(super) struct Reached<'a> {
    pub(super) named: Vec<Named<'a>>,
    /// For each pattern, whether it took anything.
    pub(super) took: Vec<bool>,
}

impl Scope {
    pub(super) fn new(facts: &[String], except: &[String]) -> Self {
        let compile = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        Self { patterns: compile(facts), except: compile(except), with_bytes: false, others: Vec::new() }
    }

    /// One that reaches the bytes of whole TLVs too.
    #[must_use]
    pub(super) fn with_bytes(self) -> Self {
        Self { with_bytes: true, ..self }
    }

    /// The same less what others name.
    #[must_use]
    pub(super) fn less(&self, others: Vec<Self>) -> Self {
        Self { others, ..self.clone() }
    }

    /// Whether some pattern is about something of a device other than its NV configuration, or about the host.
    pub(super) fn names_beyond_nv(&self) -> bool {
        self.patterns.iter().any(|pattern| is_of_host(pattern) || is_beyond_nv(pattern))
    }

    /// Whether some pattern is about the host.
    pub(super) fn names_host(&self) -> bool {
        self.patterns.iter().any(is_of_host)
    }

    /// Whether some pattern is about devices.
    pub(super) fn names_devices(&self) -> bool {
        !self.patterns.iter().all(is_of_host)
    }

    /// Whether some pattern is about NV configuration.
    pub(super) fn names_nv(&self) -> bool {
        self.patterns.iter().any(can_be_nv)
    }

    /// The patterns that are about a target, with their places. Of a virtual function, those that are about something
    /// other than NV configuration.
    pub(super) fn patterns_for(&self, target: &Target) -> impl Iterator<Item = (usize, &Pattern)> {
        let (host, is_virtual) = (*target == Target::Host, target.is_virtual());
        self.patterns
            .iter()
            .enumerate()
            .filter(move |(_, pattern)| is_of_host(pattern) == host && (!is_virtual || is_beyond_nv(pattern)))
    }

    /// The bytes of whole TLVs that are named by their own path.
    pub(super) fn paths_of_bytes(&self) -> impl Iterator<Item = &str> {
        let exact = self.patterns.iter().filter(|pattern| !pattern.is_wild()).map(Pattern::text);
        exact.filter(|path| tlv_of(path).is_some_and(|tlv| tlv.part == "/data"))
    }

    /// Whether a name is excepted.
    pub(super) fn excepts(&self, name: &str) -> bool {
        self.except.iter().any(|pattern| pattern.matches(name))
            || self.others.iter().any(|other| other.takes_name(name))
    }

    /// The patterns of what is excepted.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &str> {
        self.except.iter().map(Pattern::text)
    }

    /// Whether anything is excepted.
    pub(super) fn has_exceptions(&self) -> bool {
        !self.except.is_empty() || !self.others.is_empty()
    }

    fn excepts_fact(&self, fact: &Fact) -> bool {
        self.except.iter().any(|pattern| pattern.takes(fact))
            || self.others.iter().any(|other| other.takes_fact(fact))
    }

    /// Whether it names a fact.
    fn takes_fact(&self, fact: &Fact) -> bool {
        let takes = |pattern: &Pattern| permits(pattern, &fact.path, self.with_bytes) && pattern.takes(fact);
        self.patterns.iter().any(takes) && !self.excepts_fact(fact)
    }

    /// Whether it names what is called so, read or not.
    fn takes_name(&self, name: &str) -> bool {
        let takes = |pattern: &Pattern| {
            (self.with_bytes || !name.ends_with("/data") || pattern.text().ends_with("/data"))
                && pattern.matches(name)
        };
        self.patterns.iter().any(takes) && !self.excepts(name)
    }

    /// Everything that the rule names on a target.
    pub(super) fn reach<'a>(&self, context: &Context<'a>, target: &Target) -> Reached<'a> {
        let mut reached = Reached { named: Vec::new(), took: vec![false; self.patterns.len()] };
        for (subject, path, views) in context.case.facts.by_path(target.device()) {
            let Some(&fact) = views.all().first() else { continue };
            // Companions are looked at along with the value that they are about.
            if layouts::is_companion(path)
                || self.excepts_fact(fact)
                || (target.is_virtual() && path.starts_with("nv/"))
            {
                continue;
            }
            let mut named = false;
            let (mut by_name, mut as_bytes) = (false, false);
            for (place, pattern) in self.patterns_for(target) {
                if !permits(pattern, path, self.with_bytes) || !pattern.takes(fact) {
                    continue;
                }
                named = true;
                by_name |= names(pattern, fact);
                as_bytes |= pattern.text().ends_with("/data");
                if let Some(took) = reached.took.get_mut(place) {
                    *took = true;
                }
            }
            if named {
                reached.named.push(Named { subject, path, views, by_name, as_bytes });
            }
        }
        reached
    }
}

pub(super) fn is_of_host(pattern: &Pattern) -> bool {
    pattern.text().starts_with("host/") || pattern.text() == "host"
}

/// Whether a pattern can take NV configuration.
pub(super) fn can_be_nv(pattern: &Pattern) -> bool {
    !is_of_host(pattern) && !BEYOND_NV.iter().any(|root| pattern.literal_start().starts_with(root))
}

/// Whether a pattern can take something of a device other than its NV configuration.
fn is_beyond_nv(pattern: &Pattern) -> bool {
    BEYOND_NV.iter().any(|root| pattern.may_begin_with(root))
}

/// Whether a pattern may reach a path at all. What a TLV's header and MNVQC say is reached by its full last step
/// only (`/writer`), so that `nv/**` is about configuration.
fn permits(pattern: &Pattern, path: &str, bytes: bool) -> bool {
    match tlv_of(path) {
        Some(tlv) if tlv.part == "/data" => bytes || pattern.text().ends_with("/data"),
        Some(tlv) if tlv.part.starts_with('/') => pattern.text().ends_with(tlv.part),
        Some(_) => true,
        None if path.starts_with("nv/access") => pattern.text().starts_with("nv/access"),
        None => true,
    }
}

/// Whether a pattern without wildcards names the fact itself or the array that it is an element of.
fn names(pattern: &Pattern, fact: &Fact) -> bool {
    let is = |name: &str| {
        name.strip_prefix(pattern.text()).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    !pattern.is_wild() && (is(&fact.path) || fact.aliases.iter().any(|alias| is(alias)))
}
