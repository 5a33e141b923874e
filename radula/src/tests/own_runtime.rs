//! A runtime that the program brings: its classes are found in files, in directories the configuration names.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc};

use bytes::Bytes;
use objclass::{
    CallError, Class, ClassBackend, ClassName, Context, Limits, Method, MethodFlags, MethodName,
    Module, OpenError, Reply,
};
use runtime::{Kind, Runtime};

use crate::{Config, Radula, Sources};

const WORDS: Kind = Kind {
    name: "words",
    title: "words",
    prefix: "cls_",
    suffix: ".words",
    feature: "words",
    dir_key: "dirs.words",
    builtin: &[],
};

/// A class is a file whose content its one method answers.
#[derive(Debug)]
struct Words;

#[derive(Debug)]
struct Said {
    text: Bytes,
    methods: Vec<Method>,
}

impl ClassBackend for Words {
    fn max_module_size(&self) -> u64 {
        1 << 10
    }

    fn open(&self, module: &Module, _limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        Ok(Arc::new(Said {
            text: module.bytes.clone(),
            methods: vec![Method::new(
                MethodName::new("say").unwrap(),
                MethodFlags::RD | MethodFlags::WR,
            )],
        }))
    }
}

impl Class for Said {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &[]
    }

    fn call(&self, _: usize, _: &mut Context<'_>, _: &[u8]) -> Result<Reply, CallError> {
        Ok(Reply {
            ret: 0,
            output: self.text.clone(),
        })
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test installs a class")]
fn classes_of_a_runtime_of_the_program_are_found_and_switched_off() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("cls_hello.words");
    std::fs::write(&file, "hello").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let sources = Sources {
        runtimes: vec![WORDS],
        ..Sources::default()
    };
    let config = Config::builtin(&sources)
        .in_memory()
        .with("dirs.words", scratch.path())
        .unwrap();
    let mut runtimes = runtime::default_runtimes();
    runtimes.push(Runtime::new(WORDS, Arc::new(Words)));
    let radula = Radula::builder()
        .config(config)
        .runtimes(runtimes)
        .open()
        .unwrap();
    let pool = radula.ioctx("p");
    let reply = pool.exec("o", "hello", "say", b"").unwrap();
    assert_eq!(reply.output, "hello");
    let off = radula.config().with("runtimes.words", "false").unwrap();
    radula.reconfigure(off).unwrap();
    let error = pool.exec("o", "hello", "say", b"").unwrap_err();
    assert!(error.to_string().contains("words runtime"), "{error}");
}
