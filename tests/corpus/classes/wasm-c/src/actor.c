/* Class `actor` of the behaviour suite in C: does to its object what its input says. The language of the input stands in
 * `../../lua/cls_actor.lua`. Here so that every function of the C SDK is called, with the suite looking on.
 */
#include "objclass.h"

#include <stdlib.h>

OBJCLASS("actor", "1.0.0")

#define MAX_WORDS 4096

static const struct {
    const char *name;
    int32_t number;
} NAMES[] = {
#define NAMED(name) {#name, name}
    NAMED(EPERM), NAMED(ENOENT), NAMED(ESRCH), NAMED(EINTR), NAMED(EIO), NAMED(ENXIO), NAMED(E2BIG),
    NAMED(ENOEXEC), NAMED(EBADF), NAMED(ECHILD), NAMED(EAGAIN), NAMED(ENOMEM), NAMED(EACCES), NAMED(EFAULT),
    NAMED(EBUSY), NAMED(EEXIST), NAMED(EXDEV), NAMED(ENODEV), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EINVAL),
    NAMED(ENFILE), NAMED(EMFILE), NAMED(ENOTTY), NAMED(EFBIG), NAMED(ENOSPC), NAMED(ESPIPE), NAMED(EROFS),
    NAMED(EMLINK), NAMED(EPIPE), NAMED(EDOM), NAMED(ERANGE), NAMED(ENAMETOOLONG), NAMED(ELOOP), NAMED(ENODATA),
    NAMED(EBADMSG), NAMED(EOVERFLOW), NAMED(EOPNOTSUPP), NAMED(ETIMEDOUT), NAMED(ESTALE), NAMED(EDQUOT),
    NAMED(ECANCELED),
};

/* ---- Text ----------------------------------------------------------------------------------------------------- */

static int is(objclass_bytes word, const char *text)
{
    return word.size == strlen(text) && memcmp(word.data, text, word.size) == 0;
}

static void say(objclass_call *call, const char *text)
{
    objclass_output(call, objclass_text(text));
}

static void say_number(objclass_call *call, int64_t number)
{
    uint8_t digits[20];
    size_t first = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[--first] = (uint8_t)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        say(call, "-");
    objclass_output(call, objclass_span(digits + first, sizeof digits - first));
}

/* Appends `bytes` as a word. */
static void say_word(objclass_call *call, objclass_bytes bytes)
{
    static const char hex[] = "0123456789abcdef";
    if (bytes.size == 0) {
        say(call, "-");
        return;
    }
    int dash = is(bytes, "-");
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (byte > ' ' && byte < 127 && byte != '%' && byte != '*' && !dash) {
            objclass_output(call, objclass_span(&byte, 1));
        } else {
            char escape[] = {'%', hex[byte >> 4], hex[byte & 15], 0};
            say(call, escape);
        }
    }
}

static int digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9' ? byte - '0' : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static uint64_t number(objclass_bytes word)
{
    uint64_t value = 0;
    size_t at = word.size && word.data[0] == '-';
    int negative = at;
    for (; at < word.size; at++)
        value = value * 10 + (word.data[at] - '0');
    return negative ? 0 - value : value;
}

/* The bytes a word stands for. */
static objclass_bytes decode(objclass_bytes word)
{
    if (is(word, "-"))
        return objclass_span(NULL, 0);
    for (size_t star = word.size; star-- > 1;) {
        if (word.data[star] != '*' || star + 1 == word.size)
            continue;
        objclass_bytes unit = decode(objclass_span(word.data, star));
        uint64_t times = number(objclass_span(word.data + star + 1, word.size - star - 1));
        uint8_t *all = malloc(unit.size * times);
        for (uint64_t i = 0; i < times; i++)
            memcpy(all + i * unit.size, unit.data, unit.size);
        return objclass_span(all, unit.size * times);
    }
    uint8_t *bytes = malloc(word.size);
    size_t size = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] == '%' && i + 2 < word.size && digit(word.data[i + 1]) >= 0 && digit(word.data[i + 2]) >= 0) {
            bytes[size++] = (uint8_t)(digit(word.data[i + 1]) * 16 + digit(word.data[i + 2]));
            i += 2;
        } else {
            bytes[size++] = word.data[i];
        }
    }
    return objclass_span(bytes, size);
}

static objclass_pair pair(objclass_bytes word)
{
    size_t at = 0;
    objclass_pair result;
    while (at < word.size && word.data[at] != '=')
        at++;
    result.key = decode(objclass_span(word.data, at));
    result.value = at < word.size ? decode(objclass_span(word.data + at + 1, word.size - at - 1)) : objclass_span(NULL, 0);
    return result;
}

/* ---- Answers -------------------------------------------------------------------------------------------------- */

static int32_t say_bytes(objclass_call *call, const char *label, int32_t error, objclass_bytes bytes)
{
    if (error < 0)
        return error;
    say(call, label);
    say(call, " ");
    say_word(call, bytes);
    say(call, "\n");
    return 0;
}

static int32_t say_pairs(objclass_call *call, const char *label, int32_t error, objclass_pairs page)
{
    if (error < 0)
        return error;
    say(call, label);
    for (size_t i = 0; i < page.count; i++) {
        say(call, " ");
        say_word(call, page.pairs[i].key);
        say(call, "=");
        say_word(call, page.pairs[i].value);
    }
    say(call, page.more ? " ...\n" : "\n");
    return 0;
}

static int32_t say_keys(objclass_call *call, int count_only, int32_t error, objclass_keys page)
{
    if (error < 0)
        return error;
    say(call, count_only ? "count " : "keys");
    if (count_only)
        say_number(call, (int64_t)page.count);
    for (size_t i = 0; i < page.count && !count_only; i++) {
        say(call, " ");
        say_word(call, page.keys[i]);
    }
    say(call, page.more ? " ...\n" : "\n");
    return 0;
}

static int32_t say_count(objclass_call *call, const char *label, int64_t count)
{
    say(call, label);
    say(call, " ");
    say_number(call, count);
    say(call, "\n");
    return 0;
}

/* ---- Actions -------------------------------------------------------------------------------------------------- */

static char *terminated(objclass_bytes bytes)
{
    char *text = malloc(bytes.size + 1);
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = 0;
    return text;
}

static int32_t writing(objclass_call *call, objclass_bytes verb, const objclass_bytes *word, size_t count)
{
    if (is(verb, "create"))
        return objclass_create(call, count == 1 && is(word[0], "exclusive"));
    if (is(verb, "remove"))
        return objclass_remove(call);
    if (is(verb, "write"))
        return objclass_write(call, number(word[0]), decode(word[1]));
    if (is(verb, "write_full"))
        return objclass_write_full(call, decode(word[0]));
    if (is(verb, "replace"))
        return objclass_replace(call, number(word[0]), decode(word[1]));
    if (is(verb, "truncate"))
        return objclass_truncate(call, number(word[0]));
    if (is(verb, "zero"))
        return objclass_zero(call, number(word[0]), number(word[1]));
    if (is(verb, "setxattr"))
        return objclass_setxattr(call, decode(word[0]), decode(word[1]));
    if (is(verb, "map_set_val"))
        return objclass_omap_set_val(call, decode(word[0]), decode(word[1]));
    if (is(verb, "map_set_vals")) {
        objclass_pair *pairs = malloc(count * sizeof *pairs);
        for (size_t i = 0; i < count; i++)
            pairs[i] = pair(word[i]);
        return objclass_omap_set_vals(call, pairs, count);
    }
    if (is(verb, "map_remove_key")) {
        objclass_bytes key = decode(word[0]);
        return objclass_omap_remove_keys(call, &key, 1);
    }
    if (is(verb, "map_remove_range"))
        return objclass_omap_remove_range(call, decode(word[0]), decode(word[1]));
    if (is(verb, "map_clear"))
        return objclass_omap_clear(call);
    if (is(verb, "map_write_header"))
        return objclass_omap_set_header(call, decode(word[0]));
    if (is(verb, "log"))
        return objclass_log(call, (int32_t)number(word[0]), terminated(decode(word[1])));
    if (is(verb, "spin"))
        for (;;) {
        }
    if (is(verb, "hoard"))
        for (;;) {
            /* Written to, or the compiler would leave the allocation out. */
            volatile uint8_t *piece = malloc(1000);
            if (!piece)
                abort();
            *piece = 1;
        }
    return objclass_fail(call, -EIO, "no such action");
}

static int32_t action(objclass_call *call, objclass_bytes verb, const objclass_bytes *word, size_t count)
{
    objclass_bytes bytes;
    objclass_pairs pairs;
    objclass_keys keys;
    objclass_object_stat stat;
    objclass_info info;
    if (is(verb, "stat")) {
        int32_t error = objclass_stat(call, &stat);
        return error < 0 ? error : say_count(call, "stat", (int64_t)stat.size);
    }
    if (is(verb, "read")) {
        int32_t error = objclass_read(call, number(word[0]), number(word[1]), &bytes);
        return say_bytes(call, "read", error, bytes);
    }
    if (is(verb, "getxattr")) {
        int32_t error = objclass_getxattr(call, decode(word[0]), &bytes);
        return say_bytes(call, "xattr", error, bytes);
    }
    if (is(verb, "getxattrs")) {
        int32_t error = objclass_getxattrs(call, &pairs);
        return say_pairs(call, "xattrs", error, pairs);
    }
    if (is(verb, "map_get_keys") || is(verb, "map_count")) {
        int32_t error = objclass_omap_get_keys(call, decode(word[0]), number(word[1]), &keys);
        return say_keys(call, is(verb, "map_count"), error, keys);
    }
    if (is(verb, "map_get_vals")) {
        int32_t error = objclass_omap_get_vals(call, decode(word[0]), decode(word[1]), number(word[2]), &pairs);
        return say_pairs(call, "vals", error, pairs);
    }
    if (is(verb, "map_get_val")) {
        int32_t error = objclass_omap_get_val(call, decode(word[0]), &bytes);
        return say_bytes(call, "val", error, bytes);
    }
    if (is(verb, "map_get_vals_by_keys")) {
        objclass_bytes *names = malloc(count * sizeof *names);
        for (size_t i = 0; i < count; i++)
            names[i] = decode(word[i]);
        int32_t error = objclass_omap_get_vals_by_keys(call, names, count, &pairs);
        return say_pairs(call, "vals", error, pairs);
    }
    if (is(verb, "map_read_header")) {
        int32_t error = objclass_omap_get_header(call, &bytes);
        return say_bytes(call, "header", error, bytes);
    }
    objclass_get_info(call, &info);
    if (is(verb, "version"))
        return say_count(call, "version", (int64_t)info.version);
    if (is(verb, "subop"))
        return say_count(call, "subop", info.subop);
    if (is(verb, "origin"))
        return say_bytes(call, "origin", 0, info.origin);
    if (is(verb, "call")) {
        int32_t ret = objclass_call_method(call, decode(word[0]), decode(word[1]), decode(word[2]), &bytes);
        if (ret < 0)
            return ret;
        say(call, "reply ");
        say_number(call, ret);
        return say_bytes(call, "", 0, bytes);
    }
    if (is(verb, "out"))
        return say_bytes(call, "out", 0, decode(word[0]));
    return writing(call, verb, word, count);
}

static void say_error(objclass_call *call, int32_t error)
{
    say(call, "error ");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (NAMES[i].number == -error) {
            say(call, NAMES[i].name);
            say(call, "\n");
            return;
        }
    say_number(call, error);
    say(call, "\n");
}

static int32_t act(objclass_call *call, objclass_bytes input)
{
    size_t at = 0;
    objclass_bytes *words = malloc(MAX_WORDS * sizeof *words);
    while (at < input.size) {
        size_t count = 0;
        while (at < input.size && input.data[at] != '\n' && count < MAX_WORDS) {
            size_t end = at;
            while (end < input.size && input.data[end] != ' ' && input.data[end] != '\n')
                end++;
            if (end > at)
                words[count++] = objclass_span(input.data + at, end - at);
            at = end + (end < input.size && input.data[end] == ' ');
        }
        at++;
        if (count == 0)
            continue;
        int guarded = is(words[0], "try");
        objclass_bytes *word = words + guarded;
        count -= (size_t)guarded + 1;
        if (is(word[0], "return"))
            return (int32_t)number(word[1]);
        if (is(word[0], "fail"))
            for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
                if (is(word[1], NAMES[i].name))
                    return -NAMES[i].number;
        int32_t error = action(call, word[0], word + 1, count);
        if (error < 0 && !guarded)
            return error;
        if (error < 0)
            say_error(call, error);
    }
    return 0;
}

int32_t objclass_init(objclass_registry *registry)
{
    objclass_register_documented(registry, "r", OBJCLASS_RD, act, "acts with the right to read");
    objclass_register_documented(registry, "w", OBJCLASS_WR, act, "acts with the right to write");
    return objclass_register(registry, "rw", OBJCLASS_RD | OBJCLASS_WR, act);
}
