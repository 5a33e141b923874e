/* The benchmark's class in C, for native code (`benchnative`) and WASM (`benchwasm`), and in native code the same work as
 * functions that are called directly. Built by the benchmark. */
#include "objclass.h"
#include "work.h"

/* Rows about many classes compile it under another name. */
#ifndef NAME
#define NAME "benchnative"
#endif

OBJCLASS(NAME, "1")

#define MAX_NAME 100
#define RECORD 100

#ifndef __wasm__
/* The floor: what the methods below do, without an engine. */
OBJCLASS_EXPORT int32_t direct_noop(void);
OBJCLASS_EXPORT size_t direct_hello(const uint8_t *name, size_t size, uint8_t *room);
OBJCLASS_EXPORT int32_t direct_ten(int32_t (*host)(void *object), void *object);
OBJCLASS_EXPORT size_t direct_echo(const uint8_t *input, size_t size, uint8_t *room);
OBJCLASS_EXPORT uint64_t direct_loop(void);
OBJCLASS_EXPORT uint64_t direct_strings(void);
OBJCLASS_EXPORT uint64_t direct_json(const uint8_t *text, size_t size);

int32_t direct_noop(void)
{
    return 0;
}

size_t direct_hello(const uint8_t *name, size_t size, uint8_t *room)
{
    return work_hello(name, size, room);
}

int32_t direct_ten(int32_t (*host)(void *object), void *object)
{
    int32_t error = 0;
    for (int i = 0; i < 10 && error >= 0; i++)
        error = host(object);
    return error;
}

size_t direct_echo(const uint8_t *input, size_t size, uint8_t *room)
{
    memcpy(room, input, size);
    return size;
}

uint64_t direct_loop(void)
{
    return work_loop();
}

uint64_t direct_strings(void)
{
    return work_strings();
}

uint64_t direct_json(const uint8_t *text, size_t size)
{
    return work_json(text, size);
}
#endif

static int32_t noop(objclass_call *call, objclass_bytes input)
{
    (void)call;
    (void)input;
    return 0;
}

static int32_t say_hello(objclass_call *call, objclass_bytes name)
{
    uint8_t room[MAX_NAME + 8];
    if (name.size > MAX_NAME)
        return -22;
    return objclass_output(call, objclass_span(room, work_hello(name.data, name.size, room)));
}

static int32_t ten(objclass_call *call, objclass_bytes input)
{
    int32_t error = 0;
    (void)input;
    for (int i = 0; i < 10 && error >= 0; i++) {
        objclass_bytes value;
        error = objclass_getxattr(call, objclass_text("a"), &value);
    }
    return error < 0 ? error : 0;
}

static int32_t echo(objclass_call *call, objclass_bytes input)
{
    return objclass_output(call, input);
}

static int32_t number(objclass_call *call, uint64_t value)
{
    uint8_t digits[20];
    return objclass_output(call, objclass_span(digits, work_decimal(value, digits)));
}

static int32_t loop(objclass_call *call, objclass_bytes input)
{
    (void)input;
    return number(call, work_loop());
}

static int32_t strings(objclass_call *call, objclass_bytes input)
{
    (void)input;
    return number(call, work_strings());
}

static int32_t json(objclass_call *call, objclass_bytes input)
{
    return number(call, work_json(input.data, input.size));
}

static int32_t bump(objclass_call *call, objclass_bytes input)
{
    uint8_t record[RECORD];
    objclass_bytes data;
    int32_t error = objclass_read(call, 0, 0, &data);
    (void)input;
    if (error < 0)
        return error;
    if (data.size != RECORD)
        return -22;
    memcpy(record, data.data, RECORD);
    work_bump(record);
    return objclass_write_full(call, objclass_span(record, RECORD));
}

static int32_t get(objclass_call *call, objclass_bytes input)
{
    objclass_bytes data;
    int32_t error = objclass_read(call, 0, 0, &data);
    (void)input;
    return error < 0 ? error : objclass_output(call, data);
}

int32_t objclass_init(objclass_registry *registry)
{
    /* The floor of WASM calls methods by their position. */
    objclass_register(registry, "noop", OBJCLASS_RD, noop);
    objclass_register(registry, "say_hello", OBJCLASS_RD, say_hello);
    /* The same on an object that does not exist. */
    objclass_register(registry, "greet", OBJCLASS_WR, say_hello);
    objclass_register(registry, "ten", OBJCLASS_RD, ten);
    objclass_register(registry, "echo", OBJCLASS_RD, echo);
    objclass_register(registry, "loop", OBJCLASS_RD, loop);
    objclass_register(registry, "strings", OBJCLASS_RD, strings);
    objclass_register(registry, "json", OBJCLASS_RD, json);
    objclass_register(registry, "bump", OBJCLASS_RD | OBJCLASS_WR, bump);
    return objclass_register(registry, "get", OBJCLASS_RD, get);
}
