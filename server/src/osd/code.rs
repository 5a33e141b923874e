//! The numbers of the operations that are there.

macro_rules! codes {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(pub(super) const $name: u16 = $number;)*
    };
}

codes! {
    READ = 0x1201,
    SYNC_READ = 0x120b,
    STAT = 0x1202,
    MAPEXT = 0x1203,
    SPARSE_READ = 0x1205,
    NOTIFY = 0x1206,
    NOTIFY_ACK = 0x1207,
    ASSERT_VER = 0x1208,
    LIST_WATCHERS = 0x1209,
    LIST_SNAPS = 0x120a,
    OMAP_GET_KEYS = 0x1211,
    OMAP_GET_VALS = 0x1212,
    OMAP_GET_HEADER = 0x1213,
    OMAP_GET_VALS_BY_KEYS = 0x1214,
    OMAP_CMP = 0x1219,
    IS_DIRTY = 0x121d,
    CHECKSUM = 0x121f,
    CMPEXT = 0x1220,
    GET_XATTR = 0x1301,
    GET_XATTRS = 0x1302,
    CMP_XATTR = 0x1303,
    CALL = 0x1401,
    PGLS = 0x1501,
    PGLS_FILTER = 0x1502,
    PGNLS = 0x1505,
    PGNLS_FILTER = 0x1506,
    WRITE = 0x2201,
    WRITE_FULL = 0x2202,
    TRUNCATE = 0x2203,
    ZERO = 0x2204,
    DELETE = 0x2205,
    APPEND = 0x2206,
    CREATE = 0x220d,
    WATCH = 0x220f,
    OMAP_SET = 0x2215,
    OMAP_SET_HEADER = 0x2216,
    OMAP_CLEAR = 0x2217,
    OMAP_REMOVE_KEYS = 0x2218,
    COPY_FROM = 0x221a,
    SET_ALLOC_HINT = 0x2223,
    WRITE_SAME = 0x2226,
    OMAP_REMOVE_RANGE = 0x222c,
    COPY_FROM2 = 0x222d,
    SET_XATTR = 0x2301,
    REMOVE_XATTR = 0x2304,
}

/// Whether an operation of this number changes its object; what a method does depends on its flags.
pub(super) fn writes(code: u16) -> bool {
    code & 0xf000 == 0x2000
}
