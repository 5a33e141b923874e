//! `radula ceph install | status | uninstall` on a class directory of nobody's OSD. Engine and stub are files that carry
//! the marks of the real ones: nothing loads them here.
#![expect(
    clippy::disallowed_methods,
    reason = "lays out and looks at a class directory"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{Done, Place};

const ENGINE: &[u8] = b"\x7fELF radula_ceph_register";
const STUB: &[u8] = b"\x7fELF radula-ceph-stub/1";
const OF_CEPH: &[u8] = b"\x7fELF Ceph's own";

/// A class directory with classes of Ceph's, and the command's place.
struct Osd {
    place: Place,
    classes: PathBuf,
    engine: PathBuf,
    stub: PathBuf,
}

impl Osd {
    fn new() -> Self {
        let place = Place::new();
        let classes = place.scratch.dir("rados-classes");
        for class in ["hello", "lua"] {
            fs::write(classes.join(format!("libcls_{class}.so")), OF_CEPH).unwrap();
        }
        Self {
            engine: place.scratch.file("libradula_ceph.so", ENGINE),
            stub: place.scratch.file("libcls_stub.so", STUB),
            place,
            classes,
        }
    }

    fn ceph(&self, verb: &str, arguments: &[&str]) -> Done {
        let mut command = self.place.command();
        command.args(["ceph", verb, "--dest"]).arg(&self.classes);
        if verb == "install" {
            command.arg("--engine").arg(&self.engine);
            command.arg("--stub").arg(&self.stub);
        }
        testkit::binary::finish(command.args(arguments)).into()
    }

    /// Every file below the class directory, with its inode and content.
    fn files(&self) -> BTreeMap<PathBuf, (u64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        gather(&self.classes, &mut found);
        found
    }

    fn content(&self, file: &str) -> Vec<u8> {
        fs::read(self.classes.join(file)).unwrap()
    }
}

fn gather(directory: &Path, found: &mut BTreeMap<PathBuf, (u64, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else {
            let inode = fs::metadata(&path).unwrap().ino();
            found.insert(path.clone(), (inode, fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn an_installation_says_what_it_did_and_repeated_does_nothing() {
    let osd = Osd::new();
    let first = osd.ceph("install", &["--only", "counter"]).succeeded();
    let stub = osd.classes.join("libcls_counter.so");
    let line = format!("installed  {}\n", stub.display());
    assert!(first.text().contains(&line), "{first:?}");
    assert_eq!(fs::read(&stub).unwrap(), STUB);
    assert_eq!(osd.content("radula/libradula_ceph.so"), ENGINE);
    let class = osd.content("radula/classes/lua/cls_counter.lua");
    assert_eq!(
        class,
        fs::read(osd.place.classes.join("cls_counter.lua")).unwrap()
    );

    let before = osd.files();
    let again = osd.ceph("install", &["--only", "counter"]).succeeded();
    let did: Vec<&str> = again
        .text()
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    // Ceph's class lua is left to Ceph and said to be.
    let (last, files) = did.split_last().expect("lines");
    assert_eq!(*last, "left");
    assert!(files.iter().all(|word| *word == "unchanged"), "{again:?}");
    assert_eq!(osd.files(), before, "the same files, not equal ones");
}

#[test]
fn a_dry_run_tells_what_an_installation_would_do() {
    let osd = Osd::new();
    let before = osd.files();
    let dry = osd.ceph("install", &["--dry-run"]).succeeded();
    assert!(dry.text().ends_with("nothing was done\n"), "{dry:?}");
    assert_eq!(osd.files(), before);
    let wet = osd.ceph("install", &[]).succeeded();
    assert_eq!(dry.text().replace("nothing was done\n", ""), wet.text());
}

#[test]
fn a_file_of_others_is_refused_without_force_kept_with_it_and_put_back() {
    let osd = Osd::new();
    let before = osd.files();
    let path = osd.classes.join("libcls_lua.so");
    osd.ceph("install", &["--only", "lua"])
        .failed(&[&path.display().to_string(), "--force"]);
    assert_eq!(osd.files(), before, "refused before anything was done");

    let forced = osd
        .ceph("install", &["--only", "lua", "--force"])
        .succeeded();
    assert!(
        forced.text().contains("kept as libcls_lua.so.radula-saved"),
        "{forced:?}"
    );
    assert_eq!(osd.content("libcls_lua.so"), STUB);
    assert_eq!(osd.content("libcls_lua.so.radula-saved"), OF_CEPH);
    // What Ceph's own services call is never replaced.
    osd.place
        .scratch
        .file("classes/cls_lock.lua", "function f() end cls.register(f)");
    osd.ceph("install", &["--only", "lock", "--force"])
        .failed(&["lock"]);

    osd.ceph("uninstall", &[]).succeeded();
    assert_eq!(osd.files(), before);
}

#[test]
fn status_tells_what_is_there_by_its_exit_status_too() {
    let osd = Osd::new();
    let none = osd.ceph("status", &[]).succeeded();
    assert!(none.text().starts_with("not installed in "), "{none:?}");
    osd.ceph("install", &["--only", "counter"]).succeeded();
    let well = osd.ceph("status", &[]).succeeded();
    assert!(well.text().contains("  libcls_counter.so\n"), "{well:?}");
    assert!(
        well.text().contains("foreign "),
        "Ceph's are listed: {well:?}"
    );

    fs::remove_file(osd.classes.join("libcls_counter.so")).unwrap();
    let edited = osd.classes.join("radula/classes/lua/cls_counter.lua");
    fs::write(edited, "-- edited in place").unwrap();
    let ill = osd.ceph("status", &["--json"]);
    assert_eq!(ill.code, Some(1), "{ill:?}");
    let json = ill.json();
    assert_eq!(
        (&json["ok"], &json["complete"]),
        (&false.into(), &true.into())
    );
    let state = |path: &str| -> String {
        let files = json["files"].as_array().expect("files");
        let file = files.iter().find(|file| file["path"] == path);
        file.expect("it is listed")["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state("libcls_counter.so"), "missing");
    assert_eq!(state("radula/classes/lua/cls_counter.lua"), "changed");
    assert_eq!(state("radula/libradula_ceph.so"), "installed");
    assert_eq!(state("libcls_hello.so"), "foreign");

    // An installation brings back what is missing, and asks before it takes an edited class.
    osd.ceph("install", &["--only", "counter"])
        .failed(&["cls_counter.lua", "--force"]);
    osd.ceph("install", &["--only", "counter", "--force"])
        .succeeded();
    osd.ceph("status", &[]).succeeded();
}

#[test]
fn a_removal_leaves_what_was_there_before_and_what_was_edited_since() {
    let osd = Osd::new();
    let before = osd.files();
    osd.ceph("uninstall", &[]).failed(&["rados-classes"]);
    osd.ceph("install", &["--only", "counter"]).succeeded();
    let removal = osd.ceph("uninstall", &["--json"]).succeeded().json();
    assert_eq!(removal["ok"], true);
    let removed = removal["removed"].as_array().expect("a list");
    assert!(removed.contains(&"libcls_counter.so".into()), "{removal}");
    assert_eq!(osd.files(), before);
    osd.ceph("uninstall", &[]).failed(&["rados-classes"]);

    osd.ceph("install", &["--only", "counter"]).succeeded();
    let edited = "radula/classes/lua/cls_counter.lua";
    fs::write(osd.classes.join(edited), "-- edited in place").unwrap();
    let removal = osd.ceph("uninstall", &["--json"]);
    let removal = removal.json();
    assert_eq!(removal["left"][0]["path"], edited, "{removal}");
    assert_eq!(osd.content(edited), b"-- edited in place");
    assert!(!osd.classes.join("libcls_counter.so").exists());
}

#[test]
fn json_names_every_file_and_every_class_left_out() {
    let osd = Osd::new();
    let json = osd.ceph("install", &["--json"]).succeeded().json();
    assert_eq!(
        (&json["ok"], &json["dry_run"]),
        (&true.into(), &false.into())
    );
    let files = json["files"].as_array().expect("files");
    for path in [
        "libcls_counter.so",
        "libcls_hellolua.so",
        "radula/libradula_ceph.so",
        "radula/radula.toml",
    ] {
        let file = files.iter().find(|file| file["path"] == path);
        assert_eq!(file.expect(path)["outcome"], "installed");
    }
    let left = json["left_out"].as_array().expect("a list");
    assert!(left.iter().any(|left| left["class"] == "lua"), "{json}");
    let error = osd.ceph("install", &["--only", "nosuchclass", "--json"]);
    assert_eq!(error.code, Some(1), "{error:?}");
}
