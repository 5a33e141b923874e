/* What the methods of the benchmark's C classes compute: one source for the function called directly, for the native
 * class and for the WASM class, so that their figures differ by the way there only. */
#ifndef RADULA_BENCH_WORK_H
#define RADULA_BENCH_WORK_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORK_STEPS 10000000
#define WORK_PIECES 20000
#define WORK_COUNTER 20

/* "Hello, NAME!" into `room`, which has 8 bytes more than the name. */
static size_t work_hello(const uint8_t *name, size_t size, uint8_t *room)
{
    memcpy(room, "Hello, ", 7);
    memcpy(room + 7, name, size);
    room[7 + size] = '!';
    return size + 8;
}

/* Every step needs all bits of the one before it. Without the shift clang multiplies several steps into one, which gcc
 * does not, and the row would compare compilers. */
static uint64_t work_loop(void)
{
    uint64_t x = 0;
    for (uint64_t i = 1; i <= WORK_STEPS; i++)
        x = (x ^ (x >> 13)) * 31 + i;
    return x & INT64_MAX;
}

static size_t work_decimal(uint64_t number, uint8_t *room)
{
    uint8_t digits[20];
    size_t count = 0;
    do {
        digits[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < count; i++)
        room[i] = digits[count - 1 - i];
    return count;
}

/* 20,000 pieces "item N" made one by one, then joined with commas; answers the length. 0: no memory. */
static uint64_t work_strings(void)
{
    uint8_t **pieces = malloc(WORK_PIECES * sizeof *pieces);
    size_t *sizes = malloc(WORK_PIECES * sizeof *sizes);
    uint64_t total = 0;
    if (pieces == NULL || sizes == NULL)
        return 0;
    for (size_t i = 0; i < WORK_PIECES; i++) {
        uint8_t text[32];
        size_t size = 5;
        memcpy(text, "item ", 5);
        size += work_decimal(i + 1, text + size);
        pieces[i] = malloc(size);
        if (pieces[i] == NULL)
            return 0;
        memcpy(pieces[i], text, size);
        sizes[i] = size;
        total += size + 1;
    }
    uint8_t *joined = malloc(total);
    if (joined == NULL)
        return 0;
    size_t at = 0;
    for (size_t i = 0; i < WORK_PIECES; i++) {
        memcpy(joined + at, pieces[i], sizes[i]);
        at += sizes[i];
        joined[at++] = ',';
        free(pieces[i]);
    }
    free(pieces);
    free(sizes);
    at -= 1;
    /* Read back, so that the joining is not dropped. */
    total = at + (joined[at - 1] == '0' ? 0 : 1);
    free(joined);
    return total;
}

/* A JSON document as a tree; numbers as doubles, strings with their escapes undone (without \u, which the document does
 * not have). */
typedef struct work_value {
    enum { WORK_NULL, WORK_BOOL, WORK_NUMBER, WORK_STRING, WORK_ARRAY, WORK_OBJECT } kind;
    double number;
    uint8_t *text;
    size_t size;
    uint8_t *name;
    size_t name_size;
    struct work_value *first, *next;
} work_value;

typedef struct {
    const uint8_t *at, *end;
} work_reader;

static void work_space(work_reader *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' || *in->at == '\t' || *in->at == '\r'))
        in->at++;
}

static void work_free(work_value *value)
{
    while (value != NULL) {
        work_value *next = value->next;
        work_free(value->first);
        free(value->text);
        free(value->name);
        free(value);
        value = next;
    }
}

static uint8_t *work_string(work_reader *in, size_t *size)
{
    const uint8_t *end = ++in->at;
    while (end < in->end && *end != '"')
        end += *end == '\\' ? 2 : 1;
    if (end >= in->end)
        return NULL;
    uint8_t *text = malloc((size_t)(end - in->at) + 1);
    size_t used = 0;
    if (text == NULL)
        return NULL;
    while (in->at < end) {
        uint8_t c = *in->at++;
        if (c == '\\') {
            c = *in->at++;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        text[used++] = c;
    }
    in->at = end + 1;
    *size = used;
    return text;
}

static double work_number(work_reader *in)
{
    double sign = 1, number = 0, scale = 1;
    if (*in->at == '-') {
        sign = -1;
        in->at++;
    }
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        number = number * 10 + (*in->at++ - '0');
    if (in->at < in->end && *in->at == '.') {
        in->at++;
        while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
            number = number * 10 + (*in->at++ - '0');
            scale *= 10;
        }
    }
    return sign * number / scale;
}

static work_value *work_parse(work_reader *in, int depth)
{
    work_value *value = calloc(1, sizeof *value);
    work_space(in);
    if (value == NULL || in->at >= in->end || depth > 64)
        goto bad;
    uint8_t c = *in->at;
    if (c == '"') {
        value->kind = WORK_STRING;
        value->text = work_string(in, &value->size);
        if (value->text == NULL)
            goto bad;
    } else if (c == '[' || c == '{') {
        uint8_t close = c == '[' ? ']' : '}';
        work_value **last = &value->first;
        value->kind = c == '[' ? WORK_ARRAY : WORK_OBJECT;
        in->at++;
        work_space(in);
        while (in->at < in->end && *in->at != close) {
            uint8_t *name = NULL;
            size_t size = 0;
            if (c == '{') {
                if (*in->at != '"' || (name = work_string(in, &size)) == NULL)
                    goto bad;
                work_space(in);
                if (in->at >= in->end || *in->at++ != ':') {
                    free(name);
                    goto bad;
                }
            }
            work_value *child = work_parse(in, depth + 1);
            if (child == NULL) {
                free(name);
                goto bad;
            }
            child->name = name;
            child->name_size = size;
            *last = child;
            last = &child->next;
            work_space(in);
            if (in->at < in->end && *in->at == ',') {
                in->at++;
                work_space(in);
            }
        }
        if (in->at >= in->end)
            goto bad;
        in->at++;
    } else if (c == 't' || c == 'f' || c == 'n') {
        value->kind = c == 'n' ? WORK_NULL : WORK_BOOL;
        in->at += c == 'f' ? 5 : 4;
    } else {
        value->kind = WORK_NUMBER;
        value->number = work_number(in);
    }
    return value;
bad:
    work_free(value);
    return NULL;
}

/* Decodes an array of objects and adds up their "id". 0: not such a document. */
static uint64_t work_json(const uint8_t *text, size_t size)
{
    work_reader in = {text, text + size};
    work_value *document = work_parse(&in, 0);
    double sum = 0;
    if (document == NULL)
        return 0;
    for (work_value *item = document->first; item != NULL; item = item->next)
        for (work_value *field = item->first; field != NULL; field = field->next)
            if (field->name_size == 2 && memcmp(field->name, "id", 2) == 0)
                sum += field->number;
    work_free(document);
    return (uint64_t)sum;
}

/* Adds one to the 20 decimal digits that a record begins with. */
static void work_bump(uint8_t *record)
{
    for (size_t i = WORK_COUNTER; i-- > 0;) {
        if (record[i] != '9') {
            record[i]++;
            return;
        }
        record[i] = '0';
    }
}

#endif
