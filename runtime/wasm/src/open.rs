//! From a verified module to a class.

use objclass::{
    Budget, CallError, ClassName, Context, GuestLocation, Limits, Method, MethodFlags, MethodName,
    Module, NoHost, NoObject, OpenError, escaped, text::MAX_MESSAGE,
};
use wasmtime::component::{Component, ComponentExportIndex, Linker, TypedFunc};

use crate::{
    call::CurrentCall,
    class::{CallExport, WasmClass},
    compile,
    compiled::CompiledClass,
    engine::{self, Mode, SharedEngine},
    host::{self, types},
    options::WasmOptions,
    scan, world,
};

/// Methods of one class.
const MAX_METHODS: usize = 1024;

/// Looks the module over, has it compiled, and asks it for its methods.
///
/// # Errors
/// What is wrong with the module, in the words of its author; or why it could not be compiled.
pub(crate) fn open(
    module: &Module,
    limits: &Limits,
    options: &WasmOptions,
) -> Result<WasmClass, OpenError> {
    let imports = scan::check(&module.bytes, options.scan_limits())
        .map_err(|refused| malformed(module, refused))?;
    world::check(&imports).map_err(|refused| malformed(module, refused))?;
    let engine = engine::shared(Mode::for_this_process(options.signals))?;
    let component = compile::component(module, &engine, options)?;
    let pre =
        link(&engine, &component).map_err(|error| malformed(module, world::in_words(&error)))?;
    let methods_export = export(&component, "methods").map_err(|text| malformed(module, text))?;
    let call_export = export(&component, "call").map_err(|text| malformed(module, text))?;
    let compiled = CompiledClass {
        file: module.file.clone(),
        engine,
        pre,
        guards: options.guards,
    };
    let listed = list(
        &compiled,
        &module.class,
        limits,
        methods_export,
        call_export,
    )
    .map_err(|error| match error {
        Listing::Type(text) => malformed(module, text),
        Listing::Call(error) => error.into(),
    })?;
    let methods = methods(listed).map_err(|text| malformed(module, text))?;
    Method::check_distinct(&methods)?;
    Ok(WasmClass {
        compiled,
        methods,
        call: call_export,
    })
}

fn link(
    engine: &SharedEngine,
    component: &Component,
) -> wasmtime::Result<wasmtime::component::InstancePre<CurrentCall>> {
    let mut linker = Linker::new(&engine.engine);
    host::link(&mut linker)?;
    linker.instantiate_pre(component)
}

fn export(component: &Component, name: &str) -> Result<ComponentExportIndex, String> {
    component.get_export_index(None, name).ok_or_else(|| {
        format!("it does not export the function `{name}`; a class exports `methods` and `call`, as the world `object-class` of {}@{} says", host::PACKAGE, host::VERSION)
    })
}

enum Listing {
    Type(String),
    Call(CallError),
}

/// Runs the export `methods`, and sees that `call` is what it should be.
fn list(
    compiled: &CompiledClass,
    class: &ClassName,
    limits: &Limits,
    methods: ComponentExportIndex,
    call: ComponentExportIndex,
) -> Result<Vec<types::Method>, Listing> {
    let mut object = NoObject::default();
    let mut budget = Budget::new(*limits);
    let mut context = Context::new(
        &mut object,
        &mut budget,
        &NoHost,
        class.as_str(),
        MethodFlags::empty(),
    );
    let mut wrong_type = None;
    let listed = compiled.with_instance(&mut context, |store, instance| {
        let methods: wasmtime::Result<TypedFunc<(), (Vec<types::Method>,)>> =
            instance.get_typed_func(&mut *store, methods);
        let call: wasmtime::Result<CallExport<'_>> = instance.get_typed_func(&mut *store, call);
        let wrong = |name: &str, error: &wasmtime::Error| {
            format!(
                "its export `{name}` is not what the world `object-class` of {}@{} says: {}",
                host::PACKAGE,
                host::VERSION,
                error.root_cause()
            )
        };
        let methods = match (methods, call) {
            (Ok(methods), Ok(_)) => methods,
            (Err(error), _) => {
                wrong_type = Some(wrong("methods", &error));
                return Ok(Vec::new());
            }
            (_, Err(error)) => {
                wrong_type = Some(wrong("call", &error));
                return Ok(Vec::new());
            }
        };
        let (listed,) = methods.call(&mut *store, ())?;
        Ok(listed)
    });
    match wrong_type {
        Some(text) => Err(Listing::Type(text)),
        None => listed.map_err(Listing::Call),
    }
}

/// The methods as the contract has them.
fn methods(listed: Vec<types::Method>) -> Result<Vec<Method>, String> {
    if listed.len() > MAX_METHODS {
        return Err(format!(
            "it lists {} methods; at most {MAX_METHODS} are accepted",
            listed.len()
        ));
    }
    let mut methods: Vec<Method> = Vec::with_capacity(listed.len());
    for method in listed {
        let name = MethodName::new(&method.name).map_err(|invalid| invalid.to_string())?;
        let mut flags = MethodFlags::empty();
        flags.set(MethodFlags::RD, method.access.contains(types::Access::READ));
        flags.set(
            MethodFlags::WR,
            method.access.contains(types::Access::WRITE),
        );
        if flags.is_empty() {
            return Err(format!(
                "its method {name} declares neither `read` nor `write`; a method needs at least one"
            ));
        }
        let doc = (!method.doc.is_empty()).then(|| escaped(method.doc.as_bytes(), MAX_MESSAGE));
        methods.push(Method::new(name, flags).with_doc(doc));
    }
    Ok(methods)
}

fn malformed(module: &Module, message: String) -> OpenError {
    OpenError::Malformed {
        message,
        location: Some(GuestLocation {
            file: module.file.clone(),
            line: 0,
        }),
    }
}
