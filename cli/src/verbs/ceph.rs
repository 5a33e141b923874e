//! `ceph`: what can be done in the class directory of this machine's OSDs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum CephVerb {
    /// Install engine, classes and their stubs, or bring them up to date
    ///
    /// Installs every class in the class directories (--class-dir, --lua-class-dir and --wasm-class-dir) that
    /// loads. Files are written beside their place and renamed, so it may run while OSDs do. A class is left out when a file of its
    /// name is there that is not ours. Those that Ceph's own services call, such as `lock`, are replaced only one by one
    /// (--replace).
    #[command(after_help = "\
Examples:
  radula ceph install --dry-run
  radula ceph install
  radula ceph install --lua-class-dir ./classes --only counter
  radula ceph install --only lua --force          Radula's class lua instead of Ceph's
  radula ceph install --replace lock              Radula's class lock too, which block devices and gateways call")]
    Install(InstallArgs),
    /// Print what is installed, what was changed since, and the classes of others
    #[command(after_help = "\
Exit status: 0 all is as installed, or nothing is; 1 something is missing, changed or half done.

Examples:
  radula ceph status
  radula ceph status --json")]
    Status(DestArgs),
    /// Remove what was installed, and put back what it replaced
    #[command(after_help = "Examples:\n  radula ceph uninstall")]
    Uninstall(UninstallArgs),
}

#[derive(Args, Debug)]
pub(crate) struct DestArgs {
    /// The OSDs' class directory (osd_class_dir); by default where Ceph's packages have it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dest: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    pub(crate) dest: DestArgs,
    /// The engine, libradula_ceph.so; by default the one beside this command
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) engine: Option<PathBuf>,
    /// The stub, libcls_stub.so; by default the one beside this command
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) stub: Option<PathBuf>,
    /// The configuration of the OSDs' engine, put in place as radula/radula.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) osd_config: Option<PathBuf>,
    /// Only this class; repeatable
    #[arg(long, value_name = "CLASS")]
    pub(crate) only: Vec<String>,
    /// Put this class in the place of Ceph's own, which is kept beside; repeatable. OSDs that have the old one open answer with
    /// it until they start anew
    #[arg(long, value_name = "CLASS")]
    pub(crate) replace: Vec<String>,
    /// Replace files that are not ours, and keep them beside as NAME.radula-saved
    #[arg(long)]
    pub(crate) force: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    pub(crate) dest: DestArgs,
    /// Also remove files that were changed since they were installed
    #[arg(long)]
    pub(crate) force: bool,
}
