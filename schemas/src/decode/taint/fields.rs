//! Signs that single fields of registers show.
//!
//! Values: PRM register descriptions, in the catalog's names.
//!
//! Must not do: combine fields that mean something only together (see [`super::composed`]).

use std::collections::BTreeMap;

use crate::model::fact::{Evidence, Fact, Subject, Value};

use super::super::source::Scribe;
use super::evidence::{Index, Leaf, Sum, word};

/// When a value shows the sign.
#[derive(Debug, Clone, Copy)]
enum When {
    /// A number that is not 0, or text that is not empty.
    NotZero,
    /// One of these.
    OneOf(&'static [u64]),
}

impl When {
    fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::NotZero, Value::Number { number, .. }) => *number != 0,
            (Self::NotZero, Value::Text { text }) => !text.is_empty(),
            (Self::NotZero, Value::Bytes { hex }) => hex.bytes().any(|digit| digit != b'0'),
            (Self::OneOf(values), Value::Number { number, .. }) => values.contains(number),
            (Self::OneOf(_), Value::Text { .. } | Value::Bytes { .. }) => false,
        }
    }
}

/// Fields of one register.
#[derive(Debug)]
struct Fields {
    register: &'static str,
    /// Their paths: whole, or with a star at one end.
    paths: &'static [&'static str],
    when: When,
    /// Only of this instance.
    instance: Option<&'static str>,
    /// Whether the register is read in the second tier only, so that the sign stands without it.
    is_optional: bool,
}

const fn of(register: &'static str, paths: &'static [&'static str]) -> Fields {
    Fields { register, paths, when: When::NotZero, instance: None, is_optional: false }
}

impl Fields {
    const fn when(self, values: &'static [u64]) -> Self {
        Self { when: When::OneOf(values), ..self }
    }

    const fn instance(self, instance: &'static str) -> Self {
        Self { instance: Some(instance), ..self }
    }

    const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    fn takes(&self, leaf: &Leaf<'_>) -> bool {
        let is_path = |pattern: &&str| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
            (Some(end), _) => leaf.path.ends_with(end),
            (None, Some(start)) => leaf.path.starts_with(start),
            (None, None) => leaf.path == *pattern,
        };
        self.paths.iter().any(is_path) && self.instance.is_none_or(|instance| leaf.instance == instance)
    }
}

/// A sign, about whatever its registers are about.
struct Sign {
    path: &'static str,
    fields: &'static [Fields],
}

/// MDSR `status`: a challenge was given, ran out before a token was installed, or the session ran out.
const CHALLENGED: &[u64] = &[4, 5, 6];

const SIGNS: &[Sign] = &[
    Sign { path: "token_challenge", fields: &[of("MDSR", &["status"]).when(CHALLENGED)] },
    Sign {
        path: "development_firmware",
        fields: &[
            of(
                "MGIR",
                &[
                    "fw_info.dev",
                    "fw_info.dev_sc",
                    "fw_info.debug",
                    "hw_info.development",
                    "dev_info.dev_branch_tag",
                ],
            ),
            of("MIDFV", &["dev_branch_tag"]),
        ],
    },
    Sign { path: "pci_switch_only", fields: &[of("MGIR", &["hw_info.pci_switch_only_mode"])] },
    Sign { path: "safe_mode", fields: &[of("MSMR", &["state"])] },
    Sign {
        path: "test_mode",
        fields: &[
            of("PPTT", &["e"]),
            of("PPRT", &["e"]),
            of("PPAOS", &["phy_test_mode_admin", "phy_test_mode_status"]),
            of("PPLR", &["lb_en"]),
            of("PFLDC", &["debug_mode_oper"]),
        ],
    },
    Sign {
        path: "injection",
        fields: &[
            of("PTER", &["*.error_type_oper", "*.error_type_admin"]),
            of("PREI", &["error_type_oper", "error_type_admin"]),
        ],
    },
    Sign {
        path: "injection",
        fields: &[of("MTEIR", &["thermal_error_mode"]), of("MPEINJ", &["error_type"]).optional()],
    },
    Sign { path: "injection_permitted", fields: &[of("MSGCR", &["support_error_injection"])] },
    Sign { path: "cable_check_off", fields: &[of("MSGCR", &["fake_cable_detect_en"]).when(&[0])] },
    Sign { path: "tracer_owned", fields: &[of("MTRC_CAP", &["trace_owner"])] },
    Sign { path: "override.module_eeprom", fields: &[of("PMMP", &["eeprom_override"])] },
    Sign { path: "override.module_control", fields: &[of("PMCR", &["*_override_cntl", "*_override_cntrl"])] },
    Sign {
        path: "override.precoding",
        fields: &[of("PLTC", &["local_rx_precoding_admin", "local_tx_precoding_admin"])],
    },
    Sign { path: "override.fec", fields: &[of("PPLM", &["fec_override_admin_*"]).instance("test_mode=0")] },
    Sign { path: "override.fast_link_up", fields: &[of("PCNR", &["flua_en"])] },
    Sign {
        path: "override.link_down",
        fields: &[of("PLDS", &["delayed_recovery_force", "plr_retry_force", "fec_uncor_force"])],
    },
    Sign { path: "override.forced_link_up", fields: &[of("PAOS", &["phy_force_linkup_mode"])] },
    // 2: nothing plugged in that could be judged.
    Sign { path: "foreign_cable", fields: &[of("MFCDR", &["status"]).when(&[1, 3])] },
    Sign { path: "live_update", fields: &[of("MIRC", &["status_code"])] },
];

/// All of them, one for each subject that their registers are about.
pub(super) fn signs(index: &Index<'_>, scribe: Scribe<'_>, anchor: &Evidence) -> Vec<Fact> {
    SIGNS.iter().flat_map(|sign| about_each(sign, index, scribe, anchor)).collect()
}

fn about_each(sign: &Sign, index: &Index<'_>, scribe: Scribe<'_>, anchor: &Evidence) -> Vec<Fact> {
    let mut sums: BTreeMap<&Subject, Sum> = BTreeMap::new();
    for fields in sign.fields {
        for leaf in index.register(fields.register).iter().filter(|leaf| fields.takes(leaf)) {
            let word = word(leaf.fact, |value| fields.when.holds(value));
            sums.entry(&leaf.fact.subject).or_default().add(fields.register, word, &leaf.fact.evidence);
        }
    }
    // A register that was asked for one port says nothing of another, and one that was not asked says nothing at all.
    for fields in sign.fields.iter().filter(|fields| !fields.is_optional) {
        for (subject, sum) in &mut sums {
            let is_asked = |leaf: &&Leaf<'_>| fields.takes(leaf) && leaf.fact.subject == **subject;
            if !index.register(fields.register).iter().any(|leaf| is_asked(&leaf)) {
                let silence = super::evidence::not_asked();
                sum.add(fields.register, super::evidence::Word::Unread(silence), &[]);
            }
        }
    }
    if sums.is_empty() {
        return vec![Sum::default().sign(scribe.device_subject(), sign.path, scribe, anchor)];
    }
    sums.into_iter().map(|(subject, sum)| sum.sign(subject.clone(), sign.path, scribe, anchor)).collect()
}
