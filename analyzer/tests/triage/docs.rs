//! The manual's tickets: every block that begins with a command line is what the binary prints.

use std::path::Path;

use super::{run_in, samples};

/// Command lines with what the manual says they print, and the exit code where it says that.
pub(crate) fn blocks(text: &str) -> Vec<(Vec<String>, String, Option<i32>)> {
    let mut blocks = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let block = block.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches('\n');
        let Some(rest) = block.strip_prefix("$ mlx5-analyzer ") else { continue };
        let (line, output) = rest.split_once('\n').unwrap_or((rest, ""));
        let (line, code) = match line.strip_suffix("; echo $?") {
            Some(line) => {
                let (_, last) = output.trim_end().rsplit_once('\n').unwrap_or(("", output.trim_end()));
                (line, Some(last.parse().unwrap()))
            }
            None => (line, None),
        };
        let output = match code {
            Some(code) => output.trim_end().strip_suffix(&format!("{code}")).unwrap().to_owned(),
            None => output.to_owned(),
        };
        blocks.push((line.split_whitespace().map(str::to_owned).collect(), output, code));
    }
    blocks
}

#[test]
fn the_manual_prints_what_the_binary_prints() {
    let Some(folder) = samples() else { return };
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut seen = 0;
    for page in ["triage.md", "known-issues.md"] {
        let text = std::fs::read_to_string(docs.join(page)).unwrap();
        for (arguments, expected, code) in blocks(&text) {
            seen += 1;
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let (found, stdout, stderr) = run_in(&folder, &arguments);
            assert_eq!(stderr, "", "{page}: {arguments:?}");
            assert_eq!(found, code.unwrap_or(0), "{page}: {arguments:?}");
            assert_eq!(stdout, expected, "{page}: {arguments:?} prints\n{stdout}");
        }
    }
    assert!(seen >= 6, "{seen} blocks");
}
