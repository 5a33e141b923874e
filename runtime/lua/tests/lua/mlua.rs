//! `mlua`, the project's binding, stands on our core: a program that uses both has one Lua, and it is the edited one.

#[test]
fn a_handle_of_mlua_runs_on_the_edited_core() {
    let lua = mlua::Lua::new();
    let answer: i64 = lua
        .load("local n = 0 for i = 1, 10 do n = n + i end return n")
        .eval()
        .unwrap();
    assert_eq!(answer, 55);
    // Stock Lua shows addresses and has finalizers of tables.
    let shown: String = lua.load("return tostring({})").eval().unwrap();
    assert_eq!(shown, "table: 0x0");
    let refused = lua
        .load("setmetatable({}, { __gc = function() end })")
        .exec()
        .unwrap_err();
    assert!(refused.to_string().contains("no finalizers"), "{refused}");
}
