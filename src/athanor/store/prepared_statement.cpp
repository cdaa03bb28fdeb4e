#include "athanor/store/prepared_statement.hpp"

#include <algorithm>

namespace athanor::store {

namespace {

bool is_number(const Value& value) {
  return std::holds_alternative<long long>(value);
}

}  // namespace

PreparedStatement::PreparedStatement(soci::session& session,
                                     const std::string& sql,
                                     const Values& values,
                                     Answer answer)
    : answer_(answer), places_(values.size()), statement_(session) {
  // What is read into comes before what is bound.
  if (answer == Answer::number) {
    statement_.exchange(soci::into(number_, number_state_));
  } else if (answer == Answer::rows) {
    statement_.exchange(soci::into(row_));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    Place& place = places_[i];
    place.is_number = store::is_number(values[i]);
    if (place.is_number) {
      statement_.exchange(soci::use(place.number));
    } else {
      statement_.exchange(soci::use(place.text, place.state));
    }
  }
  statement_.alloc();
  statement_.prepare(sql, soci::details::st_repeatable_query);
  statement_.define_and_bind();
}

bool PreparedStatement::fits(const Values& values, Answer answer) const {
  const auto same_kind = [](const Place& place, const Value& value) {
    return place.is_number == store::is_number(value);
  };
  return answer == answer_ &&
         std::equal(places_.begin(), places_.end(), values.begin(), values.end(), same_kind);
}

bool PreparedStatement::is_light() const {
  constexpr std::size_t long_text = 16 << 10;
  return std::none_of(places_.begin(), places_.end(), [](const Place& place) {
    return place.text.capacity() > long_text;
  });
}

bool PreparedStatement::run(const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    Place& place = places_[i];
    if (const auto* number = std::get_if<long long>(&values[i])) {
      place.number = *number;
    } else if (const auto* text = std::get_if<std::string>(&values[i])) {
      place.text = *text;
      place.state = soci::i_ok;
    } else {
      place.state = soci::i_null;
    }
  }
  return statement_.execute(true);
}

bool PreparedStatement::next() {
  return statement_.fetch();
}

std::int64_t PreparedStatement::number() const {
  return number_state_ == soci::i_ok ? number_ : 0;
}

}  // namespace athanor::store
