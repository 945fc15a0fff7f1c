//! What is kept of a tool's output: all of it, but for secrets.
//!
//! The named parameters of the secret items have no name in mstflint's own database; other databases may name them, so
//! that a name is enough to blot its line. The raw form has everything that is stored, so that there only what is
//! understood and no secret is kept (`mlxcfg_ui.cpp`, `backupCfg`).
//!
//! Must not do: change anything else; a value that is not there is better than one that is wrong.

use std::borrow::Cow;

use mlx5_schemas::redaction::is_secret_type;

use super::command::Reading;

/// Parts of names whose values are secrets, in upper case.
const SECRET_NAMES: [&str; 6] = ["CHAP", "PASSWORD", "PASSWD", "_PWD", "SECRET", "SECURE_HOST_KEY"];
const LEFT_OUT_SECRET: &[u8] = b"% [a secret item is left out]";
const LEFT_OUT_ODD: &[u8] = b"% [a line that is not understood is left out]";

/// The bytes to keep, and what is to be said of those that are left out.
pub(super) fn kept(reading: Reading, output: &[u8]) -> (Vec<u8>, Option<String>) {
    let (kept, left_out) = match reading {
        Reading::RawConfiguration => by_line(output, &mut raw_filter()),
        Reading::Configuration | Reading::Firmware | Reading::Versions => {
            by_line(output, &mut |line| Ok(Cow::Borrowed(line)))
        }
    };
    let reason =
        (left_out > 0).then(|| format!("lines left out, with secrets or of unknown form: {left_out}"));
    (kept, reason)
}

/// The line to keep, or what stands in its place.
type Kept<'a> = Result<Cow<'a, [u8]>, &'static [u8]>;

fn by_line(output: &[u8], keep: &mut dyn for<'a> FnMut(&'a [u8]) -> Kept<'a>) -> (Vec<u8>, u64) {
    let mut kept = Vec::with_capacity(output.len());
    let mut left_out = 0_u64;
    for line in output.split_inclusive(|&byte| byte == b'\n') {
        let (text, end) = match line {
            [text @ .., b'\r', b'\n'] => (text, &b"\r\n"[..]),
            [text @ .., b'\n'] => (text, &b"\n"[..]),
            text => (text, &b""[..]),
        };
        match keep(text) {
            Ok(line) if names_a_secret(&line) => {
                left_out = left_out.saturating_add(1);
                kept.extend(blotted(text));
            }
            Ok(line) => kept.extend_from_slice(&line),
            Err(instead) => {
                left_out = left_out.saturating_add(1);
                kept.extend_from_slice(instead);
            }
        }
        kept.extend_from_slice(end);
    }
    (kept, left_out)
}

fn names_a_secret(line: &[u8]) -> bool {
    let upper = String::from_utf8_lossy(line).to_ascii_uppercase();
    SECRET_NAMES.iter().any(|name| upper.contains(name))
}

/// The words of the line up to the one that names the secret.
fn blotted(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line).into_owned();
    let mut out = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        // `NAME=value` is one word.
        let name = word.split(['=', ':']).next().unwrap_or_default();
        out.push_str(name);
        if names_a_secret(word.as_bytes()) {
            break;
        }
        out.push_str(word.get(name.len()..).unwrap_or_default());
    }
    format!("{} [secret]", out.trim_end()).into_bytes()
}

/// Keeps of `mstconfig backup` the lines of items that are no secrets, and its own words.
fn raw_filter() -> impl for<'a> FnMut(&'a [u8]) -> Kept<'a> {
    // Whether the item that a `% TLV Type` line announces is a secret; none is announced at first.
    let mut announced: Option<bool> = None;
    move |line: &[u8]| {
        let Ok(text) = std::str::from_utf8(line) else { return Err(LEFT_OUT_ODD) };
        let words = text.trim();
        if let Some(rest) = words.strip_prefix("% TLV Type: 0x") {
            let digits = rest.split(',').next().unwrap_or_default();
            let secret = u32::from_str_radix(digits, 16).map_or(true, is_secret_type);
            announced = Some(secret);
            return if secret { Err(LEFT_OUT_SECRET) } else { Ok(Cow::Borrowed(line)) };
        }
        if words.starts_with("0x") {
            // Its header's second dword is the type again: both have to be no secret.
            let own = words.split_ascii_whitespace().nth(1).and_then(|word| word.strip_prefix("0x"));
            let own = own.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let secret = announced.take().unwrap_or(false) || own.is_none_or(is_secret_type);
            return if secret { Err(LEFT_OUT_SECRET) } else { Ok(Cow::Borrowed(line)) };
        }
        let is_own_word = words.is_empty()
            || words == "MLNX_RAW_TLV_FILE"
            || [
                "Collecting...",
                "Saving output...",
                "Done!",
                "Failed!",
                "No TLVs were found.",
                "-E-",
                "-W-",
                "-I-",
            ]
            .iter()
            .any(|start| words.starts_with(start));
        if is_own_word { Ok(Cow::Borrowed(line)) } else { Err(LEFT_OUT_ODD) }
    }
}

/// Text of a tool without control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn text(reading: Reading, output: &str) -> (String, Option<String>) {
        let (kept, reason) = kept(reading, output.as_bytes());
        (String::from_utf8(kept).unwrap(), reason)
    }

    #[test]
    fn output_without_secrets_is_kept_byte_for_byte() {
        let output =
            "\nDevice #1:\r\n----------\n*       NUM_OF_VFS     8   16  16\n\u{a0} no newline at the end";
        assert_eq!(text(Reading::Configuration, output), (output.to_owned(), None));
        let bytes = [0xff, 0xfe, b'\n', 0];
        assert_eq!(kept(Reading::Firmware, &bytes), (bytes.to_vec(), None));
    }

    #[test]
    fn a_value_whose_name_is_that_of_a_secret_is_blotted() {
        let (kept, reason) = text(
            Reading::Configuration,
            "  RO    ISCSI_CHAP_PWD_P1    geheim   geheim\n        NUM_OF_VFS  8\nfirst_target_chap_id=geheim\r\n",
        );
        assert_eq!(
            kept,
            "  RO    ISCSI_CHAP_PWD_P1 [secret]\n        NUM_OF_VFS  8\nfirst_target_chap_id [secret]\r\n"
        );
        assert_eq!(reason.unwrap(), "lines left out, with secrets or of unknown form: 2");
    }

    #[test]
    fn of_the_raw_form_secret_items_are_left_out_whole() {
        let raw = "MLNX_RAW_TLV_FILE\n\
            % TLV Type: 0x00000080, Writer ID: ICMD MLXCONFIG SET RAW(0x09), Writer Host ID: 0x00\n\
            0x03000204 0x00000080 0x00000000 0x00000001 \n\
            % TLV Type: 0x03000239, Writer ID: UEFI HII(0x08), Writer Host ID: 0x00\n\
            0x03000210 0x03000239 0x00000000 0x67656865 0x696d0000 \n\
            % TLV Type: 0x830c0239, Writer ID: UEFI HII(0x08), Writer Host ID: 0x00\n\
            0x03000210 0x830c0239 0x00000000 0x67656865 0x696d0000 \n\
            % TLV Type: 0x0000019b, Writer ID: x(0x08), Writer Host ID: 0x00\n\
            0x03000210 0x0000019b 0x00000000 0x67656865 0x696d0000 \n\
            % TLV Type: 0x06000004, Writer ID: x(0x08), Writer Host ID: 0x00\n\
            0x03000210 0x06000004 0x00000000 0x67656865 0x696d0000 \n\
            % TLV Type: 0x00000080, Writer ID: x(0x08), Writer Host ID: 0x00\n\
            0x03000210 0x03000239 0x00000000 0x67656865 0x696d0000 \n\
            0x03000210 zz 0x67656865\n\
            geheim\n\
            Collecting...\nSaving output...\nDone!\n";
        let (kept, reason) = text(Reading::RawConfiguration, raw);
        assert!(!kept.contains("67656865") && !kept.contains("geheim"), "{kept}");
        assert!(kept.starts_with(
            "MLNX_RAW_TLV_FILE\n% TLV Type: 0x00000080, Writer ID: ICMD MLXCONFIG SET RAW(0x09), Writer Host ID: 0x00\n0x03000204 0x00000080 0x00000000 0x00000001 \n"
        ));
        assert_eq!(kept.lines().count(), raw.lines().count());
        assert!(kept.ends_with("Collecting...\nSaving output...\nDone!\n"));
        assert!(reason.is_some());
    }
}
