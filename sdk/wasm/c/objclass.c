/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * objclass.h over the generated bindings of the world (object_class.h). What a class does not use is not linked.
 */
#include "objclass.h"
#include "object_class.h"

#include <stdlib.h>

#define MAX_METHODS 64
/* The most unpredictable bytes the host gives at a time. */
#define RANDOM_CHUNK 4096

/* Both sides' ranges and pairs are the same two words, so that arrays of one are arrays of the other. */
_Static_assert(sizeof(objclass_bytes) == sizeof(object_class_list_u8_t), "same size");
_Static_assert(offsetof(objclass_bytes, size) == offsetof(object_class_list_u8_t, len), "same order");
_Static_assert(sizeof(objclass_pair) == sizeof(radula_objclass_types_pair_t), "same size");
_Static_assert(offsetof(objclass_pair, value) == offsetof(radula_objclass_types_pair_t, f1), "same order");

typedef struct {
    const char *name;
    const char *doc;
    uint32_t flags;
    objclass_run run;
} method;

struct objclass_registry {
    method methods[MAX_METHODS];
    uint32_t count;
    int32_t error;
};

struct objclass_call {
    uint32_t access;
    uint8_t *output;
    size_t length;
    size_t room;
    object_class_string_t message;
};

/* One call in the life of an instance. */
static objclass_registry registry;
static objclass_call running;

/* The bindings want an object file of wit-bindgen's own here, which says what the module is for. radula-wasm does that. */
void __component_type_object_force_link_object_class(void)
{
}

/* ---- Bytes from here to there --------------------------------------------------------------------------------- */

static object_class_list_u8_t list(objclass_bytes bytes)
{
    object_class_list_u8_t result = {(uint8_t *)bytes.data, bytes.size};
    return result;
}

static object_class_string_t string(objclass_bytes bytes)
{
    object_class_string_t result = {(uint8_t *)bytes.data, bytes.size};
    return result;
}

static objclass_bytes from_string(object_class_string_t string)
{
    return objclass_span(string.ptr, string.len);
}

/* Memory, or the end: a class without memory has no way on. */
static void *memory(void *old, size_t size)
{
    void *result = realloc(old, size);
    if (!result)
        __builtin_trap();
    return result;
}

/* What a function of the bindings answers: whether all went well, and a number when not. */
static int32_t answer(bool good, uint32_t error)
{
    return good ? 0 : -(int32_t)error;
}

/* Calls a function of the bindings: READ leaves `good` and `error`, WRITE answers. */
#define READ(function, ...)                                                        \
    uint32_t error = 0;                                                            \
    bool good = radula_objclass_object_read_##function(__VA_ARGS__ __VA_OPT__(, ) &error)
#define WRITE(function, ...)                                                                                \
    uint32_t error = 0;                                                                                     \
    (void)call;                                                                                             \
    return answer(radula_objclass_object_write_##function(__VA_ARGS__ __VA_OPT__(, ) &error), error)

static int32_t received(bool good, uint32_t error, object_class_list_u8_t *data, objclass_bytes *out)
{
    if (good)
        *out = objclass_span(data->ptr, data->len);
    return answer(good, error);
}

static int32_t received_pairs(bool good, uint32_t error, radula_objclass_object_read_list_pair_t *page, bool more,
                              objclass_pairs *out)
{
    if (good) {
        out->pairs = (const objclass_pair *)page->ptr;
        out->count = page->len;
        out->more = more;
    }
    return answer(good, error);
}

/* ---- The exports of the world --------------------------------------------------------------------------------- */

static void log_text(int32_t level, const char *text)
{
    object_class_string_t line = string(objclass_text(text));
    radula_objclass_log_log(level, &line);
}

/* Fills the registry, or ends the call. */
static void open(void)
{
    int32_t error = objclass_init(&registry);
    if (error < 0 || registry.error < 0) {
        log_text(0, "objclass_init failed");
        __builtin_trap();
    }
}

void exports_object_class_methods(object_class_list_method_t *ret)
{
    open();
    ret->len = registry.count;
    ret->ptr = memory(NULL, registry.count * sizeof *ret->ptr);
    for (uint32_t i = 0; i < registry.count; i++) {
        const method *from = &registry.methods[i];
        /* Copies: the host hands everything back to free. */
        object_class_string_dup(&ret->ptr[i].name, from->name);
        object_class_string_dup(&ret->ptr[i].doc, from->doc ? from->doc : "");
        ret->ptr[i].access = (uint8_t)from->flags;
    }
}

bool exports_object_class_call(uint32_t index, object_class_list_u8_t *input, object_class_reply_t *ret,
                               object_class_failure_t *err)
{
    int32_t result = -EOPNOTSUPP;
    open();
    if (index < registry.count) {
        running.access = registry.methods[index].flags;
        result = registry.methods[index].run(&running, objclass_span(input->ptr, input->len));
    }
    if (result < 0) {
        err->errno = (uint32_t)-result;
        err->message = running.message;
        return false;
    }
    ret->ret_ = result;
    ret->output.ptr = running.output;
    ret->output.len = running.length;
    return true;
}

/* ---- In objclass_init ----------------------------------------------------------------------------------------- */

int32_t objclass_register_documented(objclass_registry *registry, const char *name, uint32_t flags, objclass_run run,
                                     const char *doc)
{
    if (registry->count == MAX_METHODS)
        return registry->error = -ENOSPC;
    if (!run || !(flags & (OBJCLASS_RD | OBJCLASS_WR)) || flags > (OBJCLASS_RD | OBJCLASS_WR))
        return registry->error = -EINVAL;
    method *method = &registry->methods[registry->count++];
    method->name = name;
    method->doc = doc;
    method->flags = flags;
    method->run = run;
    return 0;
}

int32_t objclass_register(objclass_registry *registry, const char *name, uint32_t flags, objclass_run run)
{
    return objclass_register_documented(registry, name, flags, run, NULL);
}

int32_t objclass_refuse(objclass_registry *registry, const char *message)
{
    (void)registry;
    log_text(0, message);
    return 0;
}

/* ---- In a method: reading ------------------------------------------------------------------------------------- */

int32_t objclass_stat(objclass_call *call, objclass_object_stat *out)
{
    radula_objclass_object_read_object_stat_t stat;
    READ(stat, &stat);
    (void)call;
    if (good) {
        out->size = stat.size;
        out->mtime_ns = stat.mtime;
    }
    return answer(good, error);
}

int32_t objclass_read(objclass_call *call, uint64_t offset, uint64_t length, objclass_bytes *out)
{
    object_class_list_u8_t data;
    READ(read, offset, length, &data);
    (void)call;
    return received(good, error, &data, out);
}

int32_t objclass_getxattr(objclass_call *call, objclass_bytes name, objclass_bytes *out)
{
    object_class_list_u8_t key = list(name), data;
    READ(getxattr, &key, &data);
    (void)call;
    return received(good, error, &data, out);
}

int32_t objclass_getxattrs(objclass_call *call, objclass_pairs *out)
{
    radula_objclass_object_read_list_pair_t page;
    READ(getxattrs, &page);
    (void)call;
    return received_pairs(good, error, &page, false, out);
}

int32_t objclass_omap_get_keys(objclass_call *call, objclass_bytes start_after, uint64_t max, objclass_keys *out)
{
    object_class_list_u8_t after = list(start_after);
    radula_objclass_object_read_keys_t page;
    READ(omap_get_keys, &after, max, &page);
    (void)call;
    if (good) {
        out->keys = (const objclass_bytes *)page.entries.ptr;
        out->count = page.entries.len;
        out->more = page.more;
    }
    return answer(good, error);
}

int32_t objclass_omap_get_vals(objclass_call *call, objclass_bytes start_after, objclass_bytes prefix, uint64_t max,
                               objclass_pairs *out)
{
    object_class_list_u8_t after = list(start_after), begin = list(prefix);
    radula_objclass_object_read_pairs_t page;
    READ(omap_get_vals, &after, &begin, max, &page);
    (void)call;
    return received_pairs(good, error, &page.entries, page.more, out);
}

int32_t objclass_omap_get_val(objclass_call *call, objclass_bytes key, objclass_bytes *out)
{
    object_class_list_u8_t name = list(key), data;
    READ(omap_get_val, &name, &data);
    (void)call;
    return received(good, error, &data, out);
}

int32_t objclass_omap_get_vals_by_keys(objclass_call *call, const objclass_bytes *keys, size_t count,
                                       objclass_pairs *out)
{
    object_class_list_list_u8_t names = {(object_class_list_u8_t *)keys, count};
    radula_objclass_object_read_list_pair_t page;
    READ(omap_get_vals_by_keys, &names, &page);
    (void)call;
    return received_pairs(good, error, &page, false, out);
}

int32_t objclass_omap_get_header(objclass_call *call, objclass_bytes *out)
{
    object_class_list_u8_t data;
    READ(omap_read_header, &data);
    (void)call;
    return received(good, error, &data, out);
}

/* ---- In a method: writing ------------------------------------------------------------------------------------- */

int32_t objclass_create(objclass_call *call, int32_t exclusive)
{
    WRITE(create, exclusive != 0);
}

int32_t objclass_remove(objclass_call *call)
{
    WRITE(remove);
}

int32_t objclass_write(objclass_call *call, uint64_t offset, objclass_bytes data)
{
    object_class_list_u8_t bytes = list(data);
    WRITE(write, offset, &bytes);
}

int32_t objclass_write_full(objclass_call *call, objclass_bytes data)
{
    object_class_list_u8_t bytes = list(data);
    WRITE(write_full, &bytes);
}

int32_t objclass_replace(objclass_call *call, uint64_t offset, objclass_bytes data)
{
    object_class_list_u8_t bytes = list(data);
    WRITE(replace, offset, &bytes);
}

int32_t objclass_truncate(objclass_call *call, uint64_t size)
{
    WRITE(truncate, size);
}

int32_t objclass_zero(objclass_call *call, uint64_t offset, uint64_t length)
{
    WRITE(zero, offset, length);
}

int32_t objclass_setxattr(objclass_call *call, objclass_bytes name, objclass_bytes value)
{
    object_class_list_u8_t key = list(name), bytes = list(value);
    WRITE(setxattr, &key, &bytes);
}

int32_t objclass_omap_set_vals(objclass_call *call, const objclass_pair *pairs, size_t count)
{
    radula_objclass_object_write_list_pair_t entries = {(radula_objclass_object_write_pair_t *)pairs, count};
    WRITE(omap_set_vals, &entries);
}

int32_t objclass_omap_set_val(objclass_call *call, objclass_bytes key, objclass_bytes value)
{
    object_class_list_u8_t name = list(key), bytes = list(value);
    WRITE(omap_set_val, &name, &bytes);
}

int32_t objclass_omap_remove_keys(objclass_call *call, const objclass_bytes *keys, size_t count)
{
    (void)call;
    for (size_t i = 0; i < count; i++) {
        object_class_list_u8_t key = list(keys[i]);
        uint32_t error = 0;
        if (!radula_objclass_object_write_omap_remove_key(&key, &error))
            return answer(false, error);
    }
    return 0;
}

int32_t objclass_omap_remove_range(objclass_call *call, objclass_bytes begin, objclass_bytes end)
{
    object_class_list_u8_t from = list(begin), to = list(end);
    WRITE(omap_remove_range, &from, &to);
}

int32_t objclass_omap_clear(objclass_call *call)
{
    WRITE(omap_clear);
}

int32_t objclass_omap_set_header(objclass_call *call, objclass_bytes header)
{
    object_class_list_u8_t bytes = list(header);
    WRITE(omap_write_header, &bytes);
}

/* ---- In a method: everything else ----------------------------------------------------------------------------- */

int32_t objclass_get_info(objclass_call *call, objclass_info *out)
{
    radula_objclass_env_location_t object;
    object_class_string_t origin;
    radula_objclass_env_object_id(&object);
    radula_objclass_env_origin(&origin);
    out->size = sizeof *out;
    out->pool = from_string(object.pool);
    out->name_space = from_string(object.namespace_);
    out->oid = from_string(object.oid);
    out->origin = from_string(origin);
    out->version = radula_objclass_env_version();
    out->subop = radula_objclass_env_subop();
    out->access = call->access;
    return 0;
}

int32_t objclass_call_method(objclass_call *call, objclass_bytes class_name, objclass_bytes method, objclass_bytes input,
                             objclass_bytes *output)
{
    object_class_string_t class = string(class_name), name = string(method);
    object_class_list_u8_t bytes = list(input);
    radula_objclass_calls_reply_t reply;
    uint32_t error = 0;
    (void)call;
    if (!radula_objclass_calls_call(&class, &name, &bytes, &reply, &error))
        return answer(false, error);
    *output = objclass_span(reply.output.ptr, reply.output.len);
    return reply.ret_;
}

int32_t objclass_output(objclass_call *call, objclass_bytes data)
{
    if (data.size > call->room - call->length) {
        size_t room = call->length + data.size;
        /* Twice as much each time, so that many small pieces are not moved each time. */
        call->room = room < 2 * call->room ? 2 * call->room : room;
        call->output = memory(call->output, call->room);
    }
    if (data.size)
        memcpy(call->output + call->length, data.data, data.size);
    call->length += data.size;
    return 0;
}

int32_t objclass_log(objclass_call *call, int32_t level, const char *text)
{
    (void)call;
    log_text(level, text);
    return 0;
}

int32_t objclass_random(objclass_call *call, void *buffer, size_t size)
{
    uint8_t *to = buffer;
    (void)call;
    while (size) {
        object_class_list_u8_t chunk;
        radula_objclass_env_random(size < RANDOM_CHUNK ? size : RANDOM_CHUNK, &chunk);
        memcpy(to, chunk.ptr, chunk.len);
        to += chunk.len;
        size -= chunk.len;
        free(chunk.ptr);
    }
    return 0;
}

int32_t objclass_fail(objclass_call *call, int32_t error, const char *message)
{
    object_class_string_dup(&call->message, message);
    return error;
}

int32_t objclass_release(objclass_call *call, const void *received)
{
    (void)call;
    free((void *)received);
    return 0;
}

int32_t objclass_interrupted(objclass_call *call)
{
    (void)call;
    return 0;
}

int32_t objclass_panic(objclass_call *call, objclass_bytes message, objclass_bytes file, uint32_t line)
{
    object_class_string_t text;
    uint8_t digits[10];
    size_t first = sizeof digits;
    (void)call;
    do
        digits[--first] = (uint8_t)('0' + line % 10);
    while (line /= 10);
    running.length = 0;
    objclass_output(&running, file);
    objclass_output(&running, objclass_text(":"));
    objclass_output(&running, objclass_span(digits + first, sizeof digits - first));
    objclass_output(&running, objclass_text(": panicked: "));
    objclass_output(&running, message);
    text = string(objclass_span(running.output, running.length));
    radula_objclass_log_log(0, &text);
    __builtin_trap();
}
