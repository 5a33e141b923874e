//! The behaviour suite checked against itself: a suite that passes whatever it is given proves nothing.

use std::sync::Arc;

use testkit::{
    behaviour::{
        After, AfterWord, Case, Content, Literal, Mismatch, RunsCases as _, Step, StoreKind,
        Subject, run, subjects, trials,
    },
    wrong::{Wrong, WrongStore},
};

fn lua_in_memory() -> Subject {
    Subject::lua(StoreKind::Memory)
}

/// The name of a trial that fails on `subject`. A panic is a failure like any other.
fn first_failure(subject: Subject) -> Option<String> {
    trials(vec![subject])
        .into_iter()
        .find(|trial| {
            let run = std::panic::AssertUnwindSafe(|| trial.run());
            !matches!(std::panic::catch_unwind(run), Ok(Ok(())))
        })
        .map(|trial| trial.name)
}

#[test]
fn every_store_that_breaks_a_promise_is_caught() {
    for &wrong in Wrong::ALL {
        let subject = lua_in_memory()
            .with_store_wrapped(move |store| Arc::new(WrongStore::new(store, wrong)));
        let failure = first_failure(subject);
        assert!(
            failure.is_some(),
            "a store that is wrong ({wrong:?}) passes the whole suite"
        );
    }
}

#[test]
fn every_actor_that_does_something_else_is_caught() {
    let edits = [
        // A failing method that reports success keeps what it wrote.
        ("return -cls[words[1]]", "return 0"),
        // A write that is left out.
        (
            "map_clear = function() cls.map_clear() end",
            "map_clear = function() end",
        ),
        // A write in the wrong place.
        (
            "zero = function(offset, length) cls.zero(number(offset), number(length)) end",
            "zero = function(offset, length) cls.zero(0, number(length)) end",
        ),
        // An answer without looking.
        ("return \"stat \" .. size", "return \"stat 0\""),
        // A right that is wider than declared.
        ("cls.register(r, \"r\"", "cls.register(r, \"rw\""),
        ("cls.register(w, \"w\"", "cls.register(w, \"rw\""),
        // A loop that ends by itself.
        (
            "spin = function() while true do end end",
            "spin = function() end",
        ),
        // Output that is dropped, and output that is made up.
        ("output:append(answer .. \"\\n\")", "output:append(\"\")"),
        (
            "for line in input:str()",
            "output:append(\" \") for line in input:str()",
        ),
    ];
    for (text, instead) in edits {
        let failure = first_failure(lua_in_memory().with_actor_edited(text, instead));
        assert!(
            failure.is_some(),
            "an actor with {instead:?} passes the whole suite"
        );
    }
}

#[test]
fn every_expectation_of_every_case_is_looked_at() {
    let mut unnoticed = Vec::new();
    for trial in trials(vec![lua_in_memory()]) {
        for (what, case) in falsified(&trial.case) {
            match run(&case, &*trial.subject) {
                Err(Mismatch { .. }) => {}
                Ok(()) => unnoticed.push(format!("{}: {what}", trial.name)),
            }
        }
    }
    assert!(
        unnoticed.is_empty(),
        "falsified expectations that still pass:\n{}",
        unnoticed.join("\n")
    );
}

/// Copies of a case with one expectation turned into its opposite each.
fn falsified(case: &Case) -> Vec<(String, Case)> {
    let mut copies = Vec::new();
    let mut falsify = |what: String, change: &dyn Fn(&mut Case)| {
        let mut copy = case.clone();
        change(&mut copy);
        copies.push((what, copy));
    };
    for (index, step) in case.steps.iter().enumerate() {
        let mut with = |what: &str, change: &dyn Fn(&mut Step)| {
            falsify(format!("step {index}: {what}"), &|case| {
                change(&mut case.steps[index])
            });
        };
        if let Some(errno) = &step.errno {
            let other = if errno == "EXDEV" { "EPIPE" } else { "EXDEV" };
            with("another errno", &|step| step.errno = Some(other.into()));
            with("success", &|step| {
                (step.errno, step.kind, step.says, step.failed) = (None, None, None, None)
            });
        } else {
            with("another return value", &|step| {
                step.ret = Some(step.ret.unwrap_or(0) ^ 1)
            });
            with("failure", &|step| {
                (step.ret, step.output, step.lines, step.output_at_least) =
                    (None, None, None, None);
                step.errno = Some("EIO".into());
            });
            if step.operate.is_none() {
                with("another output", &|step| {
                    (step.lines, step.output_at_least) = (None, None);
                    step.output = Some(Literal(b"something nobody says".to_vec()));
                });
            }
        }
        if step.kind.is_some() {
            with("another kind", &|step| {
                step.kind = Some("neighbourly".into())
            });
        }
        if step.says.is_some() {
            with("another text", &|step| {
                step.says = Some("something nobody says".into())
            });
        }
        if step.failed.is_some() {
            with("another operation", &|step| step.failed = Some(99));
        }
        if step.log.is_some() {
            with("another log", &|step| {
                step.log = Some(vec!["0 something nobody says".into()])
            });
        }
        if step.replies.is_some() {
            with("other replies", &|step| {
                step.replies = Some(vec![Literal(b"something nobody says".to_vec())])
            });
        }
        if let Some(new) = step.new_version {
            with("the other version", &|step| step.new_version = Some(!new));
        }
        if step.output_at_least.is_some() {
            with("more output", &|step| step.output_at_least = Some(1 << 30));
        }
    }
    match &case.after {
        After::Word(AfterWord::Missing) => {
            falsify("an object".into(), &|case| {
                case.after = After::Content(Content::default())
            });
        }
        After::Word(AfterWord::Unchanged) => {
            let content = case.object.clone().unwrap_or_default();
            for other in content.others() {
                falsify(format!("{other:?}"), &|case| {
                    case.after = After::Content(other.clone())
                });
            }
        }
        After::Content(content) => {
            falsify("a missing object".into(), &|case| {
                case.after = After::Word(AfterWord::Missing)
            });
            for other in content.others() {
                falsify(format!("{other:?}"), &|case| {
                    case.after = After::Content(other.clone())
                });
            }
        }
    }
    copies
}

#[test]
fn every_case_runs_on_some_subject() {
    let names: Vec<String> = trials(subjects())
        .into_iter()
        .map(|trial| trial.name)
        .collect();
    let run = |case: &str| names.iter().any(|name| name.ends_with(case));
    let idle: Vec<String> = testkit::behaviour::case_names()
        .into_iter()
        .filter(|case| !run(&format!("/{case}")))
        .collect();
    assert!(idle.is_empty(), "no subject runs {idle:?}");
}

#[test]
fn trial_names_are_unique() {
    let mut names: Vec<String> = trials(subjects())
        .into_iter()
        .map(|trial| trial.name)
        .collect();
    names.sort();
    let doubled: Vec<_> = names
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| &pair[0])
        .collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

/// The tests of Ceph's class lua, in the order of its `test_cls_lua.cc`.
const CEPH: [&str; 30] = [
    "Write",
    "SyntaxError",
    "EmptyScript",
    "RetVal",
    "Create",
    "Pcall",
    "Remove",
    "Stat",
    "MapClear",
    "MapSetVal",
    "MapGetVal",
    "Read",
    "Log",
    "BufferlistEquality",
    "RunError",
    "HandleNotFunc",
    "Register",
    "BufferlistCompare",
    "BufferlistConcat",
    "GetXattr",
    "SetXattr",
    "WriteFull",
    "GetXattrs",
    "MapGetKeys",
    "MapGetVals",
    "MapHeader",
    "MapSetVals",
    "MapRemoveKey",
    "VersionSubop",
    "Json",
];

#[test]
fn each_of_the_thirty_tests_of_cephs_class_lua_has_a_case_on_every_store() {
    let trials = trials(subjects());
    for store in ["memory", "disk"] {
        for (index, test) in CEPH.iter().enumerate() {
            let number = u8::try_from(index + 1).expect("thirty");
            let covered = trials.iter().any(|trial| {
                trial.case.ceph == Some(number) && trial.subject.name().ends_with(store)
            });
            assert!(covered, "no case stands for {number}, {test}, on {store}");
        }
    }
}
