/*
** The meter of a Lua state: what a call may still use, and whether it is over.
**
** Shared with Rust (`lua_sys::Meter`): same fields, same order. A meter lives outside the Lua heap, so that
** copying a heap image back leaves it alone; a state keeps a pointer to it for life.
*/
#ifndef radula_h
#define radula_h

#include <stddef.h>
#include <stdint.h>

struct lua_State;

typedef struct radula_meter {
  int64_t slice;  /* fuel left before 'exhausted' is asked; charges may make it negative */
  int64_t left;  /* what 'slice' was when the call ended */
  uint32_t ended;  /* why the call is over; 0 while it is not */
  uint32_t guards;  /* guards in force, RADULA_GUARD_* */
  void (*exhausted) (struct lua_State *L, struct radula_meter *m);
  void *owner;  /* of the embedding */
  uint64_t random[4];  /* state of math.random */
  uint64_t seed[2];  /* keys of string and number hashes, read once when the state is made */
} radula_meter;

/* values of 'ended'; an embedding may use others */
#define RADULA_RUNNING		0u
#define RADULA_ENDED		1u
#define RADULA_NOMEMORY		2u

/* status of the outermost protected call when the call is over */
#define RADULA_STATUS		16

/* fuel of a call to a C function */
#define RADULA_CCALL		10

/* what a charge may be at most, so that sums cannot wrap */
#define RADULA_MAXCHARGE	((int64_t)1 << 40)

/*
** Makes a state that is metered by 'm' for life. With 'm' NULL the state gets a meter of its own, which never
** ends anything (what 'lua_newstate' does).
*/
struct lua_State *radula_newstate (void *(*alloc) (void *, void *, size_t, size_t), void *ud, radula_meter *m);

/* the meter of a state */
radula_meter *radula_getmeter (struct lua_State *L);

/* charges 'n' units of fuel; does not return when the call is over */
void radula_charge (struct lua_State *L, size_t n);

/* ends the call: goes to the outermost protected call, past every guest function, handler and pcall */
void radula_end (struct lua_State *L) __attribute__((noreturn));

/* slow path of a charge: 'slice' has gone below zero */
void radula_exhausted (struct lua_State *L);

/* marks the call as over for the reason 'why'; the first reason stays */
void radula_over (radula_meter *m, uint32_t why);

/* does not return when the call is over: goes to the outermost protected call */
void radula_unwind (struct lua_State *L);

#endif
