//! One function for each method: the OSD calls a method without telling which.

use std::ffi::c_int;

use crate::{
    entry,
    osd::{BufferList, Context, MethodCall},
    registry::{PLACES, Place},
};

const ROW: usize = 64;
const ROWS: usize = PLACES / ROW;

/// The method at place `HIGH * 64 + LOW`.
///
/// # Safety
/// Called by the OSD as the method it was registered for.
unsafe extern "C" fn method<const HIGH: usize, const LOW: usize>(
    context: Context,
    input: BufferList,
    output: BufferList,
) -> c_int {
    // SAFETY: as the OSD promises to every method.
    unsafe { entry::called(Place(HIGH * ROW + LOW), context, input, output) }
}

/// `[f::<0>, … f::<63>]`, with the numbers written out: constants cannot be computed in generic arguments.
macro_rules! sixty_four {
    ($with:ident $($prefix:tt)*) => {
        $with!($($prefix)*
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63)
    };
}

macro_rules! columns {
    ($($low:literal)*) => { [$(method::<HIGH, $low>),*] };
}

macro_rules! rows {
    ($($high:literal)*) => { [$(row::<$high>()),*] };
}

const fn row<const HIGH: usize>() -> [MethodCall; ROW] {
    sixty_four!(columns)
}

static METHODS: [[MethodCall; ROW]; ROWS] = sixty_four!(rows);

/// The function of a place.
pub(crate) fn of(place: Place) -> MethodCall {
    METHODS[place.0 / ROW][place.0 % ROW]
}
