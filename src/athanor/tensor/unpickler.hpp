#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::tensor {

/// Where a value stands in Unpickler::values(). Values refer to each other by place, so that no
/// input can make them a deep or circular structure of owners.
using PickleId = std::uint32_t;

struct PickleValue {
  enum class Kind {
    none,
    boolean,
    integer,
    number,
    text,
    tuple,
    list,
    dictionary,  ///< `items` holds keys and values in turn.
    global,      ///< `text` is "module name".
    call,        ///< Of an allowed global, not carried out: `items` is it and its argument tuple.
    persistent,  ///< What lies outside of the pickle; `items` is one tuple.
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< Of booleans too.
  std::string text;
  std::vector<PickleId> items;
};

/// Reads pickles of protocol 2 into plain values. Calls nothing: the globals that it knows stand
/// for themselves, others and unknown operations are invalid_argument, by name. Memory stays below
/// a multiple of the input and below a fixed bound.
class Unpickler {
 public:
  explicit Unpickler(std::string_view bytes) : bytes_(bytes) {}

  /// The next pickle's value; the place after its STOP is position().
  [[nodiscard]] Result<PickleId> load();

  [[nodiscard]] std::size_t position() const { return position_; }

  [[nodiscard]] const PickleValue& at(PickleId id) const { return values_[id]; }

 private:
  using Kind = PickleValue::Kind;

  Status step(unsigned char operation);
  Status step_container(unsigned char operation);
  Status step_number(unsigned char operation);
  Status step_memo(unsigned char operation);
  [[nodiscard]] Result<std::string_view> take(std::size_t count);
  [[nodiscard]] Result<std::uint64_t> take_number(std::size_t bytes);
  [[nodiscard]] Result<std::string_view> take_line();
  Status push(PickleValue value);
  Status push_text(std::size_t length_bytes);
  Status push_long();
  Status push_global();
  [[nodiscard]] Result<PickleId> pop();
  [[nodiscard]] Result<std::vector<PickleId>> pop_to_mark();
  Status push_tuple(std::size_t count);
  Status reduce();
  Status push_dictionary(const std::vector<PickleId>& arguments);
  Status append(std::size_t count_or_mark, Kind target);
  Status remember(std::uint64_t slot);
  Status recall(std::uint64_t slot);

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::vector<PickleValue> values_;
  std::size_t items_ = 0;  ///< Of all values when they were made.
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleId> memo_;
};

}  // namespace athanor::tensor
