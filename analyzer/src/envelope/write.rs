//! Baselines as text with comments, the way a person would have laid them out: a member a line, short lists beside their
//! names, at most 80 columns where words allow it.
//!
//! Must not do: decide what stands in it, or say of a member what the comment does not.

use mlx5_schemas::model::baseline::{
    Advisories, Baseline, BaselineRule, Override, Select, Severity, current_and_next,
};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::sanitize::sanitize;

/// Columns of a line.
const WIDTH: usize = 80;

/// Comments, each paragraph an element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comments {
    /// Before everything.
    pub(super) head: Vec<String>,
    /// Above members of the file, by their names.
    pub(super) members: Vec<(&'static str, Vec<String>)>,
    /// Above the rules and within them, one for each.
    pub(super) rules: Vec<RuleComments>,
    /// Behind the last rule.
    pub(super) tail: Vec<String>,
}

/// Comments on one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RuleComments {
    /// Above it.
    pub(super) above: Vec<String>,
    /// Members that a person is to give, as they would stand there: name and text in angle brackets.
    pub(super) blanks: Vec<(&'static str, &'static str)>,
}

/// The text.
///
/// # Errors
/// When a member cannot be written as JSON: a defect of the program.
pub(super) fn text(baseline: &Baseline, comments: &Comments) -> serde_json::Result<String> {
    let mut lines = Lines(String::new());
    lines.paragraphs(0, &comments.head);
    lines.0.push_str("{\n");
    let members = members_of(baseline)?;
    for (place, (name, value)) in members.iter().enumerate() {
        let above = comments.members.iter().find(|(of, _)| of == name).map(|(_, lines)| lines.as_slice());
        lines.paragraphs(2, above.unwrap_or_default());
        let is_last = place.saturating_add(1) == members.len();
        match *name {
            "rules" => lines.rules(baseline, comments)?,
            _ => lines.member(2, name, value),
        }
        lines.0.push_str(if is_last { "\n" } else { ",\n" });
    }
    lines.0.push_str("}\n");
    Ok(lines.0)
}

/// The members that say anything, in the order in which the manual has them.
fn members_of(baseline: &Baseline) -> serde_json::Result<Vec<(&'static str, String)>> {
    // All of them by name: a member that is added later must not be lost here.
    let Baseline {
        schema,
        schema_version,
        name,
        description,
        owner,
        references,
        include,
        overrides,
        min_assurance,
        require_signature,
        select,
        default,
        advisories,
        rules,
    } = baseline;
    let mut members =
        vec![("schema", json(schema)?), ("schema_version", json(schema_version)?), ("name", json(name)?)];
    let mut put = |name, is_said: bool, value: serde_json::Result<String>| {
        if is_said {
            members.push((name, value?));
        }
        Ok::<(), serde_json::Error>(())
    };
    put("description", description.is_some(), json(description))?;
    put("owner", owner.is_some(), json(owner))?;
    put("references", !references.is_empty(), json(references))?;
    put("include", !include.is_empty(), json(include))?;
    put("overrides", !overrides.is_empty(), each_a_line(overrides))?;
    put("min_assurance", min_assurance.is_some(), json(min_assurance))?;
    put("require_signature", require_signature.is_some(), json(require_signature))?;
    put("select", !Select::is_empty(select), json(select))?;
    put("default", default.is_some(), json(default))?;
    put("advisories", !Advisories::is_empty(advisories), json(advisories))?;
    put("rules", !rules.is_empty(), Ok(String::new()))?;
    Ok(members)
}

fn each_a_line(overrides: &[Override]) -> serde_json::Result<String> {
    let lines: Vec<String> = overrides.iter().map(json).collect::<Result<_, _>>()?;
    Ok(format!("[\n    {}\n  ]", lines.join(",\n    ")))
}

/// The members of a rule that say anything.
fn members_of_rule(rule: &BaselineRule) -> serde_json::Result<Vec<(&'static str, String)>> {
    let BaselineRule {
        id,
        why,
        severity,
        remedy,
        references,
        owner,
        select,
        when,
        facts,
        except,
        views,
        expect,
    } = rule;
    let mut members = vec![("id", json(id)?)];
    let mut put = |name, is_said: bool, value: serde_json::Result<String>| {
        if is_said {
            members.push((name, value?));
        }
        Ok::<(), serde_json::Error>(())
    };
    put("why", why.is_some(), json(why))?;
    put("severity", *severity != Severity::default(), json(severity))?;
    put("remedy", remedy.is_some(), json(remedy))?;
    put("references", !references.is_empty(), json(references))?;
    put("owner", owner.is_some(), json(owner))?;
    put("select", !Select::is_empty(select), json(select))?;
    put("when", when.is_some(), json(when))?;
    put("facts", true, json(facts))?;
    put("except", !except.is_empty(), json(except))?;
    put("views", *views != current_and_next(), json(views))?;
    put("expect", true, json(expect))?;
    Ok(members)
}

/// JSON on one line, with a blank behind each comma and colon.
fn json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, OneLine))?;
    // serde_json writes UTF-8.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct OneLine;

impl Formatter for OneLine {
    fn begin_array_value<W: std::io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: std::io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Text in the making.
struct Lines(String);

impl Lines {
    /// Paragraphs as comments.
    fn paragraphs(&mut self, indent: usize, paragraphs: &[String]) {
        let blanks = " ".repeat(indent);
        for paragraph in paragraphs {
            // What comes from a bundle must not end the comment.
            let safe = sanitize(paragraph);
            let inner = safe.len().saturating_sub(safe.trim_start().len());
            let hang = " ".repeat(inner);
            for line in broken(safe.trim_start(), WIDTH.saturating_sub(indent.saturating_add(3 + inner))) {
                let line = format!("{blanks}// {hang}{line}");
                self.0.push_str(line.trim_end());
                self.0.push('\n');
            }
        }
    }

    /// A member, on as many lines as its list takes.
    fn member(&mut self, indent: usize, name: &str, value: &str) {
        let blanks = " ".repeat(indent);
        let whole = format!("{blanks}\"{name}\": {value}");
        if whole.chars().count() < WIDTH || value.contains('\n') {
            self.0.push_str(&whole);
            return;
        }
        self.0.push_str(&format!("{blanks}\"{name}\": "));
        let inner = " ".repeat(indent.saturating_add(2));
        for (place, part) in
            packed(value, WIDTH.saturating_sub(indent.saturating_add(2)), name.len().saturating_add(2))
                .iter()
                .enumerate()
        {
            if place > 0 {
                self.0.push('\n');
                self.0.push_str(&inner);
            }
            self.0.push_str(part);
        }
    }

    fn rules(&mut self, baseline: &Baseline, comments: &Comments) -> serde_json::Result<()> {
        self.0.push_str("  \"rules\": [\n");
        for (place, rule) in baseline.rules.iter().enumerate() {
            let own = comments.rules.get(place).cloned().unwrap_or_default();
            self.paragraphs(4, &own.above);
            let members = members_of_rule(rule)?;
            let short: Vec<String> =
                members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            let short = format!("    {{{}}}", short.join(", "));
            if own.blanks.is_empty() && short.chars().count() < WIDTH {
                self.0.push_str(&short);
            } else {
                self.0.push_str("    {\n");
                for (place, (name, value)) in members.iter().enumerate() {
                    if *name == "facts" {
                        for (blank, words) in &own.blanks {
                            self.0.push_str(&format!("      // \"{blank}\": \"<{words}>\",\n"));
                        }
                    }
                    self.member(6, name, value);
                    let is_last = place.saturating_add(1) == members.len();
                    self.0.push_str(if is_last { "\n" } else { ",\n" });
                }
                self.0.push_str("    }");
            }
            let is_last = place.saturating_add(1) == baseline.rules.len();
            self.0.push_str(if is_last { "\n" } else { ",\n" });
        }
        self.paragraphs(4, &comments.tail);
        self.0.push_str("  ]");
        Ok(())
    }
}

/// A paragraph in lines of so many characters, but for longer words.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(last) = lines.last_mut() else { continue };
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count().saturating_add(1).saturating_add(word.chars().count()) > width {
            lines.push(word.to_owned());
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    lines
}

/// JSON in parts that end behind a comma outside of texts, each as long as fits; so much stands before the first.
fn packed(json: &str, width: usize, before: usize) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let (mut in_text, mut is_escaped) = (false, false);
    let mut piece = String::new();
    let mut pieces = Vec::new();
    for character in json.chars() {
        match (in_text, character) {
            _ if is_escaped => is_escaped = false,
            (true, '\\') => is_escaped = true,
            (_, '"') => in_text = !in_text,
            // The blank behind a comma.
            (false, ' ') if piece.ends_with(',') => {
                pieces.push(std::mem::take(&mut piece));
                continue;
            }
            (_, _) => {}
        }
        piece.push(character);
    }
    pieces.push(piece);
    for piece in pieces {
        let taken = if parts.len() == 1 { before } else { 0 };
        let Some(last) = parts.last_mut() else { continue };
        let length = taken
            .saturating_add(last.chars().count())
            .saturating_add(1)
            .saturating_add(piece.chars().count());
        if last.is_empty() {
            *last = piece;
        } else if length >= width {
            parts.push(piece);
        } else {
            last.push(' ');
            last.push_str(&piece);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::parse;

    fn written(json: &serde_json::Value, comments: &Comments) -> (Baseline, String) {
        let baseline: Baseline = serde_json::from_value(json.clone()).unwrap();
        let text = text(&baseline, comments).unwrap();
        (baseline, text)
    }

    #[test]
    fn every_member_comes_back() {
        let json = serde_json::json!({
            "schema": "mlx5-baseline", "schema_version": 1, "name": "a \"name\", quoted",
            "description": "d", "owner": "o", "references": [{"title": "t", "url": "https://example.org"}],
            "min_assurance": "reported", "require_signature": true,
            "select": {"family": ["ConnectX-6 Dx"], "psid": ["MT_*"], "firmware": {"from": "22.1.1", "to": "22.9.9"},
                       "part_number": ["X*"], "device": ["0x101d"], "driver": {"from": "24.10"},
                       "kernel": {"to": "6.1"}, "role": ["physical"]},
            "default": "factory",
            "advisories": {"raise": [{"id": "a", "severity": "low", "why": "w"}], "ignore": ["b-*"]},
            "rules": [
                {"id": "r1", "why": "w \\\" , x", "severity": "critical", "remedy": "m", "owner": "p",
                 "references": [{"title": "t"}], "select": {"psid": ["Y"]},
                 "when": {"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}},
                 "facts": ["NUM_OF_VFS", "nv/0:0x080.total_vfs", "LINK_TYPE_P1", "LINK_TYPE_P2", "PCI_WR_ORDERING"],
                 "except": ["SRIOV_EN"], "views": ["next"], "expect": {"one_of": [1, 2, "three"]}},
                {"id": "r2", "facts": ["NUM_OF_VFS"], "expect": "present"}
            ]
        });
        let comments = Comments {
            head: vec![
                "a head that is long enough to be broken over two lines, since no line is longer than 80"
                    .to_owned(),
                String::new(),
                "  indented\n} */ \" {".to_owned(),
            ],
            members: vec![("default", vec!["what no rule names".to_owned()])],
            rules: vec![RuleComments { above: vec!["above".to_owned()], blanks: vec![("why", "why")] }],
            tail: vec!["tail".to_owned()],
        };
        for comments in [&Comments::default(), &comments] {
            let (baseline, text) = written(&json, comments);
            let read = parse("t.json".to_owned(), &text).map_err(|error| format!("{error}\n{text}")).unwrap();
            assert_eq!(read.files[0].baseline, baseline, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        }
    }

    #[test]
    fn a_bare_file_is_a_file() {
        let json = serde_json::json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "n", "default": "factory"});
        let (baseline, text) = written(&json, &Comments::default());
        assert_eq!(parse("t.json".to_owned(), &text).unwrap().files[0].baseline, baseline);
    }
}
