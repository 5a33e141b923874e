//! One class on many threads.

use std::{thread, time::Duration, time::Instant};

use super::*;

#[test]
fn sixteen_threads_share_a_class_without_seeing_each_other() {
    let inner = one_method(
        "inner",
        "OBJCLASS_RD",
        "return objclass_output(call, input);",
    );
    let outer = one_method(
        "outer",
        "OBJCLASS_RD | OBJCLASS_WR",
        "objclass_bytes echoed, data;
         int32_t r = objclass_write_full(call, input);
         if (r < 0) return r;
         r = objclass_call_method(call, objclass_text(\"inner\"), objclass_text(\"run\"), input, &echoed);
         if (r < 0) return r;
         r = objclass_read(call, 0, 0, &data);
         if (r < 0) return r;
         if (data.size != echoed.size || memcmp(data.data, echoed.data, data.size)) return -EIO;
         return objclass_output(call, data);",
    );
    let (inner, outer) = (compile(&inner), compile(&outer));
    let end = Instant::now() + Duration::from_secs(2);
    thread::scope(|scope| {
        for number in 0..16_u32 {
            let (inner, outer) = (&inner, &outer);
            scope.spawn(move || {
                // Opening races too: all threads ask for the same bytes at once.
                let world = World::with([
                    ("inner", open("inner", inner.clone()).unwrap()),
                    ("outer", open("outer", outer.clone()).unwrap()),
                ]);
                let mut round = 0_u32;
                while Instant::now() < end {
                    let input = format!("{number}/{round}").repeat(1 + round as usize % 50);
                    let answer = world.exec(&mut object(), "outer", "run", input.as_bytes());
                    assert_eq!(output(answer), input);
                    round += 1;
                }
                assert!(round > 0);
            });
        }
    });
}
