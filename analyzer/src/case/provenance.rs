//! Who wrote an NV item: the trace that its header keeps.
//!
//! A writer names itself, so this is a trace and no proof. Firmware that repeats the writer of the request says nothing of
//! it; what the item stored in flash says, which nobody asked for by a name, stands in for what will be in force.
//!
//! Must not do: conclude anything from a writer.

use mlx5_schemas::model::fact::{Fact, Value, View};

use super::{Case, tlv_of};

/// Writer and priority, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// What the writer called itself.
    pub writer: Option<String>,
    /// With which priority it wrote.
    pub priority: Option<String>,
}

impl Provenance {
    /// Both on one line; empty where neither is known.
    pub fn words(&self) -> String {
        let parts: Vec<&str> =
            [&self.writer, &self.priority].into_iter().flatten().map(String::as_str).collect();
        parts.join(", priority ")
    }
}

/// Writer and priority of the TLV of a fact, in the fact's view. Nothing for facts of other kinds, or without a value.
pub fn provenance(case: &Case, fact: &Fact) -> Provenance {
    let Some(((tlv, view), _)) = tlv_of(&fact.path).zip(fact.view).zip(fact.value()) else {
        return Provenance::default();
    };
    let header = |name: &str| {
        let of_view = case.facts.views(&fact.subject, &format!("{}{name}", tlv.path));
        let stored = format!("{}/stored.{}", tlv.path, name.trim_start_matches('/'));
        let stored = (view == View::Next).then(|| case.facts.plain(&fact.subject, &stored)).flatten();
        of_view.in_view(view)?.value().or_else(|| stored?.value())
    };
    Provenance {
        writer: header("/writer").map(writer_words),
        priority: header("/priority").map(|value| match value {
            Value::Number { name: Some(name), .. } => name.clone(),
            Value::Number { .. } | Value::Text { .. } | Value::Bytes { .. } => value.to_string(),
        }),
    }
}

/// What a writer is called that gave no name (number 0), or where nobody wrote.
pub const NO_WRITER: &str = "unspecified";

/// `ICMD_MLXCONFIG(9)` as people call it: `mlxconfig`.
fn writer_words(value: &Value) -> String {
    match value {
        Value::Number { number: 0, .. } => NO_WRITER.to_owned(),
        Value::Number { name: Some(name), .. } => {
            name.strip_prefix("ICMD_").unwrap_or(name).to_ascii_lowercase().replace('_', " ")
        }
        Value::Number { number, name: None } => format!("writer {number}"),
        Value::Text { .. } | Value::Bytes { .. } => value.to_string(),
    }
}
