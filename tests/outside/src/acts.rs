//! A runtime of one's own. A class file has a line for each method: its name and its flags. A method does what its input says, in
//! the language of the behaviour suite's class `actor`.

mod action;

use std::sync::Arc;

use radula::Limits;
use radula::runtime::{
    CallError, Class, ClassBackend, ClassName, Context, GuestLocation, Kind, Method, MethodFlags,
    MethodName, Module, OpenError, Reply, Runtime,
};

/// Files `cls_NAME.acts`, in the directories `dirs.acts`.
pub const ACTS: Kind = Kind {
    name: "acts",
    title: "acts",
    prefix: "cls_",
    suffix: ".acts",
    feature: "acts",
    dir_key: "dirs.acts",
    builtin: &[],
};

/// The runtime, for [`radula::Builder::runtimes`].
pub fn runtime() -> Runtime {
    Runtime::new(ACTS, Arc::new(Acts))
}

#[derive(Debug)]
struct Acts;

impl ClassBackend for Acts {
    fn max_module_size(&self) -> u64 {
        64 << 10
    }

    fn open(&self, module: &Module, _: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        let text = String::from_utf8_lossy(&module.bytes);
        let methods: Vec<Method> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.is_empty())
            .map(|(number, line)| method(&module.file, number, line))
            .collect::<Result<_, _>>()?;
        Method::check_distinct(&methods)?;
        Ok(Arc::new(Actor { methods }))
    }
}

fn method(file: &str, number: u32, line: &str) -> Result<Method, OpenError> {
    let malformed = || OpenError::Malformed {
        message: "a line is a method and its flags: r, w or rw".into(),
        location: Some(GuestLocation {
            file: file.into(),
            line: number,
        }),
    };
    let (name, flags) = line.split_once(' ').ok_or_else(malformed)?;
    let flags = match flags {
        "r" => MethodFlags::RD,
        "w" => MethodFlags::WR,
        "rw" => MethodFlags::RD | MethodFlags::WR,
        _ => return Err(malformed()),
    };
    Ok(Method::new(MethodName::new(name)?, flags))
}

#[derive(Debug)]
struct Actor {
    methods: Vec<Method>,
}

impl Class for Actor {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &[]
    }

    fn call(&self, _: usize, context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
        action::act(context, &String::from_utf8_lossy(input))
    }
}
