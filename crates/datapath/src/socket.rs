//! The raw socket behind a link, prepared so that frames come and go undamaged on a bridge.
//!
//! Everything that only libc can do stands here, and so does all the `unsafe` of the project: reading and setting socket
//! options that have no safe wrapper. The options are those of packet(7).

#![expect(unsafe_code, reason = "only libc sets these options")]

use std::ffi::c_int;
use std::mem::size_of;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::from_ref;

use nix::errno::Errno;
use nix::net::if_::{if_nameindex, if_nametoindex};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socket, sockopt};

use crate::IoError;
use crate::near::nearest;

/// Bytes of frames that may wait to be polled. With the default of about 200 KiB a busy neighbour on the same core costs
/// a fifth of all frames.
const RECEIVE_BUFFER: usize = 16 << 20;

/// Bytes of frames that may wait in the device. The default holds three frames of 64 KiB.
const SEND_BUFFER: usize = 4 << 20;

/// Ethernet bytes that the filter leaves of a frame with an outer VLAN tag. No whole frame is that short.
pub(crate) const TAGGED_REMAINDER: usize = 1;

/// The number of an interface, or an error that names those that exist.
pub(crate) fn find_interface(name: &str) -> Result<u32, IoError> {
    if_nametoindex(name).map_err(|_| {
        let names = if_nameindex().map_or_else(
            |_| Vec::new(),
            |all| all.iter().map(|interface| interface.name().to_string_lossy().into_owned()).collect(),
        );
        IoError::NoInterface { name: name.to_owned(), near: nearest(name, names) }
    })
}

/// An AF_PACKET socket with all options set and not yet bound, so that it sees no frame before its filter stands.
pub(crate) fn open_prepared() -> Result<OwnedFd, IoError> {
    // Protocol 0 receives nothing; the protocol comes with the bind.
    let socket =
        socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None).map_err(|errno| match errno {
            Errno::EPERM | Errno::EACCES => NO_RAW,
            errno => IoError::System { doing: "opening a raw socket".to_owned(), source: errno.into() },
        })?;
    mark_tagged(&socket)?;
    for option in &PACKET_OPTIONS {
        option.turn_on(&socket)?;
    }
    setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).map_err(buffer_fault)?;
    setsockopt(&socket, sockopt::SndBufForce, &SEND_BUFFER).map_err(buffer_fault)?;
    Ok(socket)
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

const NO_RAW: IoError = IoError::NoPrivilege { capability: "CAP_NET_RAW", purpose: "opening a raw socket" };

struct PacketOption {
    option: c_int,
    name: &'static str,
    since: &'static str,
}

const PACKET_OPTIONS: [PacketOption; 3] = [
    // Frames come and go with their offload metadata, so that an unfinished checksum stays one.
    PacketOption { option: libc::PACKET_VNET_HDR, name: "PACKET_VNET_HDR", since: "2.6.28" },
    // What we send is not ours to judge.
    PacketOption { option: libc::PACKET_IGNORE_OUTGOING, name: "PACKET_IGNORE_OUTGOING", since: "4.20" },
    PacketOption { option: libc::PACKET_QDISC_BYPASS, name: "PACKET_QDISC_BYPASS", since: "3.14" },
];

impl PacketOption {
    fn turn_on(&self, socket: &OwnedFd) -> Result<(), IoError> {
        set_option::<c_int>(socket, libc::SOL_PACKET, self.option, &1).map_err(|errno| match errno {
            Errno::ENOPROTOOPT => IoError::KernelLacks { option: self.name, since: self.since },
            errno => IoError::System { doing: format!("setting `{}`", self.name), source: errno.into() },
        })
    }
}

/// Has the kernel cut a frame with an outer VLAN tag to [`TAGGED_REMAINDER`].
///
/// The kernel moves the tag out of the frame into metadata that a plain read does not give, so such a frame would look
/// untagged. Cutting instead of dropping lets the reader count them.
fn mark_tagged(socket: &OwnedFd) -> Result<(), IoError> {
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

fn buffer_fault(errno: Errno) -> IoError {
    match errno {
        Errno::EPERM => {
            IoError::NoPrivilege { capability: "CAP_NET_ADMIN", purpose: "giving a raw socket a large buffer" }
        }
        errno => IoError::System { doing: "giving a raw socket a large buffer".to_owned(), source: errno.into() },
    }
}

fn set_option<T>(socket: &OwnedFd, level: c_int, option: c_int, value: &T) -> Result<(), Errno> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes from a live `T`; the one `T` that holds a pointer, `sock_fprog`, points to a
    // program of `len` instructions that outlives the call and that the kernel copies.
    let answer = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, from_ref(value).cast(), length) };
    Errno::result(answer).map(drop)
}
