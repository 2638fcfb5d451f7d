//! The system calls that are left (seccomp(2)), as two lists: of the whole enforcer, and of a thread with frames.
//!
//! The lists are for Rust's threads, memory and files, the links (netlink), the sockets on
//! them, the controller (TCP, and the resolver of the C library), and local sockets. What starts a program is on none.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// Frames in and out, sleep, memory, time, orders from the daemon, a log line, a panic with its backtrace, and the end of a
/// thread. `openat` is looked at more closely.
const FRAMES: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Rust's debug builds look at what they close.
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getcwd,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_prctl,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
];

/// What the other threads do besides. `clone` and `socket` are looked at more closely.
const BESIDES: &[i64] = &[
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_clone3,
    libc::SYS_connect,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_eventfd2,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpeername,
    libc::SYS_getrusage,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_inotify_add_watch,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_rm_watch,
    libc::SYS_ioctl,
    libc::SYS_listen,
    libc::SYS_membarrier,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_prlimit64,
    libc::SYS_pwrite64,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_seccomp,
    libc::SYS_set_tid_address,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_socketpair,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_umask,
    libc::SYS_uname,
    libc::SYS_unlinkat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
];

/// The families of sockets (address_families(7)).
const FAMILIES: [i32; 5] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET];

/// Leaves all threads of this process what an enforcer calls. A kernel without the layer is said.
///
/// # Errors
/// The kernel has seccomp and refuses, or there is no list for this processor.
pub(super) fn allow_enforcing() -> anyhow::Result<()> {
    let whole = || -> seccompiler::Result<()> {
        let mut calls = plain(FRAMES.iter().chain(BESIDES));
        calls.insert(libc::SYS_openat, Vec::new());
        calls.insert(libc::SYS_clone, vec![threads_alone()?]);
        calls.insert(libc::SYS_socket, FAMILIES.into_iter().map(of_family).collect::<Result<_, _>>()?);
        let list = compile(calls, SeccompAction::KillProcess, SeccompAction::Allow)?;
        // What `clone3` makes stands in memory, where no filter looks. Told that there is none, the C library falls back
        // to `clone`.
        let missing = SeccompAction::Errno(libc::ENOSYS as u32);
        let no_clone3 = compile(plain(&[libc::SYS_clone3]), SeccompAction::Allow, missing)?;
        seccompiler::apply_filter_all_threads(&no_clone3)?;
        seccompiler::apply_filter_all_threads(&list)
    };
    match whole() {
        Err(seccompiler::Error::Seccomp(error)) if is_absent(&error) => {
            tracing::warn!("this kernel has no seccomp (`CONFIG_SECCOMP_FILTER`): all system calls are left");
            Ok(())
        }
        Err(error) => Err(anyhow::anyhow!("cannot limit system calls: {error}; `--sandbox off` goes without")),
        Ok(()) => Ok(()),
    }
}

/// Leaves the calling thread what frames need.
///
/// # Errors
/// The kernel refuses.
pub(super) fn allow_frames() -> seccompiler::Result<()> {
    let mut calls = plain(FRAMES);
    calls.insert(libc::SYS_openat, vec![reading_alone()?]);
    let list = compile(calls, SeccompAction::KillProcess, SeccompAction::Allow)?;
    seccompiler::apply_filter(&list)
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Calls whose arguments do not matter.
fn plain<'a>(calls: impl IntoIterator<Item = &'a i64>) -> Rules {
    calls.into_iter().map(|call| (*call, Vec::new())).collect()
}

fn threads_alone() -> seccompiler::Result<SeccompRule> {
    let thread = libc::CLONE_THREAD as u64;
    let same = SeccompCmpOp::MaskedEq(thread);
    Ok(SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Qword, same, thread)?])?)
}

/// The C library looks into `/proc/sys/vm/overcommit_memory` before it gives memory back, and a panic at what it prints.
fn reading_alone() -> seccompiler::Result<SeccompRule> {
    let changing = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) as u64;
    let reading = SeccompCmpOp::MaskedEq(changing);
    Ok(SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, reading, libc::O_RDONLY as u64)?])?)
}

fn of_family(family: i32) -> seccompiler::Result<SeccompRule> {
    let family = u64::from(family.unsigned_abs());
    Ok(SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, family)?])?)
}

fn compile(rules: Rules, others: SeccompAction, these: SeccompAction) -> seccompiler::Result<BpfProgram> {
    let processor = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(rules, others, these, processor)?.try_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    /// Says to a child of the test below what to do under which list.
    const TASK: &str = "PORTCULLIS_TEST_TASK";

    #[test]
    #[ignore = "run by the test below, in a process of its own"]
    fn task() {
        allow_enforcing().unwrap();
        let task = std::env::var(TASK).unwrap();
        let work = move || match task.as_str() {
            "start a program" => drop(Command::new("/bin/true").status()),
            "start a thread" => std::thread::spawn(|| {}).join().unwrap(),
            "open another family" => {
                use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
                drop(socket(AddressFamily::Vsock, SockType::Stream, SockFlag::empty(), None));
            }
            "read with frames" => {
                allow_frames().unwrap();
                drop(std::fs::File::open("/dev/null").unwrap());
            }
            "write with frames" => {
                allow_frames().unwrap();
                drop(std::fs::File::create("/dev/null"));
            }
            "listen with frames" => {
                allow_frames().unwrap();
                drop(std::net::TcpListener::bind("127.0.0.1:0"));
            }
            other => panic!("nobody knows how to {other}"),
        };
        std::thread::spawn(work).join().unwrap();
    }

    fn check(task: &str, expect: Option<i32>) {
        let own = std::env::current_exe().unwrap();
        let child =
            Command::new(own).args(["--exact", "--ignored", "sandbox::calls::tests::task"]).env(TASK, task).output();
        let child = child.unwrap();
        assert_eq!(child.status.signal(), expect, "{task}: {child:?}");
        assert!(expect.is_some() || child.status.success(), "{task}: {child:?}");
    }

    #[test]
    fn a_call_that_is_on_no_list_ends_the_process() {
        let killed = Some(libc::SIGSYS);
        check("start a thread", None);
        check("start a program", killed);
        check("open another family", killed);
        check("read with frames", None);
        check("write with frames", killed);
        check("listen with frames", killed);
    }
}
