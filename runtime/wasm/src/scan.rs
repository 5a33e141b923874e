//! A module looked over before the compiler sees it: what makes compiling dear is counted and bounded.
//!
//! Counting is one walk over the sections, without validation: that is the compiler's business, and happens where it can be
//! stopped.

use wasmparser::{ComponentExternalKind, ComponentTypeRef, Encoding, Parser, Payload};

/// What a module may hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanLimits {
    /// Bytes of the file.
    pub size: u64,
    /// Functions with a body, of all core modules together.
    pub functions: u32,
    /// Bytes of one function body.
    pub body: u32,
    /// Types, of all modules and components together.
    pub types: u32,
    /// Imports and exports, of all modules and components together.
    pub names: u32,
    /// Core modules, components and their instances together.
    pub parts: u32,
    /// How deep components may lie in each other.
    pub nesting: u32,
}

impl ScanLimits {
    /// No limit at all, for reviews.
    pub(crate) const NONE: Self = Self {
        size: u64::MAX,
        functions: u32::MAX,
        body: u32::MAX,
        types: u32::MAX,
        names: u32::MAX,
        parts: u32::MAX,
        nesting: u32::MAX,
    };
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self {
            size: 1 << 20,
            functions: 5_000,
            // As large as a file may be: 780 KB of straight-line code compile in a second and 144 MiB, which the budget of the
            // compiler allows. What compiles worse than that is stopped there.
            body: 1 << 20,
            types: 5_000,
            names: 5_000,
            parts: 64,
            nesting: 4,
        }
    }
}

/// The names a component imports and exports at its top.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Checks `bytes` against `limits`.
///
/// # Errors
/// What is wrong, for the author of the module.
pub(crate) fn check(bytes: &[u8], limits: ScanLimits) -> Result<Surface, String> {
    is_component(bytes)?;
    let mut surface = Surface::default();
    let mut counts = Counts::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| broken(&error))?;
        match &payload {
            Payload::Version { encoding, .. } => {
                depth += 1;
                counts.parts += 1;
                if *encoding == Encoding::Component && depth > limits.nesting {
                    return Err(over("components nested in each other", limits.nesting));
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CodeSectionStart { count, .. } => counts.functions(*count, &limits)?,
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                let size = range.end - range.start;
                if size as u64 > u64::from(limits.body) {
                    return Err(format!(
                        "one of its functions has {size} bytes; at most {} are accepted",
                        limits.body
                    ));
                }
            }
            Payload::TypeSection(section) => counts.types(section.count(), &limits)?,
            Payload::CoreTypeSection(section) => counts.types(section.count(), &limits)?,
            Payload::ComponentTypeSection(section) => counts.types(section.count(), &limits)?,
            Payload::ImportSection(section) => counts.names(section.count(), &limits)?,
            Payload::ExportSection(section) => counts.names(section.count(), &limits)?,
            Payload::InstanceSection(section) => counts.parts(section.count(), &limits)?,
            Payload::ComponentInstanceSection(section) => counts.parts(section.count(), &limits)?,
            Payload::ComponentAliasSection(section) => counts.names(section.count(), &limits)?,
            Payload::ComponentCanonicalSection(section) => {
                counts.names(section.count(), &limits)?
            }
            Payload::ComponentImportSection(section) => {
                counts.names(section.count(), &limits)?;
                if depth == 1 {
                    for import in section.clone() {
                        let import = import.map_err(|error| broken(&error))?;
                        // Types come along by name when a world uses them; they give nothing.
                        if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                            surface.imports.push(import.name.name.to_owned());
                        }
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                counts.names(section.count(), &limits)?;
                if depth == 1 {
                    for export in section.clone() {
                        let export = export.map_err(|error| broken(&error))?;
                        if export.kind != ComponentExternalKind::Type {
                            surface.exports.push(export.name.name.to_owned());
                        }
                    }
                }
            }
            Payload::ComponentStartSection { .. } => {
                return Err(
                    "it has a component start function, which classes may not have".to_owned(),
                );
            }
            _ => {}
        }
        if counts.parts > limits.parts {
            return Err(over("modules, components and instances", limits.parts));
        }
    }
    Ok(surface)
}

#[derive(Default)]
struct Counts {
    functions: u32,
    types: u32,
    names: u32,
    parts: u32,
}

impl Counts {
    fn functions(&mut self, more: u32, limits: &ScanLimits) -> Result<(), String> {
        bounded(&mut self.functions, more, "functions", limits.functions)
    }
    fn types(&mut self, more: u32, limits: &ScanLimits) -> Result<(), String> {
        bounded(&mut self.types, more, "types", limits.types)
    }
    fn names(&mut self, more: u32, limits: &ScanLimits) -> Result<(), String> {
        bounded(
            &mut self.names,
            more,
            "imports, exports and aliases",
            limits.names,
        )
    }
    fn parts(&mut self, more: u32, limits: &ScanLimits) -> Result<(), String> {
        bounded(
            &mut self.parts,
            more,
            "modules, components and instances",
            limits.parts,
        )
    }
}

fn bounded(count: &mut u32, more: u32, what: &str, limit: u32) -> Result<(), String> {
    *count = count.saturating_add(more);
    if *count > limit {
        Err(over(what, limit))
    } else {
        Ok(())
    }
}

fn over(what: &str, limit: u32) -> String {
    format!("it has more than {limit} {what}, the most that is accepted")
}

fn broken(error: &wasmparser::BinaryReaderError) -> String {
    format!(
        "it is no valid WebAssembly: {} (at byte {:#x})",
        error.message(),
        error.offset()
    )
}

/// Tells a component from everything else that may lie in a file of its name.
fn is_component(bytes: &[u8]) -> Result<(), String> {
    const MAGIC: &[u8] = b"\0asm";
    let word = |text: &str| Err(text.to_owned());
    match bytes {
        [b'\x7f', b'E', b'L', b'F', ..] => word(
            "it is an ELF file: a native library, or compiled code, which is never accepted; a class is a WebAssembly component",
        ),
        _ if !bytes.starts_with(MAGIC) => {
            if bytes.trim_ascii_start().starts_with(b"(") {
                word("it is WebAssembly in text form; assemble it first (`wasm-tools parse`)")
            } else {
                word("it is no WebAssembly: it does not begin with \\0asm")
            }
        }
        [_, _, _, _, 1, 0, 0, 0, ..] => word(
            "it is a core module, not a component; make one from it (`wasm-tools component new`)",
        ),
        [_, _, _, _, 13, 0, 1, 0, ..] => Ok(()),
        _ => word("it is WebAssembly of a version that is not known here"),
    }
}
