//! One state with its image: made once, then every call starts from identical bytes.
//!
//! INVARIANT: between two calls nothing in Rust refers into the heap except what every restore puts back at the
//! same address: the state, the header, the metatable of buffers and the two buffers of the scaffolding. Handles
//! to Lua values live on the state's stack, inside the image, at the places of the scaffolding.

mod scaffold;

use bytes::Bytes;
use encoding::Schema;
use lua_sys::Meter;
use objclass::{CallError, Context, Fault, LimitKind, Reply};

use crate::{
    arena::Arena,
    boundary::State,
    buffer::{self, Buffer},
    call::{Call, View},
    env::{self, Env, Handler},
    ffi,
    guards::Guards,
    heap::lua_alloc,
    names, nesting, outcome,
    seed::Seeds,
    source::Source,
};
use scaffold::{FIRST_HANDLER, INPUT, NOT_A_FUNCTION, NOTE_LINE, OUTPUT, RESOLVE};

/// Bytes of an image that neither count as memory nor cost fuel: the libraries, which are ours.
const FREE_IMAGE: usize = 64 << 10;

/// Bytes of an image beyond these that cost one unit of fuel when they are copied back.
const RESTORE_COST: usize = 32;

/// A state, its region, and the copy of the region it starts from.
pub(crate) struct Instance {
    arena: Arena,
    env: env::Owned,
    state: State,
    file: String,
    image: Box<[u8]>,
    input: *mut Buffer,
    output: *mut Buffer,
    random: u64,
    guards: Guards,
    /// Whether something ran since the image was taken or restored.
    dirty: bool,
    /// Fuel the chunk used.
    pub(crate) load_fuel: u64,
    /// Whether the chunk did something that the image does not repeat.
    pub(crate) touched: bool,
}

// SAFETY: the state, its heap and its env belong to the instance alone and have no tie to a thread.
unsafe impl Send for Instance {}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("file", &self.file)
            .field("image", &self.image.len())
            .finish_non_exhaustive()
    }
}

/// Why a chunk did not become an instance.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The text is not Lua.
    Syntax(CallError),
    /// It was, and failed.
    Run(CallError),
}

impl Instance {
    /// Makes a state, runs the chunk in it on `view`, and takes the image.
    ///
    /// # Errors
    /// The chunk's own failure, a limit, or a host that gives no memory.
    pub(crate) fn load(
        source: &Source,
        seeds: &Seeds,
        guards: Guards,
        view: View<'_, '_>,
        memory: u64,
    ) -> Result<Instance, LoadError> {
        let mut call = Call::new(view, true);
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let fault = |text: &str| LoadError::Run(CallError::Host(Fault::new(text)));
        let mut arena = Arena::new(memory).map_err(|error| {
            LoadError::Run(CallError::Host(Fault::with_source(
                "the system gives no memory for a lua state",
                error,
            )))
        })?;
        let mut meter = Meter::new();
        meter.set_guards(guards.core);
        meter.name_functions(names::name);
        meter.seed_hashes(seeds.hashes);
        meter.seed_random(seeds.random);
        let env = Env::owned(meter, arena.heap(), guards.clock);
        // SAFETY: the env lives as long as the region; the state is made in the region and nowhere
        // else; it is abandoned with it, never closed, since there is nothing in it to close.
        let state = unsafe {
            (*arena.heap()).on_refused(env::refused, env.as_ptr().cast());
            lua_sys::new_state(
                lua_alloc,
                arena.heap().cast(),
                &raw mut (*env.as_ptr()).meter,
            )
        };
        if state.is_null() {
            call.budget().hit(LimitKind::Memory);
            let error = call.budget().error();
            return Err(LoadError::Run(error.unwrap_or_else(|| {
                CallError::Host(Fault::new("a lua state needs more memory"))
            })));
        }
        // SAFETY: as above.
        unsafe { (*arena.heap()).state = state };
        let mut instance = Instance {
            arena,
            env,
            state,
            file: source.file.clone(),
            image: Box::default(),
            input: std::ptr::null_mut(),
            output: std::ptr::null_mut(),
            random: seeds.random,
            guards,
            dirty: true,
            load_fuel: 0,
            touched: false,
        };
        let before = call.budget().usage().fuel;
        instance.run_chunk(source, memory, &mut call)?;
        instance.load_fuel = call.budget().usage().fuel.saturating_sub(before);
        instance.touched = call.touched;
        if instance.input.is_null() || instance.output.is_null() {
            return Err(fault("the scaffolding of a lua state is incomplete"));
        }
        let used = instance.arena.used();
        let types = instance.env.schema.as_ref();
        let beside = used.saturating_sub(FREE_IMAGE) + types.map_or(0, |types| types.footprint());
        if guards.memory && used + beside > memory.saturating_sub(nesting::held()) {
            call.budget().hit(LimitKind::Memory);
            let error = outcome::error(
                instance.state,
                ffi::LUA_OK,
                &mut instance.env,
                call.budget(),
                &instance.file,
            );
            return Err(LoadError::Run(error));
        }
        // What the chunk needed and gave back must not add to its image.
        instance.arena.trim(used);
        instance.image = instance.arena.image();
        if guards.memory {
            instance.env.beside = beside;
        }
        instance.dirty = false;
        Ok(instance)
    }

    /// Bytes the region may use under a limit of `memory` bytes, with what callers hold and the image itself taken off.
    fn cap(&self, memory: u64) -> usize {
        usize::try_from(memory)
            .unwrap_or(usize::MAX)
            .saturating_sub(nesting::held())
            .saturating_sub(self.env.beside)
            .min(self.arena.capacity())
    }

    /// Opens the libraries, runs the chunk, prepares the scaffolding of calls.
    fn run_chunk(
        &mut self,
        source: &Source,
        memory: usize,
        call: &mut Call<'_, '_>,
    ) -> Result<(), LoadError> {
        let l = self.state;
        let depth = nesting::depth(call.budget()).map_err(LoadError::Run)?;
        let held = nesting::held();
        // SAFETY: `call` outlives the block and is not touched in it. Outside protected calls only functions are
        // used that cannot raise; the frame's values with destructors belong to callers that a jump never passes,
        // because every jump ends in one of the protected calls here.
        let (step, status) = unsafe {
            lua_sys::set_depth(l, depth);
            self.env.enter(call);
            ffi::lua_gc(l, ffi::LUA_GCSTOP);
            let (step, status) = (|| {
                ffi::lua_pushcfunction(l, scaffold::open);
                let status = ffi::lua_pcall(l, 0, 0, 0);
                if status != ffi::LUA_OK {
                    return (Doing::Run, status);
                }
                ffi::lua_gc(l, ffi::LUA_GCRESTART);
                // Libraries are ours; only what the chunk itself needs is bounded by the limit.
                (*self.arena.heap()).cap = memory.saturating_sub(held).min(self.arena.capacity());
                ffi::lua_pushcfunction(l, outcome::note_line);
                let text = source.text();
                let status = ffi::luaL_loadbufferx(
                    l,
                    text.as_ptr().cast(),
                    text.len(),
                    source.chunk().as_ptr(),
                    c"t".as_ptr(),
                );
                if status != ffi::LUA_OK {
                    return (Doing::Parse, status);
                }
                let status = ffi::lua_pcall(l, 0, 0, NOTE_LINE);
                if status != ffi::LUA_OK {
                    return (Doing::Run, status);
                }
                ffi::lua_pushcfunction(l, scaffold::prepare);
                (
                    Doing::Run,
                    ffi::lua_pcall(l, 0, ffi::LUA_MULTRET, NOTE_LINE),
                )
            })();
            self.env.leave();
            (step, status)
        };
        let over = status != ffi::LUA_OK || call.budget().ended();
        if over {
            let error = outcome::error(l, status, &mut self.env, call.budget(), &self.file);
            let syntax = matches!(step, Doing::Parse) && status == ffi::LUA_ERRSYNTAX;
            return Err(if syntax {
                LoadError::Syntax(error)
            } else {
                LoadError::Run(error)
            });
        }
        // SAFETY: `prepare` left the two buffers at these places; the stack holds them for good.
        unsafe {
            self.input = buffer::test(l, INPUT);
            self.output = buffer::test(l, OUTPUT);
            if !self.output.is_null() {
                (*self.output).make_output();
            }
        }
        Ok(())
    }

    /// The handlers the chunk registered, in order.
    pub(crate) fn handlers(&self) -> &[Handler] {
        &self.env.handlers
    }

    /// The types the chunk defined.
    pub(crate) fn schema(&self) -> Option<&Schema> {
        self.env.schema.as_deref()
    }

    /// Whether its region is as large as a limit of `memory` bytes allows.
    pub(crate) fn can_hold(&self, memory: u64) -> bool {
        self.arena.capacity() as u64 >= crate::arena::capacity_for(memory)
    }

    /// Bytes it occupies while it rests.
    pub(crate) fn footprint(&self) -> usize {
        2 * self.image.len()
    }

    /// Begins a call: the image is paid for and put back, if it fits into what the callers left of the memory.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<(), CallError> {
        let budget = context.budget();
        let cost = self.image.len().saturating_sub(FREE_IMAGE) / RESTORE_COST;
        if self.guards.memory && self.image.len() > self.cap(budget.limits().memory) {
            budget.hit(LimitKind::Memory);
        }
        if budget.ended() || !budget.charge(LimitKind::Fuel, cost as u64) {
            return Err(context.end());
        }
        self.restore();
        Ok(())
    }

    /// Puts the image back.
    fn restore(&mut self) {
        if self.dirty && self.guards.image {
            self.arena.restore(&self.image);
        }
        self.dirty = true;
    }

    /// Gives pages back after a call that needed many. Only a restore makes what lies behind the image garbage.
    pub(crate) fn trim(&mut self) {
        if self.guards.image {
            self.arena.trim(self.image.len());
        }
    }

    /// Runs handler `index` with `input` on the object behind `context`.
    ///
    /// # Errors
    /// As [`objclass::Class::call`].
    pub(crate) fn call(
        &mut self,
        index: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        self.begin(context)?;
        self.run(index, context, input)
    }

    /// As [`call`](Instance::call), on the state as the chunk left it: for a chunk that cannot be imaged.
    ///
    /// # Errors
    /// As [`objclass::Class::call`].
    pub(crate) fn run(
        &mut self,
        index: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let handler = FIRST_HANDLER + i32::try_from(index).unwrap_or(0);
        let l = self.state;
        let (status, results) = self.enter(context, input, |l| {
            // SAFETY: the slots are those `prepare` filled; `SPARE_SLOTS` are free; a message handler is at
            // NOTE_LINE. Nothing here raises.
            unsafe {
                let base = ffi::lua_gettop(l);
                ffi::lua_pushvalue(l, handler);
                ffi::lua_pushvalue(l, INPUT);
                ffi::lua_pushvalue(l, OUTPUT);
                let status = ffi::lua_pcall(l, 2, ffi::LUA_MULTRET, NOTE_LINE);
                (status, ffi::lua_gettop(l) - base)
            }
        })?;
        if status != ffi::LUA_OK || context.budget().ended() {
            let env = &mut self.env;
            return Err(outcome::error(l, status, env, context.budget(), &self.file));
        }
        let ret = outcome::return_value(l, results)?;
        // SAFETY: the output is at the place the image gave it, and its bytes stay until the next restore.
        let output = unsafe { (*self.output).slice().bytes() };
        Ok(Reply {
            ret,
            output: Bytes::copy_from_slice(output),
        })
    }

    /// The position of the handler that `name` is the global name of, on a state that is about to run it.
    ///
    /// # Errors
    /// See [`Unresolved`].
    pub(crate) fn resolve(
        &mut self,
        context: &mut Context<'_>,
        name: &[u8],
    ) -> Result<usize, Unresolved> {
        self.begin(context).map_err(Unresolved::Failed)?;
        let l = self.state;
        let entered = self.enter(context, name, |l| {
            // SAFETY: as in `run`.
            unsafe {
                ffi::lua_pushvalue(l, RESOLVE);
                ffi::lua_pushvalue(l, INPUT);
                let status = ffi::lua_pcall(l, 1, 1, NOTE_LINE);
                let found = if status == ffi::LUA_OK {
                    ffi::lua_tointegerx(l, -1, std::ptr::null_mut())
                } else {
                    0
                };
                (status, found)
            }
        });
        let (status, found) = entered.map_err(Unresolved::Failed)?;
        if status != ffi::LUA_OK || context.budget().ended() {
            return Err(Unresolved::Failed(outcome::error(
                l,
                status,
                &mut self.env,
                context.budget(),
                &self.file,
            )));
        }
        // SAFETY: the call left exactly its result.
        unsafe { ffi::lua_pop(l, 1) };
        match found {
            NOT_A_FUNCTION => Err(Unresolved::NotAFunction),
            index => usize::try_from(index - 1).map_err(|_| Unresolved::NotRegistered),
        }
    }

    /// Enters Lua for one call on `context` with `input` in the input buffer.
    fn enter<R>(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        run: impl FnOnce(State) -> R,
    ) -> Result<R, CallError> {
        let cap = self.cap(context.budget().limits().memory);
        self.env.meter.seed_random(self.random);
        let mut call = Call::new(View::Object(context), false);
        let heap = self.arena.heap();
        let depth = nesting::depth(call.budget())?;
        let held = nesting::held();
        // SAFETY: header and input buffer are at their places since the restore; `call` and `input` outlive the
        // time in Lua.
        let result = unsafe {
            (*heap).cap = cap;
            (*self.input).borrow(input);
            lua_sys::set_depth(self.state, depth);
            self.env.enter(&raw mut call);
            let result = run(self.state);
            self.env.leave();
            result
        };
        // SAFETY: as above.
        let peak = unsafe { (*heap).peak };
        let beside = self.env.beside;
        call.budget().note_memory((held + beside + peak) as u64);
        Ok(result)
    }

    #[cfg(test)]
    pub(crate) fn heap_and_image(&mut self) -> (&[u8], &[u8]) {
        (self.arena.bytes(self.image.len()), &self.image)
    }
}

/// Why a name does not lead to a handler.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// There is no global function of this name.
    NotAFunction,
    /// There is one, and it was not registered.
    NotRegistered,
    /// Looking ended the call.
    Failed(CallError),
}

enum Doing {
    Parse,
    Run,
}

#[cfg(test)]
pub(crate) mod tests;
