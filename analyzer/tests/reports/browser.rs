//! The HTML report in a browser: it asks for nothing, complains of nothing, obeys light and dark, and hostile text stays
//! text.
//!
//! Chromium is given a proxy that nobody listens at, so nothing leaves this machine whatever it tries. Its log of
//! requests tells who made each: what a page makes has an origin.

use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::ZlibDecoder;
use mlx5_analyzer::report::Format;
use serde_json::Value;

use super::hostile::nasty_report;
use super::made::{of_everything, rendered};
use crate::support::skipped;

struct Seen {
    /// Requests that the page made, but for itself.
    requests: Vec<String>,
    /// Lines of its console.
    console: Vec<String>,
    /// Where the picture is.
    picture: PathBuf,
}

/// Opens a page; `None`, said aloud, where there is no browser.
fn open(folder: &Path, name: &str, html: &str, dark: bool) -> Option<Seen> {
    let page = folder.join(format!("{name}.html"));
    std::fs::write(&page, html).unwrap();
    let (picture, log) = (folder.join(format!("{name}.png")), folder.join(format!("{name}.netlog")));
    // A render process in a sandbox of its own is not to be had in containers.
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--window-size=1000,1600"])
        .arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", page.display()))
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return skipped(&format!("chromium: {error}; scripts/test installs it")),
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(picture.exists(), "no picture was taken: {said}");
    let log: Value = serde_json::from_str(&std::fs::read_to_string(&log).unwrap()).unwrap();
    let requests = log["events"].as_array().unwrap().iter().filter_map(|event| {
        let initiator = event["params"]["initiator"].as_str()?;
        let url = event["params"]["url"].as_str()?;
        (initiator != "not an origin").then(|| url.to_owned())
    });
    let console = said.lines().filter(|line| line.contains(":CONSOLE:")).map(str::to_owned);
    Some(Seen { requests: requests.collect(), console: console.collect(), picture })
}

/// The first pixel of a PNG: no filter changes it, as there is nothing before it.
fn corner(picture: &Path) -> [u8; 3] {
    let png = std::fs::read(picture).unwrap();
    let (mut at, mut data) = (8, Vec::new());
    while at + 8 <= png.len() {
        let length = usize::try_from(u32::from_be_bytes(png[at..at + 4].try_into().unwrap())).unwrap();
        if &png[at + 4..at + 8] == b"IDAT" {
            data.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    let mut pixels = [0; 4];
    std::io::Read::read_exact(&mut ZlibDecoder::new(data.as_slice()), &mut pixels).unwrap();
    [pixels[1], pixels[2], pixels[3]]
}

#[test]
fn the_page_is_quiet_and_obeys_light_and_dark() {
    let folder = tempfile::tempdir().unwrap();
    // To look at the pictures, name a folder to keep them in.
    let kept = std::env::var_os("MLX5_PICTURES").map(PathBuf::from);
    let place = kept.as_deref().unwrap_or(folder.path());
    for (name, report) in [("everything", of_everything()), ("hostile", nasty_report())] {
        let html = rendered(Format::Html, &report);
        for (scheme, dark) in [("light", false), ("dark", true)] {
            let Some(seen) = open(place, &format!("{name}-{scheme}"), &html, dark) else { return };
            assert_eq!(seen.requests, Vec::<String>::new(), "{name} {scheme}");
            assert_eq!(seen.console, Vec::<String>::new(), "{name} {scheme}");
            let corner = corner(&seen.picture);
            let fits = if dark { corner.iter().all(|c| *c < 60) } else { corner.iter().all(|c| *c > 200) };
            assert!(fits, "{name} {scheme}: the corner is {corner:?}");
        }
    }
}

/// The test above would see it: a page that acts and asks does not pass.
#[test]
fn a_page_that_acts_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let html =
        "<!DOCTYPE html><body><img src='http://canary.invalid/x.png'><script>console.log('acted')</script>";
    let Some(seen) = open(folder.path(), "acts", html, false) else { return };
    assert_eq!(seen.requests, ["http://canary.invalid/x.png"]);
    assert_eq!(seen.console.len(), 1, "{:?}", seen.console);
}
