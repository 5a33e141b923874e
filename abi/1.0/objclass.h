/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * objclass.h: write a Radula object class in C, C++, or any language that can speak C.
 *
 * A class is a shared library `libcls_NAME.so`. It holds methods that run next to one object, inside a transaction on
 * it: everything a method does to the object commits together when the method answers 0 or more, and is undone when
 * it answers a negative error number. A method reads its own writes.
 *
 *     #include "objclass.h"
 *
 *     static int32_t say_hello(objclass_call *call, objclass_bytes input)
 *     {
 *         objclass_output(call, objclass_text("Hello, "));
 *         return objclass_output(call, input.size ? input : objclass_text("world"));
 *     }
 *
 *     OBJCLASS("hello", "1.0.0")
 *
 *     int32_t objclass_init(objclass_registry *registry)
 *     {
 *         return objclass_register(registry, "say_hello", OBJCLASS_RD, say_hello);
 *     }
 *
 *     cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -o libcls_hello.so hello.c
 *
 * Rules that hold everywhere below
 *
 * - Return values: 0 or more is success, a negative number is an error, `-ENOENT` and the like. The numbers are those
 *   of Linux's <errno.h>. A method may answer with a number of its own, down to -INT32_MAX.
 * - `-ECANCELED` from a host function, when nothing in this header gives it another meaning, says that the call is over
 *   (a limit was reached, or the host failed): clean up and return. The host remembers; what you answer does not matter.
 * - Memory you receive (bytes, pages, info) belongs to the host, must not be changed, and stays valid until your
 *   method returns, or until you hand it to objclass_release. Memory you pass is yours, is copied before the function
 *   returns, and is never kept. No memory is ever freed by the other side.
 * - `data` of received bytes is never null, even when `size` is 0. Passing null with size 0 is fine.
 * - A call handle belongs to the thread and the invocation that received it. Do not keep it, do not use it on another
 *   thread. Methods of one class run on many threads at once: guard statics.
 * - Do not let an exception, a longjmp or an exit leave a method. Do not abort: you would take the process with you.
 * - Offsets, lengths and keys often come from clients. The host checks them; your arithmetic on them is yours to check.
 *
 * Versions
 *
 * OBJCLASS_ABI changes only when compatibility breaks. Within one ABI number, structs that begin with `size` may grow
 * at their end, and only they. Both sides look at `size` before they touch a later field, so a class built with
 * this header runs on a host older or newer than it. A function the host does not have answers -EOPNOTSUPP.
 * The comment `since 1.n` marks what came after the first release of this ABI.
 */
#ifndef OBJCLASS_H
#define OBJCLASS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OBJCLASS_ABI 1u

/* ---- What a class exports ------------------------------------------------------------------------------------- */

#define OBJCLASS_EXPORT __attribute__((visibility("default")))

/* Constant data, read from the file before any of its code runs. */
extern OBJCLASS_EXPORT const uint32_t objclass_abi;
extern OBJCLASS_EXPORT const char objclass_name[];    /* the NAME of libcls_NAME.so */
extern OBJCLASS_EXPORT const char objclass_version[]; /* yours, shown to operators; at most 64 bytes */
extern OBJCLASS_EXPORT const char objclass_deps[];    /* optional: names of classes that must be open, separated by spaces */

/* Defines the first three. Use it once, at file scope. */
#define OBJCLASS(name, version)                 \
    const uint32_t objclass_abi = OBJCLASS_ABI; \
    const char objclass_name[] = name;          \
    const char objclass_version[] = version;

/* Defines the fourth: OBJCLASS_DEPENDS("lock version") */
#define OBJCLASS_DEPENDS(names) const char objclass_deps[] = names;

typedef struct objclass_registry objclass_registry;

/* Runs once, after every check of the file: register your methods here. A negative answer keeps the class closed. */
OBJCLASS_EXPORT int32_t objclass_init(objclass_registry *registry);

/* ---- Types ---------------------------------------------------------------------------------------------------- */

typedef struct objclass_host objclass_host;
typedef struct objclass_call objclass_call;

/* The visible part of both handles; the host keeps its own fields after it. */
struct objclass_registry {
    const objclass_host *host;
};
struct objclass_call {
    const objclass_host *host;
};

/* A range of bytes. Not terminated. */
typedef struct objclass_bytes {
    const uint8_t *data;
    size_t size;
} objclass_bytes;

/* One omap entry or xattr. */
typedef struct objclass_pair {
    objclass_bytes key;
    objclass_bytes value;
} objclass_pair;

/* A page of keys, in byte order. `more` is 1 when the listing goes on after the last key. */
typedef struct objclass_keys {
    const objclass_bytes *keys;
    size_t count;
    int32_t more;
} objclass_keys;

/* A page of entries, in byte order of their keys. */
typedef struct objclass_pairs {
    const objclass_pair *pairs;
    size_t count;
    int32_t more;
} objclass_pairs;

typedef struct objclass_object_stat {
    uint64_t size;     /* bytes of data */
    uint64_t mtime_ns; /* last change, nanoseconds since 1970-01-01 UTC */
} objclass_object_stat;

/* About the call. Set `size` to sizeof(objclass_info) before you ask; fields the host does not know become zero. */
typedef struct objclass_info {
    size_t size;
    objclass_bytes pool;
    objclass_bytes name_space; /* empty: the default namespace */
    objclass_bytes oid;
    objclass_bytes origin;     /* who asked, as text */
    uint64_t version;          /* of the object before this transaction; 0 when it does not exist */
    uint32_t subop;            /* position of this call in its compound operation, from 0 */
    uint32_t access;           /* what this call may do: OBJCLASS_RD, OBJCLASS_WR */
} objclass_info;

/* What a method may do to its object. It is refused everything else, with -EPERM, before anything happened. */
#define OBJCLASS_RD 1u /* read data, xattrs, omap. Without it only objclass_stat answers */
#define OBJCLASS_WR 2u /* change the object */

/* A method. `input` comes from the client. Answers 0 or more, or a negative error number. */
typedef int32_t (*objclass_run)(objclass_call *call, objclass_bytes input);

typedef struct objclass_method {
    size_t size;      /* sizeof(objclass_method) */
    const char *name; /* 1 to 128 bytes of UTF-8, no control characters */
    uint32_t flags;   /* OBJCLASS_RD, OBJCLASS_WR, or both */
    uint32_t unused;  /* 0 */
    objclass_run run;
} objclass_method;

/* ---- The host table ------------------------------------------------------------------------------------------- */

/* Use the functions further below: they know what an older host lacks. */
struct objclass_host {
    size_t size;
    int32_t (*register_method)(objclass_registry *, const objclass_method *);
    int32_t (*refuse)(objclass_registry *, objclass_bytes message);

    int32_t (*stat)(objclass_call *, objclass_object_stat *);
    int32_t (*read)(objclass_call *, uint64_t offset, uint64_t length, objclass_bytes *);
    int32_t (*getxattr)(objclass_call *, objclass_bytes name, objclass_bytes *);
    int32_t (*getxattrs)(objclass_call *, objclass_pairs *);
    int32_t (*omap_get_keys)(objclass_call *, objclass_bytes start_after, uint64_t max, objclass_keys *);
    int32_t (*omap_get_vals)(objclass_call *, objclass_bytes start_after, objclass_bytes prefix, uint64_t max,
                             objclass_pairs *);
    int32_t (*omap_get_val)(objclass_call *, objclass_bytes key, objclass_bytes *);
    int32_t (*omap_get_vals_by_keys)(objclass_call *, const objclass_bytes *keys, size_t count, objclass_pairs *);
    int32_t (*omap_get_header)(objclass_call *, objclass_bytes *);

    int32_t (*create)(objclass_call *, int32_t exclusive);
    int32_t (*remove)(objclass_call *);
    int32_t (*write)(objclass_call *, uint64_t offset, objclass_bytes);
    int32_t (*write_full)(objclass_call *, objclass_bytes);
    int32_t (*replace)(objclass_call *, uint64_t offset, objclass_bytes);
    int32_t (*truncate)(objclass_call *, uint64_t size);
    int32_t (*zero)(objclass_call *, uint64_t offset, uint64_t length);
    int32_t (*setxattr)(objclass_call *, objclass_bytes name, objclass_bytes value);
    int32_t (*omap_set_vals)(objclass_call *, const objclass_pair *, size_t count);
    int32_t (*omap_remove_keys)(objclass_call *, const objclass_bytes *keys, size_t count);
    int32_t (*omap_remove_range)(objclass_call *, objclass_bytes begin, objclass_bytes end);
    int32_t (*omap_clear)(objclass_call *);
    int32_t (*omap_set_header)(objclass_call *, objclass_bytes);

    int32_t (*info)(objclass_call *, objclass_info *);
    int32_t (*call)(objclass_call *, objclass_bytes class_name, objclass_bytes method, objclass_bytes input,
                    objclass_bytes *output);
    int32_t (*output)(objclass_call *, objclass_bytes);
    int32_t (*log)(objclass_call *, int32_t level, objclass_bytes text);
    int32_t (*random)(objclass_call *, void *buffer, size_t size);
    int32_t (*fail)(objclass_call *, objclass_bytes message);
    int32_t (*panic)(objclass_call *, objclass_bytes message, objclass_bytes file, uint32_t line);
    int32_t (*release)(objclass_call *, const void *received);
};

/* Whether `host` has the function in field `field`. */
#define OBJCLASS_HAS(host, field) \
    ((host)->size >= offsetof(objclass_host, field) + sizeof((host)->field))

#define OBJCLASS_ASK(handle, field, arguments) \
    (OBJCLASS_HAS((handle)->host, field) ? (handle)->host->field arguments : -EOPNOTSUPP)

/* ---- Helpers -------------------------------------------------------------------------------------------------- */

static inline objclass_bytes objclass_span(const void *data, size_t size)
{
    objclass_bytes bytes;
    bytes.data = (const uint8_t *)data;
    bytes.size = size;
    return bytes;
}

static inline objclass_bytes objclass_text(const char *text)
{
    return objclass_span(text, strlen(text));
}

/* ---- In objclass_init ----------------------------------------------------------------------------------------- */

/* Registers a method. -EINVAL: unacceptable name, flags or null function; -EEXIST: registered before. After either the
 * class stays closed, whatever objclass_init answers. */
static inline int32_t objclass_register(objclass_registry *registry, const char *name, uint32_t flags, objclass_run run)
{
    objclass_method method;
    memset(&method, 0, sizeof method);
    method.size = sizeof method;
    method.name = name;
    method.flags = flags;
    method.run = run;
    return OBJCLASS_ASK(registry, register_method, (registry, &method));
}

/* Says why objclass_init is about to answer an error. */
static inline int32_t objclass_refuse(objclass_registry *registry, const char *message)
{
    return OBJCLASS_ASK(registry, refuse, (registry, objclass_text(message)));
}

/* ---- In a method: reading ------------------------------------------------------------------------------------- */

/* Size and mtime; needs no flag. -ENOENT: the object does not exist. */
static inline int32_t objclass_stat(objclass_call *call, objclass_object_stat *out)
{
    return OBJCLASS_ASK(call, stat, (call, out));
}

/* Up to `length` bytes from `offset`; 0 means to the end. Fewer at the end of the object, none beyond it. -ENOENT. */
static inline int32_t objclass_read(objclass_call *call, uint64_t offset, uint64_t length, objclass_bytes *out)
{
    return OBJCLASS_ASK(call, read, (call, offset, length, out));
}

/* One xattr. -ENODATA: no such xattr; -ENOENT: no object. */
static inline int32_t objclass_getxattr(objclass_call *call, objclass_bytes name, objclass_bytes *out)
{
    return OBJCLASS_ASK(call, getxattr, (call, name, out));
}

/* All xattrs. -ENOENT. */
static inline int32_t objclass_getxattrs(objclass_call *call, objclass_pairs *out)
{
    return OBJCLASS_ASK(call, getxattrs, (call, out));
}

/* At most `max` omap keys after `start_after` (empty: from the first). A missing object has none. */
static inline int32_t objclass_omap_get_keys(objclass_call *call, objclass_bytes start_after, uint64_t max,
                                             objclass_keys *out)
{
    return OBJCLASS_ASK(call, omap_get_keys, (call, start_after, max, out));
}

/* At most `max` omap entries after `start_after` whose keys begin with `prefix`. */
static inline int32_t objclass_omap_get_vals(objclass_call *call, objclass_bytes start_after, objclass_bytes prefix,
                                             uint64_t max, objclass_pairs *out)
{
    return OBJCLASS_ASK(call, omap_get_vals, (call, start_after, prefix, max, out));
}

/* The value of one omap key. -ENOENT: no such key, or no object. */
static inline int32_t objclass_omap_get_val(objclass_call *call, objclass_bytes key, objclass_bytes *out)
{
    return OBJCLASS_ASK(call, omap_get_val, (call, key, out));
}

/* The entries of those keys that exist. */
static inline int32_t objclass_omap_get_vals_by_keys(objclass_call *call, const objclass_bytes *keys, size_t count,
                                                     objclass_pairs *out)
{
    return OBJCLASS_ASK(call, omap_get_vals_by_keys, (call, keys, count, out));
}

/* The omap header, empty when there is none. */
static inline int32_t objclass_omap_get_header(objclass_call *call, objclass_bytes *out)
{
    return OBJCLASS_ASK(call, omap_get_header, (call, out));
}

/* ---- In a method: writing. Each creates the object when it is missing, except where -ENOENT is named. A write that
 * would break a quota answers -EFBIG, -E2BIG or -EDQUOT and changes nothing. ------------------------------------- */

/* Creates the object. -EEXIST: it exists, and `exclusive` is not 0. */
static inline int32_t objclass_create(objclass_call *call, int32_t exclusive)
{
    return OBJCLASS_ASK(call, create, (call, exclusive));
}

/* Removes the object with its xattrs and omap. -ENOENT. */
static inline int32_t objclass_remove(objclass_call *call)
{
    return OBJCLASS_ASK(call, remove, (call));
}

/* Writes at `offset`. A gap after the old end reads as zero bytes. */
static inline int32_t objclass_write(objclass_call *call, uint64_t offset, objclass_bytes data)
{
    return OBJCLASS_ASK(call, write, (call, offset, data));
}

/* Makes `data` the whole content. */
static inline int32_t objclass_write_full(objclass_call *call, objclass_bytes data)
{
    return OBJCLASS_ASK(call, write_full, (call, data));
}

/* Makes `data` at `offset` the whole content. */
static inline int32_t objclass_replace(objclass_call *call, uint64_t offset, objclass_bytes data)
{
    return OBJCLASS_ASK(call, replace, (call, offset, data));
}

/* Cuts or extends, with zero bytes, to `size`. Nothing happens on a missing object. */
static inline int32_t objclass_truncate(objclass_call *call, uint64_t size)
{
    return OBJCLASS_ASK(call, truncate, (call, size));
}

/* Makes a range read as zero bytes, never extends. Nothing happens on a missing object. */
static inline int32_t objclass_zero(objclass_call *call, uint64_t offset, uint64_t length)
{
    return OBJCLASS_ASK(call, zero, (call, offset, length));
}

/* Sets one xattr. -EINVAL: empty name. */
static inline int32_t objclass_setxattr(objclass_call *call, objclass_bytes name, objclass_bytes value)
{
    return OBJCLASS_ASK(call, setxattr, (call, name, value));
}

/* Sets omap entries. */
static inline int32_t objclass_omap_set_vals(objclass_call *call, const objclass_pair *pairs, size_t count)
{
    return OBJCLASS_ASK(call, omap_set_vals, (call, pairs, count));
}

/* Sets one omap entry. */
static inline int32_t objclass_omap_set_val(objclass_call *call, objclass_bytes key, objclass_bytes value)
{
    objclass_pair pair;
    pair.key = key;
    pair.value = value;
    return OBJCLASS_ASK(call, omap_set_vals, (call, &pair, 1));
}

/* Removes omap keys; a key that is not there is no error. -ENOENT: no object. */
static inline int32_t objclass_omap_remove_keys(objclass_call *call, const objclass_bytes *keys, size_t count)
{
    return OBJCLASS_ASK(call, omap_remove_keys, (call, keys, count));
}

/* Removes the omap keys in [begin, end). -ENOENT: no object. */
static inline int32_t objclass_omap_remove_range(objclass_call *call, objclass_bytes begin, objclass_bytes end)
{
    return OBJCLASS_ASK(call, omap_remove_range, (call, begin, end));
}

/* Removes all omap keys and the header. -ENOENT: no object. */
static inline int32_t objclass_omap_clear(objclass_call *call)
{
    return OBJCLASS_ASK(call, omap_clear, (call));
}

/* Sets the omap header. */
static inline int32_t objclass_omap_set_header(objclass_call *call, objclass_bytes header)
{
    return OBJCLASS_ASK(call, omap_set_header, (call, header));
}

/* ---- In a method: everything else ----------------------------------------------------------------------------- */

/* Appends to what the client gets. Discarded when the method fails. */
static inline int32_t objclass_output(objclass_call *call, objclass_bytes data)
{
    return OBJCLASS_ASK(call, output, (call, data));
}

/* About this call: object, version, origin. */
static inline int32_t objclass_get_info(objclass_call *call, objclass_info *out)
{
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    return OBJCLASS_ASK(call, info, (call, out));
}

/* Calls another method on the same object, in this transaction. Answers what it answered; when that is an error its
 * writes are undone and yours stay. -EOPNOTSUPP: no such class or method; -EPERM: it needs a flag you lack. */
static inline int32_t objclass_call_method(objclass_call *call, objclass_bytes class_name, objclass_bytes method,
                                           objclass_bytes input, objclass_bytes *output)
{
    return OBJCLASS_ASK(call, call, (call, class_name, method, input, output));
}

/* Logs one line, at Ceph's level: 0 error, 20 chatter. */
static inline int32_t objclass_log(objclass_call *call, int32_t level, const char *text)
{
    return OBJCLASS_ASK(call, log, (call, level, objclass_text(text)));
}

/* Fills `buffer` with unpredictable bytes. */
static inline int32_t objclass_random(objclass_call *call, void *buffer, size_t size)
{
    return OBJCLASS_ASK(call, random, (call, buffer, size));
}

/* Says in words why the method is about to answer an error; the client sees it beside the number. Returns `error`, so
 * that a method can end with `return objclass_fail(call, -EINVAL, "the name is too long");` */
static inline int32_t objclass_fail(objclass_call *call, int32_t error, const char *message)
{
    (void)OBJCLASS_ASK(call, fail, (call, objclass_text(message)));
    return error;
}

/* Gives received memory back before the method returns; for loops over much data. Pass `data` of received bytes, or
 * `keys` or `pairs` of a received page, once. -EINVAL: not received, or already given back. */
static inline int32_t objclass_release(objclass_call *call, const void *received)
{
    return OBJCLASS_ASK(call, release, (call, received));
}

/* For language runtimes that caught a panic or an exception of a method: ends the call as a trap (-EIO for the client)
 * with the message and the place. */
static inline int32_t objclass_panic(objclass_call *call, objclass_bytes message, objclass_bytes file, uint32_t line)
{
    return OBJCLASS_ASK(call, panic, (call, message, file, line));
}

#ifdef __cplusplus
}
#endif

#endif /* OBJCLASS_H */
