//! Clusters as a store: `rados:///POOL?…`.

pub use ceph_client::ClusterUrl;

/// Reads the URL of a cluster; the error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<ClusterUrl, String> {
    text.parse::<ClusterUrl>()
        .map_err(|invalid| invalid.to_string())
}
