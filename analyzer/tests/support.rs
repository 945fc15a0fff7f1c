//! Bundles for tests: what a collector would have written, made of simulated cards without one.
//!
//! Must not do: decode. Expectations are written in the tests.

mod host;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mlx5_analyzer::baseline::{LoadedBaseline, parse};
use mlx5_analyzer::case::{Case, open_bytes};
use mlx5_analyzer::check::{Options, check};
use mlx5_fixtures::card::SimulatedCard;
use mlx5_schemas::bundle::seal;
use mlx5_schemas::bundle::signature::{KeySigner, Sign};
use mlx5_schemas::catalog::{Catalog, TypeDword, instances};
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::manifest::{
    Device, Ending, FORMAT, FORMAT_VERSION, Manifest, Model, ProbeReport, Seal, Source, Tool, TransportKind,
};
use mlx5_schemas::model::report::{CheckReport, Finding};
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::{CollectionStatus, classify};
use mlx5_schemas::model::transcript::encode;
use mlx5_schemas::redaction::kept;
use serde_json::{Value, json};

pub(crate) use host::{CLEAN, Host};

pub(crate) const CARD: &str = "0000:3b:00.0";

/// A two-port card with a few TLVs.
pub(crate) fn card() -> Value {
    json!({
        "name": "test card",
        "bdf": CARD,
        "pci": {"device": "0x101d"},
        "firmware": {"version": "22.41.1000", "date": "2024-05-05", "psid": "MT_0000000436"},
        "base_mac": "0xb83fd2000100",
        "base_guid": "0xb83fd20300000100",
        "ports": 2,
        "registers": {
            "MDSR": [{}],
            "PTYS": [{"index": {"proto_mask": 4}, "fields": {"eth_proto_admin": 4096}}]
        },
        "nv": {"items": [
            {"tlv": "nv_global_pci_conf",
             "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8}}},
            {"tlv": "nv_vpi_link_type", "instance": 1, "all": {"parameters": {"default_link_type": "ETH"}}},
            {"tlv": "nv_vpi_link_type", "instance": 2, "all": {"parameters": {"default_link_type": "ETH"}}},
            {"tlv": "nv_global_pci_cap", "all": {"parameters": {"sriov_support": 1}}}
        ]}
    })
}

/// The card above with a member put over it (RFC 7396: objects are merged).
pub(crate) fn card_with(over: Value) -> Value {
    let mut card = card();
    merge(&mut card, over);
    card
}

pub(crate) fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// The card above after somebody set parameters.
pub(crate) fn changed(set: Value, views: &[&str]) -> Value {
    card_with(json!({"nv": {"changes": [{"set": set, "views": views, "writer": "mlxconfig"}]}}))
}

/// The card above with one fault.
pub(crate) fn faulty(when: Value, what: Value) -> Value {
    card_with(json!({"faults": [{"when": when, "what": what}]}))
}

/// How a bundle is sealed.
pub(crate) enum Sealed {
    OneRun,
    Named(Box<KeySigner>),
    Unsigned,
}

/// A bundle in the making: cards behind fwctl nodes of a live host unless said otherwise.
pub(crate) struct Bundle {
    pub(crate) cards: Vec<Value>,
    pub(crate) host: Host,
    pub(crate) simulated: bool,
    pub(crate) sealed: Sealed,
    /// The bundle's id.
    pub(crate) id: String,
    /// What is asked of each card beyond the usual, along with the registers.
    pub(crate) further: Vec<Request>,
    /// Touches what was recorded of a card, probe by probe.
    pub(crate) record: fn(&str, &mut Vec<Exchange>),
    /// Touches the manifest before it is sealed.
    pub(crate) touch: fn(&mut Manifest),
}

impl Bundle {
    pub(crate) fn of(cards: impl IntoIterator<Item = Value>) -> Self {
        let cards = cards.into_iter().collect();
        Self {
            cards,
            host: CLEAN,
            simulated: false,
            sealed: Sealed::OneRun,
            id: "0123456789abcdef".to_owned(),
            further: Vec::new(),
            record: |_, _| {},
            touch: |_| {},
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut members = BTreeMap::from([(HOST_MEMBER.to_owned(), self.host.member())]);
        let mut devices = Vec::new();
        let mut probes = vec![row(None, "host", CollectionStatus::Captured, vec![HOST_MEMBER.to_owned()])];
        for model in &self.cards {
            let mut card = SimulatedCard::from_json(&model.to_string()).unwrap();
            let mut device = card.device();
            if !self.simulated {
                device.transport = TransportKind::Fwctl;
                device.node = Some("fwctl0".to_owned());
            }
            for (probe, mut exchanges) in ask_everything(&mut card, &self.further) {
                (self.record)(probe, &mut exchanges);
                let name = format!("{}/{probe}.exchanges", device.folder);
                members.insert(name.clone(), encode(&exchanges));
                probes.push(row(Some(&device), probe, worst(&exchanges), vec![name]));
            }
            devices.push(device);
        }
        devices.sort_by(|left, right| left.id.cmp(&right.id));
        let one_run = KeySigner::one_run([7; 32]);
        let (signer, seal_word): (Option<&dyn Sign>, Seal) = match &self.sealed {
            Sealed::OneRun => (Some(&one_run), Seal::OneRunKey { fingerprint: one_run.fingerprint() }),
            Sealed::Named(key) => (Some(key.as_ref()), Seal::NamedKey { fingerprint: key.fingerprint() }),
            Sealed::Unsigned => (None, Seal::Unsigned),
        };
        let models = vec![Model { name: "test.json".to_owned(), sha256: "00".repeat(32), replay: None }];
        let mut manifest = Manifest {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            id: self.id.clone(),
            created: now(),
            elapsed_ms: 1500,
            tool: Tool {
                name: "mlx5-collector".to_owned(),
                version: "0.1.0".to_owned(),
                catalog_sha256: Catalog::embedded().digest().to_owned(),
            },
            source: if self.simulated { Source::Simulated { models, root: None } } else { Source::Live },
            complete: true,
            ending: Ending::Finished,
            seal: seal_word,
            devices,
            other_nodes: Vec::new(),
            probes,
            notes: Vec::new(),
            members: Vec::new(),
        };
        (self.touch)(&mut manifest);
        seal(manifest, &members, signer).unwrap()
    }

    pub(crate) fn case(&self) -> Case {
        let opened = open_bytes(&self.bytes(), "test.zip".to_owned(), None, now()).unwrap();
        opened.decode(Catalog::embedded()).unwrap()
    }

    pub(crate) fn check(&self, baselines: &[LoadedBaseline]) -> CheckReport {
        check(&[Ok(self.case())], baselines, Options::default())
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// Where texts as people pass them on are; `None`, said aloud, where they are not. They are no part of this repository:
/// they stand at `../shared/realdata` beside it, or where `MLX5_REALDATA` says.
pub(crate) fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/realdata");
    let folder = std::env::var_os("MLX5_REALDATA").map_or(beside, PathBuf::from);
    match folder.is_dir() {
        true => Some(folder),
        false => skipped(&format!("no samples at {}", folder.display())),
    }
}

/// Says that a test is skipped, and why. In CI nothing may be missing.
pub(crate) fn skipped<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
    None
}

fn row(device: Option<&Device>, probe: &str, status: CollectionStatus, members: Vec<String>) -> ProbeReport {
    ProbeReport {
        device: device.map(|device| device.id.clone()),
        probe: probe.to_owned(),
        status,
        reason: status.is_gap().then(|| "see its exchanges".to_owned()),
        start_ms: 0,
        elapsed_ms: 10,
        items: BTreeMap::new(),
        members,
    }
}

fn worst(exchanges: &[Exchange]) -> CollectionStatus {
    let asked = exchanges.iter().filter(|e| e.outcome != Outcome::NotAsked(SkipReason::Secret));
    let statuses = asked.map(|e| classify(e.request.as_register().map(|(id, _)| id), &e.outcome));
    statuses.max().unwrap_or(CollectionStatus::Absent)
}

/// Identity, all TLVs of the catalog and all that are stored in all views, and two registers.
fn ask_everything(card: &mut SimulatedCard, further: &[Request]) -> Vec<(&'static str, Vec<Exchange>)> {
    let mut ask = |request: Request| {
        let outcome = match card.answer(&request).outcome {
            Ok(reply) => Outcome::Replied(kept(&request, reply)),
            Err(errno) => Outcome::Undelivered { errno },
        };
        Exchange { request, outcome }
    };
    let of = |id: u16, length: usize, fields: &[(usize, u32)]| {
        let mut data = vec![0; length];
        for (at, dword) in fields {
            data[*at..*at + 4].copy_from_slice(&dword.to_be_bytes());
        }
        Request::register(id, data).unwrap()
    };
    let mut identity = vec![ask(of(register::MGIR, 160, &[])), ask(Request::adapter())];
    let components = (0..2).map(|component| ask(of(register::MCQS, 16, &[(0, component)])));
    let listed = |e: &Exchange| classify(Some(register::MCQS), &e.outcome) == CollectionStatus::Captured;
    identity.extend(components.filter(listed));
    let mut nv = vec![ask(of(register::MNVGC, 16, &[]))];
    let access = match &nv[0].outcome {
        Outcome::Replied(reply) => reply.data().get(3).copied().unwrap_or_default(),
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => 0,
    };
    let mnvda =
        |dword: u32, mode: u32| of(register::MNVDA, 268, &[(0, 0x0200_0100 | mode << 22), (4, dword)]);
    let mut asked = BTreeSet::new();
    let mut ask_item = |nv: &mut Vec<Exchange>, ask: &mut dyn FnMut(Request) -> Exchange, dword: u32| {
        if !asked.insert(dword) {
            return;
        }
        if let Ok(row) = Request::left_out_secret(dword) {
            nv.push(Exchange { request: row, outcome: Outcome::NotAsked(SkipReason::Secret) });
            return;
        }
        let place = TypeDword::split(dword);
        let tlv = Catalog::embedded().tlv(place.class, place.index);
        let query = ask(of(register::MNVQC, 8, &[(0, dword)]));
        let status = classify(Some(register::MNVQC), &query.outcome);
        let readable = matches!(&query.outcome, Outcome::Replied(reply) if reply.data().get(7).is_some_and(|byte| byte & 1 == 1));
        nv.push(query);
        if status != CollectionStatus::Captured || !(readable || tlv.is_some_and(|tlv| tlv.expansion_rom)) {
            return;
        }
        nv.push(ask(mnvda(dword, 0)));
        if access & 2 != 0 {
            nv.push(ask(mnvda(dword, 1)));
        }
        if access & 1 != 0 && !tlv.is_some_and(|tlv| tlv.capability) {
            nv.push(ask(mnvda(dword, 2)));
        }
    };
    for tlv in Catalog::embedded().tlvs() {
        for instance in instances(tlv, 2, 2) {
            ask_item(&mut nv, &mut ask, instance.type_dword);
        }
    }
    // The store, and what of it the catalog does not know.
    let mut place = 0;
    loop {
        let step = ask(of(register::MNVGN, 284, &[(0, place)]));
        let at = |at: usize| match &step.outcome {
            Outcome::Replied(reply) => {
                reply.data().get(at..at + 4).map_or(0, |dword| u32::from_be_bytes(dword.try_into().unwrap()))
            }
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => 0,
        };
        let (next, dword) = (at(0), at(20));
        nv.push(step);
        if next == 0 {
            break;
        }
        place = next;
        // A group is not asked for.
        if dword != 0 && dword >> 30 == 0 {
            ask_item(&mut nv, &mut ask, dword);
        }
    }
    let mut registers: Vec<Exchange> =
        (1..=2).map(|port| ask(of(register::PTYS, 68, &[(0, port << 16 | 4)]))).collect();
    registers
        .extend([0, 1, 2, 3, 4, 5, 6, 8].map(|token: u32| ask(of(register::MDSR, 48, &[(0, token << 24)]))));
    registers.extend(
        [(0x9018, 128), (register::MSMR, 16), (0x9190, 12)].map(|(id, length)| ask(of(id, length, &[]))),
    );
    // PPTT, PPRT, PPAOS, PPLR, PFLDC, PTER, PREI.
    let tests =
        [(0x5036, 28), (0x5037, 36), (0x5040, 16), (0x5018, 8), (0x5083, 12), (0x5055, 32), (0x5058, 24)];
    for port in 1..=2 {
        registers.extend(tests.map(|(id, length)| ask(of(id, length, &[(0, port << 16)]))));
    }
    registers.extend(further.iter().map(|request| ask(request.clone())));
    vec![("identity", identity), ("nv", nv), ("registers", registers)]
}

/// A baseline of some rules.
pub(crate) fn baseline(rules: Value) -> LoadedBaseline {
    let text =
        json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "test", "rules": rules}).to_string();
    parse("test.json".to_owned(), &text).unwrap()
}

/// A baseline of one rule `r` over some facts.
pub(crate) fn rule(facts: &[&str], expect: Value) -> LoadedBaseline {
    baseline(json!([{"id": "r", "facts": facts, "expect": expect}]))
}

/// A baseline of these members.
pub(crate) fn envelope(members: Value) -> LoadedBaseline {
    let mut text = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "test"});
    merge(&mut text, members);
    parse("test.json".to_owned(), &text.to_string()).unwrap()
}

/// Why a baseline of one such rule is refused.
pub(crate) fn refusal_of(rule: Value) -> String {
    let text = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "test", "rules": [rule]});
    parse("test.json".to_owned(), &text.to_string()).unwrap_err().to_string()
}

/// Everything that is not within, as `VERDICT NAME`, ordered.
pub(crate) fn gist(report: &CheckReport) -> Vec<String> {
    let mut lines: Vec<String> = findings(report)
        .filter(|finding| finding.verdict.word() != "within")
        .map(|finding| format!("{} {}", finding.verdict, finding.name))
        .collect();
    lines.sort();
    lines
}

pub(crate) fn findings(report: &CheckReport) -> impl Iterator<Item = &Finding> {
    report.bundles.iter().flat_map(|bundle| &bundle.findings)
}

/// The verdict on what is called so.
pub(crate) fn verdict_of(report: &CheckReport, name: &str) -> String {
    let found: Vec<String> =
        findings(report).filter(|f| f.name == name).map(|f| f.verdict.to_string()).collect();
    found.join(" ")
}
