// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Existence, data and xattrs, as class code asks for them.
//
// Offsets and lengths are `int` in this interface and reach the OSD as 64-bit numbers, so that a negative one is beyond every
// object: reads there find nothing, a negative length means to the end, writes there are too large.

#include "call.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace ceph {
class real_clock;
}
using RealTime = std::chrono::time_point<ceph::real_clock, std::chrono::duration<uint64_t, std::nano>>;

namespace radula {

namespace {

int stat(Hctx context, uint64_t *size, uint64_t *mtime) {
  auto &running = Running::of(context);
  objclass_object_stat found{};
  int error = running.host().stat(running.call(), &found);
  if (error < 0)
    return error;
  if (size != nullptr)
    *size = found.size;
  *mtime = found.mtime_ns;
  return 0;
}

// An OSD looks at the size first: where there is no data, none is asked for, and a missing object has none.
int read(Hctx context, int offset, int length, objclass_bytes *found) {
  auto &running = Running::of(context);
  *found = objclass_span(nullptr, 0);
  uint64_t size = 0, ignored = 0;
  int error = stat(context, &size, &ignored);
  if (error == -ENOENT)
    return 0;
  if (error < 0)
    return error;
  if (offset < 0 || static_cast<uint64_t>(offset) >= size)
    return 0;
  auto from = static_cast<uint64_t>(offset), many = size - from;
  if (length > 0)
    many = std::min(many, static_cast<uint64_t>(length));
  return running.host().read(running.call(), from, many, found);
}

int write(Hctx context, int offset, int length, const bufferlist &data, bool replace) {
  auto &running = Running::of(context);
  if (offset < 0)
    return running.fails(-EFBIG, "a write at a negative offset");
  if (length < 0 || static_cast<unsigned>(length) != data.length())
    return running.fails(-EINVAL, "a write whose length is not that of its data");
  auto function = replace ? running.host().replace : running.host().write;
  return function(running.call(), static_cast<uint64_t>(offset), span(data));
}

int getxattr(Hctx context, const char *name, objclass_bytes *value) {
  auto &running = Running::of(context);
  return running.host().getxattr(running.call(), objclass_text(name), value);
}

// For the functions of the C interface: memory the class frees.
int hand_over(objclass_bytes found, char **data, int *size) {
  // An allocation of nothing may be null, which would mean that there is no memory.
  auto memory = static_cast<char *>(std::malloc(found.size == 0 ? 1 : found.size));
  if (memory == nullptr)
    return -ENOMEM;
  std::memcpy(memory, found.data, found.size);
  *data = memory;
  *size = static_cast<int>(found.size);
  return 0;
}

} // namespace

} // namespace radula

using namespace radula;

CLS_EXPORT int cls_cxx_create(Hctx context, bool exclusive) {
  auto &running = Running::of(context);
  return running.host().create(running.call(), exclusive ? 1 : 0);
}

CLS_EXPORT int cls_cxx_remove(Hctx context) {
  auto &running = Running::of(context);
  return running.host().remove(running.call());
}

CLS_EXPORT int cls_cxx_stat(Hctx context, uint64_t *size, time_t *mtime) {
  uint64_t nanoseconds = 0;
  int error = stat(context, size, &nanoseconds);
  if (error == 0 && mtime != nullptr)
    *mtime = static_cast<time_t>(nanoseconds / 1000000000);
  return error;
}

CLS_EXPORT int cls_cxx_stat2(Hctx context, uint64_t *size, RealTime *mtime) {
  uint64_t nanoseconds = 0;
  int error = stat(context, size, &nanoseconds);
  if (error == 0 && mtime != nullptr)
    *mtime = RealTime(RealTime::duration(nanoseconds));
  return error;
}

CLS_EXPORT int cls_cxx_read2(Hctx context, int offset, int length, bufferlist *data, uint32_t) {
  return guarded([&] {
    objclass_bytes found;
    int error = read(context, offset, length, &found);
    if (error < 0)
      return error;
    *data = list(found);
    return static_cast<int>(data->length());
  });
}

CLS_EXPORT int cls_cxx_read(Hctx context, int offset, int length, bufferlist *data) {
  return cls_cxx_read2(context, offset, length, data, 0);
}

CLS_EXPORT int cls_cxx_write2(Hctx context, int offset, int length, bufferlist *data, uint32_t) {
  return guarded([&] { return write(context, offset, length, *data, false); });
}

CLS_EXPORT int cls_cxx_write(Hctx context, int offset, int length, bufferlist *data) {
  return cls_cxx_write2(context, offset, length, data, 0);
}

CLS_EXPORT int cls_cxx_write_full(Hctx context, bufferlist *data) {
  return guarded([&] {
    auto &running = Running::of(context);
    return running.host().write_full(running.call(), span(*data));
  });
}

CLS_EXPORT int cls_cxx_replace(Hctx context, int offset, int length, bufferlist *data) {
  return guarded([&] { return write(context, offset, length, *data, true); });
}

CLS_EXPORT int cls_cxx_truncate(Hctx context, int size) {
  auto &running = Running::of(context);
  if (size < 0)
    return running.fails(-EFBIG, "a cut at a negative size");
  return running.host().truncate(running.call(), static_cast<uint64_t>(size));
}

// Zeros up to the end of the data are a cut to an OSD, and zeros behind it nothing.
CLS_EXPORT int cls_cxx_write_zero(Hctx context, int offset, int length) {
  auto &running = Running::of(context);
  if (offset < 0 || length < 0)
    return running.fails(-EFBIG, "zeros at a negative offset or of a negative length");
  auto from = static_cast<uint64_t>(offset), many = static_cast<uint64_t>(length);
  uint64_t size = 0, ignored = 0;
  if (many > 0 && stat(context, &size, &ignored) == 0 && from < size && from + many >= size)
    return running.host().truncate(running.call(), from);
  return running.host().zero(running.call(), from, many);
}

CLS_EXPORT int cls_cxx_getxattr(Hctx context, const char *name, bufferlist *value) {
  return guarded([&] {
    objclass_bytes found;
    int error = getxattr(context, name, &found);
    if (error < 0)
      return error;
    *value = list(found);
    return static_cast<int>(value->length());
  });
}

CLS_EXPORT int cls_cxx_getxattrs(Hctx context, Pairs *xattrs) {
  return guarded([&] {
    auto &running = Running::of(context);
    objclass_pairs found;
    int error = running.host().getxattrs(running.call(), &found);
    if (error < 0)
      return error;
    xattrs->clear();
    for (size_t at = 0; at < found.count; ++at)
      xattrs->emplace_hint(xattrs->end(), text(found.pairs[at].key), list(found.pairs[at].value));
    return 0;
  });
}

CLS_EXPORT int cls_cxx_setxattr(Hctx context, const char *name, bufferlist *value) {
  return guarded([&] {
    auto &running = Running::of(context);
    return running.host().setxattr(running.call(), objclass_text(name), span(*value));
  });
}

extern "C" {

CLS_EXPORT int cls_read(Hctx context, int offset, int length, char **data, int *size) {
  objclass_bytes found;
  int error = read(context, offset, length, &found);
  if (error < 0)
    return error;
  error = hand_over(found, data, size);
  return error < 0 ? error : *size;
}

CLS_EXPORT int cls_getxattr(Hctx context, const char *name, char **data, int *size) {
  objclass_bytes found;
  int error = getxattr(context, name, &found);
  return error < 0 ? error : hand_over(found, data, size);
}

CLS_EXPORT int cls_setxattr(Hctx context, const char *name, const char *value, int size) {
  auto &running = Running::of(context);
  if (size < 0)
    return running.fails(-EINVAL, "an xattr of negative size");
  return running.host().setxattr(running.call(), objclass_text(name), objclass_span(value, static_cast<size_t>(size)));
}

CLS_EXPORT int cls_call(Hctx context, const char *name, const char *method, char *input, int input_size, char **data,
                        int *size) {
  auto &running = Running::of(context);
  if (input_size < 0)
    return running.fails(-EINVAL, "an input of negative size");
  objclass_bytes output;
  int answer = running.host().call(running.call(), objclass_text(name), objclass_text(method),
                                   objclass_span(input, static_cast<size_t>(input_size)), &output);
  if (answer < 0)
    return answer;
  int error = hand_over(output, data, size);
  return error < 0 ? error : answer;
}

CLS_EXPORT void *cls_alloc(size_t size) { return std::malloc(size); }
CLS_EXPORT void cls_free(void *memory) { std::free(memory); }

} // extern "C"
