//! A case: one opened bundle with its trust, and the facts decoded from it.
//!
//! Must not do: judge. Everything here follows from the file, the allowed signers and the catalog.

mod facts;
mod identity;
mod nv;
mod opening;
mod provenance;

use std::collections::BTreeSet;

use mlx5_schemas::bundle::Bundle;
use mlx5_schemas::bundle::trust::Trust;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::host::{self, host_facts};
use mlx5_schemas::decode::{Budget, device_facts_within};
use mlx5_schemas::model::exchange::Exchange;
use mlx5_schemas::model::fact::{Evidence, Fact, Route};
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::manifest::{
    Device, MANIFEST_MEMBER, ProbeReport, Seal, Source, Tool, TransportKind,
};
use mlx5_schemas::model::report::{BundleIdentity, SignatureReport, Signer};
use mlx5_schemas::model::transcript::{self, Recorded};

use crate::import;

pub use facts::{FactSet, Views};
pub use identity::{
    Driver, DriverOrigin, Family, FamilySource, Firmware, Identity, Mode, Owners, PART_NUMBER, PsidOwner,
    Side, are_kept_back, is_virtual, kernel_release, owner,
};
pub use nv::{
    BEYOND_NV, LAYOUT_MARK, Reading, TlvName, cleared_flag, in_force, is_parameter, other_readings, reading,
    tlv_of,
};
pub use opening::{CaseError, gather, open, open_bytes, open_found};
pub use provenance::{NO_WRITER, Provenance, provenance};

/// Suffix of transcript members.
const TRANSCRIPT_SUFFIX: &str = ".exchanges";

/// An opened bundle: intact, with its signature looked at, nothing decoded yet.
#[derive(Debug)]
pub struct Opened {
    /// The file as it was given.
    pub file: String,
    /// The bundle.
    pub bundle: Bundle,
    /// What its signature is worth.
    pub trust: Trust,
    /// The facts of imported texts, where they were read already.
    pub(crate) imported: Option<Vec<Fact>>,
}

/// An opened bundle with its facts.
#[derive(Debug)]
pub struct Case {
    /// The bundle.
    pub opened: Opened,
    /// What was decoded from it.
    pub facts: FactSet,
}

impl Opened {
    /// The devices of the manifest.
    pub fn devices(&self) -> &[Device] {
        &self.bundle.manifest.devices
    }

    /// The manifest's rows about a device, or about the host.
    pub fn probes(&self, device: Option<&str>) -> impl Iterator<Item = &ProbeReport> {
        self.bundle.manifest.probes.iter().filter(move |row| row.device.as_deref() == device)
    }

    /// Names of a device's transcripts.
    pub fn transcripts<'a>(&'a self, device: &'a Device) -> impl Iterator<Item = &'a str> {
        let folder = format!("{}/", device.folder);
        let length = folder.len();
        self.bundle
            .members
            .range(folder.clone()..)
            .map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(&folder))
            .filter(move |name| {
                name.get(length..)
                    .is_some_and(|rest| !rest.contains('/') && rest.ends_with(TRANSCRIPT_SUFFIX))
            })
    }

    /// Whether this is imported text, or a bundle that was made of such.
    pub fn is_imported(&self) -> bool {
        matches!(self.bundle.manifest.source, Source::Imported { .. })
    }

    /// Whether what is known of a device was told by texts: imported, or printed by the vendor's tools or the kernel.
    /// Such evidence names what it names; that it is silent on the rest says nothing of the device.
    pub fn is_told(&self, device: &str) -> bool {
        let told = |device: &Device| match device.transport {
            TransportKind::VendorTool | TransportKind::Kernel | TransportKind::Imported => true,
            TransportKind::Fwctl | TransportKind::Mlx5ctl | TransportKind::Simulated => false,
        };
        self.is_imported() || self.devices().iter().any(|known| known.id == device && told(known))
    }

    /// Whether any device of the bundle is known by texts alone.
    pub fn has_told(&self) -> bool {
        self.is_imported() || self.devices().iter().any(|device| self.is_told(&device.id))
    }

    /// The manifest as evidence: for what the bundle says of itself. Of imported text, which brings no manifest, the
    /// first file.
    pub fn manifest_evidence(&self) -> Evidence {
        if let Source::Imported { files, .. } = &self.bundle.manifest.source {
            let member = files.first().and_then(|file| self.bundle.members.get_key_value(&file.name));
            if let Some((name, bytes)) = member {
                return whole(name, bytes);
            }
        }
        whole(MANIFEST_MEMBER, &self.bundle.manifest_bytes)
    }

    /// A whole member as evidence: for what was looked for in it and is not there. The manifest where there is no
    /// such member.
    pub fn member_evidence(&self, member: &str) -> Evidence {
        self.bundle.members.get(member).map_or_else(|| self.manifest_evidence(), |bytes| whole(member, bytes))
    }

    /// The exchange that a fact's evidence holds, where it is one.
    pub fn exchange(&self, evidence: &Evidence) -> Option<Exchange> {
        if !evidence.member.ends_with(TRANSCRIPT_SUFFIX) {
            return None;
        }
        let mut record = self.bytes(evidence)?;
        transcript::decode_exchange(&mut record, usize::try_from(evidence.offset).ok()?).ok()
    }

    /// The bytes that evidence points at.
    pub fn bytes(&self, evidence: &Evidence) -> Option<&[u8]> {
        let member = match evidence.member.as_str() {
            MANIFEST_MEMBER => &self.bundle.manifest_bytes,
            name => self.bundle.members.get(name)?,
        };
        let start = usize::try_from(evidence.offset).ok()?;
        let end = start.checked_add(usize::try_from(evidence.length).ok()?)?;
        member.get(start..end)
    }

    /// What reports say of the bundle.
    pub fn identity(&self) -> BundleIdentity {
        let manifest = &self.bundle.manifest;
        BundleIdentity {
            file: self.file.clone(),
            id: manifest.id.clone(),
            created: manifest.created,
            collector: manifest.tool.clone(),
            source: manifest.source.clone(),
            complete: manifest.complete,
            ending: manifest.ending,
            notes: manifest.notes.clone(),
            signature: self.signature(),
        }
    }

    fn signature(&self) -> SignatureReport {
        let seal = self.bundle.manifest.seal.clone();
        let signer = match &self.trust {
            Trust::Trusted { principal, fingerprint } => {
                Signer::Trusted { principal: principal.clone(), fingerprint: fingerprint.clone() }
            }
            Trust::UnknownSigner { fingerprint } => Signer::Unknown { fingerprint: fingerprint.clone() },
            Trust::Unsigned => Signer::Unsigned,
        };
        let agrees = match (&signer, &seal) {
            (
                Signer::Trusted { fingerprint, .. } | Signer::Unknown { fingerprint },
                Seal::OneRunKey { fingerprint: sealed } | Seal::NamedKey { fingerprint: sealed },
            ) => fingerprint == sealed,
            (Signer::Unsigned, Seal::Unsigned) => true,
            (Signer::Trusted { .. } | Signer::Unknown { .. }, Seal::Unsigned)
            | (Signer::Unsigned, Seal::OneRunKey { .. } | Seal::NamedKey { .. }) => false,
        };
        SignatureReport { signer, seal, agrees }
    }

    /// How what the manifest calls a device's transport reaches us, whatever it was collected from.
    pub fn device_route(&self, device: &Device) -> Route {
        match (&self.bundle.manifest.source, device.transport) {
            (Source::Live, TransportKind::Fwctl) => Route::Fwctl,
            (Source::Live, TransportKind::Mlx5ctl) => Route::Mlx5ctl,
            (Source::Live, TransportKind::VendorTool) => Route::VendorTool,
            (Source::Live, TransportKind::Kernel) => Route::Kernel,
            (
                Source::AlternateRoot { .. },
                TransportKind::Fwctl
                | TransportKind::Mlx5ctl
                | TransportKind::VendorTool
                | TransportKind::Kernel,
            ) => Route::AlternateRoot,
            (
                Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. },
                TransportKind::Simulated,
            )
            | (
                Source::Simulated { .. },
                TransportKind::Fwctl
                | TransportKind::Mlx5ctl
                | TransportKind::VendorTool
                | TransportKind::Kernel,
            ) => Route::Simulated,
            (Source::Imported { .. }, _) | (_, TransportKind::Imported) => Route::Imported,
        }
    }

    fn host_route(&self) -> Route {
        match &self.bundle.manifest.source {
            Source::Live | Source::Simulated { root: None, .. } => Route::Kernel,
            Source::Simulated { root: Some(_), .. } | Source::AlternateRoot { .. } => Route::AlternateRoot,
            Source::Imported { .. } => Route::Imported,
        }
    }

    /// Decodes everything.
    ///
    /// # Errors
    /// When the manifest's devices collide, or a member is not what its name says.
    pub fn decode(self, catalog: &Catalog) -> Result<Case, CaseError> {
        self.decode_without(catalog, &|_, _| false)
    }

    /// Decodes everything but the transcripts that `leave_out` names (device, member).
    ///
    /// # Errors
    /// As for [`Opened::decode`].
    pub fn decode_without(
        self,
        catalog: &Catalog,
        leave_out: &dyn Fn(&Device, &str) -> bool,
    ) -> Result<Case, CaseError> {
        self.refuse_collisions()?;
        let mut facts = self.host_facts()?;
        let mut budget = Budget::default();
        for device in self.devices() {
            let mut transcripts: Vec<(String, Vec<Recorded>)> = Vec::new();
            for member in self.transcripts(device).filter(|member| !leave_out(device, member)) {
                let bytes = self.bundle.members.get(member).map(Vec::as_slice).unwrap_or_default();
                let records = transcript::decode(bytes).map_err(|source| CaseError::Transcript {
                    file: self.file.clone(),
                    member: member.to_owned(),
                    source,
                })?;
                transcripts.push((member.to_owned(), records));
            }
            let route = self.device_route(device);
            facts.extend(device_facts_within(catalog, device, route, &transcripts, &mut budget));
            // Only what the running system's own collector ran is more than a claim.
            let told_by = match &self.bundle.manifest.source {
                Source::Live => Route::VendorTool,
                Source::Simulated { .. } => Route::Simulated,
                Source::AlternateRoot { .. } => Route::AlternateRoot,
                Source::Imported { .. } => Route::Imported,
            };
            let told = import::tools::facts(device, told_by, &self.bundle.members, catalog);
            facts.extend(told.map_err(|source| CaseError::ToolRuns {
                file: self.file.clone(),
                member: import::tools::member(device),
                source,
            })?);
        }
        let mut opened = self;
        if let Source::Imported { files, archives: _ } = &opened.bundle.manifest.source {
            // They were read by the embedded catalog.
            let read = opened.imported.take();
            facts.extend(match read.filter(|_| catalog.digest() == Catalog::embedded().digest()) {
                Some(imported) => imported,
                None => import::facts(files, &opened.bundle.members, catalog)
                    .map_err(|source| CaseError::Import { file: opened.file.clone(), source })?,
            });
        }
        Ok(Case { facts: FactSet::new(facts), opened })
    }

    fn refuse_collisions(&self) -> Result<(), CaseError> {
        let (mut ids, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for device in self.devices() {
            for (known, name) in [(&mut ids, &device.id), (&mut folders, &device.folder)] {
                if !known.insert(name) {
                    return Err(CaseError::DeviceTwice { file: self.file.clone(), device: name.clone() });
                }
            }
        }
        Ok(())
    }

    fn host_facts(&self) -> Result<Vec<Fact>, CaseError> {
        let Some(bytes) = self.bundle.members.get(HOST_MEMBER) else { return Ok(Vec::new()) };
        let captures = host::read(bytes).map_err(|source| CaseError::HostCaptures {
            file: self.file.clone(),
            member: HOST_MEMBER.to_owned(),
            source,
        })?;
        Ok(host_facts(self.host_route(), HOST_MEMBER, &captures))
    }
}

fn whole(member: &str, bytes: &[u8]) -> Evidence {
    Evidence {
        member: member.to_owned(),
        offset: 0,
        length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        field: None,
    }
}

/// This analyzer, as reports name it.
pub fn tool() -> Tool {
    Tool {
        name: "mlx5-analyzer".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        catalog_sha256: Catalog::embedded().digest().to_owned(),
    }
}
