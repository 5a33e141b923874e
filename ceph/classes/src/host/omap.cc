// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The omap, as class code asks for it.

#include "call.h"

#include <algorithm>
#include <vector>

namespace radula {

namespace {

// What an OSD answers at most to one listing, whatever is asked for (osd_max_omap_entries_per_request). Classes that list all
// they need in one go see the same `more`.
constexpr uint64_t kMostEntries = 1024;

void take(const objclass_pairs &page, Pairs *into) {
  into->clear();
  for (size_t at = 0; at < page.count; ++at)
    into->emplace_hint(into->end(), text(page.pairs[at].key), list(page.pairs[at].value));
}

int list_pairs(Hctx context, const std::string &after, const std::string &prefix, uint64_t most, Pairs *pairs,
               bool *more) {
  auto &running = Running::of(context);
  objclass_pairs page;
  int error = running.host().omap_get_vals(running.call(), span(after), span(prefix), std::min(most, kMostEntries), &page);
  if (error < 0)
    return error;
  take(page, pairs);
  *more = page.more != 0;
  int found = static_cast<int>(pairs->size());
  running.host().release(running.call(), page.pairs);
  return found;
}

} // namespace

} // namespace radula

using namespace radula;

CLS_EXPORT int cls_cxx_map_get_keys(Hctx context, const std::string &after, uint64_t most, Keys *keys, bool *more) {
  return guarded([&] {
    auto &running = Running::of(context);
    objclass_keys page;
    int error = running.host().omap_get_keys(running.call(), span(after), std::min(most, kMostEntries), &page);
    if (error < 0)
      return error;
    keys->clear();
    for (size_t at = 0; at < page.count; ++at)
      keys->emplace_hint(keys->end(), text(page.keys[at]));
    *more = page.more != 0;
    running.host().release(running.call(), page.keys);
    return static_cast<int>(keys->size());
  });
}

CLS_EXPORT int cls_cxx_map_get_vals(Hctx context, const std::string &after, const std::string &prefix, uint64_t most,
                                    Pairs *pairs, bool *more) {
  return guarded([&] { return list_pairs(context, after, prefix, most, pairs, more); });
}

CLS_EXPORT int cls_cxx_map_get_all_vals(Hctx context, Pairs *pairs, bool *more) {
  return guarded([&] { return list_pairs(context, std::string(), std::string(), UINT64_MAX, pairs, more); });
}

CLS_EXPORT int cls_cxx_map_get_vals_by_keys(Hctx context, const Keys &keys, Pairs *pairs) {
  return guarded([&] {
    auto &running = Running::of(context);
    std::vector<objclass_bytes> spans;
    spans.reserve(keys.size());
    for (const auto &key : keys)
      spans.push_back(span(key));
    objclass_pairs page;
    int error = running.host().omap_get_vals_by_keys(running.call(), spans.data(), spans.size(), &page);
    if (error < 0)
      return error;
    take(page, pairs);
    return 0;
  });
}

CLS_EXPORT int cls_cxx_map_get_val(Hctx context, const std::string &key, bufferlist *value) {
  return guarded([&] {
    auto &running = Running::of(context);
    objclass_bytes found;
    int error = running.host().omap_get_val(running.call(), span(key), &found);
    if (error < 0)
      return error;
    *value = list(found);
    return 0;
  });
}

CLS_EXPORT int cls_cxx_map_read_header(Hctx context, bufferlist *header) {
  return guarded([&] {
    auto &running = Running::of(context);
    objclass_bytes found;
    int error = running.host().omap_get_header(running.call(), &found);
    if (error < 0)
      return error;
    *header = list(found);
    return 0;
  });
}

CLS_EXPORT int cls_cxx_map_set_val(Hctx context, const std::string &key, bufferlist *value) {
  return guarded([&] {
    auto &running = Running::of(context);
    objclass_pair pair{span(key), span(*value)};
    return running.host().omap_set_vals(running.call(), &pair, 1);
  });
}

CLS_EXPORT int cls_cxx_map_set_vals(Hctx context, const Pairs *pairs) {
  return guarded([&] {
    auto &running = Running::of(context);
    std::vector<objclass_pair> spans;
    spans.reserve(pairs->size());
    for (const auto &[key, value] : *pairs)
      spans.push_back(objclass_pair{span(key), span(value)});
    return running.host().omap_set_vals(running.call(), spans.data(), spans.size());
  });
}

CLS_EXPORT int cls_cxx_map_write_header(Hctx context, bufferlist *header) {
  return guarded([&] {
    auto &running = Running::of(context);
    return running.host().omap_set_header(running.call(), span(*header));
  });
}

CLS_EXPORT int cls_cxx_map_remove_key(Hctx context, const std::string &key) {
  auto &running = Running::of(context);
  objclass_bytes keys[] = {span(key)};
  return running.host().omap_remove_keys(running.call(), keys, 1);
}

CLS_EXPORT int cls_cxx_map_remove_range(Hctx context, const std::string &begin, const std::string &end) {
  auto &running = Running::of(context);
  return running.host().omap_remove_range(running.call(), span(begin), span(end));
}

CLS_EXPORT int cls_cxx_map_clear(Hctx context) {
  auto &running = Running::of(context);
  return running.host().omap_clear(running.call());
}
