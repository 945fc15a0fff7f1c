//! What cards that answer come to: everything, in order, and nothing that should not be kept.

use mlx5_collector::probe::ProbeId;
use mlx5_collector::supervise::DeviceOutcome;
use mlx5_schemas::model::exchange::{Exchange, Outcome};
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::transcript;

use crate::bench::{Bench, LONG, assert_complete, exchanges};

#[test]
fn two_cards_are_read_completely_and_the_same_card_gives_the_same_transcript() {
    let outcomes = Bench::new().card("[]").card("[]").collect(LONG);
    outcomes.iter().for_each(assert_complete);
    let transcript = |outcome: &DeviceOutcome| transcript::encode(exchanges(outcome));
    let again = Bench::new().card("[]").collect(LONG);
    assert_eq!(transcript(&outcomes[0]), transcript(&again[0]));
    assert!(transcript::decode(&transcript(&again[0])).is_ok());
}

#[test]
fn nothing_of_earlier_commands_and_no_secret_is_in_what_is_handed_on() {
    let faults = r#"[{"when": {"register": "PAOS"}, "what": {"refuse": {"status": 4}}}]"#;
    let outcomes = Bench::new().card(faults).collect(LONG);
    let bytes = transcript::encode(exchanges(&outcomes[0]));
    for mark in [mlx5_fixtures::card::STALE_MARK, mlx5_fixtures::card::SECRET_MARK] {
        // A part of the mark is as bad as the whole.
        let mark = &mark[..8];
        let found = bytes.windows(mark.len()).any(|window| window == mark);
        assert!(!found, "{}", String::from_utf8_lossy(mark));
    }
}

#[test]
fn a_refusal_is_kept_with_status_and_syndrome() {
    let faults =
        r#"[{"when": {"register": "MPEIN"}, "what": {"refuse": {"status": 1, "syndrome": "0x1a2b3c"}}}]"#;
    let outcomes = Bench::new().card(faults).collect(LONG);
    let all = exchanges(&outcomes[0]);
    let of_register =
        |exchange: &&&Exchange| exchange.request.as_register().is_some_and(|(id, _)| id == register::MPEIN);
    match &all.iter().find(of_register).unwrap().outcome {
        Outcome::Replied(reply) => {
            assert_eq!((reply.status.0, reply.syndrome, reply.output.len()), (1, 0x1a_2b3c, 16));
        }
        outcome @ (Outcome::Undelivered { .. } | Outcome::NotAsked(_)) => panic!("{outcome:?}"),
    }
}

#[test]
fn what_support_asks_for_first_is_read_first() {
    let outcomes = Bench::new().card("[]").collect(LONG);
    let order: Vec<ProbeId> = outcomes[0].probes.iter().map(|probe| probe.probe).collect();
    let first = [ProbeId::Identity, ProbeId::Nv, ProbeId::Capabilities, ProbeId::Registers];
    assert_eq!(order[..first.len()], first, "the second tier comes last");
    // Who the card is comes before everything; of an item, what counts after the next reset comes first.
    let all = exchanges(&outcomes[0]);
    let of = |exchange: &&Exchange| exchange.request.as_register().map(|(id, _)| id);
    assert_eq!(all.first().and_then(of), Some(register::MGIR));
    let first = all.iter().find(|exchange| of(exchange) == Some(register::MNVDA)).unwrap();
    let (_, data) = first.request.as_register().unwrap();
    assert_eq!(data[1] >> 6, 0, "the next view");
}
