//! Ceph's own class libraries: `libcls_NAME.so` built for an OSD, with `__cls_init` instead of `objclass_init`.
//!
//! They find the functions of an OSD in the host library (crate `ceph_classes`), which asks the host table every native
//! class has. So flags, limits, savepoints and rollback are those of our own ABI. The design, and what such a class is
//! answered where there is no cluster, is in `docs/design/ceph-classes.md`.

mod class;
mod host_library;
mod registry;
mod release;

use std::sync::Arc;

use class_abi as abi;
use objclass::{Class, ClassName, OpenError};

use self::class::CephClass;
pub(crate) use self::{host_library::HostLibrary, release::check_release};
use crate::library::Library;

/// Initialises the class in `library`, whose file was judged.
pub(crate) fn open(
    host: &'static HostLibrary,
    library: Library,
    expected: &ClassName,
    table: &'static abi::Host,
) -> Result<Arc<dyn Class>, OpenError> {
    let registered = registry::register(host, library, expected)?;
    Ok(Arc::new(CephClass::new(host, registered, table)))
}
