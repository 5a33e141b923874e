/* Calls classes through the clients that `radula class stub` wrote. */

#include "echo_client.h"
#include "lock_client.h"

#include <stdio.h>

#define CHECK(what)                                           \
  do {                                                        \
    if (!(what)) {                                            \
      fprintf(stderr, "line %d: %s\n", __LINE__, #what);      \
      return 1;                                               \
    }                                                         \
  } while (0)

static int is(struct radula_bytes bytes, const char *text) {
  return bytes.len == strlen(text) && !memcmp(bytes.data, text, bytes.len);
}

static int everything(rados_ioctx_t io, struct radula_memory *memory) {
  static const uint8_t sockaddr[16] = {2, 0, 26, 133, 127, 0, 0, 1};
  struct echo_all_input_n_item parts[2] = {{{"x", 1}, 1}, {{NULL, 0}, UINT32_MAX}};
  struct echo_all_input_o_entry by_name[2] = {{{"a", 1}, {{NULL, 0}, 3}}, {{"b", 1}, {{"1", 1}, 2}}};
  struct echo_all_input in = {0};
  struct echo_all_output out;
  in.a = 255, in.b = 65535, in.c = UINT32_MAX, in.d = UINT64_MAX;
  in.e = INT8_MIN, in.f = INT16_MIN, in.g = INT32_MIN, in.h = INT64_MIN;
  in.i = true, in.j = radula_text("text"), in.k = 5000000006;
  in.l.type = 8, in.l.num = -4115;
  in.m.type = 1, in.m.nonce = 7, in.m.sockaddr.data = sockaddr, in.m.sockaddr.len = sizeof sockaddr;
  in.n.count = 2, in.n.items = parts;
  in.o.count = 2, in.o.items = by_name;
  in.q.present = true;
  in.s = UINT64_MAX, in.t = -((int64_t)1 << 40);
  in.u.oid = radula_text("o"), in.u.pool = -1;
  in.from = radula_text("from"), in.self.lambda = 3, in.self.class_ = radula_text("c");

  CHECK(echo_all(io, "o", &in, &out, memory) == 0);
  CHECK(out.a == 255 && out.b == 65535 && out.c == UINT32_MAX && out.d == UINT64_MAX);
  CHECK(out.e == INT8_MIN && out.f == INT16_MIN && out.g == INT32_MIN && out.h == INT64_MIN);
  CHECK(out.i && is(out.j, "text") && out.k == 5000000006 && out.l.type == 8 && out.l.num == -4115);
  CHECK(out.m.type == 1 && out.m.nonce == 7 && !memcmp(out.m.sockaddr.data, sockaddr, sizeof sockaddr));
  CHECK(out.n.count == 2 && is(out.n.items[0].name, "x") && out.n.items[1].n == UINT32_MAX);
  CHECK(out.o.count == 2 && is(out.o.items[1].key, "b") && out.o.items[1].value.n == 2);
  CHECK(out.p.count == 0 && out.q.present && out.q.value == 0 && !out.r.present);
  CHECK(out.s == UINT64_MAX && out.t == -((int64_t)1 << 40) && is(out.u.oid, "o") && out.u.pool == -1);
  CHECK(is(out.from, "from") && out.self.lambda == 3 && is(out.self.class_, "c"));
  /* An answer nobody wants, and input that is left out where a type is expected. */
  CHECK(echo_all(io, "o", &in, NULL, NULL) == 0);
  CHECK(echo_all(io, "o", NULL, &out, memory) == -EINVAL);
  return 0;
}

static int malformed(struct radula_memory *memory) {
  static const uint8_t endless[4] = {255, 255, 255, 255};
  struct radula_in in = {endless, endless + 4, memory, 0};
  struct echo_list_output list;
  echo_list_output_get(&in, &list);
  CHECK(in.failed == -EBADMSG && list.count == 0);
  struct radula_in text = {endless, endless + 3, memory, 0};
  struct radula_bytes bytes;
  radula_get_str(&text, &bytes);
  CHECK(text.failed == -EBADMSG && bytes.len == 0);
  return 0;
}

static int locks(rados_ioctx_t io, struct radula_memory *memory) {
  struct lock_lock_input op = {0};
  op.name = radula_text("l"), op.type = 1, op.cookie = radula_text("mine");
  CHECK(lock_lock(io, "door", &op, NULL, NULL) == 0);
  CHECK(lock_lock(io, "door", &op, NULL, NULL) == -EEXIST);
  CHECK(rados_lock_exclusive(io, "door", "l", "theirs", "", NULL, 0) == -EBUSY);
  struct lock_get_info_input name = {{"l", 1}};
  struct lock_get_info_output info;
  CHECK(lock_get_info(io, "door", &name, &info, memory) == 0);
  CHECK(info.type == 1 && info.lockers.count == 1 && is(info.lockers.items[0].id.cookie, "mine"));
  struct lock_list_locks_output names;
  CHECK(lock_list_locks(io, "door", NULL, &names, memory) == 0);
  CHECK(names.locks.count == 1 && is(names.locks.items[0], "l"));
  CHECK(rados_unlock(io, "door", "l", "mine") == 0);
  CHECK(lock_get_info(io, "door", &name, &info, memory) == 0 && info.lockers.count == 0);
  return 0;
}

int main(void) {
  rados_t cluster;
  rados_ioctx_t io;
  struct radula_memory memory = {NULL};
  struct radula_bytes raw = radula_text("raw"), answer;
  CHECK(rados_create(&cluster, NULL) == 0 && rados_conf_read_file(cluster, getenv("CEPH_CONF")) == 0);
  CHECK(rados_connect(cluster) == 0 && rados_ioctx_create(cluster, "rbd", &io) == 0);
  CHECK(rados_write_full(io, "o", "data", 4) == 0);
  CHECK(everything(io, &memory) == 0 && malformed(&memory) == 0 && locks(io, &memory) == 0);
  CHECK(echo_for(io, "o", &raw, &answer, &memory) == 0 && is(answer, "raw"));
  CHECK(echo_a_b(io, "o", &raw, &answer, &memory) == 0 && is(answer, "raw"));
  radula_free(&memory);
  rados_ioctx_destroy(io);
  rados_shutdown(cluster);
  return 0;
}
