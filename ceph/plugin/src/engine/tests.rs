//! The engine on the model of an OSD: registration, calls, failures, reload.
#![expect(clippy::disallowed_methods, reason = "tests make the files they need")]

use std::{
    cell::RefCell,
    collections::HashMap,
    os::unix::fs::PermissionsExt as _,
    sync::OnceLock,
    time::{Duration, Instant},
};

use super::*;
use crate::{
    config::FILE,
    hctx::model::{Model, ModelObject},
    registry::PLACES,
};

/// An OSD with classes in a directory of its own.
struct Lab {
    engine: Engine<u32>,
    directory: tempfile::TempDir,
    /// What the OSD knows: class and method, flags, function.
    table: RefCell<HashMap<String, (i32, Place)>>,
}

const FAST: &str = "ceph.reload_interval = \"10ms\"\n";

impl Lab {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        make_directories(directory.path());
        for (name, text) in files {
            put(directory.path(), name, text);
        }
        Self {
            engine: Engine::open(directory.path(), None),
            directory,
            table: RefCell::default(),
        }
    }

    fn put(&self, name: &str, text: &str) {
        put(self.directory.path(), name, text);
    }

    /// The OSD opens a class.
    fn open(&self, class: &str) {
        self.engine
            .register(class, number(class), |handle, method, flags, place| {
                let mut table = self.table.borrow_mut();
                let key = format!("{handle}.{method}");
                assert!(
                    table.insert(key, (flags, place)).is_none(),
                    "registered twice"
                );
                Ok(())
            });
    }

    fn flags(&self, class: &str, method: &str) -> Option<i32> {
        let table = self.table.borrow();
        Some(table.get(&format!("{}.{method}", number(class)))?.0)
    }

    fn call_on(&self, model: &Arc<Model>, class: &str, method: &str, input: &str) -> CallAnswer {
        let key = format!("{}.{method}", number(class));
        let (_, place) = self.table.borrow()[&key];
        let hctx: Arc<dyn Hctx + Send + Sync> = model.clone();
        self.engine.call(place, hctx, input.as_bytes())
    }

    fn call(&self, class: &str, method: &str, input: &str) -> CallAnswer {
        let model = Arc::new(Model::holding(Some(ModelObject::default())));
        self.call_on(&model, class, method, input)
    }

    /// Calls until the answer is `expected`.
    fn soon(&self, class: &str, method: &str, expected: &str) {
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.call(class, method, "");
            let output = String::from_utf8_lossy(&answer.output).into_owned();
            if output.contains(expected) {
                return;
            }
            assert!(Instant::now() < patience, "{expected} never came: {output}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The OSD's handle of a class of these tests.
fn number(class: &str) -> u32 {
    class
        .bytes()
        .fold(7, |sum, byte| sum * 31 % 65_521 + u32::from(byte))
}

fn make_directories(directory: &Path) {
    for kind in ["classes/native", "classes/lua", "classes/wasm"] {
        let mut path = directory.to_owned();
        for part in kind.split('/') {
            path.push(part);
            std::fs::create_dir(&path).unwrap_or_default();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

/// Writes beside and renames, as an installation does.
#[expect(clippy::disallowed_methods, reason = "tests write what they run")]
fn put(directory: &Path, name: &str, text: &str) {
    let path = match name.strip_suffix(".lua") {
        Some(_) => directory.join("classes/lua").join(name),
        None => directory.join(name),
    };
    let new = path.with_extension("tmp");
    std::fs::write(&new, text).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::rename(&new, &path).unwrap();
}

fn says(text: &str) -> String {
    format!("function say(i, o) o:append('{text}') end cls.register(say, 'r')")
}

#[test]
fn methods_are_registered_with_the_flags_their_class_declares() {
    let lab = Lab::new(&[(
        "cls_three.lua",
        "function a() end function b() end function c() end
         cls.register(a, 'r') cls.register(b, 'w') cls.register(c)",
    )]);
    lab.open("three");
    lab.open("lua");
    assert_eq!(lab.flags("three", "a"), Some(1));
    assert_eq!(lab.flags("three", "b"), Some(2));
    assert_eq!(lab.flags("three", "c"), Some(3));
    assert_eq!(lab.flags("lua", "eval_bufferlist"), Some(3));
    assert_eq!(lab.flags("lua", "eval_bufferlist_ro"), Some(1));
}

#[test]
fn a_lua_class_needs_class_lua_and_lua_needs_nothing() {
    let lab = Lab::new(&[("cls_one.lua", &says("hi"))]);
    assert!(lab.engine.needs_lua("one"));
    assert!(!lab.engine.needs_lua("lua"));
    assert!(!lab.engine.needs_lua("missing"));
}

#[test]
fn what_a_method_wrote_is_told_to_the_osd_once_and_at_the_end() {
    let lab = Lab::new(&[(
        "cls_w.lua",
        "function put(i, o) cls.write_full(i) o:append(cls.read(0, 0):str()) return 5 end
         function fail(i) cls.write_full(i) return -17 end
         function raise(i) cls.write_full(i) error('no') end
         function spin(i) cls.write_full(i) while true do end end
         cls.register(put) cls.register(fail) cls.register(raise) cls.register(spin)",
    )]);
    lab.open("w");
    let model = Arc::new(Model::holding(None));
    let answer = lab.call_on(&model, "w", "put", "text");
    assert_eq!((answer.ret, &answer.output[..]), (5, &b"text"[..]));
    assert_eq!(model.calls(), ["stat", "write_full"]);
    for (method, ret) in [("fail", -17), ("raise", -5), ("spin", -110)] {
        let model = Arc::new(Model::holding(None));
        assert_eq!(
            lab.call_on(&model, "w", method, "text").ret,
            ret,
            "{method}"
        );
        assert!(!model.calls().contains(&"write_full"), "{method} wrote");
        assert_eq!(model.after(), None);
    }
}

#[test]
fn output_of_a_call_that_wrote_is_whole_up_to_the_limit_and_dropped_beyond() {
    let class = "
        function reply(i, o) o:append(string.rep('x', tonumber(i:str()))) return 7 end
        function write(i, o) cls.write_full(i) return reply(i, o) end
        function look(i, o) return reply(i, o) end
        cls.register(write) cls.register(look)";
    let lengths = |lab: &Lab, method: &str| {
        lab.open("w");
        ["64", "65", "1000", "1001"].map(|input| {
            let answer = lab.call("w", method, input);
            assert_eq!(answer.ret, 7, "the value stays");
            answer.output.len()
        })
    };
    let lab = Lab::new(&[("cls_w.lua", class)]);
    assert_eq!(lengths(&lab, "write"), [64, 0, 0, 0]);
    // What nothing was written for is a read.
    let lab = Lab::new(&[("cls_w.lua", class)]);
    assert_eq!(lengths(&lab, "look"), [64, 65, 1000, 1001]);
    let more = (FILE, "ceph.write_reply = 1000");
    let lab = Lab::new(&[more, ("cls_w.lua", class)]);
    assert_eq!(lengths(&lab, "write"), [64, 65, 1000, 0]);
    let none = (FILE, "ceph.write_reply = 0");
    let lab = Lab::new(&[none, ("cls_w.lua", class)]);
    assert_eq!(lengths(&lab, "write"), [0, 0, 0, 0]);
}

#[test]
fn a_failure_says_what_it_was() {
    let lab = Lab::new(&[(
        "cls_bad.lua",
        "function raise()\nerror('no luck')\nend
         function spin() while true do end end
         function sneak() cls.create(false) end
         cls.register(raise) cls.register(spin) cls.register(sneak, 'r')",
    )]);
    lab.open("bad");
    let told = |method: &str| -> serde_json::Value {
        serde_json::from_slice(&lab.call("bad", method, "").output).unwrap()
    };
    let raise = told("raise");
    assert_eq!(raise["errno"], "EIO");
    assert_eq!(raise["kind"], "guest-error");
    assert_eq!(raise["class"], "bad");
    assert_eq!(raise["method"], "raise");
    assert_eq!(raise["location"]["file"], "cls_bad.lua");
    assert_eq!(raise["location"]["line"], 2);
    let spin = told("spin");
    assert_eq!(spin["kind"], "limit");
    assert_eq!(spin["code"], 110);
    assert!(spin["limit"]["value"].as_u64().unwrap() > 0);
    assert_eq!(told("sneak")["errno"], "EPERM");
}

#[test]
fn what_the_osd_refuses_is_the_answer() {
    let lab = Lab::new(&[(
        "cls_w.lua",
        "function put(i) cls.write_full(i) end cls.register(put)",
    )]);
    lab.open("w");
    let model = Arc::new(Model::holding(None));
    model.refuse("write_full", Errno::EFBIG);
    let answer = lab.call_on(&model, "w", "put", "x");
    assert_eq!(answer.ret, Errno::EFBIG.to_return());
}

#[test]
fn an_edited_class_answers_soon() {
    let lab = Lab::new(&[(FILE, FAST), ("cls_c.lua", &says("old"))]);
    lab.open("c");
    lab.soon("c", "say", "old");
    lab.put("cls_c.lua", &says("new"));
    lab.soon("c", "say", "new");
    // What does not open leaves the old one in charge.
    lab.put("cls_c.lua", "not lua");
    lab.put("cls_d.lua", &says("other"));
    lab.open("d");
    lab.soon("c", "say", "new");
}

#[test]
fn without_an_interval_nothing_is_reloaded() {
    let lab = Lab::new(&[
        (FILE, "ceph.reload_interval = 0"),
        ("cls_c.lua", &says("old")),
    ]);
    lab.open("c");
    lab.put("cls_c.lua", &says("new"));
    std::thread::sleep(Duration::from_millis(100));
    lab.soon("c", "say", "old");
}

#[test]
fn a_method_that_vanished_is_not_supported_and_a_new_one_waits_for_the_next_class() {
    let lab = Lab::new(&[
        (FILE, FAST),
        ("cls_c.lua", &says("old")),
        ("cls_d.lua", &says("other")),
    ]);
    lab.open("c");
    lab.put(
        "cls_c.lua",
        "function tell(i, o) o:append('told') end cls.register(tell, 'r')",
    );
    lab.soon("c", "say", "EOPNOTSUPP");
    assert_eq!(lab.call("c", "say", "").ret, -95);
    assert_eq!(lab.flags("c", "tell"), None);
    lab.open("d");
    assert_eq!(lab.flags("c", "tell"), Some(1));
    lab.soon("c", "tell", "told");
}

#[test]
fn where_the_osd_opens_a_file_on_demand_a_new_method_is_known_at_once() {
    static ENGINE: std::sync::OnceLock<Engine<u32>> = std::sync::OnceLock::new();
    static TABLE: Mutex<Vec<(String, Place)>> = Mutex::new(Vec::new());
    static TURNS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    fn tell(_: u32, method: &str, _: i32, place: Place) -> Answer<()> {
        TABLE.lock().unwrap().push((method.to_owned(), place));
        Ok(())
    }
    fn reopen(turn: u32) -> Answer<bool> {
        TURNS.lock().unwrap().push(turn);
        if turn == 0 {
            // Somebody has had that name opened.
            return Ok(false);
        }
        let engine = ENGINE.get().ok_or(Errno::EAGAIN)?;
        engine.register_waiting(tell);
        Ok(true)
    }
    let known = || -> Vec<String> {
        let table = TABLE.lock().unwrap();
        table.iter().map(|(method, _)| method.clone()).collect()
    };
    let method = |name: &str| {
        format!("function {name}(i, o) o:append('{name}') end cls.register({name}, 'r') ")
    };
    let directory = tempfile::tempdir().unwrap();
    make_directories(directory.path());
    put(directory.path(), FILE, FAST);
    put(directory.path(), "cls_c.lua", &method("a"));
    let engine = ENGINE.get_or_init(|| Engine::open(directory.path(), Some(reopen)));
    engine.register("c", 1, tell);
    let patience = Instant::now() + Duration::from_secs(20);
    let mut text = method("a");
    for (name, all) in [("b", &["a", "b"][..]), ("c", &["a", "b", "c"])] {
        text += &method(name);
        put(directory.path(), "cls_c.lua", &text);
        while known() != all {
            assert!(Instant::now() < patience, "{:?}", known());
            std::thread::sleep(Duration::from_millis(5));
        }
        let place = TABLE.lock().unwrap().last().unwrap().1;
        let hctx = Arc::new(Model::holding(Some(ModelObject::default())));
        assert_eq!(engine.call(place, hctx, b"").output, name.as_bytes());
    }
    engine.stop();
    // No name twice, and none for nothing.
    assert_eq!(*TURNS.lock().unwrap(), [0, 1, 2]);
}

#[test]
fn a_reload_that_waits_for_who_ends_the_engine_is_not_waited_for() {
    static REOPENING: OnceLock<()> = OnceLock::new();
    static MAY_GO_ON: OnceLock<()> = OnceLock::new();
    fn reopen(_: u32) -> Answer<bool> {
        REOPENING.get_or_init(|| ());
        // As behind a lock of the system's loader of libraries, which who ends the engine holds.
        while MAY_GO_ON.get().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Errno::EPERM)
    }
    let directory = tempfile::tempdir().unwrap();
    make_directories(directory.path());
    put(directory.path(), FILE, FAST);
    put(directory.path(), "cls_c.lua", &says("old"));
    let engine = Engine::open(directory.path(), Some(reopen));
    engine.register("c", 1, |_, _, _, _| Ok(()));
    let more = says("new") + " function more() end cls.register(more, 'r')";
    put(directory.path(), "cls_c.lua", &more);
    let patience = Instant::now() + Duration::from_secs(20);
    while REOPENING.get().is_none() {
        assert!(Instant::now() < patience, "it never reloads");
        std::thread::sleep(Duration::from_millis(5));
    }
    // An engine that waits is let go, and found out.
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(20));
        MAY_GO_ON.get_or_init(|| ());
    });
    engine.stop();
    assert!(MAY_GO_ON.get().is_none(), "it was waited for");
    MAY_GO_ON.get_or_init(|| ());
}

#[test]
fn a_method_cannot_do_more_than_the_osd_was_told() {
    let lab = Lab::new(&[(FILE, FAST), ("cls_c.lua", &says("old"))]);
    lab.open("c");
    lab.put("cls_c.lua", &says("new").replace("'r'", "'rw'"));
    lab.soon("c", "say", "EPERM");
    lab.put("cls_c.lua", &says("newer"));
    lab.soon("c", "say", "newer");
}

#[test]
fn a_class_that_heals_gets_its_methods_with_the_next_class() {
    let lab = Lab::new(&[
        (FILE, FAST),
        ("cls_c.lua", "not lua"),
        ("cls_d.lua", &says("other")),
    ]);
    lab.open("c");
    assert_eq!(lab.flags("c", "say"), None);
    lab.put("cls_c.lua", &says("healed"));
    lab.open("d");
    lab.soon("c", "say", "healed");
}

#[test]
fn settings_change_while_the_engine_runs() {
    let script = "function spin() while true do end end cls.register(spin)";
    let lab = Lab::new(&[(FILE, FAST), ("cls_c.lua", script)]);
    lab.open("c");
    lab.put(FILE, &format!("{FAST}limits.installed.fuel = 1000"));
    lab.soon("c", "spin", "\"name\":\"fuel\"");
    lab.put(FILE, &format!("{FAST}limits.installed.deadline = \"20ms\""));
    lab.soon("c", "spin", "\"name\":\"deadline\"");
    // A file with a mistake leaves the settings as they are.
    lab.put(FILE, &format!("{FAST}limits.installed.fule = 5"));
    lab.put("cls_c.lua", &format!("{script}\n"));
    lab.soon("c", "spin", "\"name\":\"deadline\"");
}

#[test]
fn a_full_pool_leaves_methods_out_and_goes_on() {
    let registry = Registry::<u32>::new();
    let methods: Vec<_> = (0..PLACES + 2)
        .map(|index| {
            let name = MethodName::new(&format!("m{index}")).unwrap();
            (name, MethodFlags::RD)
        })
        .collect();
    registry.note_class("many", 1);
    let taken = RefCell::new(std::collections::BTreeSet::new());
    let tell = |_: u32, _: &str, _: i32, place: Place| {
        assert!(taken.borrow_mut().insert(place.0), "given twice");
        Ok(())
    };
    let additions = registry.add("many", &methods, &tell);
    assert_eq!(additions.added.len(), PLACES);
    let names = [format!("m{PLACES}"), format!("m{}", PLACES + 1)];
    assert_eq!(additions.left_out, names);
    assert_eq!(
        registry.at(Place(PLACES - 1)).unwrap().method,
        format!("m{}", PLACES - 1)
    );
    assert!(registry.at(Place(PLACES)).is_none());
}

#[test]
fn a_stopped_engine_goes_on_answering() {
    let lab = Lab::new(&[(FILE, FAST), ("cls_c.lua", &says("old"))]);
    lab.open("c");
    lab.engine.stop();
    lab.engine.stop();
    lab.put("cls_c.lua", &says("new"));
    std::thread::sleep(Duration::from_millis(50));
    lab.soon("c", "say", "old");
}
