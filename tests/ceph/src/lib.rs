//! Tests that start real Ceph clusters. The library is empty: `tests/ceph/main.rs` is what there is.
#![forbid(unsafe_code)]
