//! Elements and texts of XML and HTML.
//!
//! Names are the program's own (`'static`); everything else goes through one door, [`escape`]. Written here because all
//! that is wanted of a crate is these few lines, and the same door is to serve HTML, JUnit and XCCDF.
//!
//! Must not do: write a text that was not escaped, but for the program's own.

use std::io::{self, Write};

use crate::sanitize::sanitize;

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Writes elements, one a line.
pub(super) struct Markup<'w> {
    out: &'w mut dyn Write,
    depth: usize,
}

impl<'w> Markup<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, depth: 0 }
    }

    /// The program's own text, as it is.
    pub(super) fn own(&mut self, text: &'static str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Begins an element that holds others.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) -> io::Result<()> {
        self.begin(name, attributes)?;
        self.depth = self.depth.saturating_add(1);
        self.out.write_all(b">\n")
    }

    /// Ends it.
    pub(super) fn close(&mut self, name: &'static str) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        self.indent()?;
        writeln!(self.out, "</{name}>")
    }

    /// An element that holds a text.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> io::Result<()> {
        self.begin(name, attributes)?;
        writeln!(self.out, ">{}</{name}>", escape(text))
    }

    /// An element that holds nothing: `<br>` in HTML is written `<br/>`, as both allow.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) -> io::Result<()> {
        self.begin(name, attributes)?;
        self.out.write_all(b"/>\n")
    }

    fn begin(&mut self, name: &'static str, attributes: Attributes<'_>) -> io::Result<()> {
        self.indent()?;
        write!(self.out, "<{name}")?;
        for (name, value) in attributes {
            write!(self.out, " {name}=\"{}\"", escape(value))?;
        }
        Ok(())
    }

    fn indent(&mut self) -> io::Result<()> {
        write!(self.out, "{:1$}", "", self.depth.min(8))
    }
}

/// A text as it may stand between tags and in quoted attributes: nothing in it acts, in a browser or on a terminal.
pub(super) fn escape(text: &str) -> String {
    let safe = sanitize(text);
    let mut escaped = String::with_capacity(safe.len());
    for character in safe.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_element() {
        let mut out = Vec::new();
        let mut markup = Markup::new(&mut out);
        markup.open("a", &[("b", "\" onload='x' <&\u{1b}")]).unwrap();
        markup.leaf("c", &[], "</c><script>alert(1)</script>]]>\u{202e}\u{0}\u{ffff}").unwrap();
        markup.empty("d", &[]).unwrap();
        markup.close("a").unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<a b=\"&quot; onload=&#39;x&#39; &lt;&amp;\\u{1b}\">\n <c>&lt;/c&gt;&lt;script&gt;alert(1)\
             &lt;/script&gt;]]&gt;\\u{202e}\\u{0}\\u{ffff}</c>\n <d/>\n</a>\n"
        );
    }
}
