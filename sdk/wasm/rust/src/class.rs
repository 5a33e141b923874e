//! The macro that makes a crate a class.

/// Makes this crate the class `name`: exports the methods listed, each a function in scope.
///
/// ```
/// # use radula_class_wasm::{self as radula_class, Context, Result};
/// radula_class::class! {
///     name: "shelf",
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
/// The engine takes the name of a WASM class from its file, `cls_NAME.wasm`. So that the file is right, the library must
/// be called `cls_NAME`; another name does not compile.
///
/// Use it once in a crate, and build that crate as a `cdylib`.
#[macro_export]
macro_rules! class {
    (
        name: $name:literal,
        methods: {
            $($(#[doc = $doc:literal])* $method:ident: $($flag:ident)|+),+ $(,)?
        } $(,)?
    ) => {
        const _: () = {
            use $crate::__private as private;

            // Elsewhere than in a class, such as in its tests, nothing is made of the name.
            #[cfg(target_arch = "wasm32")]
            const _: () = assert!(
                private::text_is(env!("CARGO_CRATE_NAME"), concat!("cls_", $name)),
                concat!("the file of this class is cls_", $name, ".wasm: say `[lib] name = \"cls_", $name, "\"`"),
            );

            struct Class;

            const METHODS: &[private::Method] = &[$(
                private::Method {
                    name: stringify!($method),
                    access: $(private::$flag)|+,
                    doc: private::first_line(&[$($doc),*]),
                    run: |context, input| {
                        let input = $crate::Input::decode(input)?;
                        $crate::Output::encode($method(context, input)?, context)
                    },
                }
            ),+];

            impl private::Guest for Class {
                fn methods() -> private::Vec<private::object_class::Method> {
                    private::methods(METHODS)
                }

                fn call(
                    index: u32,
                    input: private::Vec<u8>,
                ) -> ::core::result::Result<private::object_class::Reply, private::Failure> {
                    private::call(METHODS, index, input)
                }
            }

            private::object_class::export!(Class with_types_in private::object_class);
        };
    };
    (
        name: $name:literal,
        version: $version:expr,
        $($rest:tt)*
    ) => {
        compile_error!("a WASM class has no version: leave out `version`");
    };
    (
        name: $name:literal,
        depends: $depends:tt,
        $($rest:tt)*
    ) => {
        compile_error!("a WASM class names no dependencies: leave out `depends`; what it calls is opened by the call");
    };
}
