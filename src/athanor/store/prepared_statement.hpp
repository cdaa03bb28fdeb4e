#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <soci/soci.h>

#include "athanor/store/connection.hpp"

namespace athanor::store {

/// What a statement answers.
enum class Answer { nothing, number, rows };

/// A statement that the database parses once and runs many times. The library binds the places of
/// variables, so the values of a run are copied into the statement's own. It has to be read to its
/// end, or dropped: until then it keeps its snapshot of the database. Throws what the library does.
class PreparedStatement {
 public:
  PreparedStatement(soci::session& session,
                    const std::string& sql,
                    const Values& values,
                    Answer answer);

  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  /// Whether it gives this kind of answer and these values are of the kinds that it binds.
  [[nodiscard]] bool fits(const Values& values, Answer answer) const;

  /// Whether it is worth keeping: a long value would stay in memory with it.
  [[nodiscard]] bool is_light() const;

  /// Whether there is a row.
  bool run(const Values& values);
  bool next();

  /// The row's only number, 0 for NULL.
  [[nodiscard]] std::int64_t number() const;

  [[nodiscard]] const soci::row& row() const { return row_; }

  [[nodiscard]] std::int64_t changed_rows() { return statement_.get_affected_rows(); }

 private:
  struct Place {
    bool is_number = false;
    long long number = 0;
    std::string text;
    soci::indicator state = soci::i_ok;
  };

  Answer answer_;
  std::vector<Place> places_;  ///< Never grows: the library keeps pointers.
  long long number_ = 0;
  soci::indicator number_state_ = soci::i_null;
  soci::row row_;
  soci::statement statement_;
};

}  // namespace athanor::store
