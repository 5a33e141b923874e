// The one piece of C++: what the OSD offers to classes, as C functions with plain pointers.
//
// No exception leaves this file: Rust above and C below could not unwind through it. Errors are negative errno, as
// everywhere in the class interface.

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <new>
#include <set>
#include <string>

#include <rados/buffer.h>
#include <rados/objclass.h>

using ceph::bufferlist;
using Context = cls_method_context_t;
using Pairs = std::map<std::string, bufferlist>;

// Exported by the OSD, C++ linkage, not declared by the public header.
namespace ceph {
class real_clock;
}
using RealTime = std::chrono::time_point<ceph::real_clock, std::chrono::duration<uint64_t, std::nano>>;

extern int cls_cxx_stat2(Context, uint64_t *size, RealTime *mtime);
extern int cls_cxx_read2(Context, int offset, int length, bufferlist *, uint32_t op_flags);
extern int cls_cxx_write2(Context, int offset, int length, bufferlist *, uint32_t op_flags);
extern int cls_cxx_write_full(Context, bufferlist *);
extern int cls_cxx_truncate(Context, int size);
extern int cls_cxx_write_zero(Context, int offset, int length);
extern int cls_cxx_getxattrs(Context, Pairs *);
extern int cls_cxx_map_clear(Context);
extern int cls_cxx_map_get_vals(Context, const std::string &start_after, const std::string &prefix, uint64_t max,
                                Pairs *, bool *more);
extern int cls_cxx_map_read_header(Context, bufferlist *);
extern int cls_cxx_map_set_vals(Context, const Pairs *);
extern int cls_cxx_map_write_header(Context, bufferlist *);
extern int cls_cxx_map_remove_key(Context, const std::string &key);
extern int cls_cxx_map_remove_range(Context, const std::string &begin, const std::string &end);
extern uint64_t cls_current_version(Context);
extern int cls_current_subop_num(Context);

// Exported by the OSD with C linkage; the type behind the pointer is not public.
extern "C" int cls_get_request_origin(Context, void *entity_inst);

namespace {

// A function argument of the class interface is an int, whatever the OSD can hold.
constexpr uint64_t kLargest = INT32_MAX;

template <typename Body> int guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return -ENOMEM;
  } catch (...) {
    return -EIO;
  }
}

bufferlist copied(const char *data, size_t length) {
  bufferlist list;
  if (length != 0) {
    auto size = static_cast<unsigned>(length);
    // Object stores write whole pages without copying when they begin on one.
    ceph::buffer::ptr piece(length < 4096 ? ceph::buffer::create(size) : ceph::buffer::create_page_aligned(size));
    std::memcpy(piece.c_str(), data, length);
    list.push_back(std::move(piece));
  }
  return list;
}

} // namespace

extern "C" {

// Receives bytes, in one or more pieces.
typedef void (*radula_sink)(void *into, const char *data, size_t length);
// Receives one entry at a time.
typedef void (*radula_pair_sink)(void *into, const char *key, size_t key_length, const char *value,
                                 size_t value_length);

// Who sent a request, and from where; the socket address as the network has it, in the family's own layout.
struct radula_origin {
  int64_t number;
  uint32_t nonce;
  uint8_t kind;
  uint8_t sockaddr[28];
};

static void pour(const bufferlist &list, radula_sink sink, void *into) {
  for (const auto &piece : list.buffers())
    sink(into, piece.c_str(), piece.length());
}

static void pour_pairs(Pairs &pairs, radula_pair_sink sink, void *into) {
  for (auto &[key, value] : pairs)
    sink(into, key.data(), key.size(), value.c_str(), value.length());
}

// The input of a call. The pointer is good until the call returns.
int radula_shim_input(bufferlist *list, const char **data, size_t *length) {
  return guarded([&] {
    *length = list->length();
    *data = *length == 0 ? nullptr : list->c_str();
    return 0;
  });
}

int radula_shim_output(bufferlist *list, const char *data, size_t length) {
  return guarded([&] {
    if (length != 0) {
      ceph::buffer::ptr piece(data, static_cast<unsigned>(length));
      list->push_back(std::move(piece));
    }
    return 0;
  });
}

// Where this library lies.
int radula_shim_own_path(radula_sink sink, void *into) {
  return guarded([&] {
    Dl_info self;
    if (dladdr(reinterpret_cast<void *>(&radula_shim_own_path), &self) == 0 || self.dli_fname == nullptr)
      return -ENOENT;
    sink(into, self.dli_fname, std::strlen(self.dli_fname));
    return 0;
  });
}

int radula_shim_log(int level, const char *text) {
  return guarded([&] { return cls_log(level, "%s", text); });
}

int radula_shim_register_class(const char *name, void **handle) {
  return guarded([&] { return cls_register(name, handle) ? 0 : -EIO; });
}

int radula_shim_register_method(void *handle, const char *name, int flags, cls_method_cxx_call_t call) {
  return guarded([&] {
    cls_method_handle_t method = nullptr;
    return cls_register_cxx_method(handle, name, flags, call, &method) ? 0 : -EIO;
  });
}

// Has the OSD open a class, as it does when a client calls one: under the lock of its table, list of permitted classes
// included. Looked up at run time: an OSD that does not export it is as good for everything else.
int radula_shim_open_class(const char *name) {
  return guarded([&] {
    // ClassHandler &ClassHandler::get_instance()
    using Instance = void *(*)();
    // int ClassHandler::open_class(const std::string &, ClassHandler::ClassData **)
    using Open = int (*)(void *self, const std::string &, void **opened);
    auto instance = reinterpret_cast<Instance>(dlsym(RTLD_DEFAULT, "_ZN12ClassHandler12get_instanceEv"));
    auto open = reinterpret_cast<Open>(
        dlsym(RTLD_DEFAULT, "_ZN12ClassHandler10open_classERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
                            "PPNS_9ClassDataE"));
    if (instance == nullptr || open == nullptr)
      return -EOPNOTSUPP;
    void *opened = nullptr;
    return open(instance(), name, &opened);
  });
}

uint64_t radula_shim_version(Context context) {
  try {
    return cls_current_version(context);
  } catch (...) {
    return 0;
  }
}

int radula_shim_subop(Context context) {
  return guarded([&] { return cls_current_subop_num(context); });
}

// The entity behind a request lies as in every release since 12: kind, number, then of its address the kind, the nonce and a socket
// address.
int radula_shim_origin(Context context, radula_origin *origin) {
  return guarded([&] {
    alignas(16) unsigned char entity[512] = {};
    int result = cls_get_request_origin(context, entity);
    if (result < 0)
      return result;
    origin->kind = entity[0];
    std::memcpy(&origin->number, entity + 8, sizeof origin->number);
    std::memcpy(&origin->nonce, entity + 20, sizeof origin->nonce);
    std::memcpy(origin->sockaddr, entity + 24, sizeof origin->sockaddr);
    return 0;
  });
}

int radula_shim_stat(Context context, uint64_t *size, uint64_t *mtime) {
  return guarded([&] {
    RealTime time;
    int result = cls_cxx_stat2(context, size, &time);
    *mtime = time.time_since_epoch().count();
    return result;
  });
}

int radula_shim_read(Context context, uint64_t offset, uint64_t length, radula_sink sink, void *into) {
  return guarded([&] {
    if (offset > kLargest || length > kLargest)
      return -EFBIG;
    bufferlist list;
    int result = cls_cxx_read2(context, static_cast<int>(offset), static_cast<int>(length), &list, 0);
    if (result >= 0)
      pour(list, sink, into);
    return result;
  });
}

int radula_shim_getxattr(Context context, const char *name, radula_sink sink, void *into) {
  return guarded([&] {
    bufferlist list;
    int result = cls_cxx_getxattr(context, name, &list);
    if (result >= 0)
      pour(list, sink, into);
    return result;
  });
}

int radula_shim_getxattrs(Context context, radula_pair_sink sink, void *into) {
  return guarded([&] {
    Pairs pairs;
    int result = cls_cxx_getxattrs(context, &pairs);
    if (result >= 0)
      pour_pairs(pairs, sink, into);
    return result;
  });
}

int radula_shim_omap_val(Context context, const char *key, size_t length, radula_sink sink, void *into) {
  return guarded([&] {
    bufferlist list;
    int result = cls_cxx_map_get_val(context, std::string(key, length), &list);
    if (result >= 0)
      pour(list, sink, into);
    return result;
  });
}

int radula_shim_omap_vals(Context context, const char *after, size_t after_length, const char *prefix,
                          size_t prefix_length, uint64_t max, bool *more, radula_pair_sink sink, void *into) {
  return guarded([&] {
    Pairs pairs;
    int result = cls_cxx_map_get_vals(context, std::string(after, after_length), std::string(prefix, prefix_length),
                                      max, &pairs, more);
    if (result >= 0)
      pour_pairs(pairs, sink, into);
    return result;
  });
}

int radula_shim_omap_header(Context context, radula_sink sink, void *into) {
  return guarded([&] {
    bufferlist list;
    int result = cls_cxx_map_read_header(context, &list);
    if (result >= 0)
      pour(list, sink, into);
    return result;
  });
}

int radula_shim_create(Context context, bool exclusive) {
  return guarded([&] { return cls_cxx_create(context, exclusive); });
}

int radula_shim_remove(Context context) {
  return guarded([&] { return cls_cxx_remove(context); });
}

int radula_shim_write(Context context, uint64_t offset, const char *data, size_t length) {
  return guarded([&] {
    if (offset > kLargest || length > kLargest)
      return -EFBIG;
    bufferlist list = copied(data, length);
    return cls_cxx_write2(context, static_cast<int>(offset), static_cast<int>(length), &list, 0);
  });
}

int radula_shim_write_full(Context context, const char *data, size_t length) {
  return guarded([&] {
    if (length > kLargest)
      return -EFBIG;
    bufferlist list = copied(data, length);
    return cls_cxx_write_full(context, &list);
  });
}

int radula_shim_truncate(Context context, uint64_t size) {
  return guarded([&] { return size > kLargest ? -EFBIG : cls_cxx_truncate(context, static_cast<int>(size)); });
}

int radula_shim_zero(Context context, uint64_t offset, uint64_t length) {
  return guarded([&] {
    if (offset > kLargest || length > kLargest)
      return -EFBIG;
    return cls_cxx_write_zero(context, static_cast<int>(offset), static_cast<int>(length));
  });
}

int radula_shim_setxattr(Context context, const char *name, const char *data, size_t length) {
  return guarded([&] {
    bufferlist list = copied(data, length);
    return cls_cxx_setxattr(context, name, &list);
  });
}

int radula_shim_omap_clear(Context context) {
  return guarded([&] { return cls_cxx_map_clear(context); });
}

int radula_shim_omap_remove(Context context, const char *key, size_t length) {
  return guarded([&] { return cls_cxx_map_remove_key(context, std::string(key, length)); });
}

int radula_shim_omap_remove_range(Context context, const char *begin, size_t begin_length, const char *end,
                                  size_t end_length) {
  return guarded([&] {
    return cls_cxx_map_remove_range(context, std::string(begin, begin_length), std::string(end, end_length));
  });
}

int radula_shim_omap_set_header(Context context, const char *data, size_t length) {
  return guarded([&] {
    bufferlist list = copied(data, length);
    return cls_cxx_map_write_header(context, &list);
  });
}

// Entries are gathered one by one and set together.
void *radula_shim_entries_new() {
  try {
    return new Pairs;
  } catch (...) {
    return nullptr;
  }
}

int radula_shim_entries_add(void *entries, const char *key, size_t key_length, const char *value,
                            size_t value_length) {
  return guarded([&] {
    static_cast<Pairs *>(entries)->insert_or_assign(std::string(key, key_length), copied(value, value_length));
    return 0;
  });
}

int radula_shim_omap_set(Context context, void *entries) {
  return guarded([&] { return cls_cxx_map_set_vals(context, static_cast<Pairs *>(entries)); });
}

void radula_shim_entries_free(void *entries) {
  delete static_cast<Pairs *>(entries);
}

} // extern "C"
