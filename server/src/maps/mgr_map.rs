//! There is no manager, and clients are told so: their manager commands fail at once.

use super::FEATURES;
use crate::wire::Writer;

pub(crate) fn mgr_map() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.block(12, 6, |writer| {
        // Epoch; no active manager: addresses, id, availability, name.
        writer.u32(1).u8(2).u32(0).u64(0).bool(false).bytes("");
        // No standbys, modules, services, available modules.
        writer.zeros(16);
        // Last change, modules that are always on, features of the active one, three more lists.
        writer.zeros(12).u64(FEATURES).zeros(12);
    });
    writer.into_vec()
}
