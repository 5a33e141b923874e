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
  uint64_t seed[2];  /* what the keys of the hashes come from, read once when the state is made */
  const char *(*name) (int (*function) (struct lua_State *L));  /* what scripts call a C function; may be NULL */
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

/*
** Keyed hashes. A script sees the low bits of a hash in the order of 'pairs', for keys of its choice, so what it
** sees must not tell the key: numbers, addresses and long strings go through SipHash-1-3 (Aumasson and Bernstein,
** 2012), which was made for this. Short strings are hashed whenever one is made, which is too often for it; they
** go through multiplications under three keys of their own.
*/
typedef struct radula_keys {
  uint64_t sip[2];
  uint64_t string[3];
} radula_keys;

/* two words into one */
static inline uint64_t radula_mix (uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define radula_rotate(x,n)	(((x) << (n)) | ((x) >> (64 - (n))))

#define radula_sipround(v)  \
	{ v[0] += v[1]; v[1] = radula_rotate(v[1], 13); v[1] ^= v[0]; v[0] = radula_rotate(v[0], 32); \
	  v[2] += v[3]; v[3] = radula_rotate(v[3], 16); v[3] ^= v[2]; \
	  v[0] += v[3]; v[3] = radula_rotate(v[3], 21); v[3] ^= v[0]; \
	  v[2] += v[1]; v[1] = radula_rotate(v[1], 17); v[1] ^= v[2]; v[2] = radula_rotate(v[2], 32); }

static inline void radula_sipbegin (uint64_t v[4], const uint64_t key[2]) {
  v[0] = key[0] ^ 0x736f6d6570736575u;
  v[1] = key[1] ^ 0x646f72616e646f6du;
  v[2] = key[0] ^ 0x6c7967656e657261u;
  v[3] = key[1] ^ 0x7465646279746573u;
}

static inline void radula_sipword (uint64_t v[4], uint64_t word) {
  v[3] ^= word;
  radula_sipround(v);
  v[0] ^= word;
}

static inline uint64_t radula_sipend (uint64_t v[4]) {
  v[2] ^= 0xff;
  radula_sipround(v);
  radula_sipround(v);
  radula_sipround(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* the hash of a word. All words are equally long, so no length goes in */
static inline uint64_t radula_hashword (const radula_keys *keys, uint64_t word) {
  uint64_t v[4];
  radula_sipbegin(v, keys->sip);
  radula_sipword(v, word);
  return radula_sipend(v);
}

/* the hash of bytes */
uint64_t radula_hashbytes (const radula_keys *keys, const char *bytes, size_t length);

/* the keys of the hashes, from the meter's seed */
void radula_hashkeys (const uint64_t seed[2], radula_keys *keys);

/* marks a table as an array, for encoders: an empty one is written as such. Not a metatable, so it costs nothing */
void radula_markarray (const void *table);
int radula_isarray (const void *table);

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
