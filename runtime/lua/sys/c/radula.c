/*
** The meter of a Lua state: the paths that are not inlined.
*/
#define LUA_CORE

#include "lprefix.h"

#include <stdlib.h>
#include <string.h>

#include "lua.h"

#include "ldebug.h"
#include "ldo.h"
#include "lgc.h"
#include "lobject.h"
#include "lstate.h"
#include "radula.h"

/* An ended meter stays below zero, so that every later charge comes here again. */
#define NEVER_AGAIN	(INT64_MIN / 2)

/* What a guest gets to spend after a limit when the guard RADULA_STICKY is off. */
#define GRACE		1000


radula_meter *radula_getmeter (lua_State *L) {
  return L->meter;
}


void radula_hashkeys (const uint64_t seed[2], radula_keys *keys) {
  radula_keys from = {{seed[0], seed[1]}, {0, 0, 0}};
  keys->sip[0] = radula_hashword(&from, 0);
  keys->sip[1] = radula_hashword(&from, 1);
  keys->string[0] = radula_hashword(&from, 2);
  keys->string[1] = radula_hashword(&from, 3) | 1;
  keys->string[2] = radula_hashword(&from, 4) | 1;
}


uint64_t radula_hashbytes (const radula_keys *keys, const char *bytes, size_t length) {
  uint64_t v[4];
  uint64_t word;
  size_t left = length;
  radula_sipbegin(v, keys->sip);
  for (; left >= sizeof(word); left -= sizeof(word), bytes += sizeof(word)) {
    memcpy(&word, bytes, sizeof(word));
    radula_sipword(v, word);
  }
  word = 0;
  memcpy(&word, bytes, left);
  radula_sipword(v, word | (uint64_t)length << 56);
  return radula_sipend(v);
}


/*
** A bit of the collector's byte that it keeps and does not use.
*/
void radula_markarray (const void *table) {
  l_setbit(((Table *)table)->marked, TESTBIT);
}


int radula_isarray (const void *table) {
  return testbit(((const Table *)table)->marked, TESTBIT) != 0;
}


unsigned radula_getdepth (lua_State *L) {
  return getCcalls(L);
}


void radula_setdepth (lua_State *L, unsigned depth) {
  /* the limit is found when it is reached, not when it is passed */
  if (depth >= LUAI_MAXCCALLS)
    depth = LUAI_MAXCCALLS - 1;
  L->nCcalls = (L->nCcalls & 0xffff0000u) | depth;
}


void radula_charge (lua_State *L, size_t n) {
  radula_pay(L, n > (size_t)RADULA_MAXCHARGE ? RADULA_MAXCHARGE : (int64_t)n);
}


void radula_worked (lua_State *L, size_t n) {
  if (radula_guard(L, RADULA_WORK))
    radula_charge(L, n);
}


void radula_over (radula_meter *m, uint32_t why) {
  if (m->ended == RADULA_RUNNING) {
    m->ended = why;
    m->left = m->slice;
  }
  m->slice = NEVER_AGAIN;
}


/*
** Outside of a protected call there is nowhere to go: the host works there, and settles before the guest does.
*/
static int unprotected (lua_State *L) {
  return L->errorJmp == NULL && G(L)->mainthread->errorJmp == NULL;
}


void radula_exhausted (lua_State *L) {
  radula_meter *m = L->meter;
  if (unprotected(L))
    return;
  if (m->ended == RADULA_RUNNING) {
    if (m->exhausted != NULL)
      m->exhausted(L, m);
    else  /* nobody set a limit */
      m->slice = INT64_MAX / 2;
    if (m->slice < 0)
      radula_over(m, RADULA_ENDED);  /* ended, or not refilled */
  }
  radula_unwind(L);
}


void radula_unwind (lua_State *L) {
  radula_meter *m = L->meter;
  if (m->ended != RADULA_RUNNING && !unprotected(L)) {
    if (!radula_guard(L, RADULA_STICKY)) {  /* as a hook that raises an error does */
      m->ended = RADULA_RUNNING;
      m->slice = GRACE;
      luaG_runerror(L, "the call is over");
    }
    m->slice = NEVER_AGAIN;
    luaD_throw(L, RADULA_STATUS);
  }
}


void radula_end (lua_State *L) {
  radula_over(L->meter, RADULA_ENDED);
  radula_unwind(L);
  abort();  /* not reached: the call is over */
}


void radula_nomemory (lua_State *L) {
  if (radula_guard(L, RADULA_MEMORY))
    luaD_throw(L, LUA_ERRMEM);
}
