#include "athanor/store/id_list.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace athanor::store {

void for_each_id_list(std::span<const Uuid> ids, const std::function<void(const IdList&)>& use) {
  constexpr std::size_t longest = 500;
  while (!ids.empty()) {
    IdList list;
    for (const Uuid id : ids.first(std::min(longest, ids.size()))) {
      list.placeholders +=
          fmt::format("{}:id{}", list.values.empty() ? "" : ", ", list.values.size());
      list.values.emplace_back(id.to_string());
    }
    use(list);
    ids = ids.subspan(list.values.size());
  }
}

}  // namespace athanor::store
