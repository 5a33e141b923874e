//! Our own library as a host: embedded, served or in a cluster, as the pool was opened.

use objclass::Errno;
use radula::{IoCtx, OmapRange, Operation};

use super::ClassHost;

impl ClassHost for IoCtx {
    fn call(&self, oid: &str, class: &str, method: &str, input: &[u8]) -> Result<Vec<u8>, Errno> {
        let before = version(self, oid);
        let reply = self
            .exec(oid, class, method, input)
            .map_err(|error| error.errno())?;
        // What a call that wrote answers does not reach a client that makes a plain call.
        if before == version(self, oid) {
            Ok(reply.output.to_vec())
        } else {
            Ok(Vec::new())
        }
    }

    fn size(&self, oid: &str) -> Option<u64> {
        self.stat(oid).ok().map(|stat| stat.size)
    }

    fn read(&self, oid: &str, from: u64, length: u64) -> Vec<u8> {
        IoCtx::read(self, oid, from..from + length)
            .map(|data| data.to_vec())
            .unwrap_or_default()
    }

    fn xattr(&self, oid: &str, name: &[u8]) -> Option<Vec<u8>> {
        self.get_xattr(oid, name).ok().map(|value| value.to_vec())
    }

    fn omap(&self, oid: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let page = self.omap_get_vals(oid, OmapRange::all());
        page.map(|page| {
            let pairs = page.entries.into_iter();
            pairs
                .map(|(key, value)| (key.to_vec(), value.to_vec()))
                .collect()
        })
        .unwrap_or_default()
    }

    fn write_full(&self, oid: &str, data: &[u8]) {
        IoCtx::write_full(self, oid, data.to_vec()).expect("the object is written");
    }

    fn set_xattr(&self, oid: &str, name: &[u8], value: &[u8]) {
        IoCtx::set_xattr(self, oid, name, value.to_vec()).expect("the attribute is set");
    }

    fn set_omap(&self, oid: &str, key: &[u8], value: &[u8]) {
        let pair = (key.to_vec(), value.to_vec());
        self.omap_set(oid, [pair]).expect("the entry is set");
    }

    fn remove(&self, oid: &str) {
        if let Err(error) = IoCtx::remove(self, oid) {
            assert_eq!(error.errno(), Errno::ENOENT, "{error}");
        }
    }
}

/// The object's version, 0 when it does not exist.
fn version(objects: &IoCtx, oid: &str) -> u64 {
    let reply = objects.operate(oid, &Operation::new().stat());
    reply.map_or(0, |reply| reply.version)
}
