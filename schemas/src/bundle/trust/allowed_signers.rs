//! The `allowed_signers` file of OpenSSH (`ssh-keygen(1)`, ALLOWED SIGNERS), read by the same rules.
//!
//! A line: principals (a comma-separated list, quoted where it holds spaces), options, key type, base64 key,
//! comment. Options: `namespaces="…"`, `valid-after="…"`, `valid-before="…"`, `cert-authority`. Must not do: read
//! files, or let a line count whose options it does not understand.

use chrono::{DateTime, Local, TimeZone, Utc};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::{pattern, validity};

/// Keys that the user trusts, each for purposes and times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedSigners {
    signers: Vec<Signer>,
    passed: Vec<Passed>,
}

/// A line that says nothing about bundles and was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Line, from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// Why a file cannot be used. `ssh-keygen` reports a malformed line and goes on; here it is an error, so that a
/// slip in the file is not taken for an unknown signer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("allowed signers, line {line}: {reason}")]
pub struct AllowedSignersError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signer {
    principals: String,
    key: KeyData,
    options: Options,
}

/// Options of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Options {
    cert_authority: bool,
    namespaces: Option<String>,
    valid_after: Option<DateTime<Utc>>,
    valid_before: Option<DateTime<Utc>>,
}

impl AllowedSigners {
    /// Reads a file. Times without `Z` are local time, as `ssh-keygen` takes them: the system's time zone is the
    /// one thing here that does not come in as an argument; see [`AllowedSigners::parse_in`].
    ///
    /// # Errors
    /// At the first malformed line.
    pub fn parse(text: &str) -> Result<Self, AllowedSignersError> {
        Self::parse_in(text, &Local)
    }

    /// Reads a file whose times without `Z` are in `zone`.
    ///
    /// # Errors
    /// At the first malformed line.
    pub fn parse_in<Z: TimeZone>(text: &str, zone: &Z) -> Result<Self, AllowedSignersError> {
        let mut parsed = Self::default();
        for (index, line) in text.lines().enumerate() {
            let number = index.saturating_add(1);
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let signer =
                parse_line(line, zone).map_err(|reason| AllowedSignersError { line: number, reason })?;
            if signer.options.cert_authority {
                let reason =
                    "cert-authority: certificates are not verified here; name the signing key itself";
                parsed.passed.push(Passed { line: number, reason });
            } else {
                parsed.signers.push(signer);
            }
        }
        Ok(parsed)
    }

    /// Lines that were passed over, for a warning.
    pub fn passed(&self) -> &[Passed] {
        &self.passed
    }

    /// The principals of the first line that allows `key` in `namespace` at `now`.
    pub fn principals(&self, key: &KeyData, namespace: &str, now: DateTime<Utc>) -> Option<&str> {
        let allows = |signer: &&Signer| signer.key == *key && signer.options.allow(namespace, now);
        self.signers.iter().find(allows).map(|signer| signer.principals.as_str())
    }
}

impl Options {
    /// Both bounds belong to the time of validity (`sshsig.c`, `check_allowed_keys_line`), in whole seconds.
    fn allow(&self, namespace: &str, now: DateTime<Utc>) -> bool {
        let namespace_allowed =
            self.namespaces.as_deref().is_none_or(|list| pattern::list_matches(list, namespace));
        let second = now.timestamp();
        namespace_allowed
            && self.valid_after.is_none_or(|after| second >= after.timestamp())
            && self.valid_before.is_none_or(|before| second <= before.timestamp())
    }
}

fn parse_line<Z: TimeZone>(line: &str, zone: &Z) -> Result<Signer, String> {
    let (principals, rest) = principals(line)?;
    // A key directly after the principals, or options first: whichever parses, as ssh-keygen has it.
    if let Some(key) = key(rest) {
        return Ok(Signer { principals, key, options: Options::default() });
    }
    let (options, rest) = options_word(rest)?;
    let key = key(rest).ok_or("no public key of a known form")?;
    Ok(Signer { principals, key, options: parse_options(options, zone)? })
}

/// The first word, which may be quoted.
fn principals(line: &str) -> Result<(String, &str), String> {
    let (word, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("a quote that is not closed")?,
        None => line.split_once([' ', '\t']).ok_or("nothing after the principals")?,
    };
    // A line that only excludes can match nobody.
    if !word.split(',').any(|pattern| !pattern.is_empty() && !pattern.starts_with('!')) {
        return Err("no principals".to_owned());
    }
    Ok((word.to_owned(), rest.trim_start_matches([' ', '\t'])))
}

/// Type and base64; the comment is left.
fn key(rest: &str) -> Option<KeyData> {
    let mut words = rest.split([' ', '\t']).filter(|word| !word.is_empty());
    let line = format!("{} {}", words.next()?, words.next()?);
    PublicKey::from_openssh(&line).ok().map(|key| key.key_data().clone())
}

/// Everything up to the first space outside quotes.
fn options_word(rest: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => {
                let (word, rest) = rest.split_at(at);
                return Ok((word, rest.trim_start_matches([' ', '\t'])));
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    Err(if quoted { "a quote that is not closed" } else { "no public key of a known form" }.to_owned())
}

fn parse_options<Z: TimeZone>(word: &str, zone: &Z) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = word;
    while !rest.is_empty() {
        let name_end = rest.find(['=', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        let name = name.to_ascii_lowercase();
        if name == "cert-authority" && !after.starts_with('=') {
            options.cert_authority = true;
            rest = next_option(after)?;
            continue;
        }
        let value = after.strip_prefix("=\"").ok_or("an option without a quoted value")?;
        let (value, after) = quoted_value(value)?;
        match name.as_str() {
            "namespaces" => set_once(&mut options.namespaces, value, &name)?,
            "valid-after" => set_once(&mut options.valid_after, time(&value, zone)?, &name)?,
            "valid-before" => set_once(&mut options.valid_before, time(&value, zone)?, &name)?,
            _ => return Err(format!("unknown option '{}'", name.escape_default())),
        }
        rest = next_option(after)?;
    }
    if let (Some(after), Some(before)) = (options.valid_after, options.valid_before)
        && before <= after
    {
        return Err("valid-before is not later than valid-after".to_owned());
    }
    Ok(options)
}

/// After an option comes a comma with another one, or nothing.
fn next_option(after: &str) -> Result<&str, String> {
    match after.strip_prefix(',') {
        Some("") => Err("a comma without an option after it".to_owned()),
        Some(next) => Ok(next),
        None if after.is_empty() => Ok(after),
        None => Err("options are separated by commas".to_owned()),
    }
}

/// A value up to its closing quote, `\"` standing for a quote; and what comes after.
fn quoted_value(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let (_, after) = text.split_at(at.saturating_add(1));
                return Ok((value, after));
            }
            '\\' if letters.next_if(|(_, next)| *next == '"').is_some() => value.push('"'),
            other => value.push(other),
        }
    }
    Err("a quote that is not closed".to_owned())
}

fn set_once<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), String> {
    if place.is_some() {
        return Err(format!("the option '{name}' stands twice"));
    }
    *place = Some(value);
    Ok(())
}

fn time<Z: TimeZone>(value: &str, zone: &Z) -> Result<DateTime<Utc>, String> {
    validity::parse(value, zone)
        .ok_or_else(|| format!("'{}' is no time of the form YYYYMMDD[HHMM[SS]][Z]", value.escape_default()))
}
