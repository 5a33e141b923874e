//! smoke
use lua_sys::{ffi, *};
use std::ffi::c_void;
unsafe extern "C" {
    fn realloc(p: *mut c_void, n: usize) -> *mut c_void;
    fn free(p: *mut c_void);
}
unsafe extern "C" fn alloc(_: *mut c_void, p: *mut c_void, _o: usize, n: usize) -> *mut c_void {
    unsafe {
        if n == 0 {
            free(p);
            std::ptr::null_mut()
        } else {
            realloc(p, n)
        }
    }
}
unsafe extern "C-unwind" fn over(_: *mut ffi::lua_State, m: *mut Meter) {
    unsafe { (*m).end() }
}
#[test]
fn loops_end() {
    for s in [
        c"while true do end",
        c"::a:: goto a",
        c"for i=1,1e18 do end",
        c"local function f() return f() end f()",
        c"repeat until pcall(error) and false",
        c"while true do pcall(function() while true do end end) end",
    ] {
        let mut m = Meter::new();
        unsafe {
            let l = new_state(alloc, std::ptr::null_mut(), &raw mut m);
            ffi::luaL_openlibs(l);
            m.on_exhausted(over, std::ptr::null_mut());
            assert_eq!(ffi::luaL_loadstring(l, s.as_ptr()), 0);
            m.begin(1_000_000);
            assert_eq!(ffi::lua_pcall(l, 0, 0, 0), STATUS_ENDED);
            assert_eq!(m.ended(), Some(Ended::Embedding));
            ffi::lua_close(l);
        }
    }
}
