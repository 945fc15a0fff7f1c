//! Rules about the host, as the manual writes them: taint letters, lockdown, modules.

use mlx5_analyzer::baseline::parse;
use mlx5_schemas::model::report::CheckReport;

use crate::support::{Bundle, CLEAN, Host, card, gist};

/// What the manual shows, as it stands there.
fn checked(host: Host) -> CheckReport {
    let text = include_str!("../../docs/baseline.md");
    let example = text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = example.into_iter().find(|example| example.contains("\"host-of-ours\"")).unwrap();
    let baseline = parse("docs/baseline.md".to_owned(), example).unwrap();
    Bundle { host, ..Bundle::of([card()]) }.check(&[baseline])
}

fn with(captures: &[(&str, &str)]) -> Host {
    let enforced = ("sys/module/module/parameters/sig_enforce", "Y\n");
    let all = std::iter::once(&enforced).chain(captures);
    Host { with: all.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(), ..CLEAN }
}

fn outside(host: Host) -> Vec<String> {
    let report = checked(host);
    assert_eq!(report.exit_code, 1);
    gist(&report).into_iter().filter(|line| line.starts_with("outside")).collect()
}

#[test]
fn a_host_that_keeps_them_is_inside() {
    let report = checked(with(&[]));
    assert_eq!((gist(&report), report.exit_code), (Vec::<String>::new(), 0));
    // W (a warning) is among the letters that are allowed.
    let report = checked(Host { taint: Some(1 << 9), taint_at_end: Some(1 << 9), ..with(&[]) });
    assert_eq!(report.exit_code, 0, "{:?}", gist(&report));
}

#[test]
fn other_letters_are_outside() {
    let taint = 1 << 12 | 1 << 19 | 1 << 40;
    let host = Host { taint: Some(taint), taint_at_end: Some(taint), ..with(&[]) };
    assert_eq!(
        outside(host),
        [
            "outside host/taint/J",
            "outside host/taint/O",
            "outside host/taint/bit40",
            "outside host/taint_at_end"
        ]
    );
}

#[test]
fn an_open_kernel_and_foreign_modules_are_outside() {
    assert_eq!(outside(Host { lockdown: "none", ..with(&[]) }), ["outside host/lockdown"]);
    let host = with(&[("sys/module/mlx_compat/taint", "OE\n")]);
    assert_eq!(outside(host), ["outside host/module/mlx_compat/taint"]);
    let host = with(&[("sys/module/module/parameters/sig_enforce", "N\n")]);
    assert_eq!(outside(host), ["outside host/sig_enforce"]);
}

#[test]
fn what_was_not_read_is_unknown() {
    let mut host = with(&[]);
    host.with.clear();
    let report = checked(Host { taint: None, taint_at_end: None, ..host });
    assert_eq!(report.exit_code, 3);
    let gist = gist(&report);
    assert!(gist.contains(&"unknown(denied) host/taint/J".to_owned()), "{gist:?}");
    assert!(gist.contains(&"unknown(unknown-parameter) host/sig_enforce".to_owned()), "{gist:?}");
}
