//! What the probe of NV configuration asks: views, forms, instances, the store, and what it never asks.

use mlx5_schemas::model::exchange::{Outcome, SkipReason};
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange};
use mlx5_schemas::redaction::{SECRET_TLVS, is_secret_tlv, is_secret_type};

use super::*;

/// MNVDA requests for one type dword, first dwords.
fn forms(exchanges: &[Exchange], type_dword: u32) -> Vec<u32> {
    let data = data_of(exchanges, register::MNVDA);
    let of_type = data.iter().filter(|data| data[4..8] == type_dword.to_be_bytes());
    of_type.map(|data| u32::from_be_bytes(data[..4].try_into().unwrap())).collect()
}

#[test]
fn a_tlv_is_read_in_all_views_by_writer_zero() {
    let exchanges = collect(&[ProbeId::Nv], generous);
    // Next, current, factory: room 256, ovr_en, writer 0, access mode in bits 23:22.
    assert_eq!(forms(&exchanges, 0x80), [0x0200_0100, 0x0240_0100, 0x0280_0100]);
    // The very first item alone is asked for again, naming mlxconfig and the priority OEM, without ovr_en.
    let naming: Vec<Vec<u8>> =
        data_of(&exchanges, register::MNVDA).into_iter().filter(|data| data[1] & 0x1f != 0).collect();
    assert_eq!(naming.len(), 1);
    assert_eq!(naming[0][..4], [0x10, 0x09, 0x01, 0x00]);
    let first = &data_of(&exchanges, register::MNVDA)[0];
    assert_eq!(naming[0][4..], first[4..]);
}

#[test]
fn an_item_that_mlxconfig_wrote_is_asked_for_again_in_another_name() {
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVDA, data)) => {
            let (status, mut answer) = item(data);
            answer[1] |= 9;
            (status, answer)
        }
        Some(_) | None => generous(request),
    });
    let naming: Vec<u8> = data_of(&exchanges, register::MNVDA)
        .iter()
        .map(|data| data[1] & 0x1f)
        .filter(|&id| id != 0)
        .collect();
    assert_eq!(naming, [10]);
}

#[test]
fn a_device_that_minds_the_priority_is_asked_without_it() {
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVDA, data)) if data[0] & 0x30 != 0 => (3, Vec::new()),
        Some(_) | None => generous(request),
    });
    let naming: Vec<[u8; 2]> = data_of(&exchanges, register::MNVDA)
        .iter()
        .filter(|data| data[1] & 0x1f != 0)
        .map(|data| [data[0], data[1]])
        .collect();
    assert_eq!(naming, [[0x10, 0x09], [0x00, 0x09]]);
}

/// A device whose store holds these items; it gives `ends` for the place of the last.
fn storing(items: &[u32], ends: fn(usize) -> u32) -> impl Fn(&Request) -> (u8, Vec<u8>) {
    let items = items.to_vec();
    move |request| match request.as_register() {
        Some((register::MNVGN, data)) => {
            let at = usize::try_from(u32::from_be_bytes(data[..4].try_into().unwrap())).unwrap();
            match items.get(at) {
                Some(&type_dword) => {
                    let next = if at + 1 == items.len() { ends(at) } else { u32::try_from(at + 1).unwrap() };
                    (0, head(&[next, 0, 0, 0, 0x0009_0008, type_dword, 0, 0x5ec3_e700, 1]))
                }
                None => (0, Vec::new()),
            }
        }
        Some(_) | None => generous(request),
    }
}

#[test]
fn stored_items_that_nobody_knows_are_read_like_the_others() {
    let one_more = |at: usize| u32::try_from(at + 1).unwrap();
    // Known; unknown; unknown of a port; a secret of another function; all functions; another function; a file.
    let items =
        [0x80, 0x007f_0000, 0x0102_0fff, 0x0300_0638, 0xc300_03fe, 0x0300_0480, 0x0600_0001, 0x007f_0000];
    let exchanges = collect(&[ProbeId::Nv], storing(&items, one_more));
    assert_eq!(data_of(&exchanges, register::MNVGN).len(), items.len() + 1);
    for (type_dword, asked) in
        [(0x80, 3), (0x007f_0000, 3), (0x0102_0fff, 3), (0xc300_03fe, 0), (0x0300_0480, 0)]
    {
        assert_eq!(forms(&exchanges, type_dword).len(), asked, "0x{type_dword:08x}");
    }
    let rows = |type_dword: u32| -> Vec<&Outcome> {
        let of_item = exchanges.iter().filter(|exchange| exchange.request.secret() == Some(type_dword));
        of_item.map(|exchange| &exchange.outcome).collect()
    };
    for secret in [0x0300_0638, 0x0600_0001] {
        assert_eq!(rows(secret), [&Outcome::NotAsked(SkipReason::Secret)], "0x{secret:08x}");
    }
    // Nothing of an item's data is in the record of the walk.
    let walked = exchanges.iter().filter(|e| e.request.as_register().is_some_and(|(id, _)| id == 0x9035));
    for exchange in walked {
        let Outcome::Replied(reply) = &exchange.outcome else { panic!("{exchange:?}") };
        assert_eq!(reply.output.len(), 16 + 28);
    }
}

#[test]
fn a_walk_that_comes_back_or_never_ends_is_left() {
    let items = [0x80, 0x81, 0x82];
    let exchanges = collect(&[ProbeId::Nv], storing(&items, |_| 1));
    assert_eq!(data_of(&exchanges, register::MNVGN).len(), 3);
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVGN, data)) => {
            let at = u32::from_be_bytes(data[..4].try_into().unwrap());
            (0, head(&[at + 1, 0, 0, 0, 8, 0x80, 0]))
        }
        Some(_) | None => generous(request),
    });
    assert_eq!(data_of(&exchanges, register::MNVGN).len(), 2048);
    let refused = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVGN, _)) => (5, Vec::new()),
        Some(_) | None => generous(request),
    });
    assert_eq!(data_of(&refused, register::MNVGN).len(), 1);
}

#[test]
fn modules_are_asked_for_until_one_does_not_answer() {
    let split = 0x0900_0000 | Catalog::embedded().tlvs().iter().find(|tlv| tlv.class == 9).unwrap().index;
    let asked = |modules: u32| -> Vec<u32> {
        let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
            Some((register::MNVQC, data)) if data[0] == 9 => {
                let number = u32::from_be_bytes(data[..4].try_into().unwrap()) >> 14 & 0x3ff;
                if number < modules { (0, head(&[0, 1])) } else { (3, Vec::new()) }
            }
            Some(_) | None => generous(request),
        });
        (0..40).filter(|module| !forms(&exchanges, split | module << 14).is_empty()).collect()
    };
    assert_eq!(asked(1), [0]);
    assert_eq!(asked(2), [0, 1]);
    assert_eq!(asked(5), [0, 1, 2, 3, 4]);
    assert_eq!(asked(1000).len(), 16, "firmware that looks at no number");
}

#[test]
fn other_hosts_are_asked_for_only_where_the_device_permits_it() {
    let collected = |modes: u32| {
        collect(&[ProbeId::Nv], move |request| match request.as_register() {
            Some((register::MNVGC, _)) => (0, head(&[modes])),
            // Hosts 0 and 1.
            Some((register::MMHI, _)) => (0, head(&[0, 2, 3])),
            Some(_) | None => generous(request),
        })
    };
    assert!(data_of(&collected(3), register::MMHI).is_empty());
    let exchanges = collected(7);
    let next = |dwords: &[u32]| dwords.iter().filter(|form| **form & 0x00c0_0000 == 0).count();
    // nv_pf_pci_conf of host 1, function 1, named as such; and of whoever asks.
    assert_eq!(next(&forms(&exchanges, 0x0304_0480)), 1);
    assert!(forms(&exchanges, 0x0304_0480).iter().all(|form| form & 0x200 != 0));
    let own = forms(&exchanges, 0x0300_0080);
    assert_eq!(own.iter().filter(|form| *form & 0x200 == 0).count(), 3);
    assert_eq!(own.iter().filter(|form| *form & 0x200 != 0).count(), 3, "host 0 as such");
    assert!(forms(&exchanges, 0x0308_0080).is_empty(), "there is no host 2");
    // Nor are secrets asked for of anybody.
    let named = data_of(&exchanges, register::MNVQC).into_iter().filter(|data| data[6] & 2 != 0);
    for data in named {
        let type_dword = u32::from_be_bytes(data[..4].try_into().unwrap());
        assert!(!is_secret_type(type_dword));
    }
}

#[test]
fn an_answer_about_another_item_is_no_value_and_no_acceptance() {
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVDA, data)) => {
            let (status, mut answer) = item(data);
            answer[7] ^= 1;
            (status, answer)
        }
        Some(_) | None => generous(request),
    });
    let of_items = exchanges.iter().filter(|e| e.request.as_register().is_some_and(|(id, _)| id == 0x9024));
    let asked = of_items.filter(|exchange| exchange.request.secret().is_none());
    assert!(asked.clone().count() > 300);
    for exchange in asked {
        let status = classify_exchange(&exchange.request, &exchange.outcome);
        assert_eq!(status, CollectionStatus::Error);
    }
}

#[test]
fn only_the_views_that_the_device_offers_are_asked_for() {
    for (modes, views) in
        [(0, vec![0x0200_0100]), (1, vec![0x0200_0100, 0x0280_0100]), (2, vec![0x0200_0100, 0x0240_0100])]
    {
        let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
            Some((register::MNVGC, _)) => (0, head(&[modes])),
            Some(_) | None => generous(request),
        });
        assert_eq!(forms(&exchanges, 0x80), views);
    }
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVGC, _)) => (3, Vec::new()),
        Some(_) | None => generous(request),
    });
    assert_eq!(forms(&exchanges, 0x80), [0x0200_0100]);
}

#[test]
fn every_instance_of_every_readable_tlv_is_asked_for() {
    let exchanges = collect(&[ProbeId::Nv], generous);
    let catalog = Catalog::embedded();
    for tlv in catalog.tlvs().iter().filter(|tlv| !is_secret_tlv(tlv.class, tlv.index)) {
        for instance in mlx5_schemas::catalog::instances(tlv, 2, 2) {
            let views = if tlv.capability { 2 } else { 3 };
            // One of them is asked for once more, naming a writer.
            let forms = forms(&exchanges, instance.type_dword);
            let plain = forms.iter().filter(|form| *form & 0x001f_0000 == 0);
            assert_eq!(plain.count(), views, "{}", tlv.name);
        }
    }
    assert_eq!(forms(&exchanges, 0x0101_0012).len(), forms(&exchanges, 0x0102_0012).len(), "both ports");
}

#[test]
fn secrets_and_files_are_not_asked_for_in_any_way() {
    let exchanges = collect(&[ProbeId::Nv], generous);
    let mut secrets = 0;
    for exchange in &exchanges {
        let type_dword = match exchange.request.as_register() {
            Some((register::MNVQC, data)) => &data[..4],
            Some((register::MNVDA, data)) => &data[4..8],
            Some(_) | None => continue,
        };
        let place =
            mlx5_schemas::catalog::TypeDword::split(u32::from_be_bytes(type_dword.try_into().unwrap()));
        assert_ne!(place.class, 6);
        if is_secret_tlv(place.class, place.index) {
            assert_eq!(exchange.outcome, Outcome::NotAsked(SkipReason::Secret));
            secrets += 1;
        }
    }
    assert_eq!(secrets, SECRET_TLVS.len());
}

#[test]
fn a_tlv_that_the_firmware_does_not_know_is_not_read() {
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVQC, data)) if data[..4] == [0, 0, 0, 0x80] => (4, Vec::new()),
        Some((register::MNVQC, data)) if data[..4] == [0, 0, 0, 0x81] => (0, head(&[0, 2])),
        Some(_) | None => generous(request),
    });
    assert_eq!(forms(&exchanges, 0x80), [] as [u32; 0], "refused");
    assert_eq!(forms(&exchanges, 0x81), [] as [u32; 0], "not readable");
    assert!(!data_of(&exchanges, register::MNVDA).is_empty(), "the others are");
}

#[test]
fn expansion_rom_tlvs_are_read_whatever_mnvqc_says_of_reading() {
    let rom = Catalog::embedded().tlvs().iter().find(|tlv| tlv.expansion_rom && tlv.readable).unwrap();
    let instance = mlx5_schemas::catalog::instances(rom, 1, 2)[0];
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVQC, _)) => (0, Vec::new()),
        Some(_) | None => generous(request),
    });
    assert!(!forms(&exchanges, instance.type_dword).is_empty());
    assert!(forms(&exchanges, 0x80).is_empty());
}

#[test]
fn without_nv_configuration_nothing_more_is_asked() {
    for status in [1, 3] {
        let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
            Some((register::MNVQC, _)) => (status, Vec::new()),
            Some(_) | None => generous(request),
        });
        assert_eq!(exchanges.len(), 2, "MNVGC and one MNVQC");
    }
}

#[test]
fn a_refused_length_is_asked_again_in_the_exact_form() {
    for status in [0x50, 0x51, 8] {
        let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
            Some((register::MNVDA, data)) if data[2] & 1 == 1 => (status, Vec::new()),
            Some(_) | None => generous(request),
        });
        let size = u32::from(Catalog::embedded().tlv(0, 0x80).unwrap().size);
        let asked = forms(&exchanges, 0x80);
        assert_eq!(asked[..4], [0x0200_0100, size, 0x0240_0100, 0x40_0000 | size]);
    }
}

#[test]
fn a_bad_parameter_is_about_the_form_until_the_form_was_accepted_once() {
    let mut accepted = false;
    let exchanges = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVDA, data)) if data[4..8] == [0, 0, 0, 0x80] => (3, Vec::new()),
        Some((register::MNVDA, data)) if !accepted => {
            accepted = true;
            item(data)
        }
        Some((register::MNVDA, _)) => (3, Vec::new()),
        Some(_) | None => generous(request),
    });
    assert_eq!(forms(&exchanges, 0x80).len(), 3, "once per view: another TLV had been accepted before");
    let never = collect(&[ProbeId::Nv], |request| match request.as_register() {
        Some((register::MNVDA, _)) => (3, Vec::new()),
        Some(_) | None => generous(request),
    });
    // The kernel's form second, mlxconfig's own last.
    let size = u32::from(Catalog::embedded().tlv(0, 0x80).unwrap().size);
    assert_eq!(forms(&never, 0x80)[..3], [0x0200_0100, size, 0x0209_0100]);
    assert_eq!(forms(&never, 0x80).len(), 9, "all forms per view");
}
