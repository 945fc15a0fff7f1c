//! Which commands show more of a finding. All of them only read files.
//!
//! Must not do: put a name from a bundle into a command unquoted.

use mlx5_schemas::model::report::{Finding, RuleExplained};
use mlx5_schemas::model::verdict::Verdict;

/// The commands, the most telling first.
pub(super) fn more(finding: &Finding, bundle: &str, rule: Option<&RuleExplained>) -> Vec<String> {
    let bundle = quoted(bundle);
    let mut commands = Vec::new();
    // A pattern that took nothing is no fact to show.
    let is_fact = !finding.path.is_empty() && !finding.path.contains(['*', '?']);
    if is_fact {
        commands.push(format!("mlx5-analyzer show {bundle} {} --raw", quoted(&finding.path)));
    }
    match (finding.rule.as_str(), finding.rule.split_once('/')) {
        ("signature", _) => {
            commands.push(format!("mlx5-analyzer verify {bundle} --allowed-signers FILE"));
        }
        (_, Some(("advisory", id))) => commands.push(format!("mlx5-analyzer known show {}", quoted(id))),
        (_, Some(_) | None) => {}
    }
    if let Some(rule) = rule {
        let (file, name) = (quoted(&rule.baseline.file), quoted(&rule.rule));
        commands.push(format!("mlx5-analyzer check --baseline {file} --explain {name}"));
    }
    let in_catalog = ["nv/", "reg/", "cap/", "cap_max/"].iter().any(|root| finding.path.starts_with(root));
    if is_fact && in_catalog {
        commands.push(format!("mlx5-analyzer catalog show {}", quoted(&finding.name)));
    }
    if matches!(finding.verdict, Verdict::Unknown { .. }) {
        commands.push(format!("mlx5-analyzer ask {bundle}"));
    }
    commands
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:=,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_see_more_in_them() {
        assert_eq!(quoted("nv/0:0x080.total_vfs"), "nv/0:0x080.total_vfs");
        assert_eq!(quoted("MODULE_SPLIT_M0[3]"), "'MODULE_SPLIT_M0[3]'");
        assert_eq!(quoted("a b; rm -rf ~"), "'a b; rm -rf ~'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
