#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

const CARD: &str = "0000:3b:00.0";

/// The facts of messages, as `path=value`, of the card or the host. In the place of an event's number stands its place
/// in the order.
fn told(lines: &[(&str, Option<u8>)]) -> Vec<String> {
    let mut log = Log::default();
    for (place, (line, level)) in lines.iter().enumerate() {
        log.take(line, *level, place);
    }
    let mut facts = log.facts();
    assert!(facts.iter().all(|fact| !fact.places.is_empty()));
    let mut numbers: Vec<String> = Vec::new();
    for fact in &mut facts {
        let Some((number, rest)) = fact.path.strip_prefix("log/event[").and_then(|path| path.split_once(']'))
        else {
            continue;
        };
        let place = numbers.iter().position(|known| known == number).unwrap_or(numbers.len());
        if place == numbers.len() {
            numbers.push(number.to_owned());
        }
        fact.path = format!("log/event[{place}]{rest}");
    }
    facts
        .into_iter()
        .map(|fact| {
            let whom = match fact.whom {
                Whom::Host => "host ".to_owned(),
                Whom::Function(address) if address == CARD => String::new(),
                Whom::Function(name) | Whom::Interface(name) | Whom::Rdma(name) => format!("{name} "),
            };
            format!("{whom}{}={}", fact.path, fact.value)
        })
        .collect()
}

fn of_card(text: &str, level: Option<u8>) -> Vec<String> {
    told(&[(&format!("mlx5_core {CARD}: {text}"), level)])
}

#[test]
fn failed_commands_of_all_kernels_are_taken_apart() {
    let place = "mlx5_cmd_out_err:838:(pid 1441871): ";
    for said in [
        "ACCESS_REG(0x805) op_mod(0x1) failed, status bad operation(0x2), syndrome (0x305684), err(-22)",
        "ACCESS_REG(0x805) op_mod(0x1) failed, status bad operation(0x2), syndrome (0x305684)",
        "ACCESS_REG(0x805) failed, status bad operation(0x2), syndrome 0x305684",
    ] {
        assert_eq!(
            of_card(&format!("{place}{said}"), Some(3)),
            [
                format!("log/event[0]={said}"),
                "log/event[0].kind=command-failed".to_owned(),
                "log/event[0].function=mlx5_cmd_out_err".to_owned(),
                "log/event[0].command=ACCESS_REG".to_owned(),
                "log/event[0].opcode=2053".to_owned(),
                "log/event[0].status=bad operation".to_owned(),
                "log/event[0].syndrome=3167876".to_owned(),
            ]
        );
    }
    let old = of_card("command failed, status bad resource(0x5), syndrome 0x4f3a", None);
    assert_eq!(
        old[1..],
        [
            "log/event[0].kind=command-failed",
            "log/event[0].status=bad resource",
            "log/event[0].syndrome=20282"
        ]
    );
    // Cut by a terminal's edge: the number may go on.
    let cut = of_card("CREATE_EQ(0x301) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x8f", None);
    assert!(!cut.iter().any(|fact| fact.contains("syndrome=")), "{cut:?}");
}

#[test]
fn trouble_has_a_kind() {
    for (said, kind) in [
        (
            "wait_func:964:(pid 112): ENABLE_HCA(0x104) timeout. Will cause a leak of a command resource",
            "command-timeout",
        ),
        (
            "mlx5_cmd_comp_handler:1613:(pid 0): Command completion arrived after timeout (entry idx = 0).",
            "command-timeout",
        ),
        ("mlx5_pcie_event:299:(pid 324): Detected insufficient power on the PCIe slot (25W).", "power"),
        ("poll_health:174: device's health compromised - reached miss count.", "health"),
        (
            "print_health_info:500:(pid 0): Health issue observed, firmware internal error, severity(3) ERROR:",
            "health",
        ),
        ("Port module event[error]: module 0, Cable error, High Temperature", "module"),
        ("Port module event: module 1, Cable unplugged", "module"),
        (
            "mlx5e_dump_error_cqe:100:(pid 0): Error cqe on cqn 0x43e, ci 0x1, syndrome 0x1, vendor syndrome 0x0",
            "completion-error",
        ),
        ("init_one:1329:(pid 13): mlx5_load_one failed with error code -22", "driver-error"),
        ("PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)", "pcie"),
    ] {
        let facts = of_card(said, None);
        assert_eq!(facts[1], format!("log/event[0].kind={kind}"), "{said}");
    }
    let device = "mlx5_core 0000:3b:00.0 eth0";
    for (line, kind) in [
        (format!("{device}: Link down"), "link"),
        (format!("{device}: TX timeout on queue: 5, SQ: 0xfb43, CQ: 0x66b"), "tx-timeout"),
        (format!("{device}: NETDEV WATCHDOG: CPU: 3: transmit queue 5 timed out 5432 ms"), "tx-timeout"),
    ] {
        assert_eq!(told(&[(&line, None)])[1], format!("log/event[0].kind={kind}"));
    }
}

#[test]
fn what_is_no_trouble_is_no_event() {
    for said in [
        "enabling device (0000 -> 0002)",
        "Rate limit: 127 rates are supported, range: 0Mbps to 97656Mbps",
        "E-Switch: Total vports 10, per vport: max uc(1024) max mc(16384)",
        "Port module event: module 0, Cable plugged",
        "MLX5E: StrdRq(0) RqSz(1024) StrdSz(2048) RxCqeCmprss(1 basic)",
        "eth0: Link up",
        "Shutdown was called",
        "PCIe slot advertised sufficient power (75W).",
    ] {
        assert_eq!(of_card(said, None), Vec::<String>::new(), "{said}");
    }
    // The bus says this of a card without level or place (`drivers/pci/iov.c`).
    let no_room = "not enough MMIO resources for SR-IOV";
    assert_eq!(of_card(no_room, None)[1], "log/event[0].kind=pcie");
    // The level decides where it is known.
    assert_eq!(of_card("anything", Some(6)), Vec::<String>::new());
    assert_eq!(of_card("anything", Some(4))[1], "log/event[0].kind=driver-warning");
    assert_eq!(of_card("anything", Some(3))[1], "log/event[0].kind=driver-error");
}

#[test]
fn the_health_buffer_is_three_events_and_a_version() {
    let lines = [
        "assert_var[0] 0x0000001e",
        "assert_var[1] 0x00000000",
        "assert_exit_ptr 0x2083acf4",
        "fw_ver 16.35.4506",
        "time 1712",
        "hw_id 0x0000020d",
        "irisc_index 7",
        "synd 0x8: unrecoverable hardware error",
        "ext_synd 0x8b2d",
        "raw fw_ver 0x10231",
    ];
    let lines: Vec<String> =
        lines.iter().map(|said| format!("mlx5_core {CARD}: print_health_info:424:(pid 0): {said}")).collect();
    let lines: Vec<_> = lines.iter().map(|line| (line.as_str(), Some(3))).collect();
    assert_eq!(
        told(&lines),
        [
            "log/firmware_version=16.35.4506".to_owned(),
            "log/event[0]=assert_var[0] 0x0000001e".to_owned(),
            "log/event[0].kind=health".to_owned(),
            "log/event[0].function=print_health_info".to_owned(),
            "log/event[1]=synd 0x8: unrecoverable hardware error".to_owned(),
            "log/event[1].kind=health".to_owned(),
            "log/event[1].function=print_health_info".to_owned(),
            "log/event[1].syndrome=8".to_owned(),
            "log/event[2]=ext_synd 0x8b2d".to_owned(),
            "log/event[2].kind=health".to_owned(),
            "log/event[2].function=print_health_info".to_owned(),
            "log/event[2].ext_synd=35629".to_owned(),
        ]
    );
}

#[test]
fn the_link_is_told_in_one_form() {
    for (said, expected) in [
        (
            "8.000 Gb/s available PCIe bandwidth, limited by 2.5 GT/s PCIe x4 link at 0000:00:1b.4 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)",
            "8.000 Gb/s, limited by 2.5 GT/s x4",
        ),
        ("63.008 Gb/s available PCIe bandwidth (8 GT/s x8 link)", "63.008 Gb/s (8 GT/s x8)"),
        ("126.028 Gb/s available PCIe bandwidth (32.0 GT/s PCIe x4 link)", "126.028 Gb/s (32.0 GT/s x4)"),
    ] {
        assert_eq!(of_card(said, None), [format!("log/pcie_bandwidth={expected}")]);
    }
    assert_eq!(of_card("63.008 Gb/s available PCIe bandwidth (8", None), Vec::<String>::new());
}

#[test]
fn messages_name_whom_they_are_about() {
    let whom = |text: &str| message(text).map(|message| message.whom);
    let card = Some(Whom::Function(CARD.to_owned()));
    assert_eq!(whom("mlx5_core 0000:3B:00.0: x"), card);
    assert_eq!(whom("mlx5_core: probe of 0000:3b:00.0 failed with error -22"), card);
    assert_eq!(whom("dump_command:805: mlx5_core 0000:3b:00.0: dump_command:805:(pid 1): cmd[0]"), card);
    assert_eq!(whom("mlx5_core.eth mlx5_core.eth.0: x"), Some(Whom::Host));
    assert_eq!(whom("mlx5_core: loading out-of-tree module taints kernel."), Some(Whom::Host));
    assert_eq!(whom("infiniband mlx5_0: create_qp:1:(pid 2): failed"), Some(Whom::Rdma("mlx5_0".to_owned())));
    assert_eq!(
        whom("NETDEV WATCHDOG: eth0 (mlx5_core): transmit queue 3 timed out"),
        Some(Whom::Interface("eth0".to_owned()))
    );
    let renamed = message("mlx5_core 0000:3b:00.0 enp4s0np0: renamed from eth0").unwrap();
    assert_eq!((renamed.interface, renamed.text), (Some("enp4s0np0"), "renamed from eth0"));
    for other in [
        "igb 0000:3b:00.0: x",
        "NETDEV WATCHDOG: eth0 (igb): x",
        "infiniband irdma0: x",
        "mlx5",
        "",
        "usb 1-1: x",
    ] {
        assert_eq!(whom(other), None, "{other}");
    }
}

#[test]
fn the_bus_is_heard_on_functions_that_the_driver_spoke_of() {
    let aer = "pcieport 0000:3a:00.0: AER: Corrected error received: 0000:3b:00.0";
    assert_eq!(told(&[(aer, Some(4))]), Vec::<String>::new());
    let facts = told(&[("mlx5_core 0000:3b:00.0: firmware version: 22.41.1000", Some(6)), (aer, Some(4))]);
    assert_eq!(facts[2], "log/event[0].kind=pcie");
}

#[test]
fn the_last_version_holds_and_repetitions_are_counted() {
    let line = |pid: usize, version: &str| {
        [
            format!("mlx5_core {CARD}: firmware version: {version}"),
            format!("mlx5_core {CARD}: f:1:(pid {pid}): Failed to do it"),
        ]
    };
    let lines: Vec<String> = (1..=3).flat_map(|n| line(n, &format!("22.4{n}.1000"))).collect();
    let lines: Vec<_> = lines.iter().map(|line| (line.as_str(), None)).collect();
    assert_eq!(
        told(&lines),
        [
            "log/firmware_version=22.43.1000",
            "log/event[0]=Failed to do it",
            "log/event[0].kind=driver-error",
            "log/event[0].function=f",
            "log/event[0].times=3",
        ]
    );
    let many: Vec<String> = (0..300).map(|n| format!("mlx5_core {CARD}: failed {n}")).collect();
    let many: Vec<_> = many.iter().map(|line| (line.as_str(), None)).collect();
    let facts = told(&many);
    assert_eq!(facts.len(), 2 * MAX_EVENTS + 1);
    assert_eq!(facts.last().unwrap(), "log/events_not_listed=44");
}

#[test]
fn a_capture_gives_them_too() {
    let capture = crate::model::host::HostCapture {
        name: "kernel-log".to_owned(),
        status: CollectionStatus::Captured,
        text: Some(format!(
            "6,1,7,-;mlx5_core {CARD}: firmware version: 22.41.1000\n\
             12,2,8,-;mlx5_core {CARD}: a process wrote this: failed\n\
             6,3,9,-;mlx5_core {CARD} eth0: Link down\n"
        )),
        base16: None,
        reason: None,
    };
    let captures = crate::model::host::HostCaptures { captures: vec![capture] };
    let facts = super::super::host_facts(crate::model::fact::Route::Kernel, "m", &captures);
    let of_card: Vec<_> = facts.iter().filter(|fact| fact.subject.device() == Some(CARD)).collect();
    let paths: Vec<&str> = of_card.iter().map(|fact| fact.path.as_str()).collect();
    let event = "log/event[1b2d73aa]";
    assert_eq!(paths, ["log/firmware_version", event, &format!("{event}.kind")]);
    assert_eq!(of_card[1].value().unwrap().to_string(), "eth0: Link down");
}

proptest! {
    #[test]
    fn any_message_gives_only_what_it_says(
        text in "(mlx5_core 0000:3b:00.0( eth0)?: |mlx5_core: |infiniband mlx5_0: |AER: )?([ -~]|failed, status |\\(0x|syndrome |synd 0x|firmware version: |é){0,12}",
        level in proptest::option::of(0_u8..8),
    ) {
        let mut log = Log::default();
        log.take(&text, level, ());
        for fact in log.facts() {
            match fact.value {
                Value::Text { .. } if fact.path.ends_with(".kind") => {}
                Value::Text { text: said } if fact.path.starts_with("log/event") => {
                    prop_assert!(text.replace(' ', "").contains(&said.replace(' ', "")), "{said:?} in {text:?}");
                }
                Value::Text { text: said } => {
                    prop_assert!(said.split([' ', ',', '(', ')']).all(|word| text.contains(word) || word == "by"));
                }
                Value::Number { number, .. } => {
                    prop_assert!(text.to_lowercase().contains(&format!("{number:x}")), "{number} in {text:?}");
                }
                Value::Bytes { .. } => prop_assert!(false),
            }
        }
    }
}
