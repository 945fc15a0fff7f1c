//! `ibstat` and `ibv_devinfo`: firmware version, board and ports of RDMA devices; `ibdev2netdev` and `rdma link`: which
//! interface an RDMA device is.
//!
//! What they print as the kernel does has the kernel's path (`rdma/mlx5_0.fw_ver`); what they say in words of their own
//! has one of the tool's. Must not do: take another vendor's device for a card.

use super::super::kernel_view::View;
use super::super::reading::{About, rdma_name};

/// One device of `ibstat`, below `CA 'mlx5_0'`. Gives its last line.
pub(super) fn ibstat(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let head = view.text.line(start).trim();
    let name = head.trim_start_matches("CA '").trim_end_matches('\'').to_owned();
    let port =
        |key: &str, value: &str| key.strip_prefix("Port ").filter(|_| value.is_empty()).map(str::to_owned);
    device(view, start, &name, port, |key| match key {
        "CA type" => Some(("rdma", "hca_type")),
        "Firmware version" => Some(("rdma", "fw_ver")),
        "Link layer" => Some(("rdma", "link_layer")),
        "State" => Some(("ibstat", "state")),
        "Physical state" => Some(("ibstat", "phys_state")),
        "Rate" => Some(("ibstat", "rate")),
        _ => None,
    })
}

/// One device of `ibv_devinfo`, below `hca_id:`. Gives its last line.
pub(super) fn ibv_devinfo(view: &mut View<'_, '_, '_>, start: usize) -> usize {
    let name = view.text.line(start).trim().trim_start_matches("hca_id:").trim().to_owned();
    let port = |key: &str, value: &str| (key == "port").then(|| value.to_owned());
    device(view, start, &name, port, |key| match key {
        "fw_ver" => Some(("rdma", "fw_ver")),
        "board_id" => Some(("rdma", "board_id")),
        "link_layer" => Some(("rdma", "link_layer")),
        "state" => Some(("ibv_devinfo", "state")),
        "active_mtu" => Some(("ibv_devinfo", "active_mtu")),
        _ => None,
    })
}

/// An RDMA device and its interface, as one line has them.
pub(super) struct Pair<'l> {
    rdma: &'l str,
    port: &'l str,
    interface: &'l str,
    /// The port's state, where it is in words of the kernel's.
    state: Option<&'l str>,
}

/// `mlx5_0 port 1 ==> eth0 (Up)`, `link mlx5_0/1 state ACTIVE physical_state LINK_UP netdev eth0`.
pub(super) fn pair(line: &str) -> Option<Pair<'_>> {
    // Cheap first.
    if !line.starts_with("link ") && !line.contains(" ==> ") {
        return None;
    }
    let words: Vec<&str> = line.split_whitespace().take(MAX_WORDS).collect();
    let pair = match words.as_slice() {
        [rdma, "port", port, "==>", interface, state] if state.starts_with('(') => {
            Pair { rdma, port, interface, state: None }
        }
        ["link", link, "state", state, "physical_state", _, "netdev", interface, ..] => {
            let (rdma, port) = link.split_once('/')?;
            Pair { rdma, port, interface, state: Some(state) }
        }
        _ => return None,
    };
    let is_port = !pair.port.is_empty() && pair.port.bytes().all(|byte| byte.is_ascii_digit());
    // Names such as `rocep59s0f0` other vendors' devices have too.
    (is_port && pair.rdma.starts_with("mlx5_")).then_some(pair)
}

/// Most words of such a line.
const MAX_WORDS: usize = 12;

/// Puts the two names together.
pub(super) fn put_together(view: &mut View<'_, '_, '_>, pair: &Pair<'_>, index: usize) {
    view.understand((index, index));
    if view.text.is_cut(index) {
        return view.reading.cannot_read(index, "the text may end in the middle of this line");
    }
    let device = rdma_name(pair.rdma);
    let described = view.reading.described(&device);
    described.rdma_devices.insert(pair.rdma.to_owned());
    described.netdevs.insert(pair.interface.to_owned());
    if let Some(state) = pair.state {
        let path = format!("rdma_link/{}.port{}.state", pair.rdma, pair.port);
        view.text(About::Device(&device), path, state, (index, index));
    }
}

fn device(
    view: &mut View<'_, '_, '_>,
    start: usize,
    name: &str,
    port_of: impl Fn(&str, &str) -> Option<String>,
    path_of: impl Fn(&str) -> Option<(&'static str, &'static str)>,
) -> usize {
    let text = view.text;
    view.understand((start, start));
    // Names such as `rocep59s0f0` tell no vendor; their type does.
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_plain {
        return start;
    }
    let device = rdma_name(name);
    view.reading.described(&device).rdma_devices.insert(name.to_owned());
    let (mut port, mut last) = (None, start);
    for index in start.saturating_add(1)..text.lines.len() {
        let line = text.line(index);
        if line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.trim().split_once(':').filter(|_| line.starts_with(' ')) else { break };
        let (key, value) = (key.trim(), value.trim());
        last = index;
        view.understand((index, index));
        let is_foreign = (key == "CA type" && !value.starts_with("MT"))
            || (key == "vendor_id" && value != "0x02c9" && value != "0x15b3");
        if is_foreign && !text.is_cut(index) {
            view.reading.described(&device).is_foreign = true;
        }
        if let Some(number) = port_of(key, value) {
            port = number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number);
            continue;
        }
        let Some((tool, path)) = path_of(key).filter(|_| !value.is_empty()) else { continue };
        let of_port = port.as_ref().map_or(String::new(), |port| format!("port{port}."));
        view.text(About::Device(&device), format!("{tool}/{name}.{of_port}{path}"), value, (index, index));
    }
    last
}
