//! Masks network addresses in kernel text before it is written anywhere.
//!
//! Must not do: mask what merely looks similar: PCI addresses, firmware and driver versions, taint letters.

/// What stands in place of an address.
const MASK: &str = "[address]";

/// The line with MAC, IPv4 and IPv6 addresses (and GIDs) masked.
pub(super) fn addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(is_address_char) {
        let (before, tail) = rest.split_at(start);
        let length = tail.find(|c| !is_address_char(c)).unwrap_or(tail.len());
        let (word, after) = tail.split_at(length);
        out.push_str(before);
        // Punctuation around a word is not part of an address; a leading `::` is.
        let core = word.trim_end_matches([':', '.', '-']);
        match address_start(core) {
            Some(start) => {
                out.push_str(core.get(..start).unwrap_or_default());
                out.push_str(MASK);
                out.push_str(word.get(core.len()..).unwrap_or_default());
            }
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where the address begins that a word ends with: at its own beginning, or after a colon, for a label before it may
/// end in letters that are hexadecimal digits (`mac:02:ab:3c:00:11:22`).
fn address_start(word: &str) -> Option<usize> {
    let own = word.len().saturating_sub(word.trim_start_matches(['.', '-']).len());
    let after_colons = word.match_indices(':').map(|(at, _)| at.saturating_add(1));
    std::iter::once(own).chain(after_colons).find(|&start| word.get(start..).is_some_and(is_address))
}

fn is_address_char(c: char) -> bool {
    c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '-')
}

fn is_address(word: &str) -> bool {
    is_mac(word, ':') || is_mac(word, '-') || is_ipv4(word) || is_ipv6(word)
}

/// Six octets, or the twenty of an InfiniBand hardware address, or the eight of a GUID.
fn is_mac(word: &str, separator: char) -> bool {
    let mut groups = 0_usize;
    let octets = word.split(separator).all(|group| {
        groups = groups.saturating_add(1);
        group.len() == 2 && group.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    octets && matches!(groups, 6 | 8 | 20)
}

fn is_ipv4(word: &str) -> bool {
    let without_port = word.split(':').next().unwrap_or_default();
    without_port.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Also the four groups of four digits in which GUIDs are written.
fn is_ipv6(word: &str) -> bool {
    let guid = word.split(':').count() == 4
        && word
            .split(':')
            .all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    guid || word.parse::<std::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_and_everything_else_stays() {
        for (line, kept) in [
            (
                "mlx5_core 0000:3b:00.0 eth2: Assigned random MAC address 02:ab:3c:00:11:22",
                "mlx5_core 0000:3b:00.0 eth2: Assigned random MAC address [address]",
            ),
            (
                "mlx5_core 0000:3b:00.0: firmware version: 22.41.1000",
                "mlx5_core 0000:3b:00.0: firmware version: 22.41.1000",
            ),
            ("peer 192.168.1.20:4420, gone.", "peer [address], gone."),
            ("gid fe80:0000:0000:0000:0002:c903:0000:1491.", "gid [address]."),
            ("gid fe80::2:c903:0:1491", "gid [address]"),
            ("node guid b859:9f03:00a1:b2c4", "node guid [address]"),
            ("mac b8-59-9f-a1-b2-c4 x", "mac [address] x"),
            ("dmac:02:ab:3c:00:11:22 src:10.0.0.7 dst:::1", "dmac:[address] src:[address] dst:[address]"),
            ("bad gid:fe80::2:c903:0:1491", "bad gi[address]"),
            (
                "mlx5_core: loading out-of-tree module taints kernel.",
                "mlx5_core: loading out-of-tree module taints kernel.",
            ),
            (
                "10000:e1:00.0: 63.008 Gb/s available PCIe bandwidth (8.0 GT/s PCIe x8 link)",
                "10000:e1:00.0: 63.008 Gb/s available PCIe bandwidth (8.0 GT/s PCIe x8 link)",
            ),
            (
                "E-Switch: Total vports 10, per vport: max uc(1024)",
                "E-Switch: Total vports 10, per vport: max uc(1024)",
            ),
            ("24.10-1.1.4", "24.10-1.1.4"),
            (
                "fwctl fwctl0: mstconfig(412): has requested full access",
                "fwctl fwctl0: mstconfig(412): has requested full access",
            ),
        ] {
            assert_eq!(addresses(line), kept);
        }
    }
}
