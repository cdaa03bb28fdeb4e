#include "athanor/store/selection.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "athanor/store/text_check.hpp"

namespace athanor::store {

void Selection::require(std::string_view condition, Value value) {
  conditions_ += conditions_.empty() ? " WHERE " : " AND ";
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && !is_storable(*text)) {
    conditions_ += "1 = 0";
    return;
  }
  conditions_ += condition;
  values_.push_back(std::move(value));
}

std::string Selection::clause() const {
  return " FROM " + table_ + conditions_;
}

std::string order_and_page(const ListQuery& query, const DateOrder& order, Values& values) {
  using Sort = ListQuery::Sort;
  const bool by_name = query.sort == Sort::name_ascending || query.sort == Sort::name_descending;
  const bool ascending = query.sort == Sort::name_ascending || query.sort == Sort::date_ascending;
  constexpr std::uint64_t all = std::numeric_limits<std::int64_t>::max();
  values.emplace_back(static_cast<long long>(std::min(query.size.value_or(all), all)));
  values.emplace_back(static_cast<long long>(std::min(query.skip, all)));
  return fmt::format(" ORDER BY {0} {2}, {1} {2} LIMIT :size OFFSET :skip",
                     by_name ? "name || ':' || version" : order.date,
                     order.tie,
                     ascending ? "ASC" : "DESC");
}

}  // namespace athanor::store
