//! The word that may have been meant.
//!
//! Must not do: accept anything in its place.

/// The nearest of `words`, where it is near enough to be meant: at most a third of its letters differ.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    words
        .into_iter()
        .filter(|known| known.chars().count().abs_diff(length) <= length / 3 + 1)
        .filter(|known| *known != word)
        .map(|known| (distance(word, known), known))
        .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1))
        // Of equally near words, the one that begins alike for longest.
        .min_by_key(|(distance, known)| (*distance, std::cmp::Reverse(common_prefix(word, known)), *known))
        .map(|(_, known)| known)
}

/// What is wrong with a JSON text, in words for people, with the word that may have been meant.
pub(crate) fn of_json_error(error: &serde_json::Error) -> String {
    let message = error.to_string();
    // The message ends with the place, which is said already.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let hint = match message {
        "invalid type: unit variant, expected newtype variant" => {
            "; it needs a value: {\"equals\": 16} in place of \"equals\"".to_owned()
        }
        _ if message.ends_with("expected unit variant") || message.ends_with("expected unit") => {
            "; it stands alone, as text: \"present\"".to_owned()
        }
        _ => for_serde_message(message),
    };
    format!("{message}{hint}")
}

fn common_prefix(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count()
}

/// A hint for messages such as ``unknown field `fact`, expected one of `id`, `facts` ``; empty without a near word.
pub(crate) fn for_serde_message(message: &str) -> String {
    if !message.starts_with("unknown ") {
        return String::new();
    }
    // Every second part stands between backticks.
    let mut words = message.split('`').skip(1).step_by(2);
    let Some(word) = words.next() else { return String::new() };
    nearest(word, words).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// Edit distance (insertions, deletions, replacements, two neighbours swapped), ignoring case.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for (j, b) in right.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, j).saturating_add(usize::from(a != b));
            let deleted = at(&row, j.saturating_add(1)).saturating_add(1);
            let inserted = at(&next, j).saturating_add(1);
            let mut best = replaced.min(deleted).min(inserted);
            let before =
                i.checked_sub(1).and_then(|i| left.get(i)).zip(j.checked_sub(1).and_then(|j| right.get(j)));
            if before == Some((b, a)) {
                best = best.min(at(&above, j.saturating_sub(1)).saturating_add(1));
            }
            next.push(best);
        }
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["NUM_OF_VFS", "NUM_OF_PF", "SRIOV_EN"];
        assert_eq!(nearest("NUM_OF_VF", known), Some("NUM_OF_VFS"));
        assert_eq!(nearest("NUMOFVFS", known), Some("NUM_OF_VFS"));
        assert_eq!(nearest("num_of_vfs", known), Some("NUM_OF_VFS"));
        assert_eq!(nearest("SRIOV_ENABLE", known), None);
        assert_eq!(nearest("SRIOV_EN", known), None, "the word itself is no suggestion");
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("EHT", "eth"), 1);
        assert_eq!(distance("abcd", "badc"), 2);
    }

    #[test]
    fn serde_messages_give_their_words() {
        let message = "unknown field `expct`, expected one of `id`, `facts`, `expect`";
        assert_eq!(for_serde_message(message), "; did you mean `expect`?");
        assert_eq!(for_serde_message("invalid type: map, expected a string"), "");
    }
}
