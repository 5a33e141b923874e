/* Class `hello_c`: the part of Ceph's hello class that says hello, in C. `say_hello` is flagged RD | WR so that it greets
 * on an object that does not exist, too. */
#include "objclass.h"

OBJCLASS("hello_c", "1.0.0")

#define MAX_NAME 100

/* Appends "Hello, NAME!" to `room`; answers its length. `room` holds MAX_NAME bytes more than the words. */
static size_t greet(char *room, objclass_bytes name)
{
    static const char hello[] = "Hello, ";
    size_t length = sizeof hello - 1;
    if (name.size == 0)
        name = objclass_text("world");
    memcpy(room, hello, length);
    memcpy(room + length, name.data, name.size);
    length += name.size;
    room[length++] = '!';
    return length;
}

static int32_t say_hello(objclass_call *call, objclass_bytes name)
{
    char greeting[MAX_NAME + 16];
    if (name.size > MAX_NAME)
        return objclass_fail(call, -EINVAL, "a name has at most 100 bytes");
    return objclass_output(call, objclass_span(greeting, greet(greeting, name)));
}

static int32_t record_hello(objclass_call *call, objclass_bytes name)
{
    char greeting[MAX_NAME + 16];
    objclass_object_stat stat;
    objclass_info info;
    int32_t error;

    if (name.size > MAX_NAME)
        return objclass_fail(call, -EINVAL, "a name has at most 100 bytes");
    /* Needs no flag: whether an object exists is no secret from a method that may write it. */
    if (objclass_stat(call, &stat) == 0)
        return objclass_fail(call, -EEXIST, "somebody said hello before");
    if ((error = objclass_write_full(call, objclass_span(greeting, greet(greeting, name)))) < 0)
        return error;
    if ((error = objclass_get_info(call, &info)) < 0)
        return error;
    return objclass_setxattr(call, objclass_text("said_by"), info.origin);
}

static int32_t replay(objclass_call *call, objclass_bytes input)
{
    objclass_bytes greeting;
    int32_t error = objclass_read(call, 0, 1100, &greeting);
    (void)input;
    return error < 0 ? error : objclass_output(call, greeting);
}

int32_t objclass_init(objclass_registry *registry)
{
    /* A registration that fails keeps the class closed by itself. */
    objclass_register_documented(registry, "say_hello", OBJCLASS_RD | OBJCLASS_WR, say_hello, "Answers \"Hello, INPUT!\".");
    objclass_register_documented(registry, "record_hello", OBJCLASS_WR, record_hello,
                                 "Writes \"Hello, INPUT!\" into an object that does not exist yet.");
    return objclass_register_documented(registry, "replay", OBJCLASS_RD, replay, "Answers what record_hello wrote.");
}
