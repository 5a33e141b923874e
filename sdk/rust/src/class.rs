//! The macro that makes a crate a class.

/// Makes this crate the class `name`: exports its identity, and the methods listed, each a function in scope.
///
/// ```
/// # use radula_class::{Context, Result};
/// radula_class::class! {
///     name: "shelf",
///     // Optional; the default is the version of the crate.
///     version: "2.1.0",
///     // Optional: classes that must be open before this one answers calls.
///     depends: ["lock", "version"],
///     methods: {
///         /// The first line is shown to operators.
///         look: RD,
///         put: WR,
///         swap: RD | WR,
///     }
/// }
/// # fn look(_: &mut Context<'_>, _: &[u8]) -> Result { Ok(()) }
/// # fn put(_: &mut Context<'_>, _: &[u8]) -> Result { Ok(()) }
/// # fn swap(_: &mut Context<'_>, _: &[u8]) -> Result { Ok(()) }
/// ```
///
/// `RD` lets a method read data, xattrs and omap; `WR` lets it change the object. It is refused everything else, with
/// `EPERM`, before anything happened.
///
/// Use it once in a crate, and build that crate as a `cdylib` called `cls_NAME`.
#[macro_export]
macro_rules! class {
    (
        name: $name:literal,
        methods: $methods:tt $(,)?
    ) => {
        $crate::class! { name: $name, version: env!("CARGO_PKG_VERSION"), depends: [], methods: $methods }
    };
    (
        name: $name:literal,
        depends: $depends:tt,
        methods: $methods:tt $(,)?
    ) => {
        $crate::class! { name: $name, version: env!("CARGO_PKG_VERSION"), depends: $depends, methods: $methods }
    };
    (
        name: $name:literal,
        version: $version:expr,
        methods: $methods:tt $(,)?
    ) => {
        $crate::class! { name: $name, version: $version, depends: [], methods: $methods }
    };
    (
        name: $name:literal,
        version: $version:expr,
        depends: [$($dependency:literal),* $(,)?],
        methods: {
            $($(#[doc = $doc:literal])* $method:ident: $($flag:ident)|+),+ $(,)?
        } $(,)?
    ) => {
        const _: () = {
            use $crate::__private as private;

            const DEPENDS: &str = concat!("", $($dependency, " ",)*);

            #[unsafe(no_mangle)]
            static objclass_abi: u32 = private::abi::ABI;
            #[unsafe(no_mangle)]
            static objclass_name: [u8; $name.len() + 1] = private::text($name);
            #[unsafe(no_mangle)]
            static objclass_version: [u8; $version.len() + 1] = private::text($version);
            #[unsafe(no_mangle)]
            static objclass_deps: [u8; DEPENDS.len() + 1] = private::text(DEPENDS);

            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn objclass_init(registry: *mut private::abi::Registry) -> i32 {
                // SAFETY: the host calls this function as the ABI says, with its handle.
                unsafe { private::init(registry, |registry| {
                    $({
                        unsafe extern "C-unwind" fn entry(
                            call: *mut private::abi::Call,
                            input: private::abi::Bytes,
                        ) -> i32 {
                            // SAFETY: the host calls this function as the ABI says.
                            unsafe { private::run(call, input, |context, input| {
                                let input = $crate::Input::decode(input)?;
                                $crate::Output::encode($method(context, input)?, context)
                            }) }
                        }
                        const DOC: &str = concat!("", $($doc, "\n",)*);
                        private::register(
                            registry,
                            stringify!($method),
                            $(private::abi::$flag)|+,
                            entry,
                            DOC,
                        )?;
                    })+
                    Ok(())
                }) }
            }
        };
    };
}
