/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * objclass.h for WASM: write an object class in C or C++ that runs confined.
 *
 * The functions are those of the native header, abi/objclass.h, with the meanings its comments give them; a class
 * that keeps to them compiles for both. What differs:
 *
 * - The engine takes the name of the class from its file, cls_NAME.wasm, and there is no version and no list of
 *   dependencies: OBJCLASS defines nothing, and OBJCLASS_DEPENDS does not exist.
 * - Every call gets an instance of its own: statics are what they were when the class was built, and objclass_init
 *   runs before every call.
 * - At a limit the call ends there and then: -ECANCELED is never answered, and nothing needs to ask objclass_interrupted.
 * - Memory you receive lies in the memory of the class, and goes with the call.
 * - An objclass_init that fails logs what objclass_refuse was told and traps.
 *
 *     clang-19 --target=wasm32-wasi -O2 -nostartfiles -I sdk/wasm/c -Wl,--no-entry,--stack-first,-z,stack-size=16384 -o core.wasm \
 *         hello.c sdk/wasm/c/objclass.c sdk/wasm/c/allocator.c sdk/wasm/c/object_class.c
 *     radula-wasm component core.wasm cls_hello.wasm
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

#define OBJCLASS(name, version)

typedef struct objclass_registry objclass_registry;
typedef struct objclass_call objclass_call;

/* Yours: registers the methods, in the same order every time. */
int32_t objclass_init(objclass_registry *registry);

typedef struct objclass_bytes {
    const uint8_t *data;
    size_t size;
} objclass_bytes;

typedef struct objclass_pair {
    objclass_bytes key;
    objclass_bytes value;
} objclass_pair;

typedef struct objclass_keys {
    const objclass_bytes *keys;
    size_t count;
    int32_t more;
} objclass_keys;

typedef struct objclass_pairs {
    const objclass_pair *pairs;
    size_t count;
    int32_t more;
} objclass_pairs;

typedef struct objclass_object_stat {
    uint64_t size;
    uint64_t mtime_ns;
} objclass_object_stat;

typedef struct objclass_info {
    size_t size;
    objclass_bytes pool;
    objclass_bytes name_space;
    objclass_bytes oid;
    objclass_bytes origin;
    uint64_t version;
    uint32_t subop;
    uint32_t access;
} objclass_info;

#define OBJCLASS_RD 1u
#define OBJCLASS_WR 2u

typedef int32_t (*objclass_run)(objclass_call *call, objclass_bytes input);

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

/* In objclass_init. At most 64 methods; the next answers -ENOSPC. */
int32_t objclass_register_documented(objclass_registry *, const char *name, uint32_t flags, objclass_run, const char *doc);
int32_t objclass_register(objclass_registry *, const char *name, uint32_t flags, objclass_run);
int32_t objclass_refuse(objclass_registry *, const char *message);

/* In a method: reading. */
int32_t objclass_stat(objclass_call *, objclass_object_stat *);
int32_t objclass_read(objclass_call *, uint64_t offset, uint64_t length, objclass_bytes *);
int32_t objclass_getxattr(objclass_call *, objclass_bytes name, objclass_bytes *);
int32_t objclass_getxattrs(objclass_call *, objclass_pairs *);
int32_t objclass_omap_get_keys(objclass_call *, objclass_bytes start_after, uint64_t max, objclass_keys *);
int32_t objclass_omap_get_vals(objclass_call *, objclass_bytes start_after, objclass_bytes prefix, uint64_t max,
                               objclass_pairs *);
int32_t objclass_omap_get_val(objclass_call *, objclass_bytes key, objclass_bytes *);
int32_t objclass_omap_get_vals_by_keys(objclass_call *, const objclass_bytes *keys, size_t count, objclass_pairs *);
int32_t objclass_omap_get_header(objclass_call *, objclass_bytes *);

/* In a method: writing. */
int32_t objclass_create(objclass_call *, int32_t exclusive);
int32_t objclass_remove(objclass_call *);
int32_t objclass_write(objclass_call *, uint64_t offset, objclass_bytes);
int32_t objclass_write_full(objclass_call *, objclass_bytes);
int32_t objclass_replace(objclass_call *, uint64_t offset, objclass_bytes);
int32_t objclass_truncate(objclass_call *, uint64_t size);
int32_t objclass_zero(objclass_call *, uint64_t offset, uint64_t length);
int32_t objclass_setxattr(objclass_call *, objclass_bytes name, objclass_bytes value);
int32_t objclass_omap_set_vals(objclass_call *, const objclass_pair *, size_t count);
int32_t objclass_omap_set_val(objclass_call *, objclass_bytes key, objclass_bytes value);
int32_t objclass_omap_remove_keys(objclass_call *, const objclass_bytes *keys, size_t count);
int32_t objclass_omap_remove_range(objclass_call *, objclass_bytes begin, objclass_bytes end);
int32_t objclass_omap_clear(objclass_call *);
int32_t objclass_omap_set_header(objclass_call *, objclass_bytes);

/* In a method: the rest. */
int32_t objclass_get_info(objclass_call *, objclass_info *);
int32_t objclass_call_method(objclass_call *, objclass_bytes class_name, objclass_bytes method, objclass_bytes input,
                             objclass_bytes *output);
int32_t objclass_output(objclass_call *, objclass_bytes);
int32_t objclass_log(objclass_call *, int32_t level, const char *text);
int32_t objclass_random(objclass_call *, void *buffer, size_t size);
int32_t objclass_fail(objclass_call *, int32_t error, const char *message);
/* Gives received memory back, if nothing was received since: enough for a loop over much data. Always 0. */
int32_t objclass_release(objclass_call *, const void *received);
/* Always 0: the engine stops a WASM class by itself. */
int32_t objclass_interrupted(objclass_call *);
/* Logs message and place at level 0 and traps. */
int32_t objclass_panic(objclass_call *, objclass_bytes message, objclass_bytes file, uint32_t line);

#ifdef __cplusplus
}
#endif

#endif /* OBJCLASS_H */
