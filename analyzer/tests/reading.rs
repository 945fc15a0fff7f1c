//! `docs/reading-a-report.md`: its three reports are what the binary makes of three bundles, and its pictures are of them.
//!
//! After a change: `MLX5_REGENERATE=1 cargo test -p mlx5-analyzer --test analyzer reading`, then `scripts/report-pictures`,
//! and look at what came of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::binary::{Folder, Ran, key};
use crate::support::{Bundle, CLEAN, Host, Sealed, card, changed, faulty};

/// Name, bundle, and the exit code of each example.
fn examples() -> [(&'static str, Bundle, i32); 3] {
    let signed = |id: &str, bundle: Bundle| Bundle {
        sealed: Sealed::Named(Box::new(key())),
        id: id.repeat(8),
        ..bundle
    };
    let both = |mut card: Value| {
        let changes = card["nv"]["changes"].as_array_mut().unwrap();
        changes.push(json!({"set": {"NUM_OF_VFS": 64}, "views": ["current", "next"], "writer": "mlxconfig"}));
        card
    };
    let outside = both(changed(json!({"LINK_TYPE_P2": "IB"}), &["next"]));
    let silent = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let tainted = Host { taint: Some(1 << 19), requester: Some("mstconfig(321)"), ..CLEAN };
    [
        ("inside", signed("1a", Bundle::of([card()])), 0),
        ("outside", signed("2b", Bundle::of([outside])), 1),
        ("cannot-vouch", Bundle { host: tainted, ..signed("3c", Bundle::of([silent])) }, 3),
    ]
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Digests depend on the catalog and the compressor; they say nothing to whoever learns to read.
fn without_digests(text: &str) -> String {
    regex::Regex::new("[0-9a-f]{64}").unwrap().replace_all(text, "[sha256]").into_owned()
}

/// What the page prints of an example: its command line, what that said, its exit code.
fn block(name: &str, ran: &Ran) -> String {
    format!(
        "<!-- {name} -->\n```\n$ mlx5-analyzer check {name}.zip --baseline envelope.json --allowed-signers signers; echo $?\n{}{}\n```\n",
        ran.stdout, ran.code
    )
}

#[test]
fn the_page_shows_what_the_binary_makes() {
    let place = docs().join("reading-a-report");
    let signers = format!("support@example.org {}\n", key().public_openssh().unwrap());
    let folder = Folder::new()
        .with_bytes("envelope.json", &std::fs::read(place.join("envelope.json")).unwrap())
        .with_bytes("signers", signers.as_bytes());
    let page = docs().join("reading-a-report.md");
    let regenerate = std::env::var_os("MLX5_REGENERATE").is_some();
    for (name, bundle, code) in examples() {
        let file = format!("{name}.zip");
        std::fs::write(folder.0.path().join(&file), bundle.bytes()).unwrap();
        let html = format!("html={name}.html");
        let ran = folder.run(&[
            "check",
            &file,
            "--baseline",
            "envelope.json",
            "--allowed-signers",
            "signers",
            "--report",
            &html,
        ]);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{ran}");
        let html =
            without_digests(&std::fs::read_to_string(folder.0.path().join(format!("{name}.html"))).unwrap());
        let kept = place.join(format!("{name}.html"));
        let block = block(name, &ran);
        if regenerate {
            std::fs::write(&kept, &html).unwrap();
            let text = std::fs::read_to_string(&page).unwrap();
            let (before, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
            let after = rest.splitn(3, "```\n").nth(2).unwrap();
            std::fs::write(&page, format!("{before}{block}{after}")).unwrap();
        }
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(&block), "the page does not hold\n{block}");
        assert!(text.contains(&format!("(reading-a-report/{name}.png)")), "its picture is shown");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), html, "{name}.html");
    }
}

#[test]
fn the_pictures_are_of_these_reports() {
    let place = docs().join("reading-a-report");
    let taken = std::fs::read_to_string(place.join("pictures.sha256")).unwrap();
    for (name, _, _) in examples() {
        let html = std::fs::read(place.join(format!("{name}.html"))).unwrap();
        let digest: String = Sha256::digest(&html).iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("{digest}  ./{name}.html");
        assert!(taken.contains(&line), "{name}.png is of another report: run scripts/report-pictures");
        let png = std::fs::read(place.join(format!("{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "{name}.png");
    }
}
