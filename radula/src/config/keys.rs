//! The keys of a process with a store, in front of those every host has.

use runtime::settings::{KeySpec, Place, Unit, Value, ValueKind, Variables};

use super::{ClusterUrl, cluster_url, places};

/// The word for a store in this process.
pub(crate) const MEMORY: &str = "memory";

static STORE: Place = Place {
    expected: "\"memory\", a directory or rados:///POOL",
    reads: |text| match text {
        MEMORY => Some(Ok(())),
        url if ClusterUrl::is_meant_by(url) => {
            let read = cluster_url::parse(url).map(drop);
            Some(read.map_err(|wrong| format!("the URL of a cluster: {wrong}")))
        }
        _ => None,
    },
};

/// The rows, in the order they are printed.
pub(crate) fn of_store(variables: &Variables) -> Vec<KeySpec> {
    vec![
        KeySpec::new(
            "store",
            ValueKind::Place(&STORE),
            Value::Path(places::store(variables)),
            "where objects are kept: a directory, \"memory\", or rados:///POOL for a Ceph cluster",
        )
        .at_restart(),
        KeySpec::new(
            "pool",
            ValueKind::Name {
                may_be_empty: false,
            },
            Value::Text("rbd".to_owned()),
            "the pool used when none is named",
        ),
        KeySpec::new(
            "namespace",
            ValueKind::Name { may_be_empty: true },
            Value::Text(String::new()),
            "the namespace used when none is named",
        ),
        KeySpec::new(
            "durability",
            ValueKind::Word(&["sync", "buffered"]),
            Value::Text("sync".to_owned()),
            "\"sync\": a reply means the change is on disk; \"buffered\": it survives the process, not the machine",
        ),
        KeySpec::number(
            "cache_size",
            Unit::Bytes,
            64 << 20,
            "memory the disk store may use for its cache",
        )
        .at_restart(),
        KeySpec::number(
            "reserve",
            Unit::Bytes,
            128 << 20,
            "room of the file system kept back: with less, writes are refused until there is room again",
        )
        .at_restart(),
        KeySpec::number(
            "buffered_bytes",
            Unit::Bytes,
            16 << 20,
            "bytes of buffered changes after which all of them are put on disk",
        )
        .at_restart(),
        KeySpec::number(
            "buffered_time",
            Unit::Milliseconds,
            1_000,
            "time after which a buffered change is put on disk",
        )
        .at_restart(),
        KeySpec::number(
            "commit_room",
            Unit::Bytes,
            64 << 20,
            "bytes of changes on their way to the disk at once; others wait, in the order they came",
        )
        .at_restart(),
        KeySpec::number(
            "commit_queue",
            Unit::Count,
            1_000,
            "how many changes wait for that room; the next is refused",
        )
        .at_restart(),
        KeySpec::number(
            "commit_wait",
            Unit::Milliseconds,
            30_000,
            "how long a change waits for that room",
        )
        .at_restart(),
        KeySpec::number(
            "object_queue",
            Unit::Count,
            1_000,
            "how many writers wait for one object; the next is refused",
        ),
        KeySpec::number(
            "object_wait",
            Unit::Milliseconds,
            30_000,
            "how long a writer waits for its object",
        ),
        KeySpec::number(
            "store_wait",
            Unit::Milliseconds,
            5_000,
            "how long to wait for another process to leave the store",
        ),
    ]
}
