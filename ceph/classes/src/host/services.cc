// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Everything beside the object: log, random bytes, versions, who asks, and what only a cluster has.

#include "call.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <sys/random.h>
#include <vector>

// Of Ceph, not in the public headers. What they hold is not looked at here.
struct obj_list_watch_response_t;
struct snapid_t;
struct object_info_t;
namespace ceph::common {
class ConfigProxy;
}
enum class ceph_release_t : std::uint8_t {};

namespace radula {

namespace {

// What Radula's server announces to its clients: every feature of Ceph 17.
constexpr uint64_t kFeatures = 0x3f01cfbf7ffdffffULL;
// Longest line a class logs in one go; the OSD has the same limit.
constexpr size_t kLongestLine = 8192;

// What Ceph keeps behind `entity_inst_t *`: entity_name_t, then entity_addr_t. So since 2006 and until today.
struct EntityInst {
  uint8_t kind;
  int64_t number;
  uint32_t address;
  uint32_t nonce;
  unsigned char sockaddr[28];
};
static_assert(sizeof(EntityInst) == 56, "the layout of Ceph's entity_inst_t");

objclass_info info(Hctx context) {
  auto &running = Running::of(context);
  objclass_info found{};
  found.size = sizeof found;
  running.host().info(running.call(), &found);
  return found;
}

// Random bytes. Outside a call there is no engine to ask; the system's are as good.
int random_bytes(void *buffer, size_t size) {
  if (auto *running = Running::innermost())
    return running->host().random(running->call(), buffer, size);
  auto *at = static_cast<char *>(buffer);
  while (size > 0) {
    ssize_t got = getrandom(at, size, 0);
    if (got < 0)
      return -errno;
    at += got;
    size -= static_cast<size_t>(got);
  }
  return 0;
}

// For functions that cannot answer an error: the call ends.
[[noreturn]] void unserved(const char *function) {
  throw std::runtime_error(std::string(function) + " is answered by an OSD only");
}

} // namespace

} // namespace radula

using namespace radula;

extern "C" {

CLS_EXPORT int cls_log(int level, const char *format, ...) {
  char line[kLongestLine];
  va_list arguments;
  va_start(arguments, format);
  int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  // A line from outside any call, as from a thread of the class, has nobody who pays for it.
  if (auto *running = Running::innermost(); running != nullptr && length >= 0)
    running->host().log(running->call(), level, objclass_text(line));
  return length;
}

CLS_EXPORT int cls_get_request_origin(Hctx context, void *entity_inst) {
  auto &running = Running::of(context);
  radula_ceph_caller caller{};
  int error = running.services().caller(running.call(), &caller);
  if (error < 0)
    return error;
  EntityInst found{caller.kind, caller.number, caller.address, caller.nonce, {}};
  std::memcpy(found.sockaddr, caller.sockaddr, sizeof found.sockaddr);
  std::memcpy(entity_inst, &found, sizeof found);
  return 0;
}

} // extern "C"

CLS_EXPORT int cls_gen_random_bytes(char *buffer, int size) {
  return size < 0 ? -EINVAL : random_bytes(buffer, static_cast<size_t>(size));
}

// `size` is that of the text with its end.
CLS_EXPORT int cls_gen_rand_base64(char *text, int size) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (size <= 0)
    return -EINVAL;
  return guarded([&] {
    auto length = static_cast<size_t>(size - 1);
    int error = random_bytes(text, length);
    if (error < 0)
      return error;
    for (size_t at = 0; at < length; ++at)
      text[at] = digits[static_cast<unsigned char>(text[at]) % 64];
    text[length] = '\0';
    return 0;
  });
}

CLS_EXPORT uint64_t cls_current_version(Hctx context) { return info(context).version; }

// An OSD counts what a method asks of its object as operations too. Classes make keys of this number and add none of their
// own, as `log` for several entries in one call.
CLS_EXPORT int cls_current_subop_num(Hctx context) {
  auto &running = Running::of(context);
  return running.services().position(running.call());
}

CLS_EXPORT void cls_cxx_subop_version(Hctx context, std::string *text) {
  if (text == nullptr)
    return;
  *text = std::to_string(cls_current_version(context)) + "." + std::to_string(cls_current_subop_num(context));
}

CLS_EXPORT uint64_t cls_get_features(Hctx) { return kFeatures; }
CLS_EXPORT uint64_t cls_get_client_features(Hctx) { return kFeatures; }

// As on a new cluster: its OSDs are as old as the features say, and no client was locked out yet.
CLS_EXPORT ceph_release_t cls_get_required_osd_release(Hctx) { return static_cast<ceph_release_t>(16); }
CLS_EXPORT ceph_release_t cls_get_min_compatible_client(Hctx) { return static_cast<ceph_release_t>(0); }

// As in a replicated pool.
CLS_EXPORT uint64_t cls_get_pool_stripe_width(Hctx) { return 0; }
CLS_EXPORT uint64_t cls_get_osd_min_alloc_size(Hctx) { return 4096; }

// An object without snapshots.
CLS_EXPORT int cls_get_snapset_seq(Hctx context, uint64_t *sequence) {
  auto &running = Running::of(context);
  objclass_object_stat ignored;
  int error = running.host().stat(running.call(), &ignored);
  if (error < 0)
    return error;
  *sequence = 0;
  return 0;
}

// Nobody watches. The list was made by the class and is empty.
CLS_EXPORT int cls_cxx_list_watchers(Hctx context, obj_list_watch_response_t *) {
  auto &running = Running::of(context);
  objclass_object_stat ignored;
  return running.host().stat(running.call(), &ignored);
}

// No object is a manifest of chunks.
CLS_EXPORT int cls_get_manifest_ref_count(Hctx, std::string) { return 0; }

CLS_EXPORT int cls_cxx_chunk_write_and_set(Hctx context, int, int, bufferlist *, uint32_t, bufferlist *, int) {
  return Running::of(context).fails(-EOPNOTSUPP, "there are no manifests of chunks here");
}

// Of Ceph 17 and later: data of other objects.
CLS_EXPORT int cls_cxx_gather(Hctx context, const Keys &, const std::string &, const char *, const char *, bufferlist &) {
  return Running::of(context).fails(-EOPNOTSUPP, "a class cannot gather from other objects here");
}

CLS_EXPORT int cls_cxx_get_gathered_data(Hctx, Pairs *gathered) {
  gathered->clear();
  return 0;
}

CLS_EXPORT const ceph::common::ConfigProxy &cls_get_config(Hctx) { unserved("cls_get_config"); }
CLS_EXPORT const object_info_t &cls_get_object_info(Hctx) { unserved("cls_get_object_info"); }
