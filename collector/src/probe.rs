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
pub(crate) mod knowledge;
mod nv;
mod registers;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::SkipReason;
use mlx5_schemas::model::request::{Request, register, register_lengths};
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
    /// Runtime registers of the first tier.
    Registers,
    /// Runtime registers of the second tier.
    FullRegisters,
}

impl ProbeId {
    /// All probes, in the order in which they run: what support asks for first comes first, since a device
    /// can stop answering at any request.
    pub const ALL: [Self; 5] =
        [Self::Identity, Self::Nv, Self::Capabilities, Self::Registers, Self::FullRegisters];

    /// Those of a run that was not asked for everything.
    pub const STANDARD: [Self; 4] = [Self::Identity, Self::Nv, Self::Capabilities, Self::Registers];

    /// The word used in files, on command lines and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Nv => "nv",
            Self::Capabilities => "capabilities",
            Self::Registers => "registers",
            Self::FullRegisters => "full-registers",
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
        ProbeId::Registers => &registers::STANDARD,
        ProbeId::FullRegisters => &registers::FULL,
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
    fn ask(&mut self, request: &Request) -> Answer {
        self.ask.ask(request, Repeat::WhileBusy)
    }

    /// Reads a register at its preferred length, then at the others while the device refuses the length.
    /// `None` where the read list has no such register or index.
    fn register(&mut self, id: u16, indexes: &[(&str, u64)]) -> Option<Answer> {
        // MFRL refuses its first read after a reset.
        let repeat = if id == register::MFRL { Repeat::OnceMoreIfRefused } else { Repeat::WhileBusy };
        let mut last = None;
        for &length in register_lengths(id).unwrap_or_default() {
            let Ok(request) = Request::read(id, length, indexes) else { continue };
            let answer = self.ask.ask(&request, repeat);
            last = Some(answer);
            if !length_refused(&answer) {
                break;
            }
        }
        last
    }

    /// Reads a register unless the device's mask says that it does not exist; `None` where it was not read.
    fn read(&mut self, id: u16, indexes: &[(&str, u64)]) -> Option<Answer> {
        if !self.is_masked(id) {
            return self.register(id, indexes);
        }
        let length = register_lengths(id).and_then(|lengths| lengths.first()).copied()?;
        if let Ok(request) = Request::read(id, length, indexes) {
            self.ask.skip(&request, SkipReason::CapabilityMask);
        }
        None
    }
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
