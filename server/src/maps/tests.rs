use radula::Timestamp;

use super::*;
use crate::wire::{Address, hex};

const FSID: Fsid = [7; 16];

fn address() -> Address {
    Address::msgr2("127.0.0.1:6789".parse().expect("an address"), 0)
}

fn pool() -> MapPool {
    MapPool {
        id: 1,
        name: "rbd".into(),
        stored_as: None,
        kind: PoolKind::Replicated,
        size: 1,
        pg_num: 1,
        flags: 0,
        changed: 1,
        created: 1_700_000_000_000_000_000,
        applications: [("rados".to_owned(), Default::default())].into(),
        quota: Quota::default(),
    }
}

fn map(pools: &[MapPool]) -> Vec<u8> {
    osd_map(&OsdMap {
        fsid: &FSID,
        epoch: 3,
        created: Timestamp(1_700_000_000_000_000_000),
        modified: Timestamp(1_700_000_000_000_000_000),
        address: address(),
        pools,
        last_pool: 1,
        blocklist: &[],
    })
}

#[test]
fn crush_is_that_of_the_protocol() {
    let wanted = hex(
        "0000010001000000010000000100000005000000ffffffff0b0005000000010001000000000000000000010001000000030000000001010a\
         01000000ffffffff000000000200000000000000000000000400000000000000000000000300000000000000030000006f73640100000004\
         000000686f73740b00000004000000726f6f7402000000ffffffff0700000064656661756c7400000000050000006f73642e300100000000\
         0000000f0000007265706c6963617465645f72756c65000000000000000032000000010000000101360000000100000000000000000000000\
         000000000",
    );
    assert_eq!(crush::crush(), wanted);
}

#[test]
fn maps_have_the_sizes_of_the_protocol() {
    let mon = mon_map(&FSID, Timestamp(1), address());
    assert_eq!(mon.len(), 166);
    assert_eq!(map(&[pool()]).len(), 1047);
}

#[test]
fn a_map_of_osds_ends_with_its_own_checksum() {
    let bytes = map(&[pool()]);
    let (body, sum) = bytes.split_last_chunk::<4>().expect("it is long");
    assert_eq!(u32::from_le_bytes(*sum), crate::wire::crc(u32::MAX, body));
}
