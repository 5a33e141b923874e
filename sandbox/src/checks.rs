//! The checks, each with a name, so that a test can take one away and watch the attack succeed.

bitflags::bitflags! {
    /// Which checks are made. Production code only ever uses [`Checks::STRICT`] and
    /// [`Checks::AUTHOR`]; the security review also uses none.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Checks: u32 {
        /// The file is opened with `O_NOFOLLOW`.
        const NO_FOLLOW = 1 << 0;
        /// The file is opened with `O_NONBLOCK`: a FIFO without a writer must not stop us.
        const NO_BLOCK = 1 << 1;
        /// It is a regular file.
        const REGULAR = 1 << 2;
        /// Its owner is trusted.
        const OWNER = 1 << 3;
        /// Neither group nor others may write it.
        const MODE = 1 << 4;
        /// It has no other name.
        const LINKS = 1 << 5;
        /// It is not larger than the limit, nor empty.
        const SIZE = 1 << 6;
        /// As many bytes were read as it had when it was checked.
        const LENGTH = 1 << 7;
        /// It did not change while it was read.
        const STABLE = 1 << 8;

        /// The directory and all above it belong to trusted users.
        const DIR_OWNER = 1 << 9;
        /// The directory and all above it are not writable by others, unless sticky.
        const DIR_MODE = 1 << 10;
        /// Symbolic links on the way belong to trusted users.
        const DIR_LINKS = 1 << 11;

        /// Everything.
        const STRICT = u32::MAX;
        /// What an author may break while a file is not installed yet: who may change it.
        const INSTALLED_ONLY = Self::OWNER.bits() | Self::MODE.bits() | Self::LINKS.bits()
            | Self::DIR_OWNER.bits() | Self::DIR_MODE.bits() | Self::DIR_LINKS.bits();
        /// What also holds for a file that is not installed.
        const AUTHOR = !Self::INSTALLED_ONLY.bits();
    }
}
