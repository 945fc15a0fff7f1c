//! The page of a sysinfo-snapshot: `<h2>TITLE</h2><p>OUTPUT</p>` for each command, line ends as `<br/>` or as they are.
//!
//! Must not do: understand HTML. Only what the script writes is undone; everything else between angle brackets goes.

/// A section: what it is called, and the output as it was printed.
pub(crate) type Section = (String, String);

/// Titles that are taken: beginnings of command lines, and files.
const TITLES: [&str; 19] = [
    "/etc/os-release",
    "/proc/cmdline",
    "/proc/uptime",
    "/proc/version",
    "devlink",
    "flint -d",
    "ibdev2netdev",
    "ibstat",
    "ibv_devinfo",
    "lspci -nn",
    "lspci -vv",
    "mlxconfig",
    "mlxfwmanager",
    "modinfo",
    "mst status",
    "mstconfig",
    "ofed_info -s",
    "rdma",
    "uname",
];
/// Title under which the outputs of `ethtool` for all interfaces stand, each behind its command line.
const ETHTOOL: &str = "ethtool_all_interfaces";
/// Options of `ethtool` of which nothing is read.
const ETHTOOL_DUMPS: [&str; 4] = ["-m", "-n", "-x", "-u"];
/// Line between two of them.
const RULE: &str = "____________";

/// The sections that count, in order. A title that comes again is passed over.
pub(crate) fn sections(page: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut add = |title: &str, output: String| {
        if !output.trim().is_empty() && !sections.iter().any(|(known, _)| known == title) {
            sections.push((title.to_owned(), output));
        }
    };
    for part in page.split("<h2>").skip(1) {
        let Some((title, rest)) = part.split_once("</h2>") else { continue };
        let Some(output) = rest.strip_prefix("<p>") else { continue };
        // The last one may be cut.
        let (output, is_whole) = match output.split_once("</p>") {
            Some((output, _)) => (output, true),
            None => (output, false),
        };
        let title = plain(title);
        if title == ETHTOOL {
            for (line, output) in of_ethtool(&plain(output)) {
                add(&line, output);
            }
        } else if TITLES.iter().any(|known| title.starts_with(known)) {
            let mut output = plain(output);
            if is_whole && !output.ends_with('\n') {
                output.push('\n');
            }
            add(&title, output);
        }
    }
    sections
}

/// The outputs of `ethtool` by command line.
fn of_ethtool(output: &str) -> Vec<Section> {
    let mut found = Vec::new();
    for part in output.split(RULE) {
        let mut lines =
            part.lines().skip_while(|line| !line.starts_with("ethtool ") || line.contains("version"));
        let Some(line) = lines.next() else { continue };
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.get(1).is_some_and(|option| ETHTOOL_DUMPS.contains(option)) {
            continue;
        }
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        found.push((words.join(" "), text));
    }
    found
}

/// Text without tags and entities.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let known = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\"")];
        if let Some((entity, character)) = known.iter().find(|(entity, _)| after.starts_with(entity)) {
            text.push_str(character);
            rest = after.get(entity.len()..).unwrap_or_default();
        } else if let Some(tag) = after.strip_prefix('<')
            && let Some(end) = tag.find('>')
            && tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
        {
            if tag.starts_with("br") {
                text.push('\n');
            }
            rest = tag.get(end.saturating_add(1)..).unwrap_or_default();
        } else {
            let mut characters = after.chars();
            text.extend(characters.next());
            rest = characters.as_str();
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn outputs_are_taken_as_they_were_printed() {
        let page = "<h2>1. Server Commands: </h2><table><td><a href=\"#sec1\">uname</a></td></table>\
            <a name=\"sec1\"></a><h2>uname</h2><p>Linux h 6.1<br/>&nbsp;&nbsp;x &lt;y&gt; &amp;lt;</p>\
            <h2>free</h2><p>7</p><h2>ethtool_all_interfaces</h2><p>ethtool version 6.1\n\nethtool  eth0\nSettings for eth0:\n\
            \n____________\n\nethtool -i eth0\ndriver: mlx5_core\n\n____________\n\nethtool -m eth0\nno\n____________\n</p>\
            <h2>modinfo</h2><p>version: 5";
        let found = sections(page);
        let names: Vec<&str> = found.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(names, ["uname", "ethtool eth0", "ethtool -i eth0", "modinfo"]);
        assert_eq!(found[0].1, "Linux h 6.1\n  x <y> &lt;\n");
        assert_eq!(found[2].1, "driver: mlx5_core\n\n");
        assert_eq!(found[3].1, "version: 5");
    }
}
