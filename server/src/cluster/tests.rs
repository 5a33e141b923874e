use radula::{Config, Radula};

use super::*;
use crate::shared::osd_address;

fn store() -> Objects {
    let config = Config::builtin(&Default::default())
        .with("store", "memory")
        .expect("it is a store");
    Objects::new(Radula::open(config).expect("it opens"))
}

fn open(objects: &Objects) -> Cluster {
    let osd = osd_address("127.0.0.1:6789".parse().expect("an address"));
    Cluster::open(objects.clone(), osd).expect("it opens")
}

#[test]
fn a_cluster_is_the_same_after_a_restart_with_newer_epochs_and_names() {
    let objects = store();
    let first = open(&objects);
    assert!(first.view().pool_named("rbd").is_some());
    let (id, _) = first
        .create_pool(&NewPool::named("songs"))
        .expect("it is new");
    let (name, epoch) = (first.new_global_id().expect("a name"), first.view().epoch());
    let again = open(&objects);
    assert_eq!(again.fsid(), first.fsid());
    assert_eq!(
        again.view().pool_named("songs").map(|pool| pool.map.id),
        Some(id)
    );
    assert!(again.view().epoch() > epoch);
    assert!(again.new_global_id().expect("a name") > name);
}

#[test]
fn the_number_of_a_deleted_pool_is_never_used_again() {
    let objects = store();
    let cluster = open(&objects);
    let (first, epoch) = cluster
        .create_pool(&NewPool::named("p"))
        .expect("it is new");
    assert_eq!(
        cluster.create_pool(&NewPool::named("p")),
        Err(Errno::EEXIST)
    );
    let gone = cluster.delete_pool("p").expect("it was there");
    assert!(gone > epoch);
    assert_eq!(cluster.delete_pool("p"), Err(Errno::ENOENT));
    let (second, _) = cluster
        .create_pool(&NewPool::named("p"))
        .expect("it is new");
    assert!(second > first);
}

#[test]
fn pools_with_objects_are_there_from_the_start() {
    let objects = store();
    objects
        .radula()
        .ioctx("music")
        .create("song", radula::Exclusive::Yes)
        .expect("it is new");
    assert!(open(&objects).view().pool_named("music").is_some());
}

#[test]
fn the_pool_of_the_record_is_not_for_clients() {
    let objects = store();
    let cluster = open(&objects);
    assert_eq!(
        cluster.create_pool(&NewPool::named(".radula")),
        Err(Errno::EINVAL)
    );
    assert!(open(&objects).view().pool_named(".radula").is_none());
}
