//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;

/// As many as PROPTEST_CASES says; without it few, for a property whose cases are large.
pub(crate) fn cases_or(few: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { few };
    ProptestConfig { cases, ..config }
}
