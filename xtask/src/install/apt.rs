//! Packages of other releases of Debian, fetched and checked by apt with a configuration of its own, which leaves the
//! machine's packages alone.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask writes apt's configuration"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::run::{TaskResult, command, exists, run};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether packages can be fetched here; where everything has to be there, on CI, they must be.
pub(super) fn can_fetch(what: &str) -> TaskResult<bool> {
    let debian = exists("apt-get") && exists("dpkg-deb") && Path::new(KEYRING).exists();
    if debian && std::env::consts::ARCH == "x86_64" {
        return Ok(true);
    }
    let why = format!("{what}: Debian's for amd64, got with apt-get, dpkg-deb and {KEYRING}");
    if std::env::var_os("CI").is_some() {
        return Err(why.into());
    }
    eprintln!("LEFT OUT: {why}; tests that need them will be left out");
    Ok(false)
}

/// An apt that knows one release of Debian and writes below one directory only.
#[derive(Debug)]
pub(super) struct PrivateApt {
    directory: PathBuf,
    configuration: PathBuf,
}

impl PrivateApt {
    /// For a release such as `trixie`; its lists are read.
    pub(super) fn of(release: &str, directory: &Path) -> TaskResult<Self> {
        for below in [
            "lists/partial",
            "archives/partial",
            "etc/apt.conf.d",
            "etc/preferences.d",
        ] {
            fs::create_dir_all(directory.join(below))?;
        }
        fs::write(directory.join("status"), "")?;
        fs::write(
            directory.join("etc/sources.list"),
            format!("deb [signed-by={KEYRING}] http://deb.debian.org/debian {release} main\n"),
        )?;
        let configuration = directory.join("apt.conf");
        let below = directory.display();
        // apt drops root to a user who may not be able to write here. A mirror may be behind by weeks: what is signed is
        // good enough to test with.
        fs::write(
            &configuration,
            format!(
                "Dir::Etc \"{below}/etc\";\nDir::Etc::sourcelist \"sources.list\";\nDir::Etc::sourceparts \"-\";\n\
                 Dir::State::lists \"{below}/lists\";\nDir::State::status \"{below}/status\";\n\
                 Dir::Cache \"{below}\";\nDir::Cache::archives \"{below}/archives\";\n\
                 APT::Architecture \"amd64\";\nAPT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n\
                 Acquire::Check-Valid-Until \"false\";\n"
            ),
        )?;
        let apt = Self {
            directory: directory.to_owned(),
            configuration,
        };
        run(&mut apt.get(&["update"]))?;
        Ok(apt)
    }

    /// `apt-get` with this configuration.
    pub(super) fn get(&self, arguments: &[&str]) -> Command {
        let mut apt = command("apt-get");
        apt.arg("--quiet")
            .args(arguments)
            .env("APT_CONFIG", &self.configuration)
            .current_dir(&self.directory);
        apt
    }

    /// Where packages lie that were fetched to be installed.
    pub(super) fn archives(&self) -> PathBuf {
        self.directory.join("archives")
    }
}
