//! A report that sos itself makes, on this machine, of a card that only fake tools know.
//!
//! sos looks for programs in fixed folders and for further commands in `/etc/sos/extras.d`; both are laid over in a mount
//! namespace of its own, so that nothing of the host changes. Debian's sos 4.0 has no plugin for these cards yet, so the
//! command lines are those of its later plugin `mellanox_firmware`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mlx5_analyzer::case::open;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, View};
use mlx5_schemas::model::manifest::Source;

use crate::support::{now, samples, skipped};

/// What runs where, and what it prints.
const COMMANDS: [(&str, &str); 4] = [
    ("mstconfig -d 0000:05:00.0 -e q", "02-mlxconfig-cx4lx-sriovop-3col-dell.txt"),
    ("mstflint -d 0000:05:00.0 q", "66-flint-cx6lx-empovit-mstflint.txt"),
    ("mlxfwmanager --query", "61-mlxfwmanager-cx6lx-empovit-text.txt"),
    ("ethtool -i eth5", "95-ethtool-cx4-xdpn-turbine.txt"),
];

/// Where samples are, if sos can run here too.
fn samples_for_sos() -> Option<PathBuf> {
    let samples = samples()?;
    if !Path::new("/usr/bin/sos").exists() {
        return skipped("no sos here (Debian's package sosreport)");
    }
    if !rustix::process::geteuid().is_root() {
        return skipped("sos wants root");
    }
    Some(samples)
}

#[test]
fn a_report_made_by_sos_is_read() {
    let Some(samples) = samples_for_sos() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["bin", "extras", "reports"] {
        std::fs::create_dir(at(name)).unwrap();
        std::fs::set_permissions(at(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut extras = String::new();
    for (line, sample) in COMMANDS {
        let tool = at("bin").join(line.split(' ').next().unwrap());
        let text = std::fs::read_to_string(samples.join(sample)).unwrap();
        std::fs::write(&tool, format!("#!/bin/sh\ncat <<'END'\n{}\nEND\n", text.trim_end())).unwrap();
        std::fs::set_permissions(&tool, PermissionsExt::from_mode(0o755)).unwrap();
        extras.push_str(&format!("{line}\n"));
    }
    std::fs::write(at("extras/mlx5"), extras).unwrap();
    let script = "mount --bind bin /usr/local/bin && mount --bind extras /etc/sos/extras.d && \
        exec timeout 120 sos report --batch --tmp-dir \"$PWD/reports\" -o kernel,pci,networking,host,release,sos_extras";
    let ran = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let report = std::fs::read_dir(at("reports")).unwrap().map(|entry| entry.unwrap().path());
    let report = report
        .filter(|path| path.to_string_lossy().contains(".tar."))
        .find(|path| path.extension().unwrap() != "md5");
    let report = report.unwrap();

    let case = open(&report, None, now()).unwrap().decode(Catalog::embedded()).unwrap();
    let Source::Imported { files, archives } = &case.opened.bundle.manifest.source else { panic!() };
    assert_eq!((archives[0].kind.as_str(), archives[0].made.is_some()), ("sos-report", true));
    for (line, _) in COMMANDS {
        let name = line.split(' ').next().unwrap();
        assert!(
            files.iter().any(|file| file.origin.as_ref().unwrap().contains(&format!("/{name}_"))),
            "{line}"
        );
    }
    // Value by value what the sample says when it is imported alone.
    let query = open(&samples.join(COMMANDS[0].1), None, now()).unwrap().decode(Catalog::embedded()).unwrap();
    let values = |facts: &mut dyn Iterator<Item = &Fact>| -> Vec<(String, Option<View>, String)> {
        let known = facts.filter(|fact| fact.path.starts_with("nv/"));
        known.map(|fact| (fact.path.clone(), fact.view, format!("{:?}", fact.knowledge))).collect()
    };
    let (alone, within) = (values(&mut query.facts.iter()), values(&mut case.facts.iter()));
    assert!(alone.len() > 100);
    assert_eq!(within, alone);
}
