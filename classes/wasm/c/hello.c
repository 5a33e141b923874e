/* Class `hellowasm_c`: class `hellowasm` in C.
 *
 *     radula exec greeting hellowasm_c say_hello Ceph       prints: Hello, Ceph! (from WASM)
 *
 * A method answers 0 or more, or a negative error number; then nothing it wrote is kept.
 */
#include "objclass.h"

OBJCLASS("hellowasm_c", "1.0.0")

/* Longest name we greet, in bytes. */
#define MAX_NAME 100

typedef struct {
    uint8_t text[MAX_NAME + 32];
    size_t length;
} greeting;

static void append(greeting *greeting, objclass_bytes bytes)
{
    memcpy(greeting->text + greeting->length, bytes.data, bytes.size);
    greeting->length += bytes.size;
}

/* `name` has at most MAX_NAME bytes. */
static objclass_bytes greet(greeting *greeting, objclass_bytes name)
{
    greeting->length = 0;
    append(greeting, objclass_text("Hello, "));
    append(greeting, name.size ? name : objclass_text("world"));
    append(greeting, objclass_text("! (from WASM)"));
    return objclass_span(greeting->text, greeting->length);
}

/* Notes in xattr `name` who asked. */
static int32_t sign(objclass_call *call, const char *name)
{
    objclass_info info;
    objclass_get_info(call, &info);
    return objclass_setxattr(call, objclass_text(name), info.origin);
}

/* Greets without looking at the object. */
static int32_t say_hello(objclass_call *call, objclass_bytes name)
{
    greeting greeting;
    if (name.size > MAX_NAME)
        return objclass_fail(call, -EINVAL, "a name has at most 100 bytes");
    return objclass_output(call, greet(&greeting, name));
}

/* Creates the object with a greeting in it. Only the first caller succeeds. */
static int32_t record_hello(objclass_call *call, objclass_bytes name)
{
    greeting greeting;
    int32_t error;
    if (name.size > MAX_NAME)
        return objclass_fail(call, -EINVAL, "a name has at most 100 bytes");
    /* Fails with EEXIST when the object is there. */
    if ((error = objclass_create(call, 1)) < 0)
        return error;
    /* Both writes are applied together, or neither. */
    if ((error = objclass_write_full(call, greet(&greeting, name))) < 0)
        return error;
    return sign(call, "said_by");
}

/* Reads a recorded greeting. */
static int32_t replay(objclass_call *call, objclass_bytes input)
{
    objclass_bytes greeting;
    int32_t error = objclass_read(call, 0, 0, &greeting);
    (void)input;
    return error < 0 ? error : objclass_output(call, greeting);
}

/* Makes a recorded greeting louder: reads the object and writes it again, as one step. */
static int32_t turn_it_to_11(objclass_call *call, objclass_bytes input)
{
    objclass_bytes recorded;
    int32_t error;
    if (input.size)
        return objclass_fail(call, -EINVAL, "the method takes no input");
    if ((error = objclass_read(call, 0, 0, &recorded)) < 0)
        return error;
    /* What was received lies in our memory, and nobody else reads it. */
    uint8_t *louder = (uint8_t *)recorded.data;
    for (size_t i = 0; i < recorded.size; i++)
        if (louder[i] >= 'a' && louder[i] <= 'z')
            louder[i] -= 'a' - 'A';
    if ((error = objclass_write_full(call, recorded)) < 0)
        return error;
    return sign(call, "amplified_by");
}

int32_t objclass_init(objclass_registry *registry)
{
    /* say_hello touches nothing, yet may write: without that a method answers ENOENT when there is no object, and a
     * greeting should not depend on it. A registration that fails keeps the class closed by itself. */
    objclass_register_documented(registry, "say_hello", OBJCLASS_WR, say_hello,
                                 "greets the name in the input, or the world");
    objclass_register_documented(registry, "record_hello", OBJCLASS_WR, record_hello,
                                 "creates the object with a greeting in it; EEXIST when it exists");
    objclass_register_documented(registry, "replay", OBJCLASS_RD, replay, "prints the recorded greeting");
    return objclass_register_documented(registry, "turn_it_to_11", OBJCLASS_RD | OBJCLASS_WR, turn_it_to_11,
                                        "turns the recorded greeting into upper case");
}
