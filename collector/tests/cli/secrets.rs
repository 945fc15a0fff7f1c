//! No byte of a secret is in what the program writes, however it is spelled.
//!
//! Each secret item of a card gets a marker of its own, is stored in flash (so that the walk over the store meets it), and
//! the whole of the bundle, its members decompressed, and what was printed is searched. So are the signed files of class 6,
//! and the secrets of a card that gives one in place of another item. The same search finds the marker of an item that is
//! no secret, or it would prove nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::redaction::SECRET_TLVS;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Place, code, finish, stderr};

/// Bytes of a marker. The last one of a search may be cut off by an item's end: pieces of it are searched.
const MARKER: usize = 16;
/// Shortest run of a marker that is searched for: no more than this much of a secret could slip through.
const PIECE: usize = 5;
/// The class of signed files.
const FILES: u8 = 6;

/// A marker that no other thing gives, made of the item's name.
fn marker(name: &str) -> Vec<u8> {
    Sha256::digest(format!("marker of {name}")).iter().copied().take(MARKER).collect()
}

/// Every way in which a run of bytes may be written.
fn spellings(piece: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let join = |separator: &str, form: &dyn Fn(&u8) -> String| {
        piece.iter().map(form).collect::<Vec<_>>().join(separator).into_bytes()
    };
    let mut found = vec![
        ("plain", piece.to_vec()),
        ("hex", join("", &|byte| format!("{byte:02x}"))),
        ("upper-case hex", join("", &|byte| format!("{byte:02X}"))),
        ("hex with blanks", join(" ", &|byte| format!("{byte:02x}"))),
        ("hex with colons", join(":", &|byte| format!("{byte:02x}"))),
        ("upper-case hex with colons", join(":", &|byte| format!("{byte:02X}"))),
        ("0x", join(", ", &|byte| format!("0x{byte:02x}"))),
        ("0x with blanks", join(" ", &|byte| format!("0x{byte:02x}"))),
        ("decimal", join(",", &u8::to_string)),
        ("decimal with blanks", join(", ", &u8::to_string)),
        ("decimal in a row", join(" ", &u8::to_string)),
        ("backwards", piece.iter().rev().copied().collect()),
        (
            "hex backwards",
            piece.iter().rev().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes(),
        ),
    ];
    if let [a, b, c, d, ..] = *piece {
        let (big, little) = (u32::from_be_bytes([a, b, c, d]), u32::from_le_bytes([a, b, c, d]));
        found.extend([
            ("a dword", big.to_string().into_bytes()),
            ("a dword backwards", little.to_string().into_bytes()),
            ("a dword backwards in hex", format!("{little:08x}").into_bytes()),
            ("a dword backwards in upper-case hex", format!("{little:08X}").into_bytes()),
        ]);
    }
    found
}

/// Base64 of bytes that stand at any place: the characters that only they decide.
fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> Vec<Vec<u8>> {
    (0..3)
        .map(|before| {
            let padded = [vec![0; before], bytes.to_vec()].concat();
            let bits: Vec<u8> =
                padded.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
            let all: Vec<u8> = bits
                .chunks_exact(6)
                .map(|six| alphabet[usize::from(six.iter().fold(0, |number, bit| number << 1 | bit))])
                .collect();
            all[(before * 8).div_ceil(6)..].to_vec()
        })
        .collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is searched for: each spelling of each piece, with the marker it is of.
fn needles(names: &[&str]) -> BTreeMap<Vec<u8>, String> {
    let mut needles = BTreeMap::new();
    for name in names {
        let marker = marker(name);
        // The item repeats the marker, so pieces run over its end.
        let around = [&marker[..], &marker].concat();
        let mut add = |spelling: &str, needle: Vec<u8>| {
            needles.insert(needle, format!("{name} as {spelling}"));
        };
        for piece in around.windows(PIECE).take(MARKER) {
            spellings(piece).into_iter().for_each(|(spelling, needle)| add(spelling, needle));
        }
        for run in around.windows(8).take(MARKER) {
            let dwords = run.chunks(4).flat_map(|dword| dword.iter().rev().copied()).collect();
            add("dwords backwards", dwords);
        }
        for run in around.windows(9).take(MARKER) {
            for alphabet in [BASE64, BASE64_URL] {
                base64(run, alphabet).into_iter().for_each(|needle| add("base64", needle));
            }
        }
    }
    needles
}

/// Where something of the markers is, in any spelling.
fn sightings(needles: &BTreeMap<Vec<u8>, String>, places: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    // Most places begin no needle: two bytes tell.
    let mut beginnings = vec![false; 1 << 16];
    let start = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    needles.keys().for_each(|needle| beginnings[start(needle)] = true);
    let lengths: BTreeSet<usize> = needles.keys().map(Vec::len).collect();
    let mut found = BTreeSet::new();
    for (place, bytes) in places {
        for at in 0..bytes.len().saturating_sub(1) {
            if !beginnings[start(&bytes[at..])] {
                continue;
            }
            for length in &lengths {
                let seen = bytes.get(at..at + length).and_then(|run| needles.get(run));
                found.extend(seen.map(|what| format!("{place}: {what}")));
            }
        }
    }
    found
}

/// The NV items that must never be read: the secrets by name, and the signed files of the catalog.
fn secrets() -> Vec<(u8, u32)> {
    let files = Catalog::embedded().tlvs().iter().filter(|tlv| tlv.class == FILES);
    let files: Vec<(u8, u32)> = files.map(|tlv| (tlv.class, tlv.index)).collect();
    assert!(files.len() > 10, "{files:?}");
    [SECRET_TLVS, &files].concat()
}

fn name((class, index): (u8, u32)) -> String {
    format!("{class}:0x{index:03x}")
}

/// A card whose secrets are markers and are stored, with one marker more in an item that is none.
fn model(place: &Place) -> PathBuf {
    let filled = |name: &str, size: usize| -> String {
        marker(name).iter().cycle().take(size).map(|byte| format!("{byte:02x}")).collect()
    };
    let secrets = secrets().into_iter().map(|(class, index)| {
        let name = name((class, index));
        let size = Catalog::embedded().tlv(class, index).map_or(64, |tlv| usize::from(tlv.size).min(256));
        json!({"tlv": name, "stored": true, "all": {"data": filled(&name, size)}})
    });
    let mut items: Vec<Value> = secrets.collect();
    items.push(json!({"tlv": "0:0x7f0000", "all": {"data": filled("no secret", 48)}}));
    let path = place.path("marked.json");
    let model = json!({"extends": "models/connectx-6-dx.json", "nv": {"items": items}});
    std::fs::write(&path, model.to_string()).unwrap();
    path
}

#[test]
fn no_byte_of_a_secret_is_in_a_bundle_in_any_spelling() {
    let place = Place::new();
    let card = model(&place);
    let mut collector = place.collector(&[card]);
    collector.arg("--full");
    let output = finish(collector);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let names = place.names();
    let [archive] = names.as_slice() else { panic!("not one file: {names:?}") };
    let mut places: BTreeMap<String, Vec<u8>> = place.bundle().members;
    assert!(places.contains_key("devices/0000-3b-00.0/nv.exchanges"), "{:?}", places.keys());
    places.insert(
        "the archive as it stands".to_owned(),
        std::fs::read(place.path("work").join(archive)).unwrap(),
    );
    places.insert("stdout".to_owned(), output.stdout.clone());
    places.insert("stderr".to_owned(), output.stderr.clone());
    let names: Vec<String> = secrets().into_iter().map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(sightings(&needles(&names), &places), BTreeSet::new());
    // That they are stored is in the bundle, and nothing else of them.
    let nv = String::from_utf8(places["devices/0000-3b-00.0/nv.txt"].clone()).unwrap();
    assert!(nv.contains("3:0x238") && nv.contains("0:0x19b"), "{nv}");
    // The search finds what is there: the same bytes in an item that is no secret.
    let found = sightings(&needles(&["no secret"]), &places);
    for wanted in ["nv.exchanges: no secret as plain", "nv.txt: no secret as hex"] {
        assert!(found.contains(&format!("devices/0000-3b-00.0/{wanted}")), "{wanted} is not in {found:?}");
    }
}

#[test]
fn an_answer_that_turns_out_to_be_about_a_secret_is_not_kept() {
    let place = Place::new();
    let path = place.path("mixed-up.json");
    let data: String = marker("mixed up").iter().map(|byte| format!("{byte:02x}")).collect();
    let card = |faults: Value| {
        let items = json!([{"tlv": "0:0x7f0000", "all": {"data": data.repeat(3)}}]);
        json!({"extends": "models/connectx-6-dx.json", "nv": {"items": items}, "faults": faults}).to_string()
    };
    let sightings = |faults: Value, exit: i32| {
        std::fs::write(&path, card(faults)).unwrap();
        let output = finish(place.collector(std::slice::from_ref(&path)));
        assert_eq!(code(&output), exit, "{}", stderr(&output));
        let places = place.bundle().members;
        place.names().iter().for_each(|name| std::fs::remove_file(place.path("work").join(name)).unwrap());
        sightings(&needles(&["mixed up"]), &places)
    };
    assert_ne!(sightings(json!([]), 0), BTreeSet::new());
    // Asked for an item that is none, it answers with one that is.
    let secret = json!({"dword": {"at": 20, "value": "0x03000238"}});
    let faults = json!([{"when": {"register": "MNVDA", "tlv": "0:0x7f0000"}, "what": secret}]);
    assert_eq!(sightings(faults, 1), BTreeSet::new());
}

#[test]
fn the_search_knows_its_spellings() {
    let marker = marker("something");
    let text: String = marker.iter().map(|byte| format!("{byte:02X}")).collect();
    let list: Vec<String> = marker.iter().map(u8::to_string).collect();
    let reversed: Vec<u8> = marker.chunks(4).flat_map(|dword| dword.iter().rev().copied()).collect();
    let encoded = base64(&[&[1, 2][..], &marker].concat(), BASE64).swap_remove(0);
    for (spelling, bytes) in [
        ("plain", marker.clone()),
        ("upper-case hex", text.into_bytes()),
        ("decimal with blanks", list.join(", ").into_bytes()),
        ("dwords backwards", reversed),
        ("base64", encoded),
    ] {
        let places = BTreeMap::from([("here".to_owned(), bytes)]);
        let found = sightings(&needles(&["something"]), &places);
        assert!(found.contains(&format!("here: something as {spelling}")), "{spelling} is not in {found:?}");
    }
}
