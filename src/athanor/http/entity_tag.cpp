#include "athanor/http/entity_tag.hpp"

#include <algorithm>

namespace athanor::http {

bool any_tag(std::string_view list, const std::function<bool(std::string_view)>& matches) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto item = list.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    if (item == "*" || (!item.empty() && matches(item))) {
      return true;
    }
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

bool lists_tag(std::string_view list, std::string_view tag) {
  return any_tag(list, [tag](std::string_view item) {
    if (item.starts_with("W/")) {
      item.remove_prefix(2);
    }
    return item == tag;
  });
}

}  // namespace athanor::http
