#include "athanor/store/selection.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace athanor::store {

void Selection::require(std::string_view condition, Value value) {
  conditions_ += conditions_.empty() ? " WHERE " : " AND ";
  conditions_ += condition;
  values_.push_back(std::move(value));
}

std::string Selection::clause() const {
  return " FROM " + table_ + conditions_;
}

std::string order_and_page(const ListQuery& query, const DateOrder& order) {
  using Sort = ListQuery::Sort;
  const bool by_name = query.sort == Sort::name_ascending || query.sort == Sort::name_descending;
  const bool ascending = query.sort == Sort::name_ascending || query.sort == Sort::date_ascending;
  constexpr std::uint64_t all = std::numeric_limits<std::int64_t>::max();
  return fmt::format(" ORDER BY {0} {2}, {1} {2} LIMIT {3} OFFSET {4}",
                     by_name ? "name || ':' || version" : order.date,
                     order.tie,
                     ascending ? "ASC" : "DESC",
                     std::min(query.size.value_or(all), all),
                     std::min(query.skip, all));
}

Status refuse_nul(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, text] : fields) {
    if (text.find('\0') != text.npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} holds a NUL character; remove it", name));
    }
  }
  return {};
}

}  // namespace athanor::store
