//! The configuration of a cluster of tests.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    daemon,
    release::{Missing, Release},
};
use crate::fixture::Scratch;

/// Where an OSD keeps its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsdStore {
    /// In memory; gone with the process.
    Memory,
    /// Ceph's own store, in a sparse file.
    Blue,
}

/// What tests choose of a cluster.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// Whose daemons.
    pub release: Release,
    /// Where OSDs keep objects.
    pub store: OsdStore,
    /// How many OSDs.
    pub osds: usize,
    /// `osd_class_dir`.
    pub class_dir: PathBuf,
    /// `osd_class_load_list`.
    pub class_load_list: String,
    /// `osd_class_default_list`.
    pub class_default_list: String,
    /// Whether clients must prove who they are, without which capabilities mean nothing.
    pub cephx: bool,
    /// More lines for section `[osd]`.
    pub extra: String,
}

impl ClusterOptions {
    /// One OSD in memory, every class of `class_dir` allowed.
    ///
    /// # Errors
    /// [`Missing`] when this machine has no Ceph.
    pub fn new(class_dir: impl Into<PathBuf>) -> Result<Self, Missing> {
        Self::of(Release::Installed, class_dir)
    }

    /// The same with the daemons of `release`.
    ///
    /// # Errors
    /// [`Missing`] when this machine does not have them.
    pub fn of(release: Release, class_dir: impl Into<PathBuf>) -> Result<Self, Missing> {
        release.check()?;
        Ok(Self {
            release,
            store: OsdStore::Memory,
            osds: 1,
            class_dir: class_dir.into(),
            class_load_list: "*".into(),
            class_default_list: "*".into(),
            cephx: false,
            extra: String::new(),
        })
    }

    /// The same with another store and number of OSDs.
    #[must_use]
    pub fn on(mut self, store: OsdStore, osds: usize) -> Self {
        self.store = store;
        self.osds = osds;
        self
    }
}

/// Writes `ceph.conf`, and the directories it names.
pub(super) fn write(scratch: &Scratch, options: &ClusterOptions, port: u16) -> PathBuf {
    let root = scratch.path();
    for directory in ["mon", "run", "crash"] {
        let _ = scratch.dir(directory);
    }
    for id in 0..options.osds {
        let _ = scratch.dir(&format!("osd.{id}"));
    }
    let fsid = daemon::random_uuid();
    let monitor = format!("[v2:127.0.0.1:{port}]");
    make_monitor_map(root, &fsid, &monitor);
    scratch.file("ceph.conf", text(root, options, &fsid, &monitor))
}

/// Who is the monitor and where, for its own first start.
#[expect(clippy::disallowed_methods, reason = "runs Ceph's own tool")]
fn make_monitor_map(root: &Path, fsid: &str, monitor: &str) {
    let mut command = Command::new("monmaptool");
    command.args(["--create", "--fsid", fsid, "--addv", "a", monitor]);
    command.arg(root.join("monmap"));
    daemon::run_to_end(&mut command, &root.join("monmap.out"));
}

fn text(root: &Path, options: &ClusterOptions, fsid: &str, monitor: &str) -> String {
    let root = root.display();
    let auth = if options.cephx { "cephx" } else { "none" };
    let store = match options.store {
        OsdStore::Memory => "memstore",
        OsdStore::Blue => "bluestore",
    };
    let mut text = String::new();
    let mut section = |name: &str, lines: &[(&str, String)]| {
        let _ = writeln!(text, "[{name}]");
        for (key, value) in lines {
            let _ = writeln!(text, "{key} = {value}");
        }
    };
    let yes = || "true".to_owned();
    let mut global = vec![
        ("fsid", fsid.to_owned()),
        ("mon_host", monitor.to_owned()),
        ("public_addr", "127.0.0.1".into()),
        ("cluster_addr", "127.0.0.1".into()),
        ("auth_cluster_required", auth.into()),
        ("auth_service_required", auth.into()),
        ("auth_client_required", auth.into()),
        ("keyring", format!("{root}/keyring")),
        ("run_dir", format!("{root}/run")),
        ("admin_socket", format!("{root}/run/$name.$pid.asok")),
        ("crash_dir", format!("{root}/crash")),
        ("log_file", format!("{root}/$name.log")),
        ("mon_cluster_log_file", format!("{root}/cluster.log")),
        ("pid_file", String::new()),
        ("osd_crush_chooseleaf_type", "0".into()),
        ("osd_pool_default_size", "1".into()),
        ("osd_pool_default_min_size", "1".into()),
        ("osd_pool_default_pg_autoscale_mode", "off".into()),
        ("mon_allow_pool_size_one", yes()),
        // Ceph's own tests make pools and remove them.
        ("mon_allow_pool_delete", yes()),
    ];
    global.extend(
        options
            .release
            .library_directories()
            .into_iter()
            .flat_map(|directory| {
                [
                    ("plugin_dir", directory.display().to_string()),
                    (
                        "erasure_code_dir",
                        directory.join("erasure-code").display().to_string(),
                    ),
                ]
            }),
    );
    section("global", &global);
    section(
        "mon",
        &[
            ("mon_data", format!("{root}/mon")),
            // Every step of a young cluster is a round of the monitor's.
            ("paxos_propose_interval", "0.05".into()),
            // One witness is enough in a cluster of three.
            ("mon_osd_min_down_reporters", "1".into()),
            // A tester's disk may be nearly full.
            ("mon_data_avail_crit", "1".into()),
        ],
    );
    section(
        "osd",
        &[
            ("osd_data", format!("{root}/osd.$id")),
            ("keyring", format!("{root}/osd.$id/keyring")),
            ("osd_objectstore", store.into()),
            // Sparse: what is written counts.
            ("bluestore_block_size", (4_u64 << 30).to_string()),
            ("memstore_device_bytes", (4_u64 << 30).to_string()),
            // Stock 16.2.15 may replay a deferred write over a file of its own database after a kill ("Bad table
            // magic number"), whatever wrote it. Tests of kills are about objects, so nothing is deferred.
            ("bluestore_prefer_deferred_size_hdd", "0".into()),
            ("bluestore_prefer_deferred_size_ssd", "0".into()),
            ("osd_memory_target", (1_u64 << 30).to_string()),
            ("osd_class_dir", options.class_dir.display().to_string()),
            ("osd_class_load_list", options.class_load_list.clone()),
            ("osd_class_default_list", options.class_default_list.clone()),
        ],
    );
    let _ = writeln!(text, "{}", options.extra);
    // A client waits for ten seconds before it asks whether an OSD is somewhere else now.
    text.push_str(
        "[client]\nlog_file =\nadmin_socket =\nrados_mon_op_timeout = 30\nrados_osd_op_timeout = 60\n\
         objecter_tick_interval = 0.5\nobjecter_timeout = 1\n",
    );
    text
}

/// Keys for the monitor and the administrator.
#[expect(clippy::disallowed_methods, reason = "runs Ceph's own tool")]
pub(super) fn write_keyring(file: &Path) {
    let keys: [&[&str]; 2] = [
        &[
            "--create-keyring",
            "--name=client.admin",
            "--cap",
            "mon",
            "allow *",
            "--cap",
            "osd",
            "allow *",
        ],
        &["--name=mon.", "--cap", "mon", "allow *"],
    ];
    for arguments in keys {
        let mut command = Command::new("ceph-authtool");
        command.arg(file).arg("--gen-key").args(arguments);
        daemon::run_to_end(&mut command, &file.with_extension("out"));
    }
}
