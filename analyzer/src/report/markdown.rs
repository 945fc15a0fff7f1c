//! Markdown for a ticket.
//!
//! Sites make links, mentions, references and emoji of what looks like one, also where Markdown was escaped. So every
//! word that is not made of letters and plain punctuation becomes code, in which nothing acts.
//!
//! Must not do: use HTML, or lines that are something else where a site does not know tables.

use std::io::{self, Write};

use mlx5_schemas::model::report::{BundleReview, DeviceReview};
use mlx5_schemas::model::verdict::Word;

use super::{
    Judgement, Rank, alike, assurance, beside, cap, counts, deciding_of_device, devices_by_word, groups,
    headline, lacks, place, policy, ranked, rows, signature, source,
};
use crate::sanitize::sanitize;

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    writeln!(out, "## {}\n", check.words().to_uppercase())?;
    item(out, "exit code", &check.exit_code.to_string())?;
    item(out, "devices", &devices_by_word(check))?;
    item(out, "values", &counts(&check.counts))?;
    for (label, text) in policy(check) {
        item(out, label, &text)?;
    }
    for trouble in &check.troubles {
        item(out, "trouble", trouble)?;
    }
    for review in &check.bundles {
        bundle(judgement, review, out)?;
    }
    let tool = &judgement.report.tool;
    writeln!(
        out,
        "\nBy {} {}, catalog {}.",
        door(&tool.name),
        door(&tool.version),
        door(&tool.catalog_sha256)
    )
}

fn bundle(judgement: &Judgement<'_>, review: &BundleReview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {}: {}\n", door(&review.bundle.file), review.words().to_uppercase())?;
    if !review.summary.is_empty() {
        writeln!(out, "{}\n", door(&review.summary))?;
    }
    item(out, "bundle", &review.bundle.id)?;
    item(out, "collected", &review.bundle.created.format("%Y-%m-%d %H:%M:%S UTC").to_string())?;
    item(out, "signature", &signature(&review.bundle))?;
    if let Some(words) = source(&review.bundle) {
        item(out, "source", &words)?;
    }
    for (label, text) in lacks(&review.bundle) {
        item(out, label, &text)?;
    }
    for one in &review.host_caps {
        item(out, "host", &cap(one))?;
    }
    devices(review, out)?;
    for (rank, list) in ranked(&review.findings).into_iter().filter(|(rank, _)| *rank != Rank::Quiet) {
        writeln!(out, "\n#### {} ({})\n", rank.heading(), list.len())?;
        for group in groups(rank, &list) {
            writeln!(out, "- **{}**", door(&headline(&group)))?;
            for (label, text) in rows(review, &group) {
                writeln!(out, "  - {label}: {}", door(&text))?;
            }
            let Some(first) = group.first() else { continue };
            for reference in &first.references {
                let url = reference.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
                writeln!(out, "  - see: {}", door(&format!("{}{url}", reference.title)))?;
            }
            for evidence in &first.evidence {
                let bytes = (judgement.bytes)(review, evidence).map(|bytes| format!(": {bytes}"));
                let words = format!("{}{}", place(evidence), bytes.unwrap_or_default());
                writeln!(out, "  - bytes: {}", code(&words))?;
            }
        }
    }
    Ok(())
}

fn devices(review: &BundleReview, out: &mut dyn Write) -> io::Result<()> {
    if review.devices.is_empty() {
        return writeln!(out, "- **devices:** none");
    }
    writeln!(out, "\n| device | PSID | firmware | word | assurance | values | because |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for run in alike(&review.devices) {
        let (Some(device), Some(last)) = (run.first(), run.last()) else { continue };
        let id = match run.len() {
            1 => door(&device.id),
            number => format!("{} to {} ({number} alike)", door(&device.id), door(&last.id)),
        };
        let or = |text: &Option<String>| text.as_deref().map_or_else(|| "not read".to_owned(), door);
        let cells = [
            id,
            or(&device.psid),
            or(&device.firmware),
            word(device),
            door(&assurance(device.assurance, &deciding_of_device(review, device))),
            door(&counts(&device.counts)),
            door(&because(device).join("; ")),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    writeln!(out)?;
    for run in alike(&review.devices) {
        if let Some(device) = run.first().filter(|device| !device.summary.is_empty()) {
            item(out, "device", &device.summary)?;
        }
    }
    for (device, one) in
        review.devices.iter().flat_map(|device| device.caps.iter().map(move |one| (device, one)))
    {
        item(out, "cap", &format!("{}: {}", device.id, cap(one)))?;
    }
    Ok(())
}

fn because(device: &DeviceReview) -> Vec<String> {
    let rest = beside(device).into_iter().map(|(label, text)| format!("{label}: {text}"));
    device.reasons.iter().cloned().chain(rest).collect()
}

fn word(device: &DeviceReview) -> String {
    match (device.word, &device.shares_with) {
        (Some(word), _) => format!("**{}**", Word::words(word)),
        (None, Some(other)) => format!("with {}", door(other)),
        (None, None) => "not judged".to_owned(),
    }
}

fn item(out: &mut dyn Write, label: &'static str, text: &str) -> io::Result<()> {
    writeln!(out, "- **{label}:** {}", door(text))
}

/// A text within a line: words that could act are code.
fn door(text: &str) -> String {
    let words: Vec<String> = sanitize(text).split_whitespace().map(word_door).collect();
    words.join(" ")
}

/// Punctuation around a word stays outside of the code.
fn word_door(word: &str) -> String {
    let inner = word.trim_start_matches('(').trim_end_matches([',', '.', ';', ':', ')', '?']);
    let inner_start = word.find(inner).unwrap_or_default();
    let (before, rest) = word.split_at(inner_start);
    let after = rest.get(inner.len()..).unwrap_or_default();
    if inner.chars().all(is_plain) { word.to_owned() } else { format!("{before}{}{after}", code(inner)) }
}

/// What makes no markup, link, mention or reference anywhere.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '\'' | ',' | '(' | ')' | '…')
}

/// A code span: fenced by more backticks than it holds in a row.
fn code(text: &str) -> String {
    let safe = sanitize(text);
    let longest = safe.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.saturating_add(1));
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{safe}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_is_code() {
        assert_eq!(
            door("inside now, outside after the next reset"),
            "inside now, outside after the next reset"
        );
        assert_eq!(door("NUM_OF_VFS (on 0000:3b:00.0)."), "`NUM_OF_VFS` (on `0000:3b:00.0`).");
        assert_eq!(
            door("@all #1 <b>x</b> [a](http://b) *c* www.d.e ![i](j) | -- &amp; !5 :bug:"),
            "`@all` `#1` `<b>x</b>` `[a](http://b`) `*c*` `www.d.e` `![i](j`) `|` -- `&amp`; `!5` `:bug`:"
        );
        assert_eq!(door("a`b ``"), "`` a`b `` ``` `` ```");
        assert_eq!(door("\n# head\u{202e}"), "`\\u{a}#` `head\\u{202e}`");
    }
}
