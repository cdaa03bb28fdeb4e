#include "athanor/tensor/unpickler.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace athanor::tensor {

namespace {

constexpr std::size_t most_values = 1'000'000;
/// Of all containers together, since one can be used again and again.
constexpr std::size_t most_items = 4 * most_values;

// Operations of protocol 2, by the names of Python's pickletools.
enum Operation : unsigned char {
  op_mark = '(',
  op_stop = '.',
  op_none = 'N',
  op_proto = 0x80,
  op_global = 'c',
  op_reduce = 'R',
  op_build = 'b',
  op_persistent = 'Q',
  op_bin_put = 'q',
  op_long_bin_put = 'r',
  op_bin_get = 'h',
  op_long_bin_get = 'j',
  op_bin_int = 'J',
  op_bin_int1 = 'K',
  op_bin_int2 = 'M',
  op_long1 = 0x8a,
  op_bin_float = 'G',
  op_new_true = 0x88,
  op_new_false = 0x89,
  op_bin_unicode = 'X',
  op_bin_string = 'T',
  op_short_bin_string = 'U',
  op_empty_tuple = ')',
  op_tuple = 't',
  op_tuple1 = 0x85,
  op_tuple2 = 0x86,
  op_tuple3 = 0x87,
  op_empty_list = ']',
  op_append = 'a',
  op_appends = 'e',
  op_empty_dict = '}',
  op_set_item = 's',
  op_set_items = 'u',
};

/// All that may be named. None of them is ever called.
constexpr std::string_view allowed_globals[] = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch FloatStorage",
    "torch HalfStorage",
    "torch BFloat16Storage",
    "torch DoubleStorage",
    "torch LongStorage",
    "torch IntStorage",
    "torch ShortStorage",
    "torch CharStorage",
    "torch ByteStorage",
    "torch BoolStorage",
};

auto refused(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("no readable pickle: {}", what));
}

/// A name from the file as it may be shown.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string name;
  for (const char c : text.substr(0, longest)) {
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

}  // namespace

Result<PickleId> Unpickler::load() {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  while (true) {
    ATHANOR_TRY(const auto operation, take_number(1));
    if (operation == op_stop) {
      if (stack_.size() != 1 || !marks_.empty()) {
        return refused("it does not end with one value");
      }
      return stack_.back();
    }
    ATHANOR_CHECK_OK(step(static_cast<unsigned char>(operation)));
  }
}

Status Unpickler::step(unsigned char operation) {
  switch (operation) {
    case op_proto: {
      ATHANOR_TRY(const auto protocol, take_number(1));
      return protocol == 2 ? Status()
                           : Status(refused(fmt::format(
                                 "it has protocol {}; torch.save() writes 2 unless told otherwise",
                                 protocol)));
    }
    case op_none:
      return push({});
    case op_global:
      return push_global();
    case op_reduce:
      return reduce();
    case op_build: {
      // A state_dict carries versions of its modules as an attribute, which nothing here needs.
      ATHANOR_CHECK_OK(pop());
      return stack_.empty() ? Status(refused("BUILD without a value")) : Status();
    }
    case op_persistent: {
      ATHANOR_TRY(const auto id, pop());
      return push({Kind::persistent, 0, {}, {id}});
    }
    case op_bin_put:
    case op_long_bin_put:
    case op_bin_get:
    case op_long_bin_get:
      return step_memo(operation);
    case op_bin_unicode:
    case op_bin_string:
      return push_text(4);
    case op_short_bin_string:
      return push_text(1);
    case op_bin_int:
    case op_bin_int1:
    case op_bin_int2:
    case op_long1:
    case op_bin_float:
    case op_new_true:
    case op_new_false:
      return step_number(operation);
    default:
      return step_container(operation);
  }
}

Status Unpickler::step_container(unsigned char operation) {
  switch (operation) {
    case op_mark:
      marks_.push_back(stack_.size());
      return marks_.size() <= most_values ? Status() : Status(refused("it has too many marks"));
    case op_empty_tuple:
      return push_tuple(0);
    case op_tuple1:
      return push_tuple(1);
    case op_tuple2:
      return push_tuple(2);
    case op_tuple3:
      return push_tuple(3);
    case op_tuple: {
      ATHANOR_TRY(auto items, pop_to_mark());
      return push({Kind::tuple, 0, {}, std::move(items)});
    }
    case op_empty_list:
      return push({Kind::list, 0, {}, {}});
    case op_empty_dict:
      return push({Kind::dictionary, 0, {}, {}});
    case op_append:
      return append(1, Kind::list);
    case op_set_item:
      return append(2, Kind::dictionary);
    case op_appends:
      return append(0, Kind::list);
    case op_set_items:
      return append(0, Kind::dictionary);
    default:
      return refused(
          fmt::format("it uses the operation 0x{:02x}, which no state_dict needs; save "
                      "model.state_dict() alone",
                      operation));
  }
}

Status Unpickler::step_number(unsigned char operation) {
  switch (operation) {
    case op_new_true:
    case op_new_false:
      return push({Kind::boolean, operation == op_new_true ? 1 : 0, {}, {}});
    case op_bin_int1: {
      ATHANOR_TRY(const auto value, take_number(1));
      return push({Kind::integer, static_cast<std::int64_t>(value), {}, {}});
    }
    case op_bin_int2: {
      ATHANOR_TRY(const auto value, take_number(2));
      return push({Kind::integer, static_cast<std::int64_t>(value), {}, {}});
    }
    case op_bin_int: {
      ATHANOR_TRY(const auto value, take_number(4));
      return push({Kind::integer, static_cast<std::int32_t>(value), {}, {}});
    }
    case op_bin_float:
      ATHANOR_CHECK_OK(take(8));
      return push({Kind::number, 0, {}, {}});
    default:
      return push_long();
  }
}

Status Unpickler::step_memo(unsigned char operation) {
  const bool is_short = operation == op_bin_put || operation == op_bin_get;
  ATHANOR_TRY(const auto slot, take_number(is_short ? 1 : 4));
  return operation == op_bin_put || operation == op_long_bin_put ? remember(slot) : recall(slot);
}

Result<std::string_view> Unpickler::take(std::size_t count) {
  if (count > bytes_.size() - position_) {
    return refused("it ends too soon");
  }
  const auto taken = bytes_.substr(position_, count);
  position_ += count;
  return taken;
}

Result<std::uint64_t> Unpickler::take_number(std::size_t bytes) {
  ATHANOR_TRY(const auto text, take(bytes));
  std::uint64_t number = 0;
  for (std::size_t i = bytes; i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(text[i]);
  }
  return number;
}

Result<std::string_view> Unpickler::take_line() {
  const auto end = bytes_.find('\n', position_);
  if (end == std::string_view::npos) {
    return refused("it ends too soon");
  }
  const auto line = bytes_.substr(position_, end - position_);
  position_ = end + 1;
  return line;
}

Status Unpickler::push(PickleValue value) {
  items_ += value.items.size();
  if (values_.size() >= most_values || stack_.size() >= most_values || items_ > most_items) {
    return refused(fmt::format("it has more than {} values", most_values));
  }
  values_.push_back(std::move(value));
  stack_.push_back(static_cast<PickleId>(values_.size() - 1));
  return {};
}

Status Unpickler::push_text(std::size_t length_bytes) {
  ATHANOR_TRY(const auto length, take_number(length_bytes));
  ATHANOR_TRY(const auto text, take(length));
  return push({Kind::text, 0, std::string(text), {}});
}

/// Longer ones than 8 bytes (the old format's magic number) keep their bytes as text.
Status Unpickler::push_long() {
  ATHANOR_TRY(const auto length, take_number(1));
  ATHANOR_TRY(const auto bytes, take(length));
  if (length > sizeof(std::int64_t)) {
    return push({Kind::integer, 0, std::string(bytes), {}});
  }
  const bool negative = length > 0 && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = length; i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return push({Kind::integer, static_cast<std::int64_t>(number), {}, {}});
}

Status Unpickler::push_global() {
  ATHANOR_TRY(const auto module, take_line());
  ATHANOR_TRY(const auto name, take_line());
  auto global = fmt::format("{} {}", module, name);
  if (std::ranges::find(allowed_globals, global) == std::end(allowed_globals)) {
    return refused(
        fmt::format("it asks for {}.{}, which a state_dict does not need and which is not "
                    "run; save model.state_dict() alone",
                    shown(module),
                    shown(name)));
  }
  return push({Kind::global, 0, std::move(global), {}});
}

Result<PickleId> Unpickler::pop() {
  if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) {
    return refused("it takes a value that is not there");
  }
  const auto id = stack_.back();
  stack_.pop_back();
  return id;
}

Result<std::vector<PickleId>> Unpickler::pop_to_mark() {
  if (marks_.empty()) {
    return refused("it goes back to a mark that is not there");
  }
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleId> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

Status Unpickler::push_tuple(std::size_t count) {
  std::vector<PickleId> items(count);
  for (std::size_t i = count; i-- > 0;) {
    ATHANOR_TRY(items[i], pop());
  }
  return push({Kind::tuple, 0, {}, std::move(items)});
}

Status Unpickler::reduce() {
  ATHANOR_TRY(const auto arguments, pop());
  ATHANOR_TRY(const auto callee, pop());
  if (at(callee).kind != Kind::global || at(arguments).kind != Kind::tuple) {
    return refused("it calls what cannot be called");
  }
  if (at(callee).text == "collections OrderedDict") {
    return push_dictionary(at(arguments).items);
  }
  return push({Kind::call, 0, {}, {callee, arguments}});
}

/// OrderedDict() or, as Python 2 wrote it, OrderedDict([[key, value], ...]).
Status Unpickler::push_dictionary(const std::vector<PickleId>& arguments) {
  PickleValue dictionary{Kind::dictionary, 0, {}, {}};
  if (arguments.size() > 1 || (arguments.size() == 1 && at(arguments[0]).kind != Kind::list)) {
    return refused("it makes an OrderedDict of something else than pairs");
  }
  for (const auto pair : arguments.empty() ? std::vector<PickleId>() : at(arguments[0]).items) {
    if (at(pair).kind != Kind::list || at(pair).items.size() != 2) {
      return refused("it makes an OrderedDict of something else than pairs");
    }
    dictionary.items.insert(dictionary.items.end(), at(pair).items.begin(), at(pair).items.end());
  }
  return push(std::move(dictionary));
}

/// Adds the last `count` values, or all down to the mark for 0, to the container below them.
Status Unpickler::append(std::size_t count, Kind target) {
  std::vector<PickleId> items(count);
  if (count == 0) {
    ATHANOR_TRY(items, pop_to_mark());
  }
  for (std::size_t i = count; i-- > 0;) {
    ATHANOR_TRY(items[i], pop());
  }
  if (stack_.empty() || at(stack_.back()).kind != target ||
      (target == Kind::dictionary && items.size() % 2 != 0)) {
    return refused("it adds to what holds no items");
  }
  auto& container = values_[stack_.back()].items;
  container.insert(container.end(), items.begin(), items.end());
  return {};
}

Status Unpickler::remember(std::uint64_t slot) {
  if (stack_.empty()) {
    return refused("it remembers a value that is not there");
  }
  memo_[slot] = stack_.back();
  return memo_.size() <= most_values ? Status() : Status(refused("it remembers too many values"));
}

Status Unpickler::recall(std::uint64_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) {
    return refused("it recalls a value that it never kept");
  }
  if (stack_.size() >= most_values) {
    return refused(fmt::format("it has more than {} values", most_values));
  }
  stack_.push_back(found->second);
  return {};
}

}  // namespace athanor::tensor
