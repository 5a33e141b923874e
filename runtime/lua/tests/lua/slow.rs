//! A host that takes its time, and notes none of it: an OSD that waits for a disk.

use std::time::{Duration, Instant};

use bytes::Bytes;
use objclass::{
    Budget, CallInfo, Fault, LimitKind, Limits, NoObject, ObjectContext, ObjectError, ObjectRead,
    ObjectWrite, Page, PageLimit, Pair, Stat, Work,
};
use runtime_lua::Guards;

use crate::fixture::{Lab, limit};

type Answer<T> = Result<T, ObjectError>;

/// An object that needs 5 ms to say that it does not exist, and is otherwise none.
#[derive(Debug, Default)]
struct Slow(NoObject);

/// Methods that answer as [`NoObject`].
macro_rules! as_nothing {
    ($(fn $name:ident(&mut self $(, $arg:ident: $kind:ty)*) -> $answer:ty;)*) => {
        $(fn $name(&mut self $(, $arg: $kind)*) -> $answer {
            self.0.$name($($arg),*)
        })*
    };
}

impl ObjectRead for Slow {
    fn stat(&mut self) -> Answer<Stat> {
        std::thread::sleep(Duration::from_millis(5));
        Err(objclass::Errno::ENOENT.into())
    }
    as_nothing! {
        fn read(&mut self, offset: u64, length: u64) -> Answer<Bytes>;
        fn xattr(&mut self, name: &[u8]) -> Answer<Bytes>;
        fn xattrs(&mut self) -> Answer<Vec<Pair>>;
        fn omap_keys(&mut self, after: &[u8], limit: PageLimit) -> Answer<Page<Bytes>>;
        fn omap_vals(&mut self, after: &[u8], prefix: &[u8], limit: PageLimit) -> Answer<Page<Pair>>;
        fn omap_val(&mut self, key: &[u8]) -> Answer<Bytes>;
        fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Answer<Vec<Pair>>;
        fn omap_header(&mut self) -> Answer<Bytes>;
    }
}

impl ObjectWrite for Slow {
    as_nothing! {
        fn create(&mut self, exclusive: bool) -> Answer<()>;
        fn remove(&mut self) -> Answer<()>;
        fn write(&mut self, offset: u64, data: Bytes) -> Answer<()>;
        fn write_full(&mut self, data: Bytes) -> Answer<()>;
        fn replace(&mut self, offset: u64, data: Bytes) -> Answer<()>;
        fn truncate(&mut self, size: u64) -> Answer<()>;
        fn zero(&mut self, offset: u64, length: u64) -> Answer<()>;
        fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Answer<()>;
        fn omap_set(&mut self, entries: &[(&[u8], Bytes)]) -> Answer<()>;
        fn omap_remove(&mut self, keys: &[&[u8]]) -> Answer<()>;
        fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Answer<()>;
        fn omap_clear(&mut self) -> Answer<()>;
        fn omap_set_header(&mut self, header: Bytes) -> Answer<()>;
    }
}

impl ObjectContext for Slow {
    fn info(&self) -> &CallInfo {
        self.0.info()
    }
    as_nothing! {
        fn work(&mut self) -> &mut Work;
        fn hide_writes(&mut self) -> Answer<()>;
        fn show_writes(&mut self) -> ();
        fn begin_nested(&mut self) -> Result<(), Fault>;
        fn end_nested(&mut self, keep: bool) -> Result<(), Fault>;
    }
}

/// Calls that cost the host 5 ms and the script next to no fuel, until the deadline of 30 ms or 60 of them.
fn sleeps(guards: Guards) -> (Option<LimitKind>, u128) {
    let limits = Limits {
        deadline_ms: 30,
        fuel: u64::MAX,
        ..Limits::INSTALLED
    };
    let lab = Lab::bare(limits, guards);
    lab.add(
        "t",
        "function go() for i = 1, 60 do pcall(cls.stat) end end cls.register(go)",
    );
    let mut budget = Budget::new(limits);
    let start = Instant::now();
    let result = lab.run(&mut Slow::default(), &mut budget, "t", "go", b"");
    (limit(&result), start.elapsed().as_millis())
}

#[test]
fn a_host_that_takes_its_time_does_not_stop_the_clock() {
    let (ended, after) = sleeps(Guards::ALL);
    assert_eq!(ended, Some(LimitKind::Deadline));
    assert!(after < 250, "{after} ms");
    // Fuel alone sees the end of the slice long after the deadline.
    let bare = Guards {
        clock: false,
        ..Guards::ALL
    };
    let (ended, after) = sleeps(bare);
    assert_eq!(ended, None);
    assert!(after >= 300, "{after} ms");
}
