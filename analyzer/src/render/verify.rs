//! `verify` for people.
//!
//! Must not do: promise more than a signature proves.

use mlx5_schemas::model::manifest::{Seal, Source};
use mlx5_schemas::model::report::{BundleIdentity, VerifyReport, VerifyState};

use super::{Page, Style, number_of};

/// Lays out what `verify` found.
pub fn verify(page: &mut Page, report: &VerifyReport) {
    // A bundle that was made of texts has members; texts as they are have none.
    let is_imported =
        |bundle: &BundleIdentity| matches!(bundle.source, Source::Imported { .. }) && report.members == 0;
    let (style, words) = match report.state {
        VerifyState::NotTrusted if report.bundle.as_ref().is_some_and(is_imported) => {
            (Style::Doubt, "not a bundle but imported text: nothing is sealed")
        }
        VerifyState::Trusted => (Style::Good, "intact, and signed by a key that you named"),
        VerifyState::NotTrusted => (Style::Doubt, "intact, but not trusted"),
        VerifyState::Broken => (Style::Bad, "broken"),
    };
    let Some(bundle) = &report.bundle else {
        page.labelled("bundle", Style::Bold, &report.file);
        page.labelled("verdict", style, words);
        page.labelled("why", Style::Plain, report.error.as_deref().unwrap_or("no reason is given"));
        return;
    };
    super::bundle(page, bundle);
    page.labelled("verdict", style, words);
    if is_imported(bundle) {
        return;
    }
    page.labelled("members", Style::Plain, &members(report.members));
    match (&bundle.signature.seal, report.state) {
        (Seal::OneRunKey { .. }, VerifyState::NotTrusted) if bundle.signature.agrees => {
            page.line(
                Style::Plain,
                "The key was made for this one run and forgotten: it seals the bundle and identifies nobody.",
            );
            page.line(
                Style::Plain,
                "Compare the fingerprint with the one that the ticket quotes from the collector's output.",
            );
        }
        (Seal::Unsigned, VerifyState::NotTrusted) if bundle.signature.agrees => {
            page.line(Style::Plain, "It is not signed: whoever had it could change it and seal it anew.");
        }
        (_, VerifyState::NotTrusted) if bundle.signature.agrees => {
            page.line(Style::Plain, "Name the signer's key with --allowed-signers to trust it.");
        }
        (_, _) => {}
    }
    page.line(
        Style::Dim,
        "A signature proves which key sealed these bytes. It does not prove when, nor that the host told the truth.",
    );
}

fn members(count: u64) -> String {
    number_of(count, "matches the manifest's digest", "match the manifest's digests")
}
