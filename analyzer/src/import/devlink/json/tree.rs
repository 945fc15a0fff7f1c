//! JSON as a tree whose values know their lines, read as far as it goes.
//!
//! Must not do: recurse without bound, or keep a value that is not whole.

use crate::import::text::Text;

/// Deepest nesting that is read; devlink's has six levels.
const MAX_DEPTH: usize = 16;
/// Most values of one tree.
const MAX_NODES: usize = 100_000;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Object(Vec<(String, usize, Node)>),
    Array(Vec<Node>),
    /// A text, number or word, with its line.
    Scalar(String, usize),
}

impl Node {
    /// Members of an object; none of anything else.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, usize, &Node)> {
        let members: &[(String, usize, Node)] = match self {
            Self::Object(members) => members,
            Self::Array(_) | Self::Scalar(..) => &[],
        };
        members.iter().map(|(key, line, node)| (key.as_str(), *line, node))
    }

    /// One member of an object.
    pub(super) fn member(&self, name: &str) -> Option<&Node> {
        self.members().find(|(key, ..)| *key == name).map(|(_, _, node)| node)
    }

    /// Items of an array; none of anything else.
    pub(super) fn items(&self) -> impl Iterator<Item = &Node> {
        let items: &[Node] = match self {
            Self::Array(items) => items,
            Self::Object(_) | Self::Scalar(..) => &[],
        };
        items.iter()
    }

    /// The words of a scalar, with its line.
    pub(super) fn scalar(&self) -> Option<(&str, usize)> {
        match self {
            Self::Scalar(words, line) => Some((words, *line)),
            Self::Object(_) | Self::Array(_) => None,
        }
    }
}

/// What was read.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: Node,
    /// The last line that belongs to it.
    pub(super) last: usize,
}

/// Reads the object that begins in a line.
pub(super) fn read(text: &Text<'_>, start: usize) -> Tree {
    let mut reader = Reader { text, line: start, place: 0, last: start, nodes: 0 };
    let root = reader.value(0).unwrap_or(Node::Object(Vec::new()));
    Tree { root, last: reader.last }
}

struct Reader<'a, 'x> {
    text: &'a Text<'x>,
    line: usize,
    /// Byte within the line.
    place: usize,
    last: usize,
    nodes: usize,
}

impl Reader<'_, '_> {
    /// The next mark, over line ends; not taken.
    fn peek(&mut self) -> Option<char> {
        while self.line < self.text.lines.len() {
            let rest = self.text.line(self.line).get(self.place..).unwrap_or_default();
            let trimmed = rest.trim_start();
            if let Some(mark) = trimmed.chars().next() {
                self.place = self.place.saturating_add(rest.len().saturating_sub(trimmed.len()));
                return Some(mark);
            }
            self.line = self.line.saturating_add(1);
            self.place = 0;
        }
        None
    }

    /// Takes a mark.
    fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(mark);
        if found {
            self.last = self.line;
            self.place = self.place.saturating_add(mark.len_utf8());
        }
        found
    }

    /// A value; `None` where there is none, or none that is whole. Objects and arrays are kept as far as they go.
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.nodes = self.nodes.saturating_add(1);
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return None;
        }
        match self.peek()? {
            '{' => Some(self.object(depth)),
            '[' => Some(self.array(depth)),
            '"' => {
                let line = self.line;
                self.string().map(|words| Node::Scalar(words, line))
            }
            _ => self.bare(),
        }
    }

    fn object(&mut self, depth: usize) -> Node {
        let mut members = Vec::new();
        self.take('{');
        while self.peek() == Some('"') {
            let line = self.line;
            let Some(key) = self.string() else { break };
            if !self.take(':') {
                break;
            }
            let Some(value) = self.value(depth.saturating_add(1)) else { break };
            members.push((key, line, value));
            if !self.take(',') {
                break;
            }
        }
        self.take('}');
        Node::Object(members)
    }

    fn array(&mut self, depth: usize) -> Node {
        let mut items = Vec::new();
        self.take('[');
        while self.peek().is_some_and(|mark| mark != ']') {
            let Some(value) = self.value(depth.saturating_add(1)) else { break };
            items.push(value);
            if !self.take(',') {
                break;
            }
        }
        self.take(']');
        Node::Array(items)
    }

    /// A text without escapes (devlink prints none); within one line.
    fn string(&mut self) -> Option<String> {
        let rest = self.text.line(self.line).get(self.place..)?.strip_prefix('"')?;
        let end = rest.find('"')?;
        let words = rest.get(..end)?;
        self.last = self.line;
        self.place = self.place.saturating_add(end).saturating_add(2);
        (!words.contains('\\')).then(|| words.to_owned())
    }

    /// A number or `true`, `false`: whole only where something follows, in this line or the next.
    fn bare(&mut self) -> Option<Node> {
        let rest = self.text.line(self.line).get(self.place..)?;
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')));
        let line = self.line;
        let length = end.unwrap_or(rest.len());
        if length == 0 || (end.is_none() && self.text.is_cut(line)) {
            return None;
        }
        let words = rest.get(..length)?.to_owned();
        self.last = line;
        self.place = self.place.saturating_add(length);
        Some(Node::Scalar(words, line))
    }
}
