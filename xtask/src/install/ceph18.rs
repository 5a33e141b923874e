//! Ceph 18.2 beside whatever Ceph this machine has: its daemons, its classes and its own test programs.
//!
//! Debian 12 has Ceph 16.2 without the test programs. The packages of Debian 13 are fetched by apt with a
//! configuration of its own, which leaves the machine's packages alone, checked by apt, and unpacked into the target
//! directory together with every library they need. With their own dynamic loader they run anywhere.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask puts fetched files in place and asks whether they run"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::apt::{self, PrivateApt};
use crate::run::{TaskResult, run, target_dir};

/// What is unpacked, and with it the key to whether an earlier unpacking still serves.
const PACKAGES: &[&str] = &[
    // The daemons, their plugins and classes, and Ceph's tests.
    "ceph-base",
    "ceph-mon",
    "ceph-osd",
    "ceph-test",
    "librados2",
    "libradosstriper1",
    // What they are linked against, loader and C library included.
    "libaio1t64",
    "libblkid1",
    "libboost-iostreams1.83.0",
    "libboost-thread1.83.0",
    "libbz2-1.0",
    "libc6",
    "libcap2",
    "libdaxctl1",
    "libfmt10",
    "libfuse3-4",
    "libgcc-s1",
    "libgoogle-perftools4t64",
    "libibverbs1",
    "libkmod2",
    "liblz4-1",
    "liblzma5",
    "libndctl6",
    "libnl-3-200",
    "libnl-route-3-200",
    "libpmem1",
    "librdmacm1t64",
    "libsnappy1v5",
    "libssl3t64",
    "libstdc++6",
    "libudev1",
    "libunwind8",
    "liburing2",
    "libuuid1",
    "libxxhash0",
    "libzstd1",
    "zlib1g",
];

/// Programs that must run afterwards.
const PROGRAMS: &[&str] = &[
    "ceph-mon",
    "ceph-osd",
    "ceph_test_cls_lua",
    "ceph_test_rados_api_io_pp",
    "ceph_test_rados_striper_api_io",
];

/// Of Ceph's test programs, those that tests run.
const TESTS: &[&str] = &[
    "./usr/bin/ceph_test_cls_2pc_queue",
    "./usr/bin/ceph_test_cls_cas",
    "./usr/bin/ceph_test_cls_cmpomap",
    "./usr/bin/ceph_test_cls_journal",
    "./usr/bin/ceph_test_cls_lock",
    "./usr/bin/ceph_test_cls_log",
    "./usr/bin/ceph_test_cls_lua",
    "./usr/bin/ceph_test_cls_numops",
    "./usr/bin/ceph_test_cls_refcount",
    "./usr/bin/ceph_test_cls_sdk",
    "./usr/bin/ceph_test_rados",
    "./usr/bin/ceph_test_rados_*",
];

/// Unpacks it into `target/tools/ceph-18`, unless that was done.
pub(super) fn install() -> TaskResult {
    let tools = target_dir().join("tools");
    let (root, fetched) = (tools.join("ceph-18"), tools.join("ceph-18.fetched"));
    let stamp = root.join("unpacked");
    let wanted = [PACKAGES, TESTS].concat().join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|unpacked| unpacked == wanted) {
        return Ok(());
    }
    if !apt::can_fetch("Ceph 18.2 and its test programs")? {
        return Ok(());
    }
    for directory in [&root, &fetched] {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        fs::create_dir_all(directory)?;
    }
    let apt = PrivateApt::of("trixie", &fetched)?;
    run(apt.get(&["download"]).args(PACKAGES))?;
    for entry in fs::read_dir(&fetched)? {
        let package = entry?.path();
        if package.extension().is_some_and(|kind| kind == "deb") {
            unpack(&package, &root)?;
        }
    }
    for program in PROGRAMS {
        check(&root, program)?;
    }
    fs::remove_dir_all(&fetched)?;
    fs::write(&stamp, wanted)?;
    Ok(())
}

/// Unpacks programs and libraries; nothing else of a package is used. Of the test programs only those that tests run.
fn unpack(package: &Path, root: &Path) -> TaskResult {
    let mut tar = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()?;
    let files = tar.stdout.take().ok_or("dpkg-deb has no output")?;
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    let wanted = if name.starts_with("ceph-test_") {
        [&["--wildcards"], TESTS].concat()
    } else {
        vec![
            "--exclude=./usr/share",
            "--exclude=./etc",
            "--exclude=./var",
        ]
    };
    let unpacked = Command::new("tar")
        .args(["--extract", "--directory"])
        .arg(root)
        .args(wanted)
        .stdin(files)
        .status()?;
    if tar.wait()?.success() && unpacked.success() {
        Ok(())
    } else {
        Err(format!("{name} cannot be unpacked").into())
    }
}

/// Whether a program finds all its libraries, and none of this machine's.
fn check(root: &Path, program: &str) -> TaskResult {
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    let output = Command::new(root.join("usr/lib64/ld-linux-x86-64.so.2"))
        .args(["--inhibit-cache", "--library-path"])
        .arg(format!(
            "{}:{}",
            libraries.display(),
            libraries.join("ceph").display()
        ))
        .arg("--list")
        .arg(root.join("usr/bin").join(program))
        .output()?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let foreign: Vec<&str> = listed
        .lines()
        .filter(|line| line.contains("=>") && !line.contains(&*root.to_string_lossy()))
        .collect();
    if output.status.success() && foreign.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{program} of Ceph 18.2 lacks a library; add its package to the list: {}{}",
        foreign.join(", "),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
