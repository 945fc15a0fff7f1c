//! The ioctls of the fwctl and mlx5ctl character devices, the one that asks a network driver for its name and versions, and
//! the clock: the only unsafe code of this crate.
//!
//! Numbers and layouts: `include/uapi/fwctl/fwctl.h` and `mlx5.h` (Linux 6.15 and later), and `mlx5ctl.h` of the patch
//! series "mlx5 ConnectX control misc driver", V4. The scope of every fwctl request is a constant here and no function
//! takes one; input reaches the ioctls only as [`ReadOnlyInput`], that is, after its finished bytes were checked.
//!
//! Must not do: open nodes, decide what to ask, interpret what came back.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use mlx5_schemas::decode::host::ethtool::DRIVER_INFO_LENGTH;
use mlx5_schemas::model::manifest::{FwctlInfo, Mlx5ctlInfo};

use crate::transport::guard::ReadOnlyInput;

/// `FWCTL_INFO`, `_IO(0x9A, 0)`.
const FWCTL_INFO: libc::Ioctl = 0x9A00;
/// `FWCTL_RPC`, `_IO(0x9A, 1)`.
const FWCTL_RPC: libc::Ioctl = 0x9A01;
/// `FWCTL_RPC_DEBUG_READ_ONLY`: the lowest scope at which registers can be read. The two above it taint the
/// kernel as soon as they are requested.
const SCOPE_DEBUG_READ_ONLY: u32 = 1;

/// `struct fwctl_info`.
#[repr(C)]
struct InfoArgument {
    size: u32,
    flags: u32,
    out_device_type: u32,
    device_data_len: u32,
    out_device_data: u64,
}

/// `struct fwctl_info_mlx5`.
#[repr(C)]
struct InfoMlx5 {
    uid: u32,
    uctx_caps: u32,
}

/// `struct fwctl_rpc`.
#[repr(C)]
struct RpcArgument {
    size: u32,
    scope: u32,
    in_len: u32,
    out_len: u32,
    input: u64,
    output: u64,
}

// The kernel takes the sizes for the versions of these structs.
const _: () =
    assert!(size_of::<InfoArgument>() == 24 && size_of::<InfoMlx5>() == 8 && size_of::<RpcArgument>() == 32);

/// FWCTL_INFO: device type, and for mlx5 the user context that the open made.
///
/// # Errors
/// The errno of the ioctl.
pub(crate) fn fwctl_info(node: BorrowedFd<'_>) -> io::Result<FwctlInfo> {
    let mut data = InfoMlx5 { uid: 0, uctx_caps: 0 };
    let mut argument = InfoArgument {
        size: 24,
        flags: 0,
        out_device_type: 0,
        device_data_len: 8,
        out_device_data: (&raw mut data).expose_provenance() as u64,
    };
    // SAFETY: `argument` is a live `struct fwctl_info` of the size it states, and `out_device_data` points
    // to `data`, which outlives the call and has the `device_data_len` bytes that the kernel may write; any
    // bytes are valid for its fields. `node` is an open descriptor for the duration of the borrow.
    let result = unsafe { libc::ioctl(node.as_raw_fd(), FWCTL_INFO, &raw mut argument) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(FwctlInfo { device_type: argument.out_device_type, uid: data.uid, uctx_caps: data.uctx_caps })
}

/// FWCTL_RPC at scope DEBUG_READ_ONLY: sends `input`, receives into `output`, returns how many bytes the
/// driver says that it produced (never more than there is room for).
///
/// # Errors
/// The errno of the ioctl: the command was not delivered. What firmware says is in the output.
pub(crate) fn fwctl_rpc(
    node: BorrowedFd<'_>,
    input: ReadOnlyInput<'_>,
    output: &mut [u8],
) -> io::Result<usize> {
    let input = input.bytes();
    let length =
        |length: usize| u32::try_from(length).map_err(|_| io::Error::from_raw_os_error(libc::EMSGSIZE));
    let mut argument = RpcArgument {
        size: 32,
        scope: SCOPE_DEBUG_READ_ONLY,
        in_len: length(input.len())?,
        out_len: length(output.len())?,
        input: input.as_ptr().expose_provenance() as u64,
        output: output.as_mut_ptr().expose_provenance() as u64,
    };
    // SAFETY: `argument` is a live `struct fwctl_rpc` of the size it states. `input` is readable for `in_len`
    // bytes and `output` writable for `out_len` bytes, both borrowed for the whole call; the kernel copies in
    // and out and keeps no pointer. `node` is an open descriptor for the duration of the borrow.
    let result = unsafe { libc::ioctl(node.as_raw_fd(), FWCTL_RPC, &raw mut argument) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(argument.out_len).unwrap_or(usize::MAX).min(output.len()))
}

/// `MLX5CTL_IOCTL_INFO`, `_IOR(0x5c, 0, struct mlx5ctl_info)`.
const MLX5CTL_INFO: libc::Ioctl = 0x8010_5C00_u32 as libc::Ioctl;
/// `MLX5CTL_IOCTL_CMDRPC`, `_IOWR(0x5c, 1, struct mlx5ctl_cmdrpc)`.
const MLX5CTL_CMDRPC: libc::Ioctl = 0xC018_5C01_u32 as libc::Ioctl;

/// `struct mlx5ctl_info`.
#[repr(C)]
struct ControlInfo {
    uctx_uid: u16,
    reserved: u16,
    uctx_cap: u32,
    dev_uctx_cap: u32,
    ucap: u32,
}

/// `struct mlx5ctl_cmdrpc`.
#[repr(C)]
struct ControlCommand {
    input: u64,
    output: u64,
    in_len: u32,
    out_len: u32,
}

// The sizes are part of the ioctls' numbers.
const _: () = assert!(size_of::<ControlInfo>() == 16 && size_of::<ControlCommand>() == 24);

/// MLX5CTL_IOCTL_INFO: the user context that the open made.
///
/// # Errors
/// The errno of the ioctl.
pub(crate) fn mlx5ctl_info(node: BorrowedFd<'_>) -> io::Result<Mlx5ctlInfo> {
    let mut info = ControlInfo { uctx_uid: 0, reserved: 0, uctx_cap: 0, dev_uctx_cap: 0, ucap: 0 };
    // SAFETY: `info` is a live `struct mlx5ctl_info` of the size in the ioctl's number; any bytes are valid for its
    // fields. `node` is an open descriptor for the duration of the borrow.
    let result = unsafe { libc::ioctl(node.as_raw_fd(), MLX5CTL_INFO, &raw mut info) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let ControlInfo { uctx_uid, reserved: _, uctx_cap, dev_uctx_cap, ucap } = info;
    Ok(Mlx5ctlInfo { uid: uctx_uid, uctx_cap, dev_uctx_cap, ucap })
}

/// MLX5CTL_IOCTL_CMDRPC: sends `input`, receives into `output`, of which the driver fills all or nothing.
///
/// # Errors
/// The errno of the ioctl: the command was not delivered. What firmware says is in the output.
pub(crate) fn mlx5ctl_rpc(
    node: BorrowedFd<'_>,
    input: ReadOnlyInput<'_>,
    output: &mut [u8],
) -> io::Result<()> {
    let input = input.bytes();
    let length =
        |length: usize| u32::try_from(length).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL));
    let mut argument = ControlCommand {
        input: input.as_ptr().expose_provenance() as u64,
        output: output.as_mut_ptr().expose_provenance() as u64,
        in_len: length(input.len())?,
        out_len: length(output.len())?,
    };
    // SAFETY: `argument` is a live `struct mlx5ctl_cmdrpc` of the size in the ioctl's number. `input` is readable for
    // `in_len` bytes and `output` writable for `out_len` bytes, both borrowed for the whole call; the kernel copies in
    // and out and keeps no pointer. `node` is an open descriptor for the duration of the borrow.
    let result = unsafe { libc::ioctl(node.as_raw_fd(), MLX5CTL_CMDRPC, &raw mut argument) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `SIOCETHTOOL` (`include/uapi/linux/sockios.h`).
const SIOCETHTOOL: libc::Ioctl = 0x8946;
/// `ETHTOOL_GDRVINFO` (`include/uapi/linux/ethtool.h`): the one command that is sent; it reads.
const ETHTOOL_GDRVINFO: u32 = 3;

/// `struct ethtool_drvinfo`.
#[repr(C, align(4))]
struct DriverInfo([u8; DRIVER_INFO_LENGTH]);

/// `struct ifreq` with `ifr_data` (`include/uapi/linux/if.h`).
#[repr(C)]
struct InterfaceRequest {
    name: [u8; libc::IFNAMSIZ],
    data: *mut DriverInfo,
    rest: [u8; size_of::<libc::ifreq>() - libc::IFNAMSIZ - size_of::<*mut DriverInfo>()],
}

const _: () = assert!(size_of::<InterfaceRequest>() == size_of::<libc::ifreq>());

/// What the driver of a network interface says of itself. `socket` is any socket; nothing is sent on it. For a name that no
/// interface has, the kernel tries to load a module of that name: the caller knows that there is one.
///
/// # Errors
/// The errno of the ioctl; `EINVAL` for a name that no interface can have.
pub(crate) fn driver_info(socket: BorrowedFd<'_>, interface: &str) -> io::Result<[u8; DRIVER_INFO_LENGTH]> {
    let mut name = [0; libc::IFNAMSIZ];
    match name.get_mut(..interface.len()) {
        // The zero behind the name has to fit too.
        Some(room) if interface.len() < libc::IFNAMSIZ => room.copy_from_slice(interface.as_bytes()),
        Some(_) | None => return Err(io::Error::from_raw_os_error(libc::EINVAL)),
    }
    let mut info = DriverInfo([0; DRIVER_INFO_LENGTH]);
    info.0[..4].copy_from_slice(&ETHTOOL_GDRVINFO.to_ne_bytes());
    let mut request = InterfaceRequest { name, data: &raw mut info, rest: Default::default() };
    // SAFETY: `request` is a live `struct ifreq` whose name ends in a zero, and its `ifr_data` points to `info`, a live
    // `struct ethtool_drvinfo` that begins with the command and into which the kernel may write any bytes. `socket` is
    // an open descriptor for the duration of the borrow.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL, &raw mut request) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(info.0)
}

/// What the system's monotonic clock shows, in nanoseconds. Asked directly: it is looked at for each request, and the way through
/// `Instant` is several times as long.
pub(crate) fn monotonic() -> u64 {
    let mut shown = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `shown` is a live `struct timespec` that the call fills.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut shown) };
    // Every Linux has this clock. It begins at the boot, is never negative, and in 64 bits lasts for centuries.
    debug_assert_eq!(result, 0);
    let seconds = u64::try_from(shown.tv_sec).unwrap_or(0);
    seconds.wrapping_mul(1_000_000_000).wrapping_add(u64::try_from(shown.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::fd::AsFd;

    use super::*;
    use crate::transport::guard;

    /// Any other character device refuses both numbers: that the errno arrives is all that can be shown here.
    #[test]
    fn the_errno_of_a_refused_ioctl_is_reported() {
        let null = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(fwctl_info(null.as_fd()).unwrap_err().raw_os_error(), Some(libc::ENOTTY));
        let input = mlx5_schemas::model::request::Request::adapter().input();
        let mut output = [0; 272];
        let refused = fwctl_rpc(null.as_fd(), guard::check(&input).unwrap(), &mut output).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
        assert_eq!(mlx5ctl_info(null.as_fd()).unwrap_err().raw_os_error(), Some(libc::ENOTTY));
        let refused = mlx5ctl_rpc(null.as_fd(), guard::check(&input).unwrap(), &mut output).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
    }

    #[test]
    fn a_name_that_no_interface_can_have_is_refused() {
        let socket = std::os::unix::net::UnixDatagram::unbound().unwrap();
        let refused = driver_info(socket.as_fd(), "a-name-that-is-too-long").unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EINVAL));
    }

    /// The loopback interface, the one that is everywhere, has no driver that could say anything.
    #[test]
    fn what_the_kernel_answers_arrives() {
        let socket = std::os::unix::net::UnixDatagram::unbound().unwrap();
        match driver_info(socket.as_fd(), "lo") {
            Ok(info) => assert_eq!(info[..4], ETHTOOL_GDRVINFO.to_ne_bytes()),
            Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP)),
        }
    }
}
