/*
** The meter of a Lua state: the paths that are not inlined.
*/
#define LUA_CORE

#include "lprefix.h"

#include "lua.h"
#include "lstate.h"
#include "ldo.h"
#include "radula.h"

/* An ended meter stays below zero, so that every later charge comes here again. */
#define NEVER_AGAIN	(INT64_MIN / 2)


radula_meter *radula_getmeter (lua_State *L) {
  return L->meter;
}


void radula_charge (lua_State *L, size_t n) {
  radula_meter *m = L->meter;
  m->slice -= (n > (size_t)RADULA_MAXCHARGE) ? RADULA_MAXCHARGE : (int64_t)n;
  if (l_unlikely(m->slice < 0))
    radula_exhausted(L);
}


void radula_over (radula_meter *m, uint32_t why) {
  if (m->ended == RADULA_RUNNING) {
    m->ended = why;
    m->left = m->slice;
  }
  m->slice = NEVER_AGAIN;
}


void radula_exhausted (lua_State *L) {
  radula_meter *m = L->meter;
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
  if (L->meter->ended != RADULA_RUNNING) {
    L->meter->slice = NEVER_AGAIN;
    luaD_throw(L, RADULA_STATUS);
  }
}


void radula_end (lua_State *L) {
  radula_over(L->meter, RADULA_ENDED);
  luaD_throw(L, RADULA_STATUS);
}
