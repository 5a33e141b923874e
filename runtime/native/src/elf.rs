//! What a shared library's headers say, checked before the dynamic linker sees it.
//!
//! The dynamic linker trusts its input: it maps what the headers announce, follows search paths, and runs
//! constructors. So everything that can be known from the bytes is decided here. The input is a file an operator
//! installed, possibly damaged or foreign; it is not assumed to be an attack on the linker, which no check of headers
//! could rule out for code that is about to run anyway.

use object::{
    Endianness, elf,
    elf::{FileHeader64, ProgramHeader64, Sym64},
    read::{
        StringTable,
        elf::{Dyn as _, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _},
    },
};

use crate::{Refused, demands::Demands};

#[cfg(target_arch = "x86_64")]
const MACHINE: (elf::Machine, &str) = (elf::EM_X86_64, "x86-64");
#[cfg(target_arch = "aarch64")]
const MACHINE: (elf::Machine, &str) = (elf::EM_AARCH64, "aarch64");
#[cfg(target_arch = "riscv64")]
const MACHINE: (elf::Machine, &str) = (elf::EM_RISCV, "riscv64");
#[cfg(not(all(target_pointer_width = "64", target_endian = "little")))]
compile_error!(
    "native classes need a 64-bit little-endian machine: build without the feature `native`"
);

const ENDIAN: Endianness = Endianness::Little;

/// A shared library whose headers are sound.
#[derive(Debug)]
pub(crate) struct Image<'data> {
    bytes: &'data [u8],
    segments: &'data [ProgramHeader64<Endianness>],
    symbols: &'data [Sym64<Endianness>],
    names: StringTable<'data>,
}

impl<'data> Image<'data> {
    /// Checks the headers of `bytes`. What it asks of the linker is judged by [`check_demands`](Image::check_demands).
    pub(crate) fn check(bytes: &'data [u8]) -> Result<Self, Refused> {
        let header = header(bytes)?;
        let segments = header
            .program_headers(ENDIAN, bytes)
            .map_err(|_| truncated("program headers"))?;
        check_segments(segments, bytes)?;
        let sections = header
            .sections(ENDIAN, bytes)
            .map_err(|_| truncated("section headers"))?;
        for section in sections.iter() {
            section
                .data(ENDIAN, bytes)
                .map_err(|_| truncated("a section"))?;
        }
        let symbols = sections
            .symbols(ENDIAN, bytes, elf::SHT_DYNSYM)
            .map_err(|_| truncated("the symbol table"))?;
        Ok(Self {
            bytes,
            segments,
            symbols: symbols.symbols(),
            names: symbols.strings(),
        })
    }

    /// The content of the exported object or function `name`, as the file has it. `None` when it is not exported.
    pub(crate) fn symbol(&self, name: &str) -> Result<Option<&'data [u8]>, Refused> {
        let found = self.symbols.iter().find(|symbol| {
            !symbol.is_undefined(ENDIAN) && symbol.name(ENDIAN, self.names) == Ok(name.as_bytes())
        });
        let Some(symbol) = found else { return Ok(None) };
        self.at(symbol.st_value(ENDIAN), symbol.st_size(ENDIAN))
            .map(Some)
            .ok_or(truncated("an exported symbol"))
    }

    /// Names of what other libraries have to define.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &'data [u8]> {
        let undefined = self
            .symbols
            .iter()
            .filter(|symbol| symbol.is_undefined(ENDIAN));
        undefined.filter_map(|symbol| symbol.name(ENDIAN, self.names).ok())
    }

    /// `size` bytes from `address`, as they will be mapped, if the file has them.
    fn at(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        self.segments
            .iter()
            .filter(|segment| segment.p_type(ENDIAN) == elf::PT_LOAD)
            .find_map(|segment| {
                segment
                    .data_range(ENDIAN, self.bytes, address, size)
                    .ok()
                    .flatten()
            })
    }

    /// Judges what the dynamic section of the file `file_name` asks of the linker. It is found as the linker finds it,
    /// through the segment: a section table can say anything.
    pub(crate) fn check_demands(&self, file_name: &str, demands: &Demands) -> Result<(), Refused> {
        let entries = self
            .segments
            .iter()
            .find_map(|segment| segment.dynamic(ENDIAN, self.bytes).transpose())
            .ok_or(Refused::NotLibrary {
                found: "statically linked",
            })?
            .map_err(|_| truncated("the dynamic section"))?;
        let entries: Vec<(elf::DynamicTag, u64)> = entries
            .iter()
            .map(|entry| (entry.tag(ENDIAN), entry.val(ENDIAN)))
            .take_while(|(tag, _)| *tag != elf::DT_NULL)
            .collect();
        let value = |wanted| {
            entries
                .iter()
                .find(|(tag, _)| *tag == wanted)
                .map(|(_, value)| *value)
        };
        let strings = value(elf::DT_STRTAB)
            .zip(value(elf::DT_STRSZ))
            .and_then(|(address, size)| self.at(address, size))
            .ok_or(truncated("the dynamic string table"))?;
        let text = |offset: u64| {
            let rest = usize::try_from(offset)
                .ok()
                .and_then(|offset| strings.get(offset..));
            rest.and_then(|rest| rest.split(|byte| *byte == 0).next())
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .ok_or(truncated("the dynamic string table"))
        };
        for &(tag, value) in &entries {
            match tag {
                elf::DT_NEEDED => {
                    (demands.needs)(text(value)?)?;
                }
                elf::DT_RPATH => {
                    return Err(Refused::SearchPath {
                        tag: "RPATH",
                        path: text(value)?,
                    });
                }
                elf::DT_RUNPATH => {
                    return Err(Refused::SearchPath {
                        tag: "RUNPATH",
                        path: text(value)?,
                    });
                }
                elf::DT_SONAME => {
                    let soname = text(value)?;
                    if !(demands.is_own_name)(&soname, file_name) {
                        return Err(Refused::Soname {
                            soname,
                            expected: file_name.to_owned(),
                        });
                    }
                }
                elf::DT_AUDIT => return Err(Refused::Linker { tag: "DT_AUDIT" }),
                elf::DT_DEPAUDIT => return Err(Refused::Linker { tag: "DT_DEPAUDIT" }),
                elf::DT_CONFIG => return Err(Refused::Linker { tag: "DT_CONFIG" }),
                elf::DT_FILTER => return Err(Refused::Linker { tag: "DT_FILTER" }),
                elf::DT_AUXILIARY => {
                    return Err(Refused::Linker {
                        tag: "DT_AUXILIARY",
                    });
                }
                elf::DT_TEXTREL => return Err(Refused::TextRelocations),
                elf::DT_FLAGS if value & elf::DF_TEXTREL.0 != 0 => {
                    return Err(Refused::TextRelocations);
                }
                elf::DT_FLAGS_1 if value & elf::DF_1_PIE.0 != 0 => {
                    return Err(Refused::NotLibrary {
                        found: "a position-independent executable",
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn truncated(what: &'static str) -> Refused {
    Refused::Truncated { what }
}

fn header(bytes: &[u8]) -> Result<&FileHeader64<Endianness>, Refused> {
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(Refused::NotElf);
    }
    match (bytes.get(4), bytes.get(5)) {
        (Some(2), Some(1)) => {}
        (Some(1), _) => return Err(Refused::WrongFormat { found: "32-bit" }),
        (_, Some(2)) => {
            return Err(Refused::WrongFormat {
                found: "big-endian",
            });
        }
        (Some(_), Some(_)) => {
            return Err(Refused::WrongFormat {
                found: "of an unknown format",
            });
        }
        _ => return Err(truncated("the ELF header")),
    }
    let header =
        FileHeader64::<Endianness>::parse(bytes).map_err(|_| truncated("the ELF header"))?;
    let machine = header.e_machine(ENDIAN);
    if machine != MACHINE.0 {
        return Err(Refused::WrongMachine {
            found: machine_name(machine),
            expected: MACHINE.1,
        });
    }
    let found = match header.e_type(ENDIAN) {
        elf::ET_DYN => return Ok(header),
        elf::ET_EXEC => "an executable",
        elf::ET_REL => "an object file",
        elf::ET_CORE => "a core dump",
        _ => "of an unknown type",
    };
    Err(Refused::NotLibrary { found })
}

fn machine_name(machine: elf::Machine) -> String {
    match machine {
        elf::EM_X86_64 => "x86-64".into(),
        elf::EM_AARCH64 => "aarch64".into(),
        elf::EM_RISCV => "riscv64".into(),
        elf::EM_PPC64 => "ppc64".into(),
        elf::EM_S390 => "s390x".into(),
        other => format!("machine {}", other.0),
    }
}

fn check_segments(segments: &[ProgramHeader64<Endianness>], bytes: &[u8]) -> Result<(), Refused> {
    let mut stack = None;
    for segment in segments {
        // A page that is mapped and lies beyond the end of the file is a SIGBUS when it is touched.
        segment
            .data(ENDIAN, bytes)
            .map_err(|()| truncated("a segment"))?;
        if segment.p_type(ENDIAN) == elf::PT_GNU_STACK {
            stack = Some(segment.p_flags(ENDIAN));
        }
    }
    // Without this header the linker assumes that an executable stack is wanted.
    match stack {
        Some(flags) if flags.0 & elf::PF_X.0 == 0 => Ok(()),
        _ => Err(Refused::ExecutableStack),
    }
}
