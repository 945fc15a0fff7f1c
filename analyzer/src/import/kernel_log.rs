//! Lines of the kernel's log: `dmesg`, the journal, syslog, and what people cut out of them.
//!
//! What the messages say is decoded as that of a bundle's own capture (`mlx5_schemas::decode::host::kernel_log`); this
//! reader finds the messages: it takes off times, levels and host names, and undoes wrapping. Must not do: put a message
//! together from lines that mail did not wrap.

mod host;
mod records;
mod taint;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::host::kernel_log::{Log, Whom};
use mlx5_schemas::model::fact::Value;

use super::kernel_view::{Lines, View, typed};
use super::reading::{About, Reading, netdev_name, rdma_name};
use super::text::Text;
use host::Host;
use records::Record;

/// Whether a text holds lines of a log.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| Record::begins(&line.text))
}

/// Reads them.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut view = View { text, reading };
    let mut log: Log<Lines> = Log::default();
    let mut host = Host::default();
    let mut interfaces = Interfaces::default();
    let mut index = 0;
    while index < text.lines.len() {
        let Some((record, last)) = records::record(text, index) else {
            if ["dmesg", "journalctl"].iter().any(|program| typed(text.line(index), program).is_some()) {
                view.understand((index, index));
            }
            index = index.saturating_add(1);
            continue;
        };
        let lines = (index, last);
        index = last.saturating_add(1);
        if text.is_cut(last) {
            view.reading.cannot_read(last, "the text may end in the middle of this line");
            continue;
        }
        host.take(&record.text, lines);
        if let Some(message) = log.take(&record.text, record.level, lines)
            && let (Whom::Function(address), Some(interface)) = (&message.whom, message.interface)
        {
            interfaces.take(address, interface, message.text);
        }
        view.understand(lines);
    }
    for fact in log.facts() {
        let name = match &fact.whom {
            Whom::Host => None,
            Whom::Function(address) => Some(address.clone()),
            Whom::Interface(interface) => Some(netdev_name(interface)),
            Whom::Rdma(rdma) => Some(rdma_name(rdma)),
        };
        for lines in fact.places {
            let about = name.as_deref().map_or(About::Host, About::Device);
            match &fact.value {
                Value::Text { text } => view.text(about, fact.path.clone(), text, lines),
                Value::Number { number, .. } => view.number(about, fact.path.clone(), *number, lines),
                // The log has no bytes.
                Value::Bytes { .. } => {}
            }
        }
    }
    for (address, interface) in interfaces.told() {
        view.reading.described(&address).netdevs.insert(interface);
    }
    host.tell(&mut view);
}

/// The names of interfaces, as messages use them. A name such as `eth0` goes from one function to another while the
/// system starts.
#[derive(Debug, Default)]
struct Interfaces {
    by_function: BTreeMap<String, BTreeSet<String>>,
}

impl Interfaces {
    fn take(&mut self, address: &str, interface: &str, said: &str) {
        let name = interface.trim_end_matches(':');
        // `eth0 (unregistering)` and the like are no names.
        if name.is_empty() || name.len() > 15 || name.contains(['(', ')', ' ']) {
            return;
        }
        let names = match self.by_function.get_mut(address) {
            Some(names) => names,
            None => self.by_function.entry(address.to_owned()).or_default(),
        };
        if let Some(old) = said.strip_prefix("renamed from ") {
            names.remove(old.trim());
        }
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
    }

    /// Names that one function only has.
    fn told(self) -> Vec<(String, String)> {
        let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (address, names) in self.by_function {
            for name in names {
                owners.entry(name).or_default().push(address.clone());
            }
        }
        let only = owners.into_iter().filter_map(|(name, mut addresses)| {
            let address = addresses.pop()?;
            addresses.is_empty().then_some((address, name))
        });
        only.collect()
    }
}
