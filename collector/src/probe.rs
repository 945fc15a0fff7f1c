//! Probes: units of collection, each a walk over one kind of item of a device.
//!
//! What a probe asks depends on nothing but the answers it got, so that the same answers give the same
//! walk. The supervisor relies on that: it walks again over the answers of a worker that fell silent to
//! learn what was not asked.
//!
//! Must not do: touch a transport (see [`Ask`]), keep or interpret answers beyond what the next question
//! needs.

mod capabilities;
mod identity;
mod knowledge;
mod nv;
mod registers;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::request::{Request, register_lengths};
use serde::{Deserialize, Serialize};

pub use knowledge::Knowledge;

use crate::recorder::{Answer, Ask, Repeat};

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeId {
    /// Firmware identity, components and register masks.
    Identity,
    /// NV configuration.
    Nv,
    /// Capability pages.
    Capabilities,
    /// Runtime registers.
    Registers,
}

impl ProbeId {
    /// All probes, in the order in which they run: what support asks for first comes first, since a device
    /// can stop answering at any request.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Nv, Self::Capabilities, Self::Registers];

    /// The word used in files, on command lines and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Nv => "nv",
            Self::Capabilities => "capabilities",
            Self::Registers => "registers",
        }
    }
}

impl std::fmt::Display for ProbeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// One unit of collection. It cannot fail: what goes wrong is in the record.
pub trait Probe {
    /// Which one it is.
    fn id(&self) -> ProbeId;
    /// Asks for everything it covers.
    fn collect(&self, context: &mut ProbeContext<'_>);
}

/// The probe of an id.
pub fn probe(id: ProbeId) -> &'static dyn Probe {
    match id {
        ProbeId::Identity => &identity::Identity,
        ProbeId::Nv => &nv::Nv,
        ProbeId::Capabilities => &capabilities::Capabilities,
        ProbeId::Registers => &registers::Registers,
    }
}

/// What a probe works with.
pub struct ProbeContext<'a> {
    ask: &'a mut dyn Ask,
    catalog: &'a Catalog,
    knowledge: &'a mut Knowledge,
}

impl std::fmt::Debug for ProbeContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProbeContext").field("knowledge", &self.knowledge).finish_non_exhaustive()
    }
}

impl<'a> ProbeContext<'a> {
    /// A context. `knowledge` is handed from probe to probe of one device.
    pub fn new(ask: &'a mut dyn Ask, catalog: &'a Catalog, knowledge: &'a mut Knowledge) -> Self {
        Self { ask, catalog, knowledge }
    }

    /// Asks and returns what came back.
    fn ask(&mut self, request: Request) -> Answer {
        self.ask.ask(request, Repeat::WhileBusy)
    }

    /// Reads a register at its preferred length, then at the others while the device refuses the length.
    /// `index` are the bytes of the index fields with their offsets in the register's data.
    fn register(&mut self, id: u16, index: &[(usize, u8)]) -> Option<Answer> {
        self.register_repeated(id, index, Repeat::WhileBusy)
    }

    fn register_repeated(&mut self, id: u16, index: &[(usize, u8)], repeat: Repeat) -> Option<Answer> {
        let mut last = None;
        for &length in register_lengths(id).unwrap_or_default() {
            let Ok(request) = register_request(id, usize::from(length), index) else { continue };
            let answer = self.ask.ask(request, repeat);
            last = Some(answer);
            if !length_refused(&answer) {
                break;
            }
        }
        last
    }
}

/// A register read with its index fields set.
fn register_request(
    id: u16,
    length: usize,
    index: &[(usize, u8)],
) -> Result<Request, mlx5_schemas::model::request::RequestError> {
    let mut data = vec![0; length];
    for &(at, value) in index {
        if let Some(byte) = data.get_mut(at) {
            *byte = value;
        }
    }
    Request::register(id, data)
}

/// The statuses by which firmware says that it expects another length.
fn length_refused(answer: &Answer) -> bool {
    matches!(
        answer.status(),
        Some(CommandStatus::BAD_INPUT_LENGTH | CommandStatus::BAD_OUTPUT_LENGTH | CommandStatus::LIM_ERR)
    )
}

#[cfg(test)]
mod tests;
