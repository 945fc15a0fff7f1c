//! Pattern lists as OpenSSH matches them (`match.c`): `*`, `?`, commas, and `!` to exclude.
//!
//! Must not do: take time that grows faster than pattern times text.

/// Whether `text` is in a comma-separated list of patterns: one of them matches and no excluding one does.
pub(super) fn list_matches(list: &str, text: &str) -> bool {
    let mut included = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(excluded) if matches(excluded, text) => return false,
            Some(_) => {}
            None => included |= matches(pattern, text),
        }
    }
    included
}

/// One pattern. Backtracks to the last `*` only, which is enough.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.as_bytes();
    let mut text_rest = text.as_bytes();
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern_rest.split_first(), text_rest.split_first()) {
            (Some((b'*', after)), _) => {
                retry = Some((after, text_rest));
                pattern_rest = after;
                continue;
            }
            (Some((wanted, after)), Some((found, rest))) if *wanted == b'?' || wanted == found => {
                pattern_rest = after;
                text_rest = rest;
                continue;
            }
            (None, None) => return true,
            (Some(_) | None, Some(_) | None) => {}
        }
        // Let the last star take one byte more.
        let Some((after_star, from)) = retry else { return false };
        let Some((_, shorter)) = from.split_first() else { return false };
        retry = Some((after_star, shorter));
        pattern_rest = after_star;
        text_rest = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("mlx5-bundle-v1", "mlx5-bundle-v1", true),
            ("mlx5-bundle-v1", "mlx5-bundle-v2", false),
            ("mlx5-*", "mlx5-bundle-v1", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("a*b*c", "axxbyybzzc", true),
            ("a*b*c", "axxbyybzz", false),
            ("*-v?", "mlx5-bundle-v1", true),
            ("**a", "bbba", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_excluding_pattern_wins() {
        assert!(list_matches("file,mlx5-*", "mlx5-bundle-v1"));
        assert!(!list_matches("mlx5-*,!*-v1", "mlx5-bundle-v1"));
        assert!(!list_matches("!*-v2", "mlx5-bundle-v1"));
        assert!(!list_matches("", "mlx5-bundle-v1"));
    }

    #[test]
    fn many_stars_do_not_take_long() {
        let pattern = "*a".repeat(500) + "b";
        assert!(!matches(&pattern, &"a".repeat(1000)));
    }
}
