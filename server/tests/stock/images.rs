//! Images of librbd, which keeps them with Ceph's own class `rbd`: the library a distribution installs, opened as it is.

use std::fs;

use testkit::cluster::{Release, gone_without_ceph};

use super::served::{Served, configured};

/// As of an OSD, whose class directory is this one.
fn served() -> Option<Served> {
    if let Err(missing) = Release::Installed.check_classes() {
        gone_without_ceph("images of librbd", &missing);
        return None;
    }
    let classes = Release::Installed.stock_classes();
    let config = configured("memory")
        .with("class_dir", classes)
        .expect("it is a configuration");
    Served::with(config)
}

/// What `rbd` prints.
fn rbd(served: &Served, line: &str) -> String {
    // It tries snapshots of its own on a new pool; the server has none.
    let mut args = vec!["--rbd_validate_pool=false"];
    args.extend(line.split(' '));
    served.run("rbd", &args)
}

#[test]
fn librbd_keeps_images_with_ceph_s_own_class() {
    let Some(served) = served() else { return };
    let image: Vec<u8> = (0..5_000_000_u32)
        .map(|at| at.to_le_bytes()[at as usize % 3])
        .collect();
    fs::write(served.dir.path().join("image"), &image).expect("it is written");
    rbd(&served, "create --size 16M --image-feature layering small");
    // Exclusive lock, object map and what builds on them are on by default.
    rbd(&served, "import image large");
    assert_eq!(rbd(&served, "ls"), "large\nsmall\n");
    let info = rbd(&served, "info large");
    assert!(
        info.contains("exclusive-lock, object-map, fast-diff"),
        "{info}"
    );
    rbd(&served, "mv small renamed");
    rbd(&served, "resize --size 32M renamed");
    assert!(rbd(&served, "info renamed").contains("size 32 MiB"));
    rbd(&served, "export large again");
    let again = fs::read(served.dir.path().join("again")).expect("it is there");
    assert!(again == image, "{} bytes of {}", again.len(), image.len());
    rbd(&served, "image-meta set large by Ada");
    assert_eq!(rbd(&served, "image-meta get large by"), "Ada\n");
    rbd(&served, "rm renamed");
    assert_eq!(rbd(&served, "ls"), "large\n");
    served.server.stop();
}
