//! What Ceph itself puts into the class directory.

/// Where Debian and others have `osd_class_dir`, in the order to look.
pub const DEFAULT_DIRECTORIES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/rados-classes",
    "/usr/lib/aarch64-linux-gnu/rados-classes",
    "/usr/lib64/rados-classes",
    "/usr/lib/rados-classes",
];

/// Classes of Ceph's releases 15 to 19 that its own services call. One that does not answer as they expect breaks
/// block devices, gateways or file systems. `hello` is an example and `lua` is what Radula replaces, so they are not here.
const IN_USE: &[&str] = &[
    "2pc_queue",
    "cas",
    "cephfs",
    "cmpomap",
    "fifo",
    "journal",
    "kvs",
    "lock",
    "log",
    "numops",
    "otp",
    "queue",
    "rbd",
    "refcount",
    "remote_reads",
    "rgw",
    "rgw_gc",
    "sdk",
    "sem_set",
    "statelog",
    "test_remote_reads",
    "timeindex",
    "user",
    "version",
];

/// Whether Ceph's own services call a class of this name, so that nothing takes its place unasked.
#[must_use]
pub fn is_stock(class: &str) -> bool {
    IN_USE.contains(&class)
}
