//! `docs/diff.md`: every block that begins with a command line is what the binary prints.
//!
//! After a change: `MLX5_REGENERATE=1 cargo test -p mlx5-analyzer --test analyzer diff::docs`, and read what it wrote.

use std::path::Path;

use super::verb::folder;
use crate::triage::docs::blocks;
use crate::triage::run_in;

#[test]
fn the_manual_prints_what_the_binary_prints() {
    let folder = folder();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diff.md");
    let ran = |arguments: &[String]| {
        // The shell takes the quotation marks off.
        let arguments: Vec<&str> = arguments.iter().map(|word| word.trim_matches('\'')).collect();
        run_in(folder.path(), &arguments)
    };
    if std::env::var_os("MLX5_REGENERATE").is_some() {
        let text = std::fs::read_to_string(&page).unwrap();
        let written: Vec<String> = text.split("```").map(|block| renewed(block, ran)).collect();
        std::fs::write(&page, written.join("```")).unwrap();
    }
    let text = std::fs::read_to_string(&page).unwrap();
    let mut seen = 0;
    for (arguments, expected, code) in blocks(&text) {
        seen += 1;
        let (found, stdout, stderr) = ran(&arguments);
        assert_eq!(stderr, "", "{arguments:?}");
        assert_eq!(found, code.unwrap_or(0), "{arguments:?}");
        assert_eq!(stdout, expected, "{arguments:?} prints\n{stdout}");
    }
    assert!(seen >= 6, "{seen} blocks");
}

/// A block with what its command prints now.
fn renewed(block: &str, ran: impl Fn(&[String]) -> (i32, String, String)) -> String {
    let Some(rest) = block.strip_prefix("\n$ mlx5-analyzer ") else { return block.to_owned() };
    let line = rest.lines().next().unwrap_or_default();
    let words = line.strip_suffix("; echo $?").unwrap_or(line);
    let arguments: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let (code, stdout, _) = ran(&arguments);
    let code = if words == line { String::new() } else { format!("{code}\n") };
    format!("\n$ mlx5-analyzer {line}\n{stdout}{code}")
}
