// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Running one method: input in, output out, and nothing thrown.

#include "call.h"

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <typeinfo>

namespace radula {

namespace {

thread_local Running *running = nullptr;

using CMethod = int (*)(Hctx, char *input, int input_size, char **output, int *output_size);

int32_t give(const Running &running, objclass_bytes piece) { return running.host().output(running.call(), piece); }

int32_t run_cxx(Running &running, cls_method_cxx_call_t method, objclass_bytes input) {
  // Copies, as the class may keep both.
  bufferlist in = list(input), out;
  int answer = method(&running, &in, &out);
  if (answer < 0)
    return answer;
  for (const auto &piece : out.buffers()) {
    int error = give(running, objclass_span(piece.c_str(), piece.length()));
    if (error < 0)
      return error;
  }
  return answer;
}

int32_t run_c(Running &running, CMethod method, objclass_bytes input) {
  std::string in = text(input);
  char *out = nullptr;
  int size = 0;
  int answer = method(&running, in.data(), static_cast<int>(in.size()), &out, &size);
  // The OSD frees it too.
  std::unique_ptr<char, decltype(&std::free)> owned(out, &std::free);
  if (answer < 0)
    return answer;
  if (size < 0 || (size > 0 && out == nullptr))
    return running.fails(-EIO, "the class answered with an output that is not there");
  int error = give(running, objclass_span(out, static_cast<size_t>(size)));
  return error < 0 ? error : answer;
}

// The type of what is being handled, as it is written in C++.
std::string thrown() {
  const std::type_info *type = abi::__cxa_current_exception_type();
  if (type == nullptr)
    return "something foreign";
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                   &std::free);
  return name ? name.get() : type->name();
}

int32_t caught(const Running &running, const char *what) {
  std::string message = "the class threw " + thrown();
  if (what != nullptr)
    message.append(": ").append(what);
  objclass_bytes nowhere = objclass_span(nullptr, 0);
  running.host().panic(running.call(), span(message), nowhere, 0);
  return -EIO;
}

} // namespace

Running::Running(const radula_ceph_services *services, objclass_call *call)
    : services_(services), call_(call), outer_(running) {
  running = this;
}

Running::~Running() { running = outer_; }

Running *Running::innermost() { return running; }

int Running::fails(int error, const char *words) const {
  host().fail(call_, objclass_text(words));
  return error;
}

int32_t call(const radula_ceph_services *services, objclass_call *handle, uint32_t kind, void *function,
             objclass_bytes input) noexcept {
  try {
    Running current(services, handle);
    try {
      return kind == RADULA_CEPH_CXX ? run_cxx(current, reinterpret_cast<cls_method_cxx_call_t>(function), input)
                                     : run_c(current, reinterpret_cast<CMethod>(function), input);
    } catch (const std::exception &error) {
      return caught(current, error.what());
    } catch (...) {
      return caught(current, nullptr);
    }
  } catch (...) {
    return -ENOMEM;
  }
}

} // namespace radula
