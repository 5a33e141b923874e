use bytes::Bytes;
use objclass::{ObjectId, Timestamp};
use transaction::Quotas;

use super::{
    bounds::{Bounds, TooMuch},
    record::{ObjectRecord, PIECE, Record, chained, header},
    *,
};

const LAST: u64 = 9;

fn object(oid: &str, version: u64, size: u64) -> Record {
    Record::Object(ObjectRecord {
        id: ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: oid.into(),
        },
        version,
        mtime: Timestamp(1),
        size,
    })
}

fn xattr(name: &'static str) -> Record {
    Record::Xattr(Bytes::from_static(name.as_bytes()), Bytes::new())
}

fn omap(key: &'static str) -> Record {
    Record::Omap(Bytes::from_static(key.as_bytes()), Bytes::new())
}

fn data(offset: u64, length: usize) -> Record {
    Record::Data(offset, vec![1; length].into())
}

/// An archive with these records, every checksum and the digest right, whether or not that makes sense.
fn forged(records: &[Record]) -> Vec<u8> {
    forged_at(LAST, records)
}

fn forged_at(last: u64, records: &[Record]) -> Vec<u8> {
    let (header, mut chain) = header(last);
    let mut archive = header.to_vec();
    let mut append = |archive: &mut Vec<u8>, record: &Record| {
        let mut payload = Vec::new();
        let mut prefix = vec![record.encode(&mut payload)];
        prefix.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
        chain = chained(chain, &prefix, &payload);
        archive.extend([prefix, payload, chain.to_le_bytes().to_vec()].concat());
    };
    let (mut objects, mut bytes) = (0, 0);
    for record in records {
        if let Record::Object(object) = record {
            objects += 1;
            bytes = u64::saturating_add(bytes, object.size);
        }
        append(&mut archive, record);
    }
    let digest = *blake3::hash(&archive).as_bytes();
    append(&mut archive, &Record::End(objects, bytes, digest));
    archive
}

fn verify(archive: &[u8]) -> Result<ArchiveSummary, ArchiveError> {
    verify_archive(&mut &archive[..], &Quotas::default())
}

/// Some of everything.
fn whole() -> Vec<u8> {
    forged(&[
        object("a", 3, PIECE + 5),
        data(0, 1 << 20),
        data(PIECE, 5),
        xattr("x"),
        xattr("y"),
        omap("k"),
        omap("l"),
        Record::OmapHeader(Bytes::from_static(b"header")),
        object("b", 9, 100),
    ])
}

#[test]
fn an_archive_is_believed_when_all_of_it_is_there() {
    let summary = verify(&whole()).unwrap();
    assert_eq!((summary.objects, summary.bytes), (2, PIECE + 105));
    assert_eq!(summary.length, whole().len() as u64);
    assert_eq!(summary.digest.to_string().len(), 64);
    assert_eq!(verify(&forged(&[])).unwrap().objects, 0);
}

#[test]
fn every_cut_and_every_flipped_bit_is_refused() {
    let archive = forged(&[
        object("a", 3, 5),
        data(0, 5),
        xattr("x"),
        omap("k"),
        object("b", 4, 0),
    ]);
    for length in 0..archive.len() {
        let cut = verify(&archive[..length]).unwrap_err();
        let is_clear = matches!(
            cut,
            ArchiveError::CutOff { .. } | ArchiveError::NotAnArchive
        );
        assert!(is_clear, "cut at {length}: {cut}");
    }
    for bit in 0..archive.len() * 8 {
        let mut flipped = archive.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&flipped).is_err(), "bit {bit}");
    }
    let longer = [&archive[..], b"\0"].concat();
    assert!(verify(&longer).unwrap_err().to_string().contains("follows"));
    assert!(matches!(
        verify(b"#!/bin/sh"),
        Err(ArchiveError::NotAnArchive)
    ));
}

#[test]
fn records_that_were_moved_doubled_or_left_out_are_refused() {
    let archive = whole();
    // The two small objects' xattrs are records of the same length.
    let record = |name: &[u8]| {
        archive
            .windows(6)
            .position(|w| w[..5] == [1, 0, 0, 0, name[0]])
    };
    let (x, y) = (record(b"x").unwrap() - 5, record(b"y").unwrap() - 5);
    let length = y - x;
    let mut swapped = archive.clone();
    swapped[x..x + length].copy_from_slice(&archive[y..y + length]);
    swapped[y..y + length].copy_from_slice(&archive[x..x + length]);
    let without = [&archive[..x], &archive[y..]].concat();
    let twice = [&archive[..y], &archive[x..]].concat();
    for changed in [swapped, without, twice] {
        assert!(matches!(
            verify(&changed),
            Err(ArchiveError::Damaged { .. })
        ));
    }
}

#[test]
fn a_newer_format_is_named() {
    let mut archive = whole();
    archive[16] = 7;
    let newer = verify(&archive).unwrap_err();
    assert!(newer.to_string().contains("has format 7"), "{newer}");
}

#[test]
fn records_in_an_order_no_backup_writes_are_refused_whoever_wrote_them() {
    let orders: [&[Record]; 15] = [
        &[xattr("x")],
        &[data(0, 5)],
        &[object("b", 1, 0), object("a", 2, 0)],
        &[object("a", 1, 0), object("a", 2, 0)],
        &[object("", 1, 0)],
        &[object("a", 0, 0)],
        &[object("a", LAST + 1, 0)],
        &[object("a", 1, 5), data(0, 4)],
        &[object("a", 1, 5), data(0, 5), data(0, 5)],
        &[object("a", 1, 5), data(PIECE, 5)],
        &[object("a", 1, 10), data(5, 5)],
        &[object("a", 1, 0), omap("k"), xattr("x")],
        &[object("a", 1, 0), omap("l"), omap("k")],
        &[object("a", 1, 0), xattr("x"), xattr("x")],
        &[object("a", 1, 0), xattr("")],
    ];
    for records in orders {
        let refused = verify(&forged(records)).unwrap_err();
        assert!(
            refused.to_string().contains("out of order"),
            "{records:?}: {refused}"
        );
    }
}

/// Verified and restored; both give the same refusal.
fn refusal(archive: &[u8]) -> String {
    let refused = verify(archive).unwrap_err().to_string();
    #[cfg(feature = "disk")]
    {
        let directory = tempfile::tempdir().unwrap();
        let options = crate::DiskOptions::default();
        let path = directory.path().join("store");
        let restored = crate::restore(&path, &options, &mut &archive[..]).unwrap_err();
        assert_eq!(restored.to_string(), refused);
    }
    refused
}

fn of(length: usize) -> Bytes {
    vec![b'k'; length].into()
}

#[test]
fn what_no_store_would_have_accepted_is_refused_however_right_its_checksums_are() {
    const MIB: usize = 1 << 20;
    let quotas = Quotas::default();
    let nothing = Bytes::new;
    let after = |records: Vec<Record>| {
        let mut all = vec![object("a", 1, 0)];
        all.extend(records);
        all
    };
    let number = |n: u64| Bytes::from(format!("{n:08}"));
    let cases: Vec<(&str, Vec<Record>)> = vec![
        ("object_size", vec![object("a", 1, 1 << 50)]),
        ("object_size", vec![object("a", 1, 1 << 63)]),
        ("object_size", vec![object("a", 1, u64::MAX)]),
        ("object_size", vec![object("a", 1, quotas.object_size + 1)]),
        (
            "xattr_name",
            after(vec![Record::Xattr(of(65_530), nothing())]),
        ),
        ("xattr_name", after(vec![Record::Xattr(of(256), nothing())])),
        ("omap_key", after(vec![Record::Omap(of(65_530), nothing())])),
        (
            "omap_key",
            after(vec![Record::Omap(of(100_000), nothing())]),
        ),
        ("omap_key", after(vec![Record::Omap(of(4097), nothing())])),
        (
            "xattr_value",
            after(vec![Record::Xattr(of(1), of(64 << 11))]),
        ),
        (
            "omap_value",
            after(vec![Record::Omap(of(1), of(16 * MIB + 1))]),
        ),
        (
            "omap_value",
            after(vec![Record::OmapHeader(of(16 * MIB + 1))]),
        ),
        (
            "xattr_count",
            after(
                (0..=quotas.xattr_count)
                    .map(|n| Record::Xattr(number(n), nothing()))
                    .collect(),
            ),
        ),
        (
            "xattr_bytes",
            after(
                (0..17)
                    .map(|n| Record::Xattr(number(n), of(64 << 10)))
                    .collect(),
            ),
        ),
        (
            "version of another object",
            vec![object("a", 1, 0), object("b", 1, 0)],
        ),
        (
            "no record is that long",
            after(vec![Record::Xattr(of(1), of(20 * MIB))]),
        ),
        (
            "no record is that long",
            after(vec![Record::OmapHeader(of(40 * MIB))]),
        ),
        (
            "no record is that long",
            after(vec![Record::Omap(of(20 * MIB), nothing())]),
        ),
    ];
    for (expected, records) in cases {
        let refused = refusal(&forged(&records));
        assert!(refused.contains(expected), "{expected}: {refused}");
    }
}

#[test]
fn what_an_object_has_of_omap_altogether_is_bounded() {
    let value = of(16 << 20);
    for (quota, value, most) in [
        ("omap_bytes", value, 64),
        ("omap_entries", Bytes::new(), 1_000_000),
    ] {
        let mut bounds = Bounds::new(&Quotas::default());
        assert!(bounds.take(&object("a", 1, 0)).is_ok());
        let record = Record::Omap(of(1), value);
        let taken = std::iter::repeat_with(|| bounds.take(&record));
        let refused = taken
            .enumerate()
            .find_map(|(n, taken)| Some((n, taken.err()?)));
        let (number, TooMuch { what, .. }) = refused.unwrap();
        assert!(what.contains(quota) && number <= most, "{number}: {what}");
    }
}

#[test]
fn versions_and_times_that_leave_no_room_for_the_next_are_refused() {
    for last in [1 << 63, u64::MAX] {
        let archive = forged_at(last, &[object("a", last, 0)]);
        assert!(refusal(&archive).contains("no store has such a last version"));
    }
    let mut late = object("a", 1, 0);
    if let Record::Object(object) = &mut late {
        object.mtime = Timestamp(u64::MAX);
    }
    assert!(refusal(&forged(&[late])).contains("no clock shows"));
    let most = (1 << 63) - 1;
    verify(&forged_at(most, &[object("a", most, 0)])).unwrap();
}

#[test]
fn a_quota_that_was_raised_is_raised_for_archives_and_one_that_was_lowered_takes_nothing_away() {
    let large = forged(&[object("a", 1, 200 << 20)]);
    assert!(
        verify(&large)
            .unwrap_err()
            .to_string()
            .contains("quotas.object_size")
    );
    let quotas = |object_size| Quotas {
        object_size,
        ..Quotas::default()
    };
    verify_archive(&mut &large[..], &quotas(1 << 30)).unwrap();
    let small = forged(&[object("a", 1, 5), data(0, 5)]);
    verify_archive(&mut &small[..], &quotas(1)).unwrap();
}
