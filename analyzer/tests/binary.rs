//! The real binary: stdout, stderr and exit code of every verb.
//!
//! Snapshots are in `tests/snapshots`; digests and fingerprints that depend on the catalog or the compressor are
//! replaced in them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mlx5_schemas::bundle::signature::KeySigner;
use mlx5_schemas::model::report::Report;
use serde_json::{Value, json};

use crate::support::{Bundle, CLEAN, Host, Sealed, card, card_with, changed, faulty};

/// A folder with bundles and baselines, in which the binary runs.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let baselines = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/baselines");
        for name in ["factory-default.json", "example-envelope.json"] {
            std::fs::copy(baselines.join(name), folder.0.path().join(name)).unwrap();
        }
        folder
    }

    pub(crate) fn with(self, name: &str, bundle: &Bundle) -> Self {
        self.with_bytes(name, &bundle.bytes())
    }

    pub(crate) fn with_bytes(self, name: &str, bytes: &[u8]) -> Self {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-analyzer"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// JSON is laid out for people too; in snapshots its members are in the order of their names, after it was read as what
/// it claims to be.
fn readable(ran: &Ran) -> String {
    if !ran.stdout.starts_with('{') {
        return ran.to_string();
    }
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let report: Report = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), value);
    assert_eq!(ran.stdout, serde_json::to_string_pretty(&report).unwrap() + "\n");
    let stdout = serde_json::to_string_pretty(&value).unwrap() + "\n";
    Ran { code: ran.code, stdout, stderr: ran.stderr.clone() }.to_string()
}

pub(crate) fn snapshot(name: &str, ran: &Ran) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{64}", "[sha256]");
    settings.add_filter(r"manifest\.json @0\+\d+", "manifest.json @0+[length]");
    settings.add_filter(r"imported   .* by", "imported   [now] by");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, readable(ran)));
}

pub(crate) fn key() -> KeySigner {
    KeySigner::one_run([9; 32])
}

pub(crate) fn outside() -> Value {
    changed(json!({"NUM_OF_VFS": 16}), &["next"])
}

#[test]
fn verify() {
    let named = Bundle { sealed: Sealed::Named(Box::new(key())), ..Bundle::of([card()]) };
    let signers = format!("support@example.org {}\n", key().public_openssh().unwrap());
    let mut cut = Bundle::of([card()]).bytes();
    cut.truncate(cut.len() - 100);
    let folder = Folder::new()
        .with("one-run.zip", &Bundle::of([card()]))
        .with("named.zip", &named)
        .with("unsigned.zip", &Bundle { sealed: Sealed::Unsigned, ..Bundle::of([card()]) })
        .with_bytes("cut.zip", &cut)
        .with_bytes("signers", signers.as_bytes());
    for (name, arguments, code) in [
        ("verify-one-run", &["verify", "one-run.zip"][..], 1),
        ("verify-other-key", &["verify", "one-run.zip", "--allowed-signers", "signers"], 1),
        ("verify-named", &["verify", "named.zip"], 1),
        ("verify-trusted", &["verify", "named.zip", "--allowed-signers", "signers"], 0),
        ("verify-unsigned", &["verify", "unsigned.zip"], 1),
        ("verify-cut", &["verify", "cut.zip"], 2),
        ("verify-missing", &["verify", "none.zip"], 2),
        ("verify-json", &["verify", "named.zip", "--allowed-signers", "signers", "--format", "json"], 0),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{name}: {ran}");
        snapshot(name, &ran);
    }
}

#[test]
fn show() {
    let host =
        Host { taint: Some(12288 + 524_288), requester: Some("mstconfig(321)"), module_taint: "OE", ..CLEAN };
    let folder = Folder::new().with("b.zip", &Bundle { host, ..Bundle::of([outside()]) });
    for (name, arguments, code) in [
        ("show-summary", &["show", "b.zip"][..], 0),
        (
            "show-patterns",
            &["show", "b.zip", "NUM_OF_VFS", "LINK_TYPE_P*", "fw", "UCTX_EN", "reg/PTYS.eth_proto_admin"],
            2,
        ),
        ("show-raw", &["show", "b.zip", "NUM_OF_VFS", "host/fwctl_requester", "--raw"], 0),
        ("show-json", &["show", "b.zip", "NUM_OF_VFS", "--format", "json"], 0),
        ("show-near-name", &["show", "b.zip", "NUM_OF_VF"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{name}: {ran}");
        snapshot(name, &ran);
    }
    let everything = folder.run(&["show", "b.zip", "**"]);
    assert!(everything.stdout.lines().count() > 300, "{}", everything.stdout.lines().count());
}

#[test]
fn text_in_place_of_a_bundle() {
    let text = ">> Device:  3b:00.0\r\n>> Configurations:  Default  Current  Next Boot\r\n\
                >> * NUM_OF_VFS 8 8\r\n>> 16\r\n>> SRIOV_EN True(1) True(1) True(1)\r\n>> (cut)\r\n";
    let rule = br#"{"schema": "mlx5-baseline", "schema_version": 1, "name": "one",
                    "rules": [{"id": "on", "facts": ["SRIOV_EN", "UCTX_EN"], "expect": {"equals": 1}}]}"#;
    let folder = Folder::new()
        .with("a.zip", &Bundle::of([card()]))
        .with_bytes("query.txt", text.as_bytes())
        .with_bytes("one.json", rule);
    for (name, arguments, code) in [
        ("import-verify", &["verify", "query.txt"][..], 1),
        ("import-show", &["show", "query.txt"], 0),
        ("import-show-raw", &["show", "query.txt", "NUM_OF_VFS", "--raw"], 0),
        ("import-check", &["check", "query.txt", "--baseline", "one.json"], 3),
        ("import-diff", &["diff", "query.txt", "a.zip"], 1),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{name}: {ran}");
        snapshot(name, &ran);
    }
    let json: Value =
        serde_json::from_str(&folder.run(&["show", "query.txt", "--format", "json"]).stdout).unwrap();
    let files = &json["result"]["bundle"]["source"]["files"];
    assert_eq!((&files[0]["unread"], &files[0]["unread_lines"][0]["text"]), (&json!(1), &json!("(cut)")));
}

#[test]
fn diff() {
    let folder = Folder::new().with("a.zip", &Bundle::of([card()])).with("b.zip", &Bundle::of([outside()]));
    for (name, arguments, code) in [
        ("diff-same", &["diff", "a.zip", "a.zip"][..], 0),
        ("diff-different", &["diff", "a.zip", "b.zip"], 1),
        ("diff-json", &["diff", "a.zip", "b.zip", "--format", "json"], 1),
        ("diff-missing", &["diff", "a.zip", "c.zip"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{name}: {ran}");
        snapshot(name, &ran);
    }
}

#[test]
fn check() {
    let tainted = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..CLEAN };
    let guest = Host { taint: Some(12288), module_taint: "OE", lockdown: "none", ..CLEAN };
    let folder = Folder::new()
        .with("inside.zip", &Bundle { host: guest, ..Bundle::of([card()]) })
        .with("outside.zip", &Bundle::of([outside()]))
        .with("tainted.zip", &Bundle { host: tainted, ..Bundle::of([card()]) })
        .with("hung.zip", &Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"))]))
        .with(
            "two.zip",
            &Bundle::of([
                card(),
                card_with(json!({"bdf": "0000:5e:00.0", "nv": {"changes":
            [{"set": {"LINK_TYPE_P1": "IB"}, "views": ["current", "next"], "writer": "uefi-hii"}]}})),
            ]),
        )
        .with_bytes(
            "one.json",
            br#"{"schema": "mlx5-baseline", "schema_version": 1, "name": "one",
                 "rules": [{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]}"#,
        )
        .with_bytes("bad.json", b"{\"schema\": \"mlx5-baseline\",\n \"schema_version\": 1, \"nam\": \"x\"}");
    let factory = "factory-default.json";
    for (name, arguments, code) in [
        ("check-inside", &["check", "inside.zip", "--baseline", factory][..], 0),
        ("check-outside", &["check", "outside.zip", "--baseline", factory], 1),
        ("check-tainted", &["check", "tainted.zip", "--baseline", factory], 3),
        (
            "check-tainted-accepted",
            &["check", "tainted.zip", "--baseline", factory, "--min-assurance", "tainted"],
            0,
        ),
        ("check-hung", &["check", "hung.zip", "--baseline", factory], 3),
        (
            "check-two",
            &["check", "two.zip", "inside.zip", "--baseline", "example-envelope.json", "--baseline", factory],
            1,
        ),
        ("check-missing-bundle", &["check", "inside.zip", "none.zip", "--baseline", factory], 2),
        ("check-bad-baseline", &["check", "inside.zip", "--baseline", "bad.json"], 2),
        ("check-json", &["check", "outside.zip", "--baseline", "one.json", "--format", "json"], 1),
        ("check-bad-level", &["check", "inside.zip", "--baseline", factory, "--min-assurance", "high"], 2),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, code, "{name}: {ran}");
        snapshot(name, &ran);
    }
}

#[test]
fn hostile_strings_never_reach_the_terminal_raw() {
    let mut bundle = Bundle::of([card()]);
    bundle.touch = |manifest| {
        manifest.notes.push("\u{1b}]0;gotcha\u{7}\u{202e}txt.exe\r\nINSIDE".to_owned());
        manifest.tool.version = "1\u{9b}2J".to_owned();
        manifest.devices[0].netdevs.push("eth\u{1b}[31m0".to_owned());
    };
    bundle.host.requester = Some("a\u{1b}[2Jb(1)");
    let folder = Folder::new().with("b.zip", &bundle);
    for arguments in [
        &["show", "b.zip"][..],
        &["show", "b.zip", "**", "--raw"],
        &["verify", "b.zip"],
        &["check", "b.zip", "--baseline", "factory-default.json"],
        &["diff", "b.zip", "b.zip"],
        &["show", "\u{1b}[31mnone"],
    ] {
        let ran = folder.run(arguments);
        let odd = |c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c);
        assert!(!ran.stdout.contains(odd) && !ran.stderr.contains(odd), "{arguments:?} {ran:?}");
    }
    snapshot("hostile-verify", &folder.run(&["verify", "b.zip"]));
}

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.stdout, self.stderr)
    }
}

#[test]
fn colours_obey_the_environment() {
    let folder = Folder::new().with("b.zip", &Bundle::of([card()]));
    let with = |variables: &[(&str, &str)]| {
        ran(folder.command(&["verify", "b.zip"]).envs(variables.iter().copied())).stdout.contains('\u{1b}')
    };
    assert!(!with(&[]), "no terminal, no colours");
    assert!(with(&[("CLICOLOR_FORCE", "1")]));
    assert!(!with(&[("CLICOLOR_FORCE", "0")]));
    assert!(!with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let folder = Folder::new().with("b.zip", &Bundle::of([outside()]));
    for (arguments, code) in
        [(&["show", "b.zip", "**"][..], 0), (&["check", "b.zip", "--baseline", "factory-default.json"], 1)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = folder.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(code), 0), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_trouble() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        writeln!(std::io::stderr(), "skipped: there is no /dev/full here").unwrap();
        return;
    };
    let tainted = Host { taint: Some(524_288), ..CLEAN };
    let folder = Folder::new()
        .with("b.zip", &Bundle::of([card()]))
        .with("outside.zip", &Bundle::of([outside()]))
        .with("tainted.zip", &Bundle { host: tainted, ..Bundle::of([card()]) });
    let factory = ["--baseline", "factory-default.json"];
    for (arguments, code) in [
        (&["show", "b.zip"][..], 2),
        (&["verify", "b.zip"], 2),
        (&["check", "tainted.zip", factory[0], factory[1]], 2),
        // Outside stays outside, whatever trouble there is beside.
        (&["check", "outside.zip", factory[0], factory[1]], 1),
    ] {
        let full = full.try_clone().unwrap();
        let output = folder.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"), "{arguments:?}");
    }
}

#[test]
fn hostile_bundles_are_broken_and_give_no_facts() {
    let hostile = mlx5_fixtures::hostile::all();
    assert!(hostile.len() > 20);
    let mut folder = Folder::new();
    for bundle in &hostile {
        folder = folder.with_bytes(&format!("{}.zip", bundle.name), &bundle.bytes);
    }
    for bundle in &hostile {
        let file = format!("{}.zip", bundle.name);
        let verified = folder.run(&["verify", &file]);
        assert_eq!(verified.code, 2, "{}: {verified}", bundle.name);
        assert!(verified.stdout.contains("broken"), "{}: {verified}", bundle.name);
        let shown = folder.run(&["show", &file, "**"]);
        assert_eq!((shown.code, shown.stdout.as_str()), (2, ""), "{}: {shown}", bundle.name);
    }
}

#[test]
fn what_matters_most_is_told_first() {
    let rules = json!([
        {"id": "a", "severity": "low", "facts": ["NUM_OF_VFS"], "expect": {"equals": 1}},
        {"id": "b", "severity": "critical", "facts": ["LINK_TYPE_P1"], "expect": {"equals": "IB"}},
        {"id": "c", "facts": ["SRIOV_EN"], "expect": {"equals": "False"}}
    ]);
    let text =
        json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "n", "rules": rules}).to_string();
    let folder = Folder::new().with("b.zip", &Bundle::of([card()])).with_bytes("n.json", text.as_bytes());
    let ran = folder.run(&["check", "b.zip", "--baseline", "n.json"]);
    let told: Vec<&str> =
        ran.stdout.lines().filter_map(|line| line.trim().strip_prefix("rule ")).map(str::trim).collect();
    assert_eq!(told, ["n/b (critical)", "n/c (medium)", "n/a (low)"], "{ran}");
}

#[test]
fn a_line_of_allowed_signers_that_is_passed_over_is_named() {
    let key = KeySigner::one_run([7; 32]).public_openssh().unwrap();
    let line = format!("support@example.com cert-authority {key}\n");
    let folder = Folder::new().with("b.zip", &Bundle::of([card()])).with_bytes("signers", line.as_bytes());
    let ran = folder.run(&["verify", "b.zip", "--allowed-signers", "signers"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("signers: line 1 is passed over: cert-authority"), "{ran}");
}

#[test]
fn texts_that_say_nothing_in_common_are_not_the_same() {
    let text =
        |row: &str| format!("Device type: ConnectX7\nDevice: 3b:00.0\nConfigurations: Next Boot\n  {row}\n");
    let folder = Folder::new()
        .with_bytes("a.txt", text("NUM_OF_VFS  8").as_bytes())
        .with_bytes("b.txt", text("SRIOV_EN  True(1)").as_bytes())
        .with_bytes("c.txt", text("SRIOV_EN  True(1)").as_bytes());
    let ran = folder.run(&["diff", "a.txt", "b.txt"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stdout.contains("nothing was compared"), "{ran}");
    assert_eq!(folder.run(&["diff", "b.txt", "c.txt"]).code, 0);
}
