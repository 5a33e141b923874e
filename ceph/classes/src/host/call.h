// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The running call, and what every function of the class interface is made of.

#pragma once

#include <cerrno>
#include <cstdint>
#include <map>
#include <new>
#include <set>
#include <string>
#include <utility>

#include <rados/buffer.h>
#include <rados/objclass.h>

#include "../seam.h"

// A symbol of Ceph's that classes import. Everything else of this library is hidden.
#define CLS_EXPORT __attribute__((visibility("default")))

namespace radula {

using ceph::bufferlist;
using Hctx = cls_method_context_t;
using Pairs = std::map<std::string, bufferlist>;
using Keys = std::set<std::string>;

// What `cls_method_context_t` points at. The calls of one thread form a list: functions without a context, as cls_log, belong
// to the innermost.
class Running {
public:
  Running(const radula_ceph_services *services, objclass_call *call);
  ~Running();
  Running(const Running &) = delete;
  Running &operator=(const Running &) = delete;

  // The call behind a context. A class passes on what it was given.
  static Running &of(Hctx context) { return *static_cast<Running *>(context); }
  // The innermost call of this thread, null outside any.
  static Running *innermost();

  objclass_call *call() const { return call_; }
  const objclass_host &host() const { return *call_->host; }
  const radula_ceph_services &services() const { return *services_; }
  // Says in words why `error` is answered, and answers it.
  int fails(int error, const char *words) const;

private:
  const radula_ceph_services *services_;
  objclass_call *call_;
  Running *outer_;
};

// Functions of the class interface run in here: what they throw, as bad_alloc, becomes an error number, since an OSD's throw
// nothing either.
struct TooLarge {};
template <typename Body> int guarded(Body body) noexcept {
  try {
    return body();
  } catch (const TooLarge &) {
    return -EFBIG;
  } catch (const std::bad_alloc &) {
    return -ENOMEM;
  } catch (...) {
    return -EIO;
  }
}

inline objclass_bytes span(const std::string &text) { return objclass_span(text.data(), text.size()); }

// The content in one piece. The buffer is the class's and stays as it is.
inline objclass_bytes span(const bufferlist &list) {
  // c_str() joins the pieces and so changes the list, not what is in it; the OSD's own functions do the same.
  auto &joined = const_cast<bufferlist &>(list);
  return joined.length() == 0 ? objclass_span(nullptr, 0) : objclass_span(joined.c_str(), joined.length());
}

inline std::string text(objclass_bytes bytes) { return std::string(reinterpret_cast<const char *>(bytes.data), bytes.size); }

// Bytes of the host, copied: a class may keep a bufferlist for longer than its call. Its lengths are `int`.
inline bufferlist list(objclass_bytes bytes) {
  bufferlist made;
  if (bytes.size > INT32_MAX)
    throw TooLarge();
  if (bytes.size != 0) {
    // Of its own size: append() would make room for a page.
    ceph::buffer::ptr piece(reinterpret_cast<const char *>(bytes.data), static_cast<unsigned>(bytes.size));
    made.push_back(std::move(piece));
  }
  return made;
}

} // namespace radula
