//! Nothing of a call is left for the next one.

use crate::fixture::Lab;

#[test]
fn globals_upvalues_and_libraries_start_anew() {
    let lab = Lab::of(
        "local up = 0
         count = 0
         function go(input, output)
           up = up + 1 count = count + 1
           output:append(table.concat({ up, count, tostring(poison), ('x'):rep(2), math.random(1 << 40), type(cls.write) }, ' '))
           poison = true string.rep = function() return 'BREACH' end cls.write = nil
           setmetatable(_G, { __index = function() return 'BREACH' end }) setmetatable(cls, {})
           stolen = output
         end
         cls.register(go)",
    );
    let first = lab.output("go", b"");
    assert!(first.starts_with("1 1 nil xx "), "{first}");
    for _ in 0..3 {
        assert_eq!(lab.output("go", b""), first);
    }
}

#[test]
fn a_failed_call_leaves_nothing_either() {
    let lab = Lab::of(
        "state = 'clean'
         function spoil() state = 'BREACH' error('x') end
         function burn() state = 'BREACH' while true do end end
         function go(input, output) output:append(state) end
         cls.register(spoil) cls.register(burn) cls.register(go)",
    );
    assert!(lab.exec("t", "spoil", b"").result.is_err());
    assert_eq!(lab.output("go", b""), "clean");
    assert!(lab.exec("t", "burn", b"").result.is_err());
    assert_eq!(lab.output("go", b""), "clean");
}

#[test]
fn calls_on_many_threads_do_not_see_each_other() {
    let lab = Lab::of(
        "seen = ''
         function go(input, output)
           assert(seen == '', seen)
           seen = input:str()
           local t = {} for i = 1, 200 do t[i] = seen .. i end
           if #seen % 5 == 0 then error(seen) end
           if #seen % 7 == 0 then while true do t[#t + 1] = table.concat(t) end end
           output:append(seen) return #seen
         end
         cls.register(go)",
    );
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let lab = &lab;
            scope.spawn(move || {
                for call in 0..300_usize {
                    let input = format!("{thread}").repeat(1 + call % 40);
                    let done = lab.exec_on(&format!("o{thread}"), "t", "go", input.as_bytes());
                    match (input.len() % 5, input.len() % 7) {
                        (0, _) => assert!(done.result.unwrap_err().to_string().contains(&input)),
                        (_, 0) => assert!(done.result.is_err()),
                        _ => assert_eq!(done.result.unwrap().output, input),
                    }
                }
            });
        }
    });
}

#[test]
fn error_texts_of_one_call_do_not_show_in_the_next() {
    let lab = Lab::of(
        "function host() cls.remove() end
         function own() error('mine') end
         function quiet() return -1 end
         cls.register(host) cls.register(own) cls.register(quiet)",
    );
    for _ in 0..2 {
        assert!(lab.error("host").to_string().contains("remove"));
        assert_eq!(lab.error("own").to_string(), "cls_t.lua:2: mine");
        assert_eq!(lab.error("quiet").to_string(), "operation not permitted");
    }
}
