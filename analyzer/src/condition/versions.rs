//! Versions of kernels and drivers, compared by their numbers.
//!
//! Must not do: compare text. `6.9` comes before `6.11`.

use mlx5_schemas::model::expected::VersionRange;

/// The numbers of a version, in order: `5.14.0-427.el9` is 5, 14, 0, 427. They end at the first part that begins with
/// a letter, so that a distribution's name adds none.
pub(super) fn numbers(text: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    for part in text.trim().trim_start_matches('v').split(['.', '-', '_', '+', ' ']) {
        let digits: &str = part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let Ok(number) = digits.parse() else { break };
        numbers.push(number);
        if digits.len() != part.len() {
            break;
        }
    }
    numbers
}

/// Whether a version is in a range; as many numbers count as the bound has. `None` where it has no numbers.
pub(crate) fn is_within(version: &str, range: &VersionRange) -> Option<bool> {
    let version = numbers(version);
    if version.is_empty() {
        return None;
    }
    let beginning = |bound: &[u64]| -> Vec<u64> {
        version.iter().copied().chain(std::iter::repeat(0)).take(bound.len()).collect()
    };
    let above = range.from.as_deref().map(numbers).is_none_or(|from| beginning(&from) >= from);
    let below = range.to.as_deref().map(numbers).is_none_or(|to| beginning(&to) <= to);
    Some(above && below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_by_numbers() {
        let within = |version: &str, from: &str, to: &str| {
            let bound = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            is_within(version, &VersionRange { from: bound(from), to: bound(to) })
        };
        assert_eq!(within("6.11.10-amd64", "6.9", ""), Some(true));
        assert_eq!(within("6.2.0", "6.11", ""), Some(false));
        assert_eq!(within("5.14.21-150500", "", "5.14"), Some(true), "5.14 holds 5.14.21");
        assert_eq!(within("5.15.0", "", "5.14"), Some(false));
        assert_eq!(within("4.18.0-240.1.1.el8_3.x86_64", "4.18.0-240", "4.18.0-240"), Some(true));
        assert_eq!(within("5.8-1.1.2", "5.8-1.1", "5.8-1.1"), Some(true));
        assert_eq!(within("unknown", "5", ""), None);
        assert_eq!(numbers("6.6.0-rc1+"), [6, 6, 0], "rc1 begins with a letter");
    }
}
