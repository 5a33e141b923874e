/* A class of the first release of the ABI. `libcls_pinned.x86_64.so` beside this file was built of it, once, with the
 * header of that release, and is never built again:
 *
 *   cc -std=c11 -Os -fPIC -shared -fvisibility=hidden -I abi/1.0 -s \
 *      -Wl,--build-id=none -Wl,-z,noseparate-code -o libcls_pinned.x86_64.so pinned.c
 */
#include "objclass.h"

OBJCLASS("pinned", "1.0.0")

/* Something of every kind: data, xattr, omap, info, output. Answers how many omap keys there are. */
static int32_t run(objclass_call *call, objclass_bytes input)
{
    objclass_bytes data;
    objclass_info info;
    objclass_keys keys;
    int32_t error;

    if ((error = objclass_write_full(call, input)) < 0 ||
        (error = objclass_setxattr(call, objclass_text("seen"), input)) < 0 ||
        (error = objclass_omap_set_val(call, input, input)) < 0 ||
        (error = objclass_read(call, 0, 0, &data)) < 0 ||
        (error = objclass_omap_get_keys(call, objclass_text(""), 100, &keys)) < 0 ||
        (error = objclass_get_info(call, &info)) < 0 ||
        (error = objclass_output(call, info.oid)) < 0 ||
        (error = objclass_output(call, data)) < 0)
        return error;
    return (int32_t)keys.count;
}

static int32_t fails(objclass_call *call, objclass_bytes input)
{
    objclass_write_full(call, input);
    return objclass_fail(call, -EBUSY, "as it always did");
}

int32_t objclass_init(objclass_registry *registry)
{
    objclass_register(registry, "run", OBJCLASS_RD | OBJCLASS_WR, run);
    return objclass_register(registry, "fails", OBJCLASS_WR, fails);
}
