//! An installation, an update and a removal, each killed before every one of its changes.

use runtime::NATIVE;

use super::{CLASSES, Place};
use crate::{
    InstallError, Installation, install, install::install_until, status, uninstall,
    uninstall::uninstall_until,
};

/// More changes than any of these takes.
const MANY: usize = 200;

/// Everything at once: classes of each kind, and two files of others replaced.
fn everything(place: &Place) -> Installation {
    let mut classes = CLASSES.to_vec();
    classes.extend([("hello", Some(NATIVE)), ("lua", None)]);
    let mut wanted = place.wanted(&classes);
    wanted.force = true;
    wanted
}

/// What an OSD may load at any moment is whole, old or new.
fn nothing_is_half_there(place: &Place) {
    let whole: [&[u8]; 4] = [
        b"\x7fELF radula-ceph-stub/1",
        b"\x7fELF stock hello",
        b"\x7fELF stock lua",
        b"-> libcls_lua.so.1.0.0",
    ];
    let content = place.content();
    for (name, bytes) in &content {
        let file = name.strip_prefix("libcls_radula/").unwrap_or(name);
        if file.starts_with("libcls_") && file != "libcls_radula" {
            assert!(whole.contains(&&bytes[..]), "{name}: {bytes:?}");
        }
    }
    // The names of others are never without a file.
    assert!(content.contains_key("libcls_hello.so") && content.contains_key("libcls_lua.so"));
}

#[test]
fn an_installation_killed_anywhere_can_be_repeated_and_can_be_removed() {
    let clean = Place::new();
    let before = clean.content();
    install(&everything(&clean)).unwrap();
    let expected = clean.content();
    let mut stops = 0;
    for stop in 0..MANY {
        for repeat in [true, false] {
            let place = Place::new();
            let wanted = everything(&place);
            match install_until(&wanted, Some(stop)) {
                Err(InstallError::Stopped { .. }) => stops += 1,
                Ok(_) => {
                    assert!(stops > 40, "it stopped {stops} times only");
                    return;
                }
                Err(error) => panic!("stop {stop}: {error}"),
            }
            nothing_is_half_there(&place);
            if repeat {
                install(&wanted).unwrap();
                assert_eq!(place.content(), expected, "repeated after stop {stop}");
                assert!(status(&place.root()).unwrap().is_well());
                continue;
            }
            match uninstall(&place.root(), false) {
                Ok(removal) => {
                    assert!(removal.left.is_empty(), "stop {stop}: {removal:?}");
                    assert_eq!(place.content(), before, "removed after stop {stop}");
                }
                // Killed before the manifest was there: then nothing else but empty directories can be.
                Err(InstallError::NotInstalled { .. }) => {
                    let mut content = place.content();
                    content
                        .retain(|name, _| !name.starts_with("radula") && name != "libcls_radula");
                    assert_eq!(content, before, "stop {stop}");
                }
                Err(error) => panic!("stop {stop}: {error}"),
            }
        }
    }
    panic!("it never came to its end");
}

#[test]
fn an_update_killed_anywhere_can_be_repeated_and_can_be_removed() {
    for stop in 0..MANY {
        let place = Place::new();
        let before = place.content();
        install(&everything(&place)).unwrap();
        place.write("engine", b"\x7fELF radula_ceph_register two");
        let wanted = place.wanted(&CLASSES[..2]);
        let done = install_until(&wanted, Some(stop)).is_ok();
        nothing_is_half_there(&place);
        if stop % 2 == 0 {
            install(&wanted).unwrap();
            assert!(place.text("radula/libradula_ceph.so").ends_with("two"));
        }
        uninstall(&place.root(), false).unwrap();
        assert_eq!(place.content(), before, "stop {stop}");
        if done {
            return;
        }
    }
    panic!("it never came to its end");
}

#[test]
fn a_removal_killed_anywhere_can_be_repeated() {
    for stop in 0..MANY {
        let place = Place::new();
        let before = place.content();
        install(&everything(&place)).unwrap();
        let done = match uninstall_until(&place.root(), false, Some(stop)) {
            Err(InstallError::Stopped { .. }) => false,
            Ok(_) => true,
            Err(error) => panic!("stop {stop}: {error}"),
        };
        nothing_is_half_there(&place);
        // Forced or not: what was put back already is not taken away.
        match uninstall(&place.root(), stop % 2 == 0) {
            Ok(_) => assert_eq!(place.content(), before, "stop {stop}"),
            Err(InstallError::NotInstalled { .. }) => {
                let mut content = place.content();
                content.retain(|name, _| !name.starts_with("radula") && name != "libcls_radula");
                assert_eq!(content, before, "stop {stop}");
            }
            Err(error) => panic!("stop {stop}: {error}"),
        }
        if done {
            return;
        }
    }
    panic!("it never came to its end");
}
