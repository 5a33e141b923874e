//! Every path of an installation, in a directory of its own.
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]

mod interrupted;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use runtime::{Kind, LUA, NATIVE, WASM};
use tempfile::TempDir;

use crate::{
    ClassFile, FileState, FileStatus, InstallError, Installation, Outcome, install, status,
    uninstall,
};

/// A class directory with two files of Ceph's, and what is installed from.
pub(super) struct Place {
    scratch: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let place = Self {
            scratch: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(place.root()).unwrap();
        place.write("osd/libcls_hello.so", b"\x7fELF stock hello");
        place.write("osd/libcls_lua.so.1.0.0", b"\x7fELF stock lua");
        symlink("libcls_lua.so.1.0.0", place.root().join("libcls_lua.so")).unwrap();
        place.write("engine", b"\x7fELF radula_ceph_register one");
        place.write("stub", b"\x7fELF radula-ceph-stub/1");
        place
    }

    pub(super) fn root(&self) -> PathBuf {
        self.scratch.path().join("osd")
    }

    pub(super) fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.scratch.path().join(name), content).unwrap();
    }

    pub(super) fn wanted(&self, classes: &[(&str, Option<Kind>)]) -> Installation {
        let class = |(name, kind): &(&str, Option<Kind>)| ClassFile {
            name: (*name).to_owned(),
            kind: *kind,
            content: match kind {
                None => Vec::new(),
                _ => format!("class {name}").into_bytes(),
            },
            is_named: false,
            replaces: false,
        };
        Installation {
            destination: self.root(),
            engine: self.scratch.path().join("engine"),
            stub: self.scratch.path().join("stub"),
            classes: classes.iter().map(class).collect(),
            config: None,
            force: false,
            dry_run: false,
        }
    }

    /// Everything in the class directory: content, or where a link leads.
    pub(super) fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        gather(&self.root(), &self.root(), &mut found);
        found
    }

    pub(super) fn text(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.root().join(name)).unwrap()).unwrap()
    }
}

fn gather(root: &Path, directory: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let kind = fs::symlink_metadata(&path).unwrap();
        if kind.is_symlink() {
            let target = fs::read_link(&path).unwrap().display().to_string();
            found.insert(name, format!("-> {target}").into_bytes());
        } else if kind.is_dir() {
            found.insert(name, b"directory".to_vec());
            gather(root, &path, found);
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

pub(super) const CLASSES: &[(&str, Option<Kind>)] = &[
    ("hellolua", Some(LUA)),
    ("counter", Some(NATIVE)),
    ("wasmy", Some(WASM)),
];

#[test]
fn an_installation_lies_as_the_plugin_expects_it() {
    let place = Place::new();
    let report = install(&place.wanted(CLASSES)).unwrap();
    assert!(
        report
            .parts
            .iter()
            .all(|part| part.outcome == Outcome::Installed)
    );
    assert!(report.left.is_empty());
    assert_eq!(
        place.text("radula/classes/lua/cls_hellolua.lua"),
        "class hellolua"
    );
    assert_eq!(
        place.text("radula/classes/native/libcls_counter.so"),
        "class counter"
    );
    assert_eq!(
        place.text("radula/classes/wasm/cls_wasmy.wasm"),
        "class wasmy"
    );
    assert!(
        place
            .text("radula/libradula_ceph.so")
            .contains("radula_ceph_register")
    );
    for stub in ["hellolua", "counter", "wasmy", "radula/libcls_methods"] {
        let stub = place.root().join(format!("libcls_{stub}.so"));
        assert_eq!(fs::read(&stub).unwrap(), b"\x7fELF radula-ceph-stub/1");
        let found = fs::symlink_metadata(&stub).unwrap();
        // Copies, whole inodes each, for everybody to read and for the owner to change.
        assert!(found.is_file() && std::os::unix::fs::MetadataExt::nlink(&found) == 1);
        assert_eq!(found.permissions().mode() & 0o777, 0o644);
    }
}

#[test]
fn installing_again_changes_no_file() {
    let place = Place::new();
    install(&place.wanted(CLASSES)).unwrap();
    let inode = |name: &str| {
        std::os::unix::fs::MetadataExt::ino(&fs::metadata(place.root().join(name)).unwrap())
    };
    let before = [
        "libcls_counter.so",
        "radula/manifest.json",
        "radula/libradula_ceph.so",
    ]
    .map(inode);
    let report = install(&place.wanted(CLASSES)).unwrap();
    assert!(
        report
            .parts
            .iter()
            .all(|part| part.outcome == Outcome::Unchanged)
    );
    let after = [
        "libcls_counter.so",
        "radula/manifest.json",
        "radula/libradula_ceph.so",
    ]
    .map(inode);
    assert_eq!(before, after);
}

#[test]
fn a_changed_library_is_a_new_file_and_the_mapped_one_stays() {
    let place = Place::new();
    install(&place.wanted(CLASSES)).unwrap();
    // An OSD keeps the old file by its inode; writing into it changes the code under the OSD.
    let mapped = fs::File::open(place.root().join("radula/libradula_ceph.so")).unwrap();
    place.write("engine", b"\x7fELF radula_ceph_register two");
    let report = install(&place.wanted(CLASSES)).unwrap();
    let replaced: Vec<_> = report
        .parts
        .iter()
        .filter(|part| part.outcome == Outcome::Replaced)
        .map(|part| &*part.path)
        .collect();
    assert_eq!(replaced, ["radula/libradula_ceph.so"]);
    let mut old = String::new();
    std::io::Read::read_to_string(&mut &mapped, &mut old).unwrap();
    assert!(old.ends_with("one"));
    assert!(place.text("radula/libradula_ceph.so").ends_with("two"));
}

#[test]
fn a_class_no_longer_wanted_goes_with_its_stub() {
    let place = Place::new();
    install(&place.wanted(CLASSES)).unwrap();
    let report = install(&place.wanted(&CLASSES[..1])).unwrap();
    let removed = report
        .parts
        .iter()
        .filter(|part| part.outcome == Outcome::Removed);
    assert_eq!(removed.count(), 4);
    let content = place.content();
    assert!(!content.contains_key("libcls_counter.so"));
    assert!(!content.contains_key("radula/classes/native/libcls_counter.so"));
    assert!(content.contains_key("libcls_hellolua.so"));
}

#[test]
fn removal_leaves_the_directory_as_it_was() {
    let place = Place::new();
    let before = place.content();
    install(&place.wanted(CLASSES)).unwrap();
    let removal = uninstall(&place.root(), false).unwrap();
    assert!(removal.left.is_empty() && removal.put_back.is_empty());
    assert_eq!(place.content(), before);
    assert!(matches!(
        uninstall(&place.root(), false),
        Err(InstallError::NotInstalled { .. })
    ));
}

#[test]
fn a_class_found_by_chance_gives_way_to_a_file_of_others_and_a_named_one_is_refused() {
    let place = Place::new();
    let before = place.content();
    let mut wanted = place.wanted(&[("hello", Some(NATIVE)), ("lua", None)]);
    wanted.classes[0].is_named = true;
    match install(&wanted).unwrap_err() {
        InstallError::Foreign { paths } => {
            assert_eq!(paths, [place.root().join("libcls_hello.so")])
        }
        other => panic!("{other}"),
    }
    assert_eq!(place.content(), before, "refused before anything was done");
    wanted.classes[0].is_named = false;
    let report = install(&wanted).unwrap();
    let left: Vec<_> = report.left.iter().map(|left| &*left.class).collect();
    assert_eq!(left, ["hello", "lua"]);
    assert_eq!(
        fs::read(place.root().join("libcls_hello.so")).unwrap(),
        b"\x7fELF stock hello"
    );
    assert!(
        !place
            .content()
            .contains_key("radula/classes/native/libcls_hello.so")
    );
}

#[test]
fn what_force_replaces_is_kept_and_put_back() {
    let place = Place::new();
    let before = place.content();
    let mut wanted = place.wanted(&[("hello", Some(NATIVE)), ("lua", None)]);
    wanted.force = true;
    let report = install(&wanted).unwrap();
    assert!(report.left.is_empty());
    let saved: Vec<_> = report
        .parts
        .iter()
        .filter_map(|part| part.saved.as_deref())
        .collect();
    assert_eq!(
        saved,
        ["libcls_hello.so.radula-saved", "libcls_lua.so.radula-saved"]
    );
    assert_eq!(
        fs::read_link(place.root().join("libcls_lua.so.radula-saved")).unwrap(),
        Path::new("libcls_lua.so.1.0.0")
    );
    assert_eq!(
        fs::read(place.root().join("libcls_lua.so")).unwrap(),
        b"\x7fELF radula-ceph-stub/1"
    );
    // What the link led to was not written through.
    assert_eq!(place.text("libcls_lua.so.1.0.0"), "\x7fELF stock lua");
    // Again, and without force: the places are ours now.
    wanted.force = false;
    install(&wanted).unwrap();
    let removal = uninstall(&place.root(), false).unwrap();
    assert_eq!(removal.put_back, ["libcls_hello.so", "libcls_lua.so"]);
    assert_eq!(place.content(), before);
}

#[test]
fn the_classes_ceph_lives_on_are_not_replaced_by_force() {
    let place = Place::new();
    let mut wanted = place.wanted(&[("rbd", Some(LUA))]);
    wanted.force = true;
    assert_eq!(install(&wanted).unwrap().left.len(), 1);
    assert!(!place.content().contains_key("libcls_rbd.so"));
    wanted.classes[0].is_named = true;
    assert!(matches!(install(&wanted), Err(InstallError::Stock { class }) if class == "rbd"));
}

#[test]
fn a_class_ceph_lives_on_is_replaced_on_request_and_put_back() {
    let place = Place::new();
    place.write("osd/libcls_lock.so.1.0.0", b"\x7fELF stock lock");
    symlink("libcls_lock.so.1.0.0", place.root().join("libcls_lock.so")).unwrap();
    let before = place.content();
    let mut wanted = place.wanted(&[("lock", Some(LUA)), ("hello", Some(LUA))]);
    wanted.classes[0].replaces = true;
    let report = install(&wanted).unwrap();
    let left: Vec<_> = report.left.iter().map(|left| &left.class).collect();
    assert_eq!(left, ["hello"], "what was not asked for stays");
    let who = || {
        let found = status(&place.root()).unwrap();
        let of_class = |class: &str| {
            let mut files = found.files.iter();
            let file = files.find(|file| file.class() == Some(class));
            file.and_then(FileStatus::answers)
        };
        (of_class("lock"), of_class("hello"))
    };
    assert_eq!(who(), (Some("radula"), Some("others")));
    assert_eq!(
        place.content()["libcls_lock.so.radula-saved"],
        b"-> libcls_lock.so.1.0.0"
    );
    uninstall(&place.root(), false).unwrap();
    assert_eq!(place.content(), before);
    assert_eq!(who(), (Some("others"), Some("others")));
}

#[test]
fn a_newer_file_of_others_in_our_place_is_not_taken_away() {
    let place = Place::new();
    let mut wanted = place.wanted(&[("hello", Some(NATIVE))]);
    wanted.force = true;
    install(&wanted).unwrap();
    // As an upgrade of Ceph's packages would.
    place.write("osd/libcls_hello.so", b"\x7fELF newer hello");
    let found = status(&place.root()).unwrap();
    assert!(!found.is_well());
    let removal = uninstall(&place.root(), true).unwrap();
    assert_eq!(removal.left[0].0, "libcls_hello.so");
    assert_eq!(
        fs::read(place.root().join("libcls_hello.so")).unwrap(),
        b"\x7fELF newer hello"
    );
    assert_eq!(
        fs::read(place.root().join("libcls_hello.so.radula-saved")).unwrap(),
        b"\x7fELF stock hello"
    );
}

#[test]
fn the_configuration_is_the_operators_once_it_is_there() {
    let place = Place::new();
    install(&place.wanted(CLASSES)).unwrap();
    place.write(
        "osd/radula/radula.toml",
        b"[ceph]\nreload_interval = \"1s\"\n",
    );
    install(&place.wanted(CLASSES)).unwrap();
    assert!(place.text("radula/radula.toml").contains("1s"));
    assert!(status(&place.root()).unwrap().is_well());
    let mut other = place.wanted(CLASSES);
    other.config = Some(b"# other\n".to_vec());
    assert!(matches!(install(&other), Err(InstallError::Foreign { .. })));
    let removal = uninstall(&place.root(), false).unwrap();
    assert_eq!(removal.left.len(), 1);
    assert!(place.text("radula/radula.toml").contains("1s"));
}

#[test]
fn an_edited_class_is_replaced_when_forced_and_not_kept() {
    let place = Place::new();
    let before = place.content();
    install(&place.wanted(CLASSES)).unwrap();
    place.write("osd/radula/classes/lua/cls_hellolua.lua", b"edited");
    let mut wanted = place.wanted(CLASSES);
    assert!(matches!(
        install(&wanted),
        Err(InstallError::Foreign { .. })
    ));
    wanted.force = true;
    install(&wanted).unwrap();
    assert_eq!(
        place.text("radula/classes/lua/cls_hellolua.lua"),
        "class hellolua"
    );
    uninstall(&place.root(), false).unwrap();
    assert_eq!(place.content(), before);
}

#[test]
fn the_newest_file_of_others_is_the_one_put_back() {
    let place = Place::new();
    let mut wanted = place.wanted(&[("hello", Some(NATIVE))]);
    wanted.force = true;
    install(&wanted).unwrap();
    fs::remove_file(place.root().join("libcls_hello.so")).unwrap();
    place.write("osd/libcls_hello.so", b"\x7fELF newer hello");
    let before = place.text("libcls_hello.so");
    install(&wanted).unwrap();
    let removal = uninstall(&place.root(), false).unwrap();
    assert_eq!(removal.put_back, ["libcls_hello.so"]);
    assert_eq!(place.text("libcls_hello.so"), before);
}

#[test]
fn status_tells_ours_changed_missing_foreign_and_stray() {
    let place = Place::new();
    let before = status(&place.root()).unwrap();
    assert_eq!((before.version.as_deref(), before.is_well()), (None, true));
    install(&place.wanted(CLASSES)).unwrap();
    assert!(status(&place.root()).unwrap().is_well());
    fs::remove_file(place.root().join("libcls_counter.so")).unwrap();
    place.write("osd/radula/classes/lua/cls_hellolua.lua", b"edited");
    place.write("osd/libcls_forgotten.so", b"\x7fELF radula-ceph-stub/0");
    let found = status(&place.root()).unwrap();
    assert!(found.version.is_some() && !found.is_well());
    let state = |path: &str| {
        found
            .files
            .iter()
            .find(|file| file.path == path)
            .unwrap()
            .state
    };
    assert_eq!(state("libcls_counter.so"), FileState::Missing);
    assert_eq!(
        state("radula/classes/lua/cls_hellolua.lua"),
        FileState::Changed
    );
    assert_eq!(state("libcls_wasmy.so"), FileState::Installed);
    assert_eq!(state("libcls_hello.so"), FileState::Foreign);
    assert_eq!(state("libcls_lua.so"), FileState::Foreign);
    assert_eq!(state("libcls_forgotten.so"), FileState::Stray);
}

#[test]
fn a_dry_run_tells_the_same_and_does_nothing() {
    let place = Place::new();
    let before = place.content();
    let mut wanted = place.wanted(CLASSES);
    wanted.dry_run = true;
    let told = install(&wanted).unwrap();
    assert_eq!(place.content(), before);
    wanted.dry_run = false;
    assert_eq!(install(&wanted).unwrap(), told);
}

#[test]
fn what_is_no_engine_and_no_stub_is_refused() {
    let place = Place::new();
    let before = place.content();
    place.write("engine", b"\x7fELF some other library");
    assert!(matches!(
        install(&place.wanted(CLASSES)),
        Err(InstallError::NotOurs { what: "engine", .. })
    ));
    place.write("engine", b"\x7fELF radula_ceph_register");
    place.write("stub", b"#!/bin/sh radula-ceph-stub/1");
    assert!(matches!(
        install(&place.wanted(CLASSES)),
        Err(InstallError::NotOurs { what: "stub", .. })
    ));
    assert_eq!(place.content(), before);
}

#[test]
fn a_link_in_place_of_the_folder_leads_nowhere() {
    let place = Place::new();
    let elsewhere = place.scratch.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, place.root().join("radula")).unwrap();
    assert!(matches!(
        install(&place.wanted(CLASSES)),
        Err(InstallError::File { what: "use", .. })
    ));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn a_link_in_place_of_a_file_is_not_written_through() {
    let place = Place::new();
    place.write("precious", b"precious");
    let precious = place.scratch.path().join("precious");
    symlink(&precious, place.root().join("libcls_hellolua.so")).unwrap();
    let mut wanted = place.wanted(&CLASSES[..1]);
    wanted.classes[0].is_named = true;
    assert!(matches!(
        install(&wanted),
        Err(InstallError::Foreign { .. })
    ));
    // Nor through one planted where files are prepared.
    symlink(
        &precious,
        place.root().join(".radula-new-libcls_hellolua.so"),
    )
    .unwrap();
    wanted.force = true;
    install(&wanted).unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
}

#[test]
fn a_manifest_that_names_files_elsewhere_is_refused() {
    let place = Place::new();
    install(&place.wanted(CLASSES)).unwrap();
    place.write("precious", b"precious");
    for path in ["../precious", "/etc/passwd", "a/../../precious"] {
        let manifest = format!(
            r#"{{"format":1,"version":"0","complete":true,"files":{{"{path}":["00"]}},"saved":{{}}}}"#
        );
        place.write("osd/radula/manifest.json", manifest.as_bytes());
        assert!(matches!(
            uninstall(&place.root(), true),
            Err(InstallError::Manifest { .. })
        ));
    }
    assert!(place.scratch.path().join("precious").exists());
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let place = Place::new();
    let mut wanted = place.wanted(CLASSES);
    wanted.destination = place.root().join("nowhere");
    assert!(matches!(
        install(&wanted),
        Err(InstallError::NoDirectory { .. })
    ));
}

#[test]
fn two_installations_at_once_are_refused() {
    let place = Place::new();
    let held = fs::File::open(place.root()).unwrap();
    held.lock().unwrap();
    assert!(matches!(
        install(&place.wanted(CLASSES)),
        Err(InstallError::Busy { .. })
    ));
    drop(held);
    install(&place.wanted(CLASSES)).unwrap();
}
