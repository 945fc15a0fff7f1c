//! `baseline diff` for people: what lets more through first.
//!
//! Must not do: say of a change what the report does not.

use mlx5_schemas::model::report::{BaselineChange, BaselineDiffReport, BaselineEffect, BaselinePart};

use super::{Page, Style, number_of};

/// Lays out what differs.
pub fn baseline_diff(page: &mut Page, report: &BaselineDiffReport) {
    let name =
        |side: &mlx5_schemas::model::report::BaselineIdentity| format!("{} ({})", side.name, side.file);
    page.hung(Style::Bold, &format!("{} → {}", name(&report.left), name(&report.right)));
    if report.same {
        page.line(Style::Good, "They say the same.");
        return;
    }
    let counts: Vec<String> = BaselineEffect::ALL
        .into_iter()
        .map(|effect| (effect, report.changes.iter().filter(|change| change.effect == effect).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(effect, count)| format!("{count} {}", effect.word()))
        .collect();
    let total = u64::try_from(report.changes.len()).unwrap_or(u64::MAX);
    page.hung(Style::Plain, &format!("{}: {}", number_of(total, "change", "changes"), counts.join(", ")));
    for change in &report.changes {
        page.end();
        one(page, change);
    }
}

fn one(page: &mut Page, change: &BaselineChange) {
    let style = style(change.effect);
    let severity = change.severity.map(|severity| format!(", {}", severity.word())).unwrap_or_default();
    let rule = change.rule.as_deref().unwrap_or("the whole");
    page.hung(style, &format!("{rule}: {}{severity}", change.effect.word()));
    let names = change.facts.join(", ");
    for part in &change.parts {
        let words = part_words(part, &names);
        let effect = match part.effect {
            BaselineEffect::Looser | BaselineEffect::Tighter | BaselineEffect::Other => {
                format!(" ({})", part.effect.word())
            }
            BaselineEffect::Removed
            | BaselineEffect::Added
            | BaselineEffect::Renamed
            | BaselineEffect::Words => String::new(),
        };
        page.hung(Style::Plain, &format!("  {words}{effect}"));
    }
    if let Some(note) = &change.note {
        page.hung(Style::Plain, &format!("  {note}"));
    }
    // Of the whole the files are named above.
    if change.rule.is_some() {
        let places: Vec<&str> =
            [&change.left_place, &change.right_place].into_iter().flatten().map(String::as_str).collect();
        page.hung(Style::Dim, &format!("  at {}", places.join(" → ")));
    }
}

/// What a part says: of a value, under the names of the facts; else under the member's name.
fn part_words(part: &BaselinePart, names: &str) -> String {
    let what = if part.what == "expect" { names } else { part.what.as_str() };
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    match part.effect {
        BaselineEffect::Added => format!("{what}: {}", side(&part.right)),
        BaselineEffect::Removed => format!("{what}: {}", side(&part.left)),
        BaselineEffect::Looser
        | BaselineEffect::Tighter
        | BaselineEffect::Other
        | BaselineEffect::Renamed
        | BaselineEffect::Words => format!("{what}: {} → {}", side(&part.left), side(&part.right)),
    }
}

fn style(effect: BaselineEffect) -> Style {
    match effect {
        BaselineEffect::Looser | BaselineEffect::Removed => Style::Bad,
        BaselineEffect::Other | BaselineEffect::Renamed => Style::Doubt,
        BaselineEffect::Added | BaselineEffect::Tighter => Style::Good,
        BaselineEffect::Words => Style::Dim,
    }
}
