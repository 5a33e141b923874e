/* Class `counterwasm_c`: class `counterwasm` in C: one whole number per object, changed without ever losing an update.
 *
 *     radula exec visits counterwasm_c add 41     prints 41
 *     radula exec visits counterwasm_c get        prints 41
 *     radula exec visits counterwasm_c reset      starts again from 0
 *
 * The number is the object's data, in decimal, as in class `counter`: the two work on the same objects.
 */
#include "objclass.h"

OBJCLASS("counterwasm_c", "1.0.0")

/* No 64-bit number takes more bytes; a longer object is not ours, whatever it begins with. */
#define MAX_DIGITS 20

typedef struct {
    uint8_t text[MAX_DIGITS];
} digits;

/* The whole number in `text`; answers 0 when it is not one or does not fit into 64 bits. */
static int whole_number(objclass_bytes text, int64_t *number)
{
    size_t at = 0;
    int negative = 0;
    int64_t value = 0;
    if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
        negative = text.data[at++] == '-';
    if (at == text.size)
        return 0;
    for (; at < text.size; at++) {
        if (text.data[at] < '0' || text.data[at] > '9')
            return 0;
        /* Downwards, since there is one more negative number than positive ones. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, text.data[at] - '0', &value))
            return 0;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return 0;
    *number = value;
    return 1;
}

static objclass_bytes decimal(int64_t number, digits *digits)
{
    size_t first = MAX_DIGITS;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits->text[--first] = (uint8_t)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        digits->text[--first] = '-';
    return objclass_span(digits->text + first, MAX_DIGITS - first);
}

/* The number in the object: 0 in an object without data. Somebody else's data is an error, never overwritten. */
static int32_t stored(objclass_call *call, int64_t *number)
{
    objclass_object_stat stat;
    objclass_bytes data;
    int32_t error;
    *number = 0;
    if ((error = objclass_stat(call, &stat)) < 0)
        return error;
    if (stat.size == 0)
        return 0;
    if (stat.size <= MAX_DIGITS) {
        if ((error = objclass_read(call, 0, 0, &data)) < 0)
            return error;
        if (whole_number(data, number))
            return 0;
    }
    objclass_log(call, 0, "the object does not hold a number");
    return -EBADMSG;
}

/* Answers the number. */
static int32_t get(objclass_call *call, objclass_bytes input)
{
    digits digits;
    int64_t number;
    int32_t error = stored(call, &number);
    (void)input;
    return error < 0 ? error : objclass_output(call, decimal(number, &digits));
}

/* Adds the input (1 when empty; may be negative) and answers the new number. Creates the object. */
static int32_t add(objclass_call *call, objclass_bytes input)
{
    digits digits;
    int64_t step = 1, number;
    int32_t error;
    if (input.size && !whole_number(input, &step))
        return -EINVAL;
    /* Makes sure of the object and minds nothing if it is there already. */
    if ((error = objclass_create(call, 0)) < 0)
        return error;
    if ((error = stored(call, &number)) < 0)
        return error;
    if (__builtin_add_overflow(number, step, &number))
        return -ERANGE;
    if ((error = objclass_write_full(call, decimal(number, &digits))) < 0)
        return error;
    return objclass_output(call, decimal(number, &digits));
}

/* Starts again from the input, or from 0. Writes without reading, and so replaces whatever the object holds. */
static int32_t reset(objclass_call *call, objclass_bytes input)
{
    digits digits;
    int64_t start = 0;
    if (input.size && !whole_number(input, &start))
        return -EINVAL;
    return objclass_write_full(call, decimal(start, &digits));
}

int32_t objclass_init(objclass_registry *registry)
{
    objclass_register_documented(registry, "get", OBJCLASS_RD, get, "answers the number");
    objclass_register_documented(registry, "add", OBJCLASS_RD | OBJCLASS_WR, add,
                                 "adds the input (default 1) and answers the new number");
    return objclass_register_documented(registry, "reset", OBJCLASS_WR, reset,
                                        "sets the number to the input (default 0)");
}
