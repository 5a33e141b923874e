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
  uint32_t ended;  /* why the call is over; RADULA_RUNNING while it is not */
  uint32_t guards;  /* guards in force, RADULA_* below */
  void (*exhausted) (struct lua_State *L, struct radula_meter *m);
  void *owner;  /* of the embedding */
  uint64_t random[4];  /* state of math.random */
  uint64_t seed[2];  /* keys of the hashes, read once when the state is made */
} radula_meter;

/* values of 'ended' */
#define RADULA_RUNNING		0u
#define RADULA_ENDED		1u  /* by the embedding, or not refilled */
#define RADULA_NOMEMORY		2u

/* values of 'guards': each can be taken off, so that a test sees what it holds */
#define RADULA_WORK		(1u << 0)  /* long work in C pays fuel */
#define RADULA_STICKY		(1u << 1)  /* the end of a call cannot be caught */
#define RADULA_MEMORY		(1u << 2)  /* no memory is the end of the call */
#define RADULA_HASHES		(1u << 3)  /* hashes of numbers have a key (read when the state is made) */
#define RADULA_FINALIZERS	(1u << 4)  /* tables have no finalizers */
#define RADULA_CLOSING		(1u << 5)  /* no to-be-closed variables */
#define RADULA_WEAK		(1u << 6)  /* no weak tables */
#define RADULA_ADDRESSES	(1u << 7)  /* addresses are not shown */
#define RADULA_TEXT		(1u << 8)  /* no binary chunks */
#define RADULA_MESSAGES		(1u << 9)  /* names in messages are cut */
#define RADULA_ALL		((1u << 10) - 1)

/* status of the outermost protected call when the call is over */
#define RADULA_STATUS		16

/* fuel of a call to a C function */
#define RADULA_CCALL		10

/* longest name shown in a message */
#define RADULA_MAXNAME		120

/* what a charge may be at most, so that sums cannot wrap */
#define RADULA_MAXCHARGE	((int64_t)1 << 40)

/*
** Makes a state that is metered by 'm' for life. With 'm' NULL the state gets a meter of its own, which never
** ends anything (what 'lua_newstate' does).
*/
struct lua_State *radula_newstate (void *(*alloc) (void *, void *, size_t, size_t), void *ud, radula_meter *m);

/* the meter of a state */
radula_meter *radula_getmeter (struct lua_State *L);

/*
** How deep the C stack is in use, in the levels that LUAI_MAXCCALLS limits. A state that is called by a host
** function of another state goes on counting from there, as both use one stack.
*/
unsigned radula_getdepth (struct lua_State *L);
void radula_setdepth (struct lua_State *L, unsigned depth);

/* charges 'n' units of fuel; does not return when the call is over */
void radula_charge (struct lua_State *L, size_t n);

/* the same for work that C functions of Lua do for the guest (guard RADULA_WORK) */
void radula_worked (struct lua_State *L, size_t n);

/* ends the call: goes to the outermost protected call, past every guest function, handler and pcall */
void radula_end (struct lua_State *L) __attribute__((noreturn));

/* an allocation outside of 'luaM_' failed for good; returns only without the guard RADULA_MEMORY */
void radula_nomemory (struct lua_State *L);

/* slow path of a charge: 'slice' has gone below zero */
void radula_exhausted (struct lua_State *L);

/* marks the call as over for the reason 'why'; the first reason stays */
void radula_over (radula_meter *m, uint32_t why);

/* does not return when the call is over */
void radula_unwind (struct lua_State *L);

/* two words into one; the heart of all keyed hashes */
static inline uint64_t radula_mix (uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* the keys of the hashes, from the meter's seed: two for strings, one for numbers and addresses */
static inline uint64_t radula_hash_keys (const uint64_t seed[2], uint64_t key[2]) {
  key[0] = radula_mix(seed[0] ^ 0x9e3779b97f4a7c15u, 0xd1342543de82ef95u);
  key[1] = radula_mix(seed[1] ^ 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu) | 1;
  return radula_mix(key[0], key[1]) | 1;
}

/* the key of numbers that a state with this seed has, for whoever chooses seeds */
uint64_t radula_number_key (const uint64_t seed[2]);

/* inline charges, for code that knows 'lua_State' */
#define radula_guard(L,g)	((L)->meter->guards & (g))
/* 'n' is paid now: does not return when the call is over */
#define radula_pay(L,n)  \
	{ if (__builtin_expect(((L)->meter->slice -= (int64_t)(n)) < 0, 0)) radula_exhausted(L); }
/* 'n' is noted, for places that cannot be left: the next payment settles it */
#define radula_owe(L,n)		((L)->meter->slice -= (int64_t)(n))
/* as 'radula_pay', under the guard for work in C */
#define radula_work(L,n)	{ if (radula_guard(L, RADULA_WORK)) radula_pay(L, n); }

#endif
