//! The findings of a bundle in HTML, and the filters over them.
//!
//! Must not do: leave one out: what is quiet is counted by rule.

use std::collections::BTreeMap;
use std::io;

use mlx5_schemas::model::report::{BundleReview, CheckReport, Finding};

use super::super::markup::Markup;
use super::super::{Judgement, Rank, groups, headline, named, place, ranked, rows, web_address};
use super::{pair, table};

/// Check boxes that hide kinds of findings, by style alone.
pub(super) fn filters(markup: &mut Markup<'_>, check: &CheckReport) -> io::Result<()> {
    let ranked = ranked(check.bundles.iter().flat_map(|bundle| &bundle.findings));
    if ranked.keys().all(|rank| *rank == Rank::Quiet) {
        return Ok(());
    }
    markup.open("fieldset", &[("class", "filters")])?;
    markup.leaf("legend", &[], "Show on screen")?;
    for (rank, list) in ranked.iter().filter(|(rank, _)| **rank != Rank::Quiet) {
        let id = format!("show-{}", rank.word());
        markup.own("<span>")?;
        markup.empty("input", &[("type", "checkbox"), ("id", &id), ("checked", "checked")])?;
        markup.leaf("label", &[("for", &id)], &format!("{} ({})", rank.word(), list.len()))?;
        markup.own("</span>\n")?;
    }
    markup.close("fieldset")
}

pub(super) fn findings(
    markup: &mut Markup<'_>,
    bundle: usize,
    review: &BundleReview,
    judgement: &Judgement<'_>,
) -> io::Result<()> {
    for (rank, list) in ranked(&review.findings) {
        if rank == Rank::Quiet {
            quiet(markup, &list)?;
            continue;
        }
        let id = format!("bundle-{bundle}-{}", rank.word());
        markup.open("section", &[("class", &format!("rank {}", rank.word())), ("aria-labelledby", &id)])?;
        markup.leaf("h3", &[("id", &id)], &format!("{} ({})", rank.heading(), list.len()))?;
        for group in groups(rank, &list) {
            finding(markup, bundle, review, &group, judgement)?;
        }
        markup.close("section")?;
    }
    Ok(())
}

fn finding(
    markup: &mut Markup<'_>,
    bundle: usize,
    review: &BundleReview,
    group: &[&Finding],
    judgement: &Judgement<'_>,
) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let id = format!("finding-{bundle}-{}", first.id);
    markup.open("article", &[("aria-labelledby", &id)])?;
    markup.leaf("h4", &[("id", &id)], &headline(group))?;
    markup.open("dl", &[])?;
    for (label, text) in rows(review, group) {
        pair(markup, label, &text)?;
    }
    for reference in &first.references {
        reference_pair(markup, &reference.title, reference.url.as_deref())?;
    }
    markup.close("dl")?;
    markup.open("details", &[])?;
    let places: usize = group.iter().map(|finding| finding.evidence.len()).sum();
    markup.leaf("summary", &[], &format!("The bytes ({places})"))?;
    table(markup, "Bytes that show it", &["Finding", "About", "Place", "Bytes"])?;
    for one in group {
        for evidence in &one.evidence {
            let bytes = (judgement.bytes)(review, evidence);
            markup.open("tr", &[])?;
            markup.leaf("th", &[("scope", "row")], &one.id)?;
            markup.leaf("td", &[], &format!("{} on {}", named(&[one]), one.subject))?;
            markup.leaf("td", &[("class", "code")], &place(evidence))?;
            markup.leaf("td", &[("class", "code")], bytes.as_deref().unwrap_or("not at hand"))?;
            markup.close("tr")?;
        }
    }
    markup.own("</tbody>\n")?;
    markup.close("table")?;
    markup.close("details")?;
    markup.close("article")
}

/// An address becomes a link only where it is one of the web.
fn reference_pair(markup: &mut Markup<'_>, title: &str, url: Option<&str>) -> io::Result<()> {
    let Some(web) = url.and_then(web_address) else {
        let url = url.map(|url| format!(" {url}")).unwrap_or_default();
        return pair(markup, "see", &format!("{title}{url}"));
    };
    markup.open("div", &[])?;
    markup.leaf("dt", &[], "see")?;
    markup.open("dd", &[])?;
    markup.leaf("a", &[("href", web), ("rel", "noopener noreferrer nofollow")], title)?;
    // On paper a link is its address.
    markup.leaf("span", &[("class", "address")], web)?;
    markup.close("dd")?;
    markup.close("div")
}

/// What is only counted, by rule and verdict.
fn quiet(markup: &mut Markup<'_>, list: &[&Finding]) -> io::Result<()> {
    let mut numbers: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for finding in list {
        let number = numbers.entry((&finding.rule, finding.verdict.to_string())).or_default();
        *number = number.saturating_add(1);
    }
    markup.open("details", &[("class", "quiet")])?;
    markup.leaf("summary", &[], &format!("{} ({})", Rank::Quiet.heading(), list.len()))?;
    table(markup, "Findings that ask for nothing, by rule", &["Rule", "Verdict", "Findings"])?;
    for ((rule, verdict), number) in numbers {
        markup.open("tr", &[])?;
        markup.leaf("th", &[("scope", "row")], rule)?;
        markup.leaf("td", &[], &verdict)?;
        markup.leaf("td", &[], &number.to_string())?;
        markup.close("tr")?;
    }
    markup.own("</tbody>\n")?;
    markup.close("table")?;
    markup.close("details")
}
