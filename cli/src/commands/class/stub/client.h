#ifndef RADULA_STUB
#define RADULA_STUB 1

#include <errno.h>
#include <rados/librados.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Longest answer in bytes; a longer one fails with -ERANGE. */
#ifndef RADULA_ROOM
#define RADULA_ROOM (1 << 20)
#endif

/* Bytes that belong to somebody else: in an answer to its memory. */
struct radula_bytes {
  const void *data;
  size_t len;
};

/* A network address; the family in sockaddr has the order of a little-endian host. */
struct radula_addr {
  uint32_t type;
  uint32_t nonce;
  struct radula_bytes sockaddr;
};

/* What an answer lies in. Begins as { NULL }, serves any number of calls, ends with radula_free. */
struct radula_memory {
  void *first;
};

static inline void *radula_alloc(struct radula_memory *memory, size_t count, size_t size) {
  if (size && count > (SIZE_MAX - sizeof(void *) * 2) / size) return NULL;
  void **piece = (void **)calloc(1, sizeof(void *) * 2 + count * size);
  if (!piece) return NULL;
  piece[0] = memory->first;
  memory->first = piece;
  return piece + 2;
}

static inline void radula_free(struct radula_memory *memory) {
  while (memory->first) {
    void **piece = (void **)memory->first;
    memory->first = piece[0];
    free(piece);
  }
}

/* Text as bytes. */
static inline struct radula_bytes radula_text(const char *text) {
  struct radula_bytes bytes = {text, strlen(text)};
  return bytes;
}

/* What is written. After the first failure nothing more is. */
struct radula_out {
  uint8_t *data;
  size_t len, room;
  int failed;
};

static inline void radula_write(struct radula_out *out, const void *data, size_t len) {
  if (out->failed || !len) return;
  if (len > out->room - out->len) {
    if (len > UINT32_MAX || out->len > UINT32_MAX) {
      out->failed = -E2BIG;
      return;
    }
    size_t room = (out->len + len) * 2;
    uint8_t *grown = (uint8_t *)realloc(out->data, room);
    if (!grown) {
      out->failed = -ENOMEM;
      return;
    }
    out->data = grown;
    out->room = room;
  }
  memcpy(out->data + out->len, data, len);
  out->len += len;
}

static inline void radula_write_int(struct radula_out *out, uint64_t value, size_t width) {
  uint8_t bytes[8];
  for (size_t at = 0; at < width; at++) bytes[at] = (uint8_t)(value >> 8 * at);
  radula_write(out, bytes, width);
}

/* What is read. After the first failure there is nothing more. */
struct radula_in {
  const uint8_t *at, *end;
  struct radula_memory *memory;
  int failed;
};

static inline const uint8_t *radula_take(struct radula_in *in, size_t len) {
  static const uint8_t nothing[8] = {0};
  if (in->failed || len > (size_t)(in->end - in->at)) {
    if (!in->failed) in->failed = -EBADMSG;
    return len > sizeof nothing ? NULL : nothing;
  }
  in->at += len;
  return in->at - len;
}

static inline uint64_t radula_read_int(struct radula_in *in, size_t width) {
  const uint8_t *bytes = radula_take(in, width);
  uint64_t value = 0;
  for (size_t at = 0; at < width; at++) value |= (uint64_t)bytes[at] << 8 * at;
  return value;
}

/* The place for a counted number of elements of `size`, each at least `least` bytes on the wire. */
static inline void *radula_read_items(struct radula_in *in, uint32_t *count, size_t size, uint32_t least) {
  *count = (uint32_t)radula_read_int(in, 4);
  void *items = NULL;
  if (!in->failed && *count > (size_t)(in->end - in->at) / least) in->failed = -EBADMSG;
  if (!in->failed && *count && !(items = radula_alloc(in->memory, *count, size))) in->failed = -ENOMEM;
  if (!items) *count = 0;
  return items;
}

#define RADULA_INT(name, type, width)                                                       \
  static inline void radula_put_##name(struct radula_out *out, const type *value) {         \
    radula_write_int(out, (uint64_t)*value, width);                                         \
  }                                                                                         \
  static inline void radula_get_##name(struct radula_in *in, type *value) {                 \
    *value = (type)radula_read_int(in, width);                                              \
  }
RADULA_INT(u8, uint8_t, 1)
RADULA_INT(u16, uint16_t, 2)
RADULA_INT(u32, uint32_t, 4)
RADULA_INT(u64, uint64_t, 8)
RADULA_INT(i8, int8_t, 1)
RADULA_INT(i16, int16_t, 2)
RADULA_INT(i32, int32_t, 4)
RADULA_INT(i64, int64_t, 8)
RADULA_INT(bool, bool, 1)
#undef RADULA_INT

static inline void radula_put_varint(struct radula_out *out, const uint64_t *value) {
  uint64_t rest = *value;
  for (; rest > 0x7f; rest >>= 7) radula_write_int(out, (rest & 0x7f) | 0x80, 1);
  radula_write_int(out, rest, 1);
}

static inline void radula_get_varint(struct radula_in *in, uint64_t *value) {
  uint8_t byte;
  *value = 0;
  for (unsigned shift = 0;; shift += 7) {
    radula_get_u8(in, &byte);
    if (shift > 63 || (shift == 63 && (byte & 0x7f) > 1)) {
      if (!in->failed) in->failed = -EBADMSG;
      return;
    }
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return;
  }
}

static inline void radula_put_svarint(struct radula_out *out, const int64_t *value) {
  uint64_t magnitude = *value < 0 ? 0 - (uint64_t)*value : (uint64_t)*value;
  uint64_t raw = magnitude << 1 | (*value < 0);
  if (magnitude >> 63 && !out->failed) out->failed = -ERANGE;
  radula_put_varint(out, &raw);
}

static inline void radula_get_svarint(struct radula_in *in, int64_t *value) {
  uint64_t raw;
  radula_get_varint(in, &raw);
  *value = raw & 1 ? -(int64_t)(raw >> 1) : (int64_t)(raw >> 1);
}

static inline void radula_put_str(struct radula_out *out, const struct radula_bytes *value) {
  if (value->len > UINT32_MAX && !out->failed) out->failed = -E2BIG;
  radula_write_int(out, value->len, 4);
  radula_write(out, value->data, value->len);
}

static inline void radula_get_str(struct radula_in *in, struct radula_bytes *value) {
  value->len = (size_t)radula_read_int(in, 4);
  value->data = radula_take(in, value->len);
  if (in->failed) value->len = 0;
}

/* Nanoseconds since 1970. */
static inline void radula_put_time(struct radula_out *out, const uint64_t *value) {
  if (*value / 1000000000 > UINT32_MAX && !out->failed) out->failed = -ERANGE;
  radula_write_int(out, *value / 1000000000, 4);
  radula_write_int(out, *value % 1000000000, 4);
}

static inline void radula_get_time(struct radula_in *in, uint64_t *value) {
  *value = radula_read_int(in, 4) * 1000000000;
  *value += radula_read_int(in, 4);
}

/* A struct with a head: `place` is where its length will stand. */
static inline size_t radula_begin(struct radula_out *out, uint8_t version, uint8_t compat) {
  radula_write_int(out, version, 1);
  radula_write_int(out, compat, 1);
  radula_write_int(out, 0, 4);
  return out->len;
}

static inline void radula_end(struct radula_out *out, size_t place) {
  if (out->failed) return;
  size_t len = out->len - place;
  for (size_t at = 0; at < 4; at++) out->data[place - 4 + at] = (uint8_t)(len >> 8 * at);
}

/* What a struct with a head holds, to be read by one that knows `known`; answers the version that was written. */
static inline uint8_t radula_open(struct radula_in *in, struct radula_in *inner, uint8_t known) {
  uint8_t version = (uint8_t)radula_read_int(in, 1);
  uint8_t compat = (uint8_t)radula_read_int(in, 1);
  size_t len = (size_t)radula_read_int(in, 4);
  const uint8_t *at = radula_take(in, len);
  if (!in->failed && compat > known) in->failed = -EBADMSG;
  *inner = *in;
  if (!in->failed) {
    inner->at = at;
    inner->end = at + len;
  }
  return version;
}

static inline void radula_put_addr(struct radula_out *out, const struct radula_addr *value) {
  radula_write_int(out, 1, 1);
  size_t place = radula_begin(out, 1, 1);
  radula_put_u32(out, &value->type);
  radula_put_u32(out, &value->nonce);
  radula_put_str(out, &value->sockaddr);
  radula_end(out, place);
}

static inline void radula_get_addr(struct radula_in *in, struct radula_addr *value) {
  uint64_t form = radula_read_int(in, 1);
  struct radula_in inner;
  if (form == 1) {
    radula_open(in, &inner, 1);
    radula_get_u32(&inner, &value->type);
    radula_get_u32(&inner, &value->nonce);
    radula_get_str(&inner, &value->sockaddr);
    if (inner.failed) in->failed = inner.failed;
    return;
  }
  if (form != 0 && !in->failed) in->failed = -EBADMSG;
  radula_take(in, 3);
  radula_get_u32(in, &value->nonce);
  const uint8_t *storage = radula_take(in, 128);
  if (in->failed) return;
  uint8_t *sockaddr = (uint8_t *)radula_alloc(in->memory, 1, 28);
  if (!sockaddr) {
    in->failed = -ENOMEM;
    return;
  }
  memcpy(sockaddr, storage, 28);
  sockaddr[0] = storage[1];
  sockaddr[1] = storage[0];
  value->type = sockaddr[0] || sockaddr[1];
  value->sockaddr.data = sockaddr;
  value->sockaddr.len = sockaddr[0] == 2 && !sockaddr[1] ? 16 : 28;
}

/* Calls a method with what was written, and frees that. The answer is left in `in`, if somebody wants it: librados fails when there is
   no room for one. */
static inline int radula_call(rados_ioctx_t io, const char *oid, const char *cls, const char *method, struct radula_out *out,
                              struct radula_in *in) {
  struct radula_memory own = {NULL};
  uint8_t *room = (uint8_t *)radula_alloc(in ? in->memory : &own, 1, RADULA_ROOM);
  int ret = out->failed ? out->failed : room ? 0 : -ENOMEM;
  if (!ret) ret = rados_exec(io, oid, cls, method, (const char *)out->data, out->len, (char *)room, RADULA_ROOM);
  if (ret >= 0 && in) {
    in->at = room;
    in->end = room + ret;
  }
  radula_free(&own);
  free(out->data);
  return ret < 0 ? ret : 0;
}

#endif
