// A class as an author writes it against Ceph's installed headers, for what the stock ones do not do: throw, answer nonsense, ask
// at the wrong time.
#include <map>
#include <stdexcept>
#include <string>

#include <rados/objclass.h>

CLS_VER(1, 0)
CLS_NAME(odd)

using ceph::bufferlist;
using Context = cls_method_context_t;

// Exported by an OSD, left out of the public header.
extern int cls_cxx_read2(Context, int, int, bufferlist *, uint32_t);
extern int cls_cxx_write_full(Context, bufferlist *);
extern int cls_cxx_write_zero(Context, int, int);
extern int cls_cxx_truncate(Context, int);
extern int cls_cxx_map_get_vals(Context, const std::string &, const std::string &, uint64_t,
                                std::map<std::string, bufferlist> *, bool *);
extern "C" int cls_call(Context, const char *, const char *, char *, int, char **, int *);
extern "C" int cls_register_method(cls_handle_t, const char *, int, int (*)(Context, char *, int, char **, int *),
                                   cls_method_handle_t *);

static std::string text(bufferlist *list) { return list->length() == 0 ? std::string() : std::string(list->c_str(), list->length()); }

static int throws(Context, bufferlist *in, bufferlist *)
{
    if (text(in) == "number")
        throw 7;
    throw std::runtime_error("no wheels on " + text(in));
}

// Writes, then throws: nothing of it stays.
static int writes_and_throws(Context context, bufferlist *in, bufferlist *)
{
    cls_cxx_write_full(context, in);
    throw std::out_of_range("beyond");
}

// Every length and offset an int can be; answers the sum of what was refused.
static int lengths(Context context, bufferlist *in, bufferlist *out)
{
    bufferlist data;
    int odd[] = {INT_MIN, -1, 1, INT_MAX};
    int refused = 0;
    for (int offset : odd)
        for (int length : odd) {
            cls_cxx_read2(context, offset, length, &data, 0);
            refused += cls_cxx_write(context, offset, length, in) < 0;
            cls_cxx_write_zero(context, offset, length);
        }
    refused += cls_cxx_truncate(context, -1) < 0;
    out->append(std::to_string(refused));
    return 0;
}

// A char buffer that is not there.
static int nothing_of_size(Context, char *, int, char **, int *size)
{
    *size = -5;
    return 0;
}

// More output than any call may have.
static int floods(Context, bufferlist *, bufferlist *out)
{
    std::string piece(1 << 20, 'x');
    for (int count = 0; count < 64; ++count)
        out->append(piece);
    return 0;
}

// What it reads after it wrote.
static int reads_after_writing(Context context, bufferlist *in, bufferlist *out)
{
    bufferlist before, after, value;
    cls_cxx_read(context, 0, 0, &before);
    int error = cls_cxx_write_full(context, in);
    if (error < 0)
        return error;
    cls_cxx_map_set_val(context, "key", in);
    uint64_t size = 0;
    cls_cxx_stat(context, &size, nullptr);
    cls_cxx_read(context, 0, 0, &after);
    int found = cls_cxx_map_get_val(context, "key", &value);
    out->append(text(&before) + "|" + text(&after) + "|" + std::to_string(size) + "|" + std::to_string(found));
    return 0;
}

// Calls `class method input`, as a class in C does.
static int calls(Context context, bufferlist *in, bufferlist *out)
{
    std::string line = text(in), name = line.substr(0, line.find(' '));
    line.erase(0, name.size() + 1);
    std::string method = line.substr(0, line.find(' '));
    line.erase(0, std::min(line.size(), method.size() + 1));
    char *answer = nullptr;
    int size = 0;
    int result = cls_call(context, name.c_str(), method.c_str(), line.data(), static_cast<int>(line.size()), &answer, &size);
    out->append(std::to_string(result) + ":");
    if (result >= 0) {
        out->append(answer, size);
        free(answer);
    }
    return 0;
}

static int lists(Context context, bufferlist *, bufferlist *out)
{
    std::map<std::string, bufferlist> pairs;
    bool more = false;
    int count = cls_cxx_map_get_vals(context, "", "", UINT64_MAX, &pairs, &more);
    out->append(std::to_string(count) + (more ? " and more" : ""));
    return 0;
}

static int counts(Context context, bufferlist *, bufferlist *out)
{
    bufferlist value;
    int count = 0;
    if (cls_cxx_getxattr(context, "count", &value) > 0)
        count = std::stoi(text(&value));
    value.clear();
    value.append(std::to_string(count + 1));
    out->append(value);
    return cls_cxx_setxattr(context, "count", &value);
}

CLS_INIT(odd)
{
    cls_handle_t handle;
    cls_method_handle_t method;
    int both = CLS_METHOD_RD | CLS_METHOD_WR;
    cls_register("odd", &handle);
    cls_register_cxx_method(handle, "throws", CLS_METHOD_RD, throws, &method);
    cls_register_cxx_method(handle, "writes_and_throws", both, writes_and_throws, &method);
    cls_register_cxx_method(handle, "lengths", both, lengths, &method);
    cls_register_method(handle, "nothing_of_size", CLS_METHOD_RD, nothing_of_size, &method);
    cls_register_cxx_method(handle, "floods", CLS_METHOD_RD, floods, &method);
    cls_register_cxx_method(handle, "reads_after_writing", both, reads_after_writing, &method);
    cls_register_cxx_method(handle, "calls", both, calls, &method);
    cls_register_cxx_method(handle, "lists", CLS_METHOD_RD, lists, &method);
    cls_register_cxx_method(handle, "counts", both, counts, &method);
    cls_register_cxx_method(handle, "reads_without_the_flag", CLS_METHOD_WR, counts, &method);
}
