// Ceph's own `hello.say_hello`, registered for reading and writing: what a native method costs that a request may have
// write with, though it does not.
#include <rados/objclass.h>

CLS_VER(1, 0)
CLS_NAME(hellorw)

static int say_hello(cls_method_context_t, ceph::buffer::list *in, ceph::buffer::list *out)
{
    if (in->length() > 100)
        return -EINVAL;
    out->append("Hello, ");
    if (in->length() == 0)
        out->append("world");
    else
        out->append(*in);
    out->append("!");
    return 0;
}

CLS_INIT(hellorw)
{
    cls_handle_t handle;
    cls_method_handle_t method;
    cls_register("hellorw", &handle);
    cls_register_cxx_method(handle, "say_hello", CLS_METHOD_RD | CLS_METHOD_WR, say_hello, &method);
}
