//! Copies another object: its data, xattrs and omap.

use bytes::Bytes;
use objclass::{ObjectRead as _, ObjectWrite as _, PageLimit};
use radula::{Errno, ObjectId, Pair};
use transaction::Transaction;

use super::{Answer, Refused, done};
use crate::{
    cluster::View,
    objects::errno_of_object,
    osd::{code, request::Step},
    shared::Shared,
    wire::HEAD,
};

/// Another object at one moment.
#[derive(Debug)]
pub(in crate::osd) struct Copied {
    data: Bytes,
    xattrs: Vec<Pair>,
    omap: Vec<Pair>,
    header: Bytes,
}

impl Copied {
    pub(in crate::osd) fn has_omap(&self) -> bool {
        !self.omap.is_empty() || !self.header.is_empty()
    }
}

/// Reads what a step wants copied.
pub(in crate::osd) fn copied(
    shared: &Shared,
    view: &View,
    step: &Step,
    origin: &str,
) -> Result<Copied, Refused> {
    let mut args = step.args();
    let (snapshot, version) = (args.u64()?, args.u64()?);
    let mut input = step.input();
    let name = input.text()?;
    let (_, mut locator) = input.block(6)?;
    let pool = locator.u64()?;
    locator.u32()?;
    let (key, namespace) = (locator.text()?, locator.text()?);
    if snapshot != HEAD || !(key.is_empty() || key == name) {
        return Err(Errno::EOPNOTSUPP.into());
    }
    if step.code == code::COPY_FROM2 && input.u32()? != 0 {
        return Err(Errno::EOPNOTSUPP.into());
    }
    let pool = view.pool(pool).ok_or(Errno::ENOENT)?;
    let id = ObjectId {
        pool: pool.map.stored().to_owned(),
        namespace: namespace.to_owned(),
        oid: name.to_owned(),
    };
    let read = shared.objects.work(&id, origin, false, |work| {
        read_all(work.object()).map_err(|error| errno_of_object(&error))
    })?;
    match version {
        0 => Ok(read.answer),
        wanted if wanted < read.version => Err(Errno::ERANGE.into()),
        wanted if wanted > read.version => Err(Errno::EOVERFLOW.into()),
        _ => Ok(read.answer),
    }
}

fn read_all(object: &mut Transaction) -> Result<Copied, objclass::ObjectError> {
    let page = PageLimit {
        entries: u64::MAX,
        bytes: u64::MAX,
    };
    Ok(Copied {
        data: object.read(0, 0)?,
        xattrs: object.xattrs()?,
        omap: object.omap_vals(b"", b"", page)?.entries,
        header: object.omap_header()?,
    })
}

pub(super) fn write(object: &mut Transaction, copied: &Copied) -> Answer {
    if object.exists()? {
        object.remove()?;
    }
    object.write_full(copied.data.clone())?;
    for (name, value) in &copied.xattrs {
        object.set_xattr(name, value.clone())?;
    }
    if !copied.header.is_empty() {
        object.omap_set_header(copied.header.clone())?;
    }
    let entries: Vec<(&[u8], Bytes)> = copied
        .omap
        .iter()
        .map(|(key, value)| (key.as_ref(), value.clone()))
        .collect();
    if !entries.is_empty() {
        object.omap_set(&entries)?;
    }
    done()
}
