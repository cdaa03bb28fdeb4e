#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "athanor/store/connection.hpp"
#include "athanor/store/records.hpp"

namespace athanor::store {

/// The rows of a table that a list is about.
class Selection {
 public:
  explicit Selection(std::string_view table) : table_(table) {}

  /// Adds a condition such as "name = :name"; all must hold. One on text that no row can hold
  /// never does.
  void require(std::string_view condition, Value value);

  /// " FROM table WHERE ..."
  [[nodiscard]] std::string clause() const;

  [[nodiscard]] const Values& values() const { return values_; }

 private:
  std::string table_;
  std::string conditions_;
  Values values_;
};

/// What a list is sorted by when it is sorted by date, and what decides between equals.
struct DateOrder {
  std::string_view date;
  std::string_view tie;
};

/// " ORDER BY ... LIMIT :size OFFSET :skip": sort, then skip, then size (contract 1.7). Adds the
/// two values.
[[nodiscard]] std::string order_and_page(const ListQuery& query,
                                         const DateOrder& order,
                                         Values& values);

/// Filter, sort, count, skip, size.
template <class Record>
[[nodiscard]] Page<Record> fetch_page(Connection& connection,
                                      std::string_view columns,
                                      const Selection& selection,
                                      const ListQuery& query,
                                      const DateOrder& order,
                                      Record (*read)(Row&)) {
  Page<Record> page;
  const std::string from = selection.clause();
  page.total =
      static_cast<std::uint64_t>(connection.scalar("SELECT COUNT(*)" + from, selection.values()));
  Values values = selection.values();
  const std::string order_clause = order_and_page(query, order, values);
  connection.query("SELECT " + std::string(columns) + from + order_clause, values, [&](Row& row) {
    page.records.push_back(read(row));
  });
  return page;
}

}  // namespace athanor::store
