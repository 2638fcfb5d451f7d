//! What is set and asked at a raw socket that only libc can: the options of packet(7) have no safe wrapper.

#![expect(unsafe_code, reason = "only libc sets these options")]

use std::ffi::c_int;
use std::mem::size_of;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::from_ref;

use nix::errno::Errno;

use crate::IoError;

/// Ethernet bytes that the filter leaves of a frame with an outer VLAN tag. No whole frame is that short.
pub(crate) const TAGGED_REMAINDER: usize = 1;

/// Frames come and go with their offload metadata, so that an unfinished checksum stays one.
pub(crate) fn keep_metadata(socket: &OwnedFd) -> Result<(), IoError> {
    turn_on(socket, libc::PACKET_VNET_HDR, "PACKET_VNET_HDR", "2.6.28")
}

/// What is sent at this socket is not its own to read again.
pub(crate) fn ignore_outgoing(socket: &OwnedFd) -> Result<(), IoError> {
    turn_on(socket, libc::PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", "4.20")
}

/// Frames go to the device at once and past its queueing discipline.
pub(crate) fn bypass_queue(socket: &OwnedFd) -> Result<(), IoError> {
    turn_on(socket, libc::PACKET_QDISC_BYPASS, "PACKET_QDISC_BYPASS", "3.14")
}

/// Frames arrive in memory that is shared with the kernel: `blocks` of `block` bytes, cut into slots of `slot` bytes each.
/// A frame that is longer than a slot waits to be read as from any other socket, and its slot says so.
pub(crate) fn share_ring(socket: &OwnedFd, block: usize, blocks: usize, slot: usize) -> Result<(), IoError> {
    let system = |doing: &str, errno: Errno| IoError::System { doing: doing.to_owned(), source: errno.into() };
    let version = libc::tpacket_versions::TPACKET_V2 as c_int;
    set_option(socket, libc::SOL_PACKET, libc::PACKET_VERSION, &version)
        .map_err(|_| IoError::KernelLacks { option: "TPACKET_V2", since: "2.6.27" })?;
    set_option::<c_int>(socket, libc::SOL_PACKET, libc::PACKET_COPY_THRESH, &1)
        .map_err(|errno| system("setting `PACKET_COPY_THRESH`", errno))?;
    let request = libc::tpacket_req {
        tp_block_size: block as u32,
        tp_block_nr: blocks as u32,
        tp_frame_size: slot as u32,
        tp_frame_nr: (block / slot * blocks) as u32,
    };
    set_option(socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request).map_err(|errno| match errno {
        Errno::ENOMEM => IoError::no_ring(block * blocks),
        errno => system("setting `PACKET_RX_RING`", errno),
    })
}

/// Binds to an interface, from when on frames arrive, and asks it for frames to everybody's address.
pub(crate) fn bind_promiscuous(socket: &OwnedFd, index: u32) -> Result<(), Errno> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
        sll_ifindex: index as c_int,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes from a live `sockaddr_ll`.
    let answer = unsafe { libc::bind(socket.as_raw_fd(), from_ref(&address).cast(), length) };
    Errno::result(answer)?;
    let membership = libc::packet_mreq {
        mr_ifindex: index as c_int,
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set_option(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
}

/// The longest payload that an interface takes, in bytes (netdevice(7), SIOCGIFMTU).
pub(crate) fn mtu(socket: &OwnedFd, interface: &str) -> Result<usize, Errno> {
    // SAFETY: all bits zero are a value of `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // The last byte stays zero: names that exist are shorter than the field.
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from as libc::c_char;
    }
    // SAFETY: the kernel reads the name from a live `ifreq` and writes its `ifru_mtu`.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFMTU, &raw mut request) };
    Errno::result(answer)?;
    // SAFETY: the kernel wrote this field, of which every bit pattern is valid.
    let mtu = unsafe { request.ifr_ifru.ifru_mtu };
    Ok(usize::try_from(mtu).unwrap_or_default())
}

/// Frames that the kernel dropped on this socket since the last call.
pub(crate) fn take_dropped(socket: &OwnedFd) -> u32 {
    let mut statistics = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    let mut length = size_of::<libc::tpacket_stats>() as libc::socklen_t;
    // SAFETY: both pointers are to live locals, and `length` is the size of the one that the kernel fills with a
    // `tpacket_stats`, of which every bit pattern is valid.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut statistics).cast(),
            &raw mut length,
        )
    };
    // The call cannot fail on a packet socket; were it to, the figure stays as it was.
    if answer == 0 { statistics.tp_drops } else { 0 }
}

/// What a socket is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    /// The interface's number; the kernel makes it negative once the interface is gone.
    pub(crate) index: c_int,
    /// The kind of hardware, such as `ARPHRD_ETHER`.
    pub(crate) hardware: u16,
}

/// What the socket is bound to. nix refuses the answer, which is as long as an Ethernet address needs and no longer.
pub(crate) fn binding(socket: &OwnedFd) -> Binding {
    let mut address = libc::sockaddr_ll {
        sll_family: 0,
        sll_protocol: 0,
        sll_ifindex: -1,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let mut length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: both pointers are to live locals, and `length` is the size of the one that the kernel fills with a
    // `sockaddr_ll`, of which every bit pattern is valid.
    let answer = unsafe { libc::getsockname(socket.as_raw_fd(), (&raw mut address).cast(), &raw mut length) };
    // The call cannot fail on an open socket; were it to, the interface counts as gone.
    debug_assert_eq!(answer, 0);
    Binding { index: address.sll_ifindex, hardware: address.sll_hatype }
}

/// Has the kernel cut a frame with an outer VLAN tag to [`TAGGED_REMAINDER`].
///
/// The kernel moves the tag out of the frame into metadata that a plain read does not give, so such a frame would look
/// untagged. Cutting instead of dropping lets the reader count them.
pub(crate) fn mark_tagged(socket: &OwnedFd) -> Result<(), IoError> {
    const TAG_PRESENT: u32 = (libc::SKF_AD_OFF + libc::SKF_AD_VLAN_TAG_PRESENT) as u32;
    const LOAD_BYTE: u16 = (libc::BPF_LD | libc::BPF_B | libc::BPF_ABS) as u16;
    const JUMP_IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const KEEP: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut program = [
        libc::sock_filter { code: LOAD_BYTE, jt: 0, jf: 0, k: TAG_PRESENT },
        libc::sock_filter { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: 0 },
        libc::sock_filter { code: KEEP, jt: 0, jf: 0, k: u32::MAX },
        libc::sock_filter { code: KEEP, jt: 0, jf: 0, k: TAGGED_REMAINDER as u32 },
    ];
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter)
        .map_err(|errno| IoError::System { doing: "attaching the VLAN filter".to_owned(), source: errno.into() })
}

fn turn_on(socket: &OwnedFd, option: c_int, name: &'static str, since: &'static str) -> Result<(), IoError> {
    set_option::<c_int>(socket, libc::SOL_PACKET, option, &1).map_err(|errno| match errno {
        Errno::ENOPROTOOPT => IoError::KernelLacks { option: name, since },
        errno => IoError::System { doing: format!("setting `{name}`"), source: errno.into() },
    })
}

fn set_option<T>(socket: &OwnedFd, level: c_int, option: c_int, value: &T) -> Result<(), Errno> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes from a live `T`; the one `T` that holds a pointer, `sock_fprog`, points to a
    // program of `len` instructions that outlives the call and that the kernel copies.
    let answer = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, from_ref(value).cast(), length) };
    Errno::result(answer).map(drop)
}
