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
