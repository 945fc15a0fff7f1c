//! What of a parameter is in force in a view, as rules see it: where its valid flag is 0, or nothing is stored, the
//! factory's.
//!
//! Must not do: prefer a reading where releases of mstflint read the bytes differently: all of them are given.

use mlx5_schemas::model::fact::{Fact, Value, View};

use super::{About, Lens};
use crate::case::{Views, cleared_flag, in_force, other_readings};

/// What is in force.
#[derive(Debug, Clone)]
pub(crate) struct InForce<'a> {
    /// The fact that says it: of the view, or the factory's in its place.
    pub(crate) fact: &'a Fact,
    /// Its value.
    pub(crate) value: &'a Value,
    /// What other releases make of the bytes; `None` where one of them makes no value of it.
    pub(crate) others: Option<Vec<&'a Value>>,
}

impl<'a> About<'a> {
    /// What is in force under one path in a view; of a fact without views its value. `None` where it was not read.
    pub(crate) fn in_force(&self, views: &Views<'a>, view: Option<View>) -> Option<InForce<'a>> {
        let (fact, value) = match view.filter(|_| views.has_views()) {
            None => views.plain().and_then(|fact| Some((fact, fact.value()?)))?,
            Some(view) => match in_force(self.opened, views, view)? {
                (fact, _) if self.is_off(fact) => {
                    let default = views.in_view(View::Default).filter(|fact| !self.is_off(fact))?;
                    (default, default.value()?)
                }
                known => known,
            },
        };
        let readings = other_readings(self.facts, fact).into_iter().map(Fact::value);
        // Several texts can tell of the same thing.
        let twins = views.all().iter().filter(|twin| twin.view.is_none() && view.is_none());
        let others = readings.chain(twins.filter_map(|twin| twin.value()).map(Some)).collect();
        Some(InForce { fact, value, others })
    }

    fn is_off(&self, fact: &Fact) -> bool {
        self.catalog.is_some_and(|catalog| cleared_flag(catalog, self.facts, fact).is_some())
    }
}

/// The view that is looked at where a condition names none; `None` for a fact without views.
pub(crate) fn view_of(views: &Views<'_>, named: Option<View>, lens: Lens) -> Option<View> {
    if !views.has_views() {
        return None;
    }
    named.or(match lens {
        Lens::View(view) => Some(view),
        Lens::Now if views.in_view(View::Current).is_none() => Some(View::Next),
        Lens::Now => Some(View::Current),
        Lens::Any => {
            let is_known = |view: &View| views.in_view(*view).is_some_and(|fact| fact.value().is_some());
            Some([View::Next, View::Current].into_iter().find(is_known).unwrap_or(View::Next))
        }
    })
}
