//! What a compiler may ask of the kernel while it compiles: memory, and to write its answer.
//!
//! A module is made by the author of the class, and a compiler is a large program. Should one deceive the other, it is held
//! here: no file can be opened, nothing sent, no process started or signalled. Ceilings of time and memory are set before.

use std::{collections::BTreeMap, io};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Calls of the system that compiling makes, and those an allocator or a panic makes. Anything else ends the process.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Holds the calling thread, which is the only one of a compiler, to [`ALLOWED`]. There is no way back.
///
/// # Errors
/// The kernel has no filters.
pub(super) fn apply() -> io::Result<()> {
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(io::Error::other)?;
    let rules: BTreeMap<i64, Vec<_>> = ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        arch,
    )
    .map_err(io::Error::other)?;
    let program = BpfProgram::try_from(filter).map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test is its own child process, which tries what is forbidden"
)]
mod tests {
    use std::{
        os::unix::process::ExitStatusExt as _,
        process::{Command, ExitStatus},
    };

    use super::*;

    /// Says to this test's own process, started again, that it is the child.
    const CHILD: &str = "RADULA_TEST_FILTERED_CHILD";

    /// Runs the test `name` of this file in a process of its own, with `what` for it to do.
    fn child(name: &str, what: &str) -> ExitStatus {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(format!("compile::filter::tests::{name}"))
            .env(CHILD, what)
            .output()
            .unwrap()
            .status
    }

    #[test]
    fn a_compiler_that_asks_for_anything_else_is_ended() {
        let name = "a_compiler_that_asks_for_anything_else_is_ended";
        match std::env::var(CHILD).as_deref() {
            Err(_) => {
                for what in ["file", "socket", "process"] {
                    let status = child(name, what);
                    assert_eq!(status.signal(), Some(libc::SIGSYS), "{what}: {status}");
                }
                let status = child(name, "memory");
                assert_eq!(status.code(), Some(7), "{status}");
                let status = child(name, "unfiltered");
                assert_eq!(status.code(), Some(7), "{status}");
            }
            Ok("unfiltered") => {
                drop(std::fs::File::open("/dev/null"));
                std::process::exit(7);
            }
            Ok(what) => {
                apply().unwrap();
                match what {
                    "file" => drop(std::fs::File::open("/dev/null")),
                    "socket" => drop(std::os::unix::net::UnixDatagram::unbound()),
                    "process" => drop(Command::new("/bin/true").spawn()),
                    _ => {
                        let bytes = std::hint::black_box(vec![1_u8; 64 << 20]);
                        std::process::exit(i32::from(bytes[9]) + 6);
                    }
                }
                std::process::exit(8);
            }
        }
    }
}
