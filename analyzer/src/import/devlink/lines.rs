//! The text form: a line that names device or port, and lines below it that are set in.
//!
//! Must not do: take a line for one of devlink's because it has two words. What a line can be depends on the lines above.

use super::super::kernel_view::{View, indentation};
use super::super::reading::netdev_name;
use super::facts::{self, Place};

/// What the lines below belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Below {
    #[default]
    Nothing,
    /// A device: its versions, parameters or reporters may follow.
    Device,
    /// `versions:`.
    Versions,
    /// `running:`, set in by so many blanks.
    Group { name: &'static str, indentation: usize },
    /// `name max_macs type generic`.
    Param { name: String },
    /// `reporter tx`.
    Reporter { name: String },
    /// A port's own line.
    Port,
    /// `function:` below a port.
    Function,
    /// An eswitch.
    Eswitch,
}

/// State between lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    place: Option<Place>,
    below: Below,
    /// Blanks before the line that names device or port.
    indentation: usize,
    /// An interface that the command line named in the place of a port.
    interface: Option<String>,
    /// A key at the end of a line that mail wrapped.
    key: Option<(String, usize)>,
}

impl Lines {
    /// A command line: what it prints is another run.
    pub(super) fn command(&mut self, words: &[&str]) {
        let interface = words.windows(2).find_map(|pair| match pair {
            ["show", name] if !name.starts_with('-') && !name.contains('/') => Some((*name).to_owned()),
            _ => None,
        });
        *self = Self { interface, ..Self::default() };
    }

    /// Reads one line.
    pub(super) fn read(&mut self, view: &mut View<'_, '_, '_>, index: usize) {
        let text = view.text;
        let line = text.line(index);
        let said = line.trim();
        if said.is_empty() {
            return;
        }
        let first = said.split(' ').next().unwrap_or_default();
        if let Some(place) = first.strip_suffix(':').and_then(Place::of) {
            self.begin(view, index, place, said.get(first.len()..).unwrap_or_default());
            return;
        }
        let Some(place) = self.place.clone() else { return };
        let depth = indentation(line);
        if let Below::Group { indentation, .. } = self.below {
            // Versions are set in deeper than their group's name.
            if depth > indentation && self.version(view, index, &place, said) {
                return;
            }
        }
        let is_deeper = depth > self.indentation;
        let words: Vec<&str> = said.split_whitespace().collect();
        let known = match words.as_slice() {
            ["driver" | "serial_number" | "board.serial_number", ..]
                if is_deeper && self.below == Below::Device =>
            {
                if let &[key, value] = words.as_slice() {
                    facts::info(view, &place, key, value, (index, index));
                } else {
                    view.reading.cannot_read(index, "one value was expected");
                }
                true
            }
            ["versions:"] if is_deeper => self.turn(view, index, Below::Versions),
            ["fixed:"] => self.group(view, index, "fixed", depth),
            ["running:"] => self.group(view, index, "running", depth),
            ["stored:"] => self.group(view, index, "stored", depth),
            ["name", name, "type", ..] if is_deeper && facts::is_name(name) => {
                self.turn(view, index, Below::Param { name: (*name).to_owned() })
            }
            ["values:"] if matches!(self.below, Below::Param { .. }) => {
                view.understand((index, index));
                true
            }
            ["cmode", ..] => self.value(view, index, &place, &words),
            ["reporter", name] if facts::is_name(name) => {
                self.turn(view, index, Below::Reporter { name: (*name).to_owned() })
            }
            ["function:"] if matches!(self.below, Below::Port | Below::Function) => {
                self.turn(view, index, Below::Function)
            }
            _ => self.pairs(view, index, &place, &words),
        };
        // A line at the margin that is none of devlink's ends its output.
        if !known && !is_deeper {
            self.below = Below::Nothing;
        }
    }

    /// A line that names device or port, with what stands behind the name.
    fn begin(&mut self, view: &mut View<'_, '_, '_>, index: usize, place: Place, rest: &str) {
        let words: Vec<&str> = rest.split_whitespace().collect();
        self.below = match words.first() {
            None => Below::Device,
            Some(&"type") if place.port.is_some() => Below::Port,
            Some(&"mode") if place.port.is_none() => Below::Eswitch,
            // `devlink rate`, `devlink dev show` with what newer kernels add.
            Some(_) => {
                self.below = Below::Nothing;
                view.reading.cannot_read(index, "no output of devlink that is read");
                return;
            }
        };
        self.indentation = indentation(view.text.line(index));
        self.key = None;
        view.understand((index, index));
        view.reading.described(&place.device);
        if let Some(interface) = &self.interface {
            view.reading.same_device(&place.device, &netdev_name(interface));
        }
        self.pairs(view, index, &place, &words);
        self.place = Some(place);
    }

    fn turn(&mut self, view: &mut View<'_, '_, '_>, index: usize, below: Below) -> bool {
        self.below = below;
        self.key = None;
        view.understand((index, index));
        true
    }

    fn group(&mut self, view: &mut View<'_, '_, '_>, index: usize, name: &'static str, depth: usize) -> bool {
        if !matches!(self.below, Below::Versions | Below::Group { .. }) {
            return false;
        }
        self.turn(view, index, Below::Group { name, indentation: depth })
    }

    /// `fw.psid MT_0000000436` below a group.
    fn version(&mut self, view: &mut View<'_, '_, '_>, index: usize, place: &Place, said: &str) -> bool {
        let (Below::Group { name, .. }, Some((key, value))) = (&self.below, said.split_once(' ')) else {
            return false;
        };
        let value = value.trim();
        if !facts::is_name(key) || value.contains(' ') {
            return false;
        }
        facts::version(view, place, (name, key), value, (index, index));
        true
    }

    /// `cmode permanent value l4_only default device_default`.
    fn value(&mut self, view: &mut View<'_, '_, '_>, index: usize, place: &Place, words: &[&str]) -> bool {
        let Below::Param { name } = &self.below else { return false };
        let found = match *words {
            ["cmode", mode, "value", value] => Some((mode, value, None)),
            ["cmode", mode, "value", value, "default", default] => Some((mode, value, Some(default))),
            _ => None,
        };
        match found {
            Some((mode, value, default)) if facts::is_name(mode) => {
                facts::param(view, place, (name, mode), (value, default), (index, index));
            }
            Some(_) | None => view.reading.cannot_read(index, "no mode with a value"),
        }
        true
    }

    /// `state healthy error 256 …`: pairs, over as many lines as mail makes of them. Whether the line was one of those.
    fn pairs(&mut self, view: &mut View<'_, '_, '_>, index: usize, place: &Place, words: &[&str]) -> bool {
        let keys = match &self.below {
            Below::Port | Below::Function => facts::PORT,
            Below::Reporter { .. } => facts::HEALTH,
            Below::Eswitch => facts::ESWITCH,
            Below::Nothing | Below::Device | Below::Versions | Below::Group { .. } | Below::Param { .. } => {
                return false;
            }
        };
        let mut words = words.iter();
        let mut known = false;
        let mut key = self.key.take();
        loop {
            let (name, first) = match key.take() {
                Some(key) => key,
                None => match words.next() {
                    Some(word) if keys.contains(word) => ((*word).to_owned(), index),
                    Some(word) => {
                        if known {
                            view.reading.cannot_read(index, format!("{word:?} is no known key"));
                        }
                        return known;
                    }
                    None => break,
                },
            };
            let Some(value) = words.next() else {
                self.key = Some((name, first));
                view.understand((index, index));
                known = true;
                break;
            };
            known = true;
            let lines = (first, index);
            match &self.below {
                Below::Port => facts::port(view, place, (&name, false), value, lines),
                Below::Function => facts::port(view, place, (&name, true), value, lines),
                Below::Reporter { name: reporter } => {
                    facts::health(view, place, (reporter, &name), value, lines);
                }
                Below::Eswitch => facts::eswitch(view, place, &name, value, lines),
                Below::Nothing
                | Below::Device
                | Below::Versions
                | Below::Group { .. }
                | Below::Param { .. } => {}
            }
        }
        known
    }
}
