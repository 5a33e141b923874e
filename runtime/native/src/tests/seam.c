/* Asks the host for everything. Each method answers the line whose expectation did not hold, or 0. */
#include "objclass.h"

OBJCLASS("seam", "1")

#define EXPECT(condition) do { if (!(condition)) return __LINE__; } while (0)
#define OK(expression) EXPECT((expression) == 0)
#define T(text) objclass_text(text)

static int same(objclass_bytes a, const char *text)
{
    return a.data && a.size == strlen(text) && !memcmp(a.data, text, a.size);
}

static int32_t data(objclass_call *call, objclass_bytes input)
{
    objclass_object_stat stat;
    objclass_bytes a, b;
    EXPECT(same(input, "input"));
    EXPECT(objclass_stat(call, &stat) == -ENOENT);
    EXPECT(objclass_read(call, 0, 0, &a) == -ENOENT);
    EXPECT(objclass_remove(call) == -ENOENT);
    OK(objclass_create(call, 1));
    EXPECT(objclass_create(call, 1) == -EEXIST);
    OK(objclass_create(call, 0));
    OK(objclass_read(call, 0, 0, &a));
    EXPECT(same(a, ""));
    OK(objclass_write(call, 2, T("cdef")));
    OK(objclass_write(call, 0, T("ab")));
    OK(objclass_stat(call, &stat));
    EXPECT(stat.size == 6);
    OK(objclass_read(call, 0, 0, &a));
    OK(objclass_read(call, 1, 3, &b));
    OK(objclass_zero(call, 1, 2));
    OK(objclass_truncate(call, 5));
    /* What was read before the changes still stands. */
    EXPECT(same(a, "abcdef") && same(b, "bcd"));
    OK(objclass_read(call, 0, 0, &b));
    EXPECT(b.size == 5 && !memcmp(b.data, "a\0\0de", 5));
    OK(objclass_release(call, a.data));
    EXPECT(objclass_release(call, a.data) == -EINVAL);
    EXPECT(b.data[4] == 'e');
    OK(objclass_read(call, 99, 1, &a));
    EXPECT(same(a, ""));
    OK(objclass_release(call, a.data));
    OK(objclass_replace(call, 1, T("z")));
    OK(objclass_read(call, 0, 0, &a));
    EXPECT(a.size == 2 && !memcmp(a.data, "\0z", 2));
    OK(objclass_write_full(call, T("whole")));
    OK(objclass_read(call, 0, 0, &a));
    EXPECT(same(a, "whole"));
    EXPECT(objclass_write(call, UINT64_MAX, T("x")) == -EFBIG);
    OK(objclass_remove(call));
    EXPECT(objclass_stat(call, &stat) == -ENOENT);
    return 0;
}

static int32_t xattrs(objclass_call *call, objclass_bytes input)
{
    objclass_bytes a;
    objclass_pairs all;
    EXPECT(objclass_getxattr(call, T("a"), &a) == -ENOENT);
    OK(objclass_setxattr(call, T("b"), input));
    OK(objclass_setxattr(call, objclass_span("a\0", 2), T("")));
    EXPECT(objclass_setxattr(call, T(""), input) == -EINVAL);
    OK(objclass_getxattr(call, T("b"), &a));
    EXPECT(same(a, "input"));
    EXPECT(objclass_getxattr(call, T("c"), &a) == -ENODATA);
    OK(objclass_getxattrs(call, &all));
    EXPECT(all.count == 2 && all.more == 0);
    EXPECT(all.pairs[0].key.size == 2 && same(all.pairs[0].value, ""));
    EXPECT(same(all.pairs[1].key, "b") && same(all.pairs[1].value, "input"));
    OK(objclass_release(call, all.pairs));
    EXPECT(objclass_release(call, all.pairs) == -EINVAL);
    return 0;
}

static int32_t omap(objclass_call *call, objclass_bytes input)
{
    objclass_bytes a, keys[3];
    objclass_keys page;
    objclass_pairs pairs;
    objclass_pair three[3];
    three[0].key = T("k1"); three[0].value = T("v1");
    three[1].key = T("k2"); three[1].value = input;
    three[2].key = T("l1"); three[2].value = T("v3");
    OK(objclass_omap_set_vals(call, three, 3));
    OK(objclass_omap_set_val(call, T("z"), T("last")));
    OK(objclass_omap_get_val(call, T("k2"), &a));
    EXPECT(same(a, "input"));
    EXPECT(objclass_omap_get_val(call, T("no"), &a) == -ENOENT);
    OK(objclass_omap_get_keys(call, T(""), 3, &page));
    EXPECT(page.count == 3 && page.more == 1 && same(page.keys[2], "l1"));
    OK(objclass_omap_get_keys(call, page.keys[2], 10, &page));
    EXPECT(page.count == 1 && page.more == 0 && same(page.keys[0], "z"));
    OK(objclass_release(call, page.keys));
    OK(objclass_omap_get_vals(call, T("k1"), T("k"), 10, &pairs));
    EXPECT(pairs.count == 1 && pairs.more == 0 && same(pairs.pairs[0].value, "input"));
    keys[0] = T("z"); keys[1] = T("none"); keys[2] = T("k1");
    OK(objclass_omap_get_vals_by_keys(call, keys, 3, &pairs));
    EXPECT(pairs.count == 2 && same(pairs.pairs[0].key, "k1") && same(pairs.pairs[1].value, "last"));
    OK(objclass_omap_remove_keys(call, keys, 3));
    OK(objclass_omap_get_keys(call, T(""), 10, &page));
    EXPECT(page.count == 2);
    OK(objclass_omap_remove_range(call, T("k"), T("l")));
    OK(objclass_omap_get_keys(call, T(""), 10, &page));
    EXPECT(page.count == 1 && same(page.keys[0], "l1"));
    OK(objclass_omap_get_header(call, &a));
    EXPECT(same(a, ""));
    OK(objclass_omap_set_header(call, T("head")));
    OK(objclass_omap_get_header(call, &a));
    EXPECT(same(a, "head"));
    OK(objclass_omap_clear(call));
    OK(objclass_omap_get_keys(call, T(""), 10, &page));
    EXPECT(page.count == 0 && page.more == 0);
    return 0;
}

static int32_t services(objclass_call *call, objclass_bytes input)
{
    objclass_info info;
    unsigned char noise[3] = { 0, 0, 9 };
    (void)input;
    OK(objclass_get_info(call, &info));
    EXPECT(same(info.pool, "pool") && same(info.name_space, "space") && same(info.oid, "oid"));
    EXPECT(same(info.origin, "client.1 test"));
    EXPECT(info.version == 7 && info.subop == 2);
    EXPECT(info.access == (OBJCLASS_RD | OBJCLASS_WR));
    OK(objclass_random(call, noise, 2));
    EXPECT(noise[0] == 4 && noise[1] == 4 && noise[2] == 9);
    OK(objclass_random(call, NULL, 0));
    OK(objclass_log(call, 3, "two\nlines"));
    OK(objclass_interrupted(call));
    OK(objclass_output(call, objclass_span(NULL, 0)));
    return 0;
}

/* The mistakes that happen: null where something is needed, a negative size. */
static int32_t nulls(objclass_call *call, objclass_bytes input)
{
    objclass_bytes a;
    objclass_bytes null = objclass_span(NULL, 1), negative = objclass_span(input.data, (size_t)-1);
    OK(objclass_create(call, 0));
    EXPECT(objclass_stat(call, NULL) == -EFAULT);
    EXPECT(objclass_read(call, 0, 0, NULL) == -EFAULT);
    EXPECT(objclass_getxattr(call, null, &a) == -EFAULT);
    EXPECT(objclass_write_full(call, negative) == -EFAULT);
    EXPECT(objclass_omap_set_vals(call, NULL, 1) == -EFAULT);
    EXPECT(objclass_omap_remove_keys(call, &null, 1) == -EFAULT);
    EXPECT(objclass_omap_remove_keys(call, &null, (size_t)-1 / 8) == -EFAULT);
    EXPECT(objclass_output(call, null) == -EFAULT);
    EXPECT(objclass_random(call, NULL, 1) == -EFAULT);
    EXPECT(objclass_release(call, NULL) == -EINVAL);
    EXPECT(call->host->info(call, NULL) == -EFAULT);
    EXPECT(call->host->stat(NULL, NULL) == -EFAULT);
    return 0;
}

int32_t objclass_init(objclass_registry *registry)
{
    uint32_t rw = OBJCLASS_RD | OBJCLASS_WR;
    objclass_register(registry, "data", rw, data);
    objclass_register(registry, "xattrs", rw, xattrs);
    objclass_register(registry, "omap", rw, omap);
    objclass_register(registry, "services", rw, services);
    return objclass_register(registry, "nulls", rw, nulls);
}
