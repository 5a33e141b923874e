// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Opening a class: `class_deps` and `__cls_init`, and what they register.

#include "call.h"

#include <cstring>
#include <exception>

class PGLSFilter;

// Not in the public header: how a class says what must be open first.
struct cls_deps_t {
  const char *name;
  const char *version;
};

// In libceph-common, with C++ linkage.
extern const char *ceph_version_to_str();

namespace radula {

int32_t call(const radula_ceph_services *, objclass_call *, uint32_t kind, void *function, objclass_bytes input) noexcept;

namespace {

// The class that is being opened, on the thread that opens it.
struct Opening {
  const radula_ceph_services *services;
  radula_ceph_registry *registry;
};
thread_local Opening *opening = nullptr;

struct Scope {
  explicit Scope(Opening *now) { opening = now; }
  ~Scope() { opening = nullptr; }
};

int32_t refuse(const Opening &opening, const std::string &message) {
  opening.services->refuse(opening.registry, span(message));
  return -EIO;
}

int32_t open(const radula_ceph_services *services, radula_ceph_registry *registry, void *class_deps,
             void *cls_init) noexcept {
  Opening now{services, registry};
  Scope scope(&now);
  try {
    if (class_deps != nullptr) {
      auto needed = reinterpret_cast<const cls_deps_t *(*)()>(class_deps)();
      for (; needed != nullptr && needed->name != nullptr; ++needed)
        services->depend(registry, objclass_text(needed->name));
    }
    reinterpret_cast<void (*)()>(cls_init)();
    return 0;
  } catch (const std::exception &error) {
    return refuse(now, std::string("its initialisation threw: ") + error.what());
  } catch (...) {
    return refuse(now, "its initialisation threw");
  }
}

const char *release() { return ceph_version_to_str(); }

// Registration outside of __cls_init, as from a thread of the class, reaches nobody.
template <typename Body> int registered(Body body) noexcept {
  return opening == nullptr ? -EINVAL : guarded([&] { return body(*opening); });
}

// What the interface answers: 1 for success, 0 for failure.
int truth(int error) { return error < 0 ? 0 : 1; }

int register_method(cls_handle_t, const char *name, int flags, uint32_t kind, void *function,
                    cls_method_handle_t *handle) {
  int error = registered([&](const Opening &opening) {
    return opening.services->register_method(opening.registry, objclass_text(name), flags, kind, function);
  });
  if (handle != nullptr)
    *handle = error < 0 ? nullptr : function;
  return truth(error);
}

} // namespace

} // namespace radula

using namespace radula;

extern "C" {

CLS_EXPORT int cls_register(const char *name, cls_handle_t *handle) {
  int error = registered([&](const Opening &opening) {
    return opening.services->register_class(opening.registry, objclass_text(name));
  });
  // Any value that is not null: nothing is ever asked of a handle.
  if (handle != nullptr)
    *handle = error < 0 ? nullptr : opening;
  return truth(error);
}

CLS_EXPORT int cls_register_method(cls_handle_t handle, const char *name, int flags,
                                   int (*method)(Hctx, char *, int, char **, int *), cls_method_handle_t *registered) {
  return register_method(handle, name, flags, RADULA_CEPH_C, reinterpret_cast<void *>(method), registered);
}

// A class is never closed here, so there is nothing to take back.
CLS_EXPORT int cls_unregister(cls_handle_t) { return 1; }
CLS_EXPORT int cls_unregister_method(cls_method_handle_t) { return 1; }
CLS_EXPORT void cls_unregister_filter(void *) {}

const radula_ceph_library radula_ceph_library_table = {sizeof(radula_ceph_services), sizeof(radula_ceph_caller), release,
                                                       radula::open, radula::call};

} // extern "C"

CLS_EXPORT int cls_register_cxx_method(cls_handle_t handle, const char *name, int flags, cls_method_cxx_call_t method,
                                       cls_method_handle_t *registered) {
  return register_method(handle, name, flags, RADULA_CEPH_CXX, reinterpret_cast<void *>(method), registered);
}

CLS_EXPORT int cls_register_cxx_filter(cls_handle_t, const std::string &name, PGLSFilter *(*make)(), void **handle) {
  int error = registered([&](const Opening &opening) {
    return opening.services->register_filter(opening.registry, span(name));
  });
  if (handle != nullptr)
    *handle = error < 0 ? nullptr : reinterpret_cast<void *>(make);
  return truth(error);
}
