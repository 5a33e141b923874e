/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * malloc for the life of one call: memory is given out front to back. Only the piece given out last can grow in place
 * or be taken back; all other memory goes with the instance. Leave this file out for the malloc of wasi-libc, which
 * makes a file 13 KB larger.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536u
#define ALIGN 16u

/* Where the linker's own use of memory ends; only its address means something. */
extern unsigned char __heap_base;

/* Before each piece: how large it is. A whole ALIGN, so that the piece after it is aligned. */
typedef struct {
    size_t size;
    unsigned char unused[ALIGN - sizeof(size_t)];
} header;

/* The first free byte; null before the first use. A class has one thread. */
static unsigned char *next;

/* Takes everything up to `end`, with more pages where needed; 0 when there are none. */
static int take_to(uintptr_t end)
{
    uintptr_t present = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end > present && __builtin_wasm_memory_grow(0, (end - present - 1) / PAGE + 1) == SIZE_MAX)
        return 0;
    next = (unsigned char *)end;
    return 1;
}

/* `size` in whole ALIGNs, or SIZE_MAX. */
static size_t whole(size_t size)
{
    return size > SIZE_MAX - 2 * ALIGN ? SIZE_MAX : (size + ALIGN - 1) / ALIGN * ALIGN;
}

void *malloc(size_t size)
{
    uintptr_t end;
    if (!next)
        next = (unsigned char *)whole((uintptr_t)&__heap_base);
    header *piece = (header *)next;
    if (__builtin_add_overflow((uintptr_t)(piece + 1), whole(size), &end) || !take_to(end))
        return NULL;
    piece->size = whole(size);
    return piece + 1;
}

void free(void *memory)
{
    header *piece = (header *)memory - 1;
    if (memory && (unsigned char *)memory + piece->size == next)
        next = (unsigned char *)piece;
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = malloc(bytes);
    /* Pieces that were taken back are not zero any more. */
    return memory ? memset(memory, 0, bytes) : NULL;
}

void *realloc(void *memory, size_t size)
{
    if (!memory)
        return malloc(size);
    header *piece = (header *)memory - 1;
    if ((unsigned char *)memory + piece->size == next) {
        uintptr_t end;
        if (__builtin_add_overflow((uintptr_t)memory, whole(size), &end) || !take_to(end))
            return NULL;
        piece->size = whole(size);
        return memory;
    }
    if (size <= piece->size)
        return memory;
    void *moved = malloc(size);
    return moved ? memcpy(moved, memory, piece->size) : NULL;
}
