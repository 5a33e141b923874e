/* The cheapest class there is, and the same function for a direct call. */
#include "objclass.h"

OBJCLASS("noop", "1")

OBJCLASS_EXPORT int32_t noop(objclass_call *call, objclass_bytes input);

int32_t noop(objclass_call *call, objclass_bytes input)
{
    (void)call;
    (void)input;
    return 0;
}

static int32_t echo(objclass_call *call, objclass_bytes input)
{
    return objclass_output(call, input);
}

int32_t objclass_init(objclass_registry *registry)
{
    objclass_register(registry, "echo", OBJCLASS_RD, echo);
    return objclass_register(registry, "noop", OBJCLASS_RD, noop);
}
