//! One HTML file: nothing to fetch, nothing to run.
//!
//! The content policy forbids all but the one style sheet, by its digest; a filter for each kind of finding is made of
//! check boxes and style alone, and is ignored in print. Every text goes through [`markup::escape`], and stands in
//! elements of which the writing direction stays inside.
//!
//! Must not do: need a script, point at anything outside but as a link to click, or hide what is outside by default.

mod findings;

use std::io::{self, Write};

use mlx5_schemas::model::report::{BundleReview, DeviceReview};
use mlx5_schemas::model::verdict::Word;
use sha2::{Digest, Sha256};

use super::markup::Markup;
use super::{
    Judgement, alike, assurance, beside, cap, counts, deciding_of_device, devices_by_word, lacks, oneline,
    policy, signature, source,
};

const STYLE: &str = include_str!("html/style.css");

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    let mut markup = Markup::new(out);
    markup.own("<!DOCTYPE html>\n")?;
    markup.open("html", &[("lang", "en")])?;
    head(&mut markup, &oneline::line(check))?;
    markup.open("body", &[])?;
    markup.leaf("a", &[("class", "skip"), ("href", "#main")], "Skip to the report")?;
    markup.open("header", &[("class", class_of_word(check.word))])?;
    markup.leaf("h1", &[], &check.words().to_uppercase())?;
    let devices = if check.judged {
        format!("Devices: {}.", devices_by_word(check))
    } else {
        "No envelope was given.".to_owned()
    };
    markup.leaf("p", &[], &devices)?;
    markup.close("header")?;
    markup.open("main", &[("id", "main")])?;
    summary(&mut markup, judgement)?;
    findings::filters(&mut markup, check)?;
    for (place, review) in check.bundles.iter().enumerate() {
        bundle(&mut markup, place, review, judgement)?;
    }
    markup.close("main")?;
    let tool = &judgement.report.tool;
    markup.open("footer", &[])?;
    markup.leaf("p", &[], &format!("{} {}, catalog {}", tool.name, tool.version, tool.catalog_sha256))?;
    markup.leaf("p", &[], "A signature proves who sealed a bundle, not that the host told the truth.")?;
    markup.close("footer")?;
    markup.close("body")?;
    markup.close("html")
}

fn head(markup: &mut Markup<'_>, title: &str) -> io::Result<()> {
    let digest = base64(&Sha256::digest(STYLE.as_bytes()));
    let content_policy =
        format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'");
    markup.open("head", &[])?;
    markup.empty("meta", &[("charset", "utf-8")])?;
    markup.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &content_policy)])?;
    markup.empty("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")])?;
    markup.empty("meta", &[("name", "color-scheme"), ("content", "light dark")])?;
    markup.empty("meta", &[("name", "referrer"), ("content", "no-referrer")])?;
    markup.leaf("title", &[], title)?;
    markup.own("<style>")?;
    markup.own(STYLE)?;
    markup.own("</style>\n")?;
    markup.close("head")
}

fn summary(markup: &mut Markup<'_>, judgement: &Judgement<'_>) -> io::Result<()> {
    let check = judgement.check;
    section(markup, "summary", "Summary")?;
    markup.open("dl", &[])?;
    pair(markup, "values", &counts(&check.counts))?;
    for (label, text) in policy(check) {
        pair(markup, label, &text)?;
    }
    pair(markup, "exit code", &check.exit_code.to_string())?;
    for trouble in &check.troubles {
        pair(markup, "trouble", trouble)?;
    }
    markup.close("dl")?;
    markup.close("section")
}

fn bundle(
    markup: &mut Markup<'_>,
    place: usize,
    review: &BundleReview,
    judgement: &Judgement<'_>,
) -> io::Result<()> {
    let id = format!("bundle-{place}");
    section(markup, &id, &format!("{}: {}", review.bundle.file, review.words()))?;
    if !review.summary.is_empty() {
        markup.leaf("p", &[("class", "told")], &review.summary)?;
    }
    let collector = &review.bundle.collector;
    let collected = review.bundle.created.format("%Y-%m-%d %H:%M:%S UTC");
    markup.open("dl", &[])?;
    pair(markup, "bundle", &review.bundle.id)?;
    pair(markup, "collected", &format!("{collected} by {} {}", collector.name, collector.version))?;
    pair(markup, "signature", &signature(&review.bundle))?;
    if let Some(words) = source(&review.bundle) {
        pair(markup, "source", &words)?;
    }
    for (label, text) in lacks(&review.bundle) {
        pair(markup, label, &text)?;
    }
    for one in &review.host_caps {
        pair(markup, "host", &cap(one))?;
    }
    markup.close("dl")?;
    devices(markup, review)?;
    findings::findings(markup, place, review, judgement)?;
    markup.close("section")
}

fn devices(markup: &mut Markup<'_>, review: &BundleReview) -> io::Result<()> {
    if review.devices.is_empty() {
        return markup.leaf("p", &[], "There is no device in it, so nothing that could be inside.");
    }
    // Wide tables scroll by themselves; who uses a keyboard must be able to get there.
    markup.open(
        "div",
        &[("class", "wide"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Devices")],
    )?;
    let columns = ["Device", "PSID", "Firmware", "Word", "Assurance", "Values"];
    let mut told = Vec::new();
    table(markup, "Devices", &columns)?;
    for run in alike(&review.devices) {
        let (Some(device), Some(last)) = (run.first(), run.last()) else { continue };
        let id = match run.len() {
            1 => device.id.clone(),
            number => format!("{} to {} ({number} alike)", device.id, last.id),
        };
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
        markup.open("tr", &[])?;
        markup.leaf("th", &[("scope", "row")], &id)?;
        markup.leaf("td", &[], &or(&device.psid))?;
        markup.leaf("td", &[], &or(&device.firmware))?;
        word(markup, review, device)?;
        markup.leaf("td", &[], &assurance(device.assurance, &deciding_of_device(review, device)))?;
        markup.leaf("td", &[], &counts(&device.counts))?;
        markup.close("tr")?;
        let mut because = device.reasons.clone();
        because.extend(device.caps.iter().map(cap));
        because.extend(beside(device).into_iter().map(|(label, text)| format!("{label}: {text}")));
        let because = because.join("; ");
        let beside = if because.is_empty() { because } else { format!("Because: {because}") };
        told.push((id, format!("{} {beside}", device.summary).trim().to_owned()));
    }
    markup.own("</tbody>\n")?;
    markup.close("table")?;
    markup.close("div")?;
    // Sentences in a column of a table would make it narrow and long.
    told.retain(|(_, because)| !because.is_empty());
    if told.is_empty() {
        return Ok(());
    }
    markup.open("dl", &[("class", "because")])?;
    for (id, because) in &told {
        pair(markup, id, because)?;
    }
    markup.close("dl")
}

fn word(markup: &mut Markup<'_>, review: &BundleReview, device: &DeviceReview) -> io::Result<()> {
    match (device.word, &device.shares_with) {
        _ if !review.judged => markup.leaf("td", &[], review.words()),
        (Some(word), _) => markup.leaf("td", &[("class", class_of_word(word))], word.words()),
        (None, Some(other)) => markup.leaf("td", &[], &format!("judged with {other}")),
        (None, None) => markup.leaf("td", &[], "not judged: no rule is about devices"),
    }
}

/// Begins a section with its heading.
fn section(markup: &mut Markup<'_>, id: &str, heading: &str) -> io::Result<()> {
    markup.open("section", &[("aria-labelledby", id)])?;
    markup.leaf("h2", &[("id", id)], heading)
}

/// Begins a table and its body.
fn table(markup: &mut Markup<'_>, caption: &str, columns: &[&'static str]) -> io::Result<()> {
    markup.open("table", &[])?;
    markup.leaf("caption", &[], caption)?;
    markup.own("<thead><tr>\n")?;
    for column in columns {
        markup.leaf("th", &[("scope", "col")], column)?;
    }
    markup.own("</tr></thead><tbody>\n")
}

fn pair(markup: &mut Markup<'_>, label: &str, text: &str) -> io::Result<()> {
    markup.open("div", &[])?;
    markup.leaf("dt", &[], label)?;
    markup.leaf("dd", &[], text)?;
    markup.close("div")
}

fn class_of_word(word: Word) -> &'static str {
    match word {
        Word::Inside => "good",
        Word::CannotBeVouchedFor => "doubt",
        Word::Outside => "bad",
    }
}

/// Base64 as content policies spell digests (RFC 4648, with padding).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for (place, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((group >> shift & 63) as usize).filter(|_| place <= chunk.len());
            text.push(char::from(digit.copied().unwrap_or(b'=')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let text = |bytes: &[u8]| base64(bytes);
        assert_eq!(
            [text(b""), text(b"f"), text(b"fo"), text(b"foo"), text(b"foob")],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
        assert_eq!(text(&[0xff, 0xef, 0xbe]), "/+++");
    }
}
