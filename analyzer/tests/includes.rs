//! Baselines that build on others.

use std::path::Path;

use mlx5_analyzer::baseline::{LoadedBaseline, load};
use mlx5_schemas::model::baseline::Rest;
use mlx5_schemas::model::verdict::Assurance;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Bundle, card, changed, findings, gist};

/// A folder of baselines, by the names of their files.
pub(crate) fn folder(files: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, members) in files {
        let mut text = json!({"schema": "mlx5-baseline", "schema_version": 1,
            "name": name.trim_end_matches(".json").replace('/', "-")});
        text.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, serde_json::to_string_pretty(&text).unwrap()).unwrap();
    }
    folder
}

/// Loads one of them; messages without the folder's name.
pub(crate) fn load_in(folder: &Path, name: &str) -> Result<LoadedBaseline, String> {
    let prefix = format!("{}/", folder.display());
    load(&folder.join(name)).map_err(|error| error.to_string().replace(&prefix, ""))
}

pub(crate) fn one_rule(id: &str, fact: &str) -> Value {
    json!([{"id": id, "facts": [fact], "expect": {"range": {"max": 16}}}])
}

fn names(loaded: &LoadedBaseline) -> Vec<&str> {
    loaded.rules.iter().map(|rule| rule.name.as_str()).collect()
}

#[test]
fn rules_keep_the_names_and_the_order_of_their_files() {
    let folder = folder(&[
        ("deep/vendor.json", json!({"rules": one_rule("vfs", "NUM_OF_VFS"), "owner": "vendor"})),
        ("deep/distribution.json", json!({"include": ["vendor.json"], "rules": one_rule("pf", "NUM_OF_PF")})),
        ("site.json", json!({"include": ["deep/distribution.json"], "rules": one_rule("vfs", "NUM_OF_VFS")})),
    ]);
    let loaded = load_in(folder.path(), "site.json").unwrap();
    assert_eq!(names(&loaded), ["deep-vendor/vfs", "deep-distribution/pf", "site/vfs"]);
    let owners: Vec<_> = loaded.rules.iter().map(|rule| rule.rule.owner.as_deref()).collect();
    assert_eq!(owners, [Some("vendor"), None, None]);
    let of: Vec<&str> =
        loaded.rules.iter().map(|rule| loaded.files[rule.file].baseline.name.as_str()).collect();
    assert_eq!(of, ["deep-vendor", "deep-distribution", "site"]);
    // Every rule has its place.
    assert_eq!(loaded.files[0].text.place(&format!("{}/id", loaded.rules[0].pointer)).0, 14);
    // Reports list every file with its digest.
    let report = Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["current", "next"])]).check(&[loaded]);
    let identity = &report.baselines[0];
    assert_eq!((identity.rules, identity.included.len()), (3, 2));
    assert!(identity.included.iter().all(|file| file.sha256.len() == 64 && file.sha256 != identity.sha256));
    let mut outside: Vec<&str> =
        findings(&report).filter(|f| f.verdict.word() == "outside").map(|f| f.rule.as_str()).collect();
    outside.sort_unstable();
    assert_eq!(outside, ["deep-vendor/vfs", "site/vfs"]);
}

#[test]
fn a_file_that_is_included_twice_counts_once() {
    let folder = folder(&[
        ("vendor.json", json!({"rules": one_rule("vfs", "NUM_OF_VFS")})),
        ("a.json", json!({"include": ["vendor.json"], "rules": one_rule("pf", "NUM_OF_PF")})),
        ("b.json", json!({"include": ["./vendor.json"], "rules": one_rule("pf", "NUM_OF_PF")})),
        ("site.json", json!({"include": ["a.json", "b.json", "./a.json"]})),
    ]);
    let loaded = load_in(folder.path(), "site.json").unwrap();
    assert_eq!(names(&loaded), ["vendor/vfs", "a/pf", "b/pf"]);
    assert_eq!(loaded.files.len(), 4);
}

/// Two baselines that build on the same one: its rules are checked once.
#[test]
fn what_two_baselines_share_counts_once() {
    let other = json!([{"rule": "vendor/vfs", "why": "w", "severity": "low"}]);
    let folder = folder(&[
        ("vendor.json", json!({"default": "factory", "rules": one_rule("vfs", "NUM_OF_VFS")})),
        ("a.json", json!({"include": ["vendor.json"]})),
        ("b.json", json!({"include": ["vendor.json"], "rules": one_rule("own", "NUM_OF_VFS")})),
        ("c.json", json!({"include": ["vendor.json"], "overrides": other})),
    ]);
    let loaded = |names: &[&str]| -> Vec<LoadedBaseline> {
        names.iter().map(|name| load_in(folder.path(), name).unwrap()).collect()
    };
    let rules = |names: &[&str]| {
        let report = Bundle::of([card()]).check(&loaded(names));
        assert_eq!((report.exit_code, report.troubles.len()), (0, 0), "{names:?}");
        let mut rules: Vec<String> = findings(&report)
            .filter(|f| f.name == "NUM_OF_VFS")
            .map(|f| format!("{} {}", f.rule, f.severity.word()))
            .collect();
        rules.sort();
        rules
    };
    assert_eq!(rules(&["a.json", "vendor.json"]), ["vendor/vfs medium"]);
    assert_eq!(rules(&["a.json", "b.json"]), ["b/own medium", "vendor/vfs medium"]);
    // One that is changed is another rule.
    assert_eq!(rules(&["a.json", "c.json"]).len(), 2);
}

#[test]
fn the_outer_file_s_word_counts_and_of_several_the_strictest() {
    let lax = json!({"min_assurance": "claimed", "default": "ignore", "rules": one_rule("a", "NUM_OF_VFS"),
        "advisories": {"raise": [{"id": "x"}], "ignore": ["y", "z"]}});
    let strict = json!({"min_assurance": "strong", "require_signature": true, "default": "factory",
        "rules": one_rule("a", "NUM_OF_VFS"), "advisories": {"raise": [{"id": "w"}], "ignore": ["y"]}});
    let folder = folder(&[
        ("lax.json", lax),
        ("strict.json", strict),
        ("unsigned.json", json!({"require_signature": false, "rules": one_rule("a", "NUM_OF_VFS")})),
        ("both.json", json!({"include": ["lax.json", "unsigned.json", "strict.json"]})),
        (
            "site.json",
            json!({"include": ["both.json"], "min_assurance": "read", "require_signature": false,
                "default": "report", "advisories": {"ignore": ["v"]}}),
        ),
    ]);
    let both = load_in(folder.path(), "both.json").unwrap().baseline;
    assert_eq!((both.min_assurance, both.require_signature), (Some(Assurance::Strong), Some(true)));
    assert_eq!(both.default, Some(Rest::Factory));
    let raised: Vec<&str> = both.advisories.raise.iter().map(|raise| raise.id.as_str()).collect();
    assert_eq!((raised, both.advisories.ignore), (vec!["x", "w"], vec!["y".to_owned()]));
    let site = load_in(folder.path(), "site.json").unwrap().baseline;
    assert_eq!((site.min_assurance, site.require_signature), (Some(Assurance::Read), Some(false)));
    assert_eq!((site.default, site.advisories.ignore), (Some(Rest::Report), vec!["v".to_owned()]));
    assert!(site.advisories.raise.is_empty());
}

/// The rule that `default` stands for has the name, and the selection, of the file that says it.
#[test]
fn default_is_of_the_file_that_says_it() {
    let folder = folder(&[
        ("vendor.json", json!({"default": "factory", "select": {"device": ["0x101d"]}})),
        ("site.json", json!({"include": ["vendor.json"], "select": {"device": ["0x1021"]}})),
    ]);
    let loaded = load_in(folder.path(), "site.json").unwrap();
    let report = Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["current", "next"])]).check(&[loaded]);
    assert!(findings(&report).any(|f| f.rule == "vendor/default" && f.verdict.word() == "outside"));
}

/// Of several included files that demand it each does so of its own devices.
#[test]
fn default_of_every_included_file_counts() {
    let folder = folder(&[
        ("a.json", json!({"default": "factory", "select": {"device": ["0x1021"]}})),
        ("b.json", json!({"default": "factory", "select": {"device": ["0x101d"]}})),
        ("site.json", json!({"include": ["a.json", "b.json"]})),
        ("outer.json", json!({"include": ["b.json", "site.json"]})),
    ]);
    let card = || Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["current", "next"])]);
    for file in ["site.json", "outer.json"] {
        let report = card().check(&[load_in(folder.path(), file).unwrap()]);
        assert_eq!(
            (report.counts.outside, report.exit_code),
            (1, 1),
            "{file}: once, by the one that is about the card"
        );
        assert!(findings(&report).any(|f| f.rule == "b/default" && f.verdict.word() == "outside"));
    }
}

#[test]
fn a_file_s_selection_narrows_its_own_rules() {
    let folder = folder(&[
        ("vendor.json", json!({"rules": one_rule("vfs", "NUM_OF_VFS")})),
        (
            "site.json",
            json!({"include": ["vendor.json"], "select": {"device": ["0x1021"]}, "rules": one_rule("vfs", "NUM_OF_VFS")}),
        ),
    ]);
    let loaded = load_in(folder.path(), "site.json").unwrap();
    let report = Bundle::of([card()]).check(&[loaded]);
    let mut of: Vec<String> = findings(&report).map(|f| format!("{} {}", f.rule, f.verdict)).collect();
    of.sort();
    assert_eq!(of, ["site/vfs not-selected", "vendor/vfs within"], "{:?}", gist(&report));
}

#[test]
fn what_cannot_be_included_is_said_with_its_place() {
    let mut deep: Vec<(String, Value)> = (0..9)
        .map(|place| (format!("d{place}.json"), json!({"include": [format!("d{}.json", place + 1)]})))
        .collect();
    deep.push(("d9.json".to_owned(), json!({"rules": one_rule("a", "NUM_OF_VFS")})));
    let many: Vec<String> = (0..40).map(|place| format!("m{place}.json")).collect();
    let mut files: Vec<(&str, Value)> = vec![
        ("round.json", json!({"include": ["a.json"]})),
        ("a.json", json!({"include": ["b.json"]})),
        ("b.json", json!({"include": ["a.json"]})),
        ("self.json", json!({"include": ["./self.json"]})),
        ("missing.json", json!({"include": ["nowhere.json"], "rules": one_rule("a", "NUM_OF_VFS")})),
        ("empty.json", json!({"include": [" "]})),
        ("broken.json", json!({"rules": [{"id": "a", "facts": ["NUM_OF_VF"], "expect": "present"}]})),
        ("outer.json", json!({"include": ["broken.json"]})),
        ("twin.json", json!({"include": ["d9.json"], "name": "d9", "rules": one_rule("a", "NUM_OF_VFS")})),
        ("many.json", json!({"include": many})),
    ];
    files.extend(deep.iter().map(|(name, members)| (name.as_str(), members.clone())));
    files.extend(many.iter().map(|name| (name.as_str(), json!({"rules": one_rule("a", "NUM_OF_VFS")}))));
    let folder = folder(&files);
    std::fs::write(folder.path().join("zip"), b"PK\x03\x04\xff").unwrap();
    for (name, words) in [
        ("round.json", "b.json:3:5: includes go round: a.json includes b.json includes a.json"),
        ("self.json", "includes go round: self.json includes ./self.json"),
        ("missing.json", "missing.json:3:5: nowhere.json cannot be read: "),
        ("empty.json", "empty.json:3:5: a path is empty"),
        (
            "outer.json",
            "broken.json:7:9: rule `a`: no parameter is called NUM_OF_VF; did you mean NUM_OF_VFS? (included by outer.json:3:5)",
        ),
        ("twin.json", "twin.json:5:11: `name` is that of d9.json too"),
        ("d0.json", "includes are nested deeper than 8"),
        ("many.json", "more than 32 files belong to this baseline"),
    ] {
        let refusal = load_in(folder.path(), name).unwrap_err();
        assert!(refusal.contains(words), "{refusal}\nshould hold\n{words}");
    }
}
