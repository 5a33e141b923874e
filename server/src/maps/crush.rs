//! How clients find the OSD of an object: one root with the one OSD, and a rule that takes it.

use crate::wire::Writer;

const STRAW2: u8 = 5;
const ROOT_TYPE: u16 = 11;
const ROOT: i32 = -1;
const WEIGHT: u32 = 0x10000;

fn names(writer: &mut Writer, names: &[(i32, &str)]) {
    writer.count(names.len());
    for (number, name) in names {
        writer.i32(*number).bytes(name);
    }
}

pub(super) fn crush() -> Vec<u8> {
    let mut writer = Writer::new();
    // Magic, then how many buckets, rules and devices there are.
    writer.u32(0x0001_0000).i32(1).u32(1).i32(1);
    // The root.
    writer.u32(u32::from(STRAW2));
    writer.i32(ROOT).u16(ROOT_TYPE).u8(STRAW2).u8(0);
    writer.u32(WEIGHT).u32(1).i32(0).u32(WEIGHT);
    // The rule: take the root, choose OSDs, emit.
    writer.u32(1).u32(3).u8(0).u8(1).u8(1).u8(10);
    for (step, one, other) in [(1u32, ROOT, 0), (2, 0, 0), (4, 0, 0)] {
        writer.u32(step).i32(one).i32(other);
    }
    names(&mut writer, &[(0, "osd"), (1, "host"), (11, "root")]);
    names(&mut writer, &[(ROOT, "default"), (0, "osd.0")]);
    names(&mut writer, &[(0, "replicated_rule")]);
    // Tries, chooseleaf, the algorithms allowed; then no device classes and no weight sets.
    writer
        .u32(0)
        .u32(0)
        .u32(50)
        .u32(1)
        .u8(1)
        .u8(1)
        .u32(54)
        .u8(1);
    writer.zeros(16);
    writer.into_vec()
}
