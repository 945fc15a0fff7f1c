//! Times of validity as OpenSSH writes them (`ssh-keygen(1)`, ALLOWED SIGNERS): `YYYYMMDD[HHMM[SS]][Z]`.
//!
//! Must not do: ask for the time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};

/// Reads a time; without `Z` it is one of `zone`. `None` when it is no such time, or does not exist in the zone.
pub(super) fn parse<Z: TimeZone>(text: &str, zone: &Z) -> Option<DateTime<Utc>> {
    let digits = text.strip_suffix(['Z', 'z']);
    let naive = naive(digits.unwrap_or(text))?;
    match digits {
        Some(_) => Some(naive.and_utc()),
        // Where clocks were set back an hour happens twice; the C library, too, decides for one.
        None => zone.from_local_datetime(&naive).earliest().map(|time| time.with_timezone(&Utc)),
    }
}

fn naive(digits: &str) -> Option<NaiveDateTime> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<u32>().ok());
    let (minute_given, second_given) = match digits.len() {
        8 => (false, false),
        12 => (true, false),
        14 => (true, true),
        _ => return None,
    };
    let year = i32::try_from(number(0..4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)?;
    let hour = if minute_given { number(8..10)? } else { 0 };
    let minute = if minute_given { number(10..12)? } else { 0 };
    let second = if second_given { number(12..14)? } else { 0 };
    date.and_hms_opt(hour, minute, second)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_three_lengths_with_and_without_z() {
        let zone = chrono::FixedOffset::east_opt(2 * 3600).unwrap();
        for (text, expected) in [
            ("20261125", "2026-11-24T22:00:00Z"),
            ("20261125Z", "2026-11-25T00:00:00Z"),
            ("202611251030", "2026-11-25T08:30:00Z"),
            ("202611251030Z", "2026-11-25T10:30:00Z"),
            ("20261125103015", "2026-11-25T08:30:15Z"),
            ("20261125103015Z", "2026-11-25T10:30:15Z"),
        ] {
            assert_eq!(parse(text, &zone).unwrap(), expected.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "Z", "2026", "20261325", "20260230", "202611252500", "2026112510301", "+0261125", "２０２６"]
        {
            assert_eq!(parse(text, &Utc), None, "{text}");
        }
    }
}
