//! `docs/baseline-work.md`: every block that begins with a command line of these verbs is what the binary prints.
//!
//! After a change: `MLX5_REGENERATE=1 cargo test -p mlx5-analyzer --test analyzer envelopes::docs`, and read what it wrote.

use std::path::Path;

use super::folder;
use crate::triage::docs::blocks;
use crate::triage::run_in;

const VERBS: [&str; 4] = ["init", "learn", "merge", "diff"];
/// What is said beside a baseline that goes to standard output.
const SILENT: &str = "2>/dev/null";

fn is_ours(words: &[&str]) -> bool {
    matches!(words, ["baseline", verb, ..] if VERBS.contains(verb))
}

/// What the shell would show: both streams, unless one is sent away.
fn ran(folder: &Path, words: &[&str]) -> (i32, String) {
    let is_silent = words.last() == Some(&SILENT);
    let words: Vec<&str> =
        words.iter().filter(|word| **word != SILENT).map(|word| word.trim_matches('\'')).collect();
    let (code, stdout, stderr) = run_in(folder, &words);
    (code, if is_silent { stdout } else { format!("{stdout}{stderr}") })
}

#[test]
fn the_manual_prints_what_the_binary_prints() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/baseline-work.md");
    if std::env::var_os("MLX5_REGENERATE").is_some() {
        let folder = folder();
        let text = std::fs::read_to_string(&page).unwrap();
        let written: Vec<String> = text.split("```").map(|block| renewed(block, folder.path())).collect();
        std::fs::write(&page, written.join("```")).unwrap();
    }
    let folder = folder();
    let text = std::fs::read_to_string(&page).unwrap();
    let mut seen = 0;
    for (arguments, expected, code) in blocks(&text) {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if !is_ours(&words) {
            continue;
        }
        seen += 1;
        let (found, printed) = ran(folder.path(), &words);
        assert_eq!(found, code.unwrap_or(0), "{arguments:?}: {printed}");
        assert_eq!(printed, expected, "{arguments:?} prints\n{printed}");
    }
    assert!(seen >= 6, "{seen} blocks");
}

/// A block with what its command prints now.
fn renewed(block: &str, folder: &Path) -> String {
    let Some(rest) = block.strip_prefix("\n$ mlx5-analyzer ") else { return block.to_owned() };
    let line = rest.lines().next().unwrap_or_default();
    let command = line.strip_suffix("; echo $?").unwrap_or(line);
    let words: Vec<&str> = command.split_whitespace().collect();
    if !is_ours(&words) {
        return block.to_owned();
    }
    let (code, printed) = ran(folder, &words);
    let code = if command == line { String::new() } else { format!("{code}\n") };
    format!("\n$ mlx5-analyzer {line}\n{printed}{code}")
}
