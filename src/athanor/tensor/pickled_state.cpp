#include "athanor/tensor/pickled_state.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "athanor/tensor/unpickler.hpp"

namespace athanor::tensor {

namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t most_dimensions = 8;
constexpr std::uint64_t most_empty_elements = 1ULL << 40;

struct StorageType {
  std::string_view global;
  DataType type;
};

constexpr StorageType storage_types[] = {
    {"torch FloatStorage", DataType::f32},
    {"torch HalfStorage", DataType::f16},
    {"torch BFloat16Storage", DataType::bf16},
    {"torch DoubleStorage", DataType::f64},
    {"torch LongStorage", DataType::i64},
    {"torch IntStorage", DataType::i32},
    {"torch ShortStorage", DataType::i16},
    {"torch CharStorage", DataType::i8},
    {"torch ByteStorage", DataType::u8},
    {"torch BoolStorage", DataType::boolean},
};

auto no_state(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("no state_dict: {}", what));
}

/// Printable, since it comes from outside and goes into messages and names.
bool is_name(std::string_view text) {
  constexpr std::size_t longest = 256;
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// Makes tensors of the values of one pickle.
class StateBuilder {
 public:
  explicit StateBuilder(const Unpickler& pickle) : pickle_(pickle) {}

  Result<PickledState> build(PickleId root) {
    const auto& dictionary = at(root);
    if (dictionary.kind != Kind::dictionary) {
      return no_state("it holds something else than a dictionary; save model.state_dict()");
    }
    for (std::size_t i = 0; i < dictionary.items.size(); i += 2) {
      ATHANOR_CHECK_OK(add(at(dictionary.items[i]), dictionary.items[i + 1]));
    }
    if (state_.tensors.empty()) {
      return no_state("it is empty");
    }
    return std::move(state_);
  }

 private:
  [[nodiscard]] const PickleValue& at(PickleId id) const { return pickle_.at(id); }

  Status add(const PickleValue& key, PickleId value) {
    if (key.kind != Kind::text || !is_name(key.text)) {
      return no_state("it has a key that is no name");
    }
    if (!names_.insert(key.text).second) {
      return no_state(fmt::format("it has {} twice", key.text));
    }
    const auto call = tensor_call(value);
    if (call.empty()) {
      return no_state(
          fmt::format("{} is no tensor; save model.state_dict() alone, not a whole "
                      "checkpoint or model",
                      key.text));
    }
    auto tensor = tensor_of(key.text, call);
    if (!tensor) {
      return no_state(fmt::format("{} {}", key.text, tensor.error().message));
    }
    state_.tensors.push_back(*std::move(tensor));
    return {};
  }

  /// The arguments of the _rebuild_tensor that `value` is, maybe inside of a Parameter; none if it
  /// is no such thing.
  [[nodiscard]] std::vector<PickleId> tensor_call(PickleId value) const {
    const auto* call = &at(value);
    if (call->kind == Kind::call && at(call->items[0]).text == "torch._utils _rebuild_parameter") {
      const auto& arguments = at(call->items[1]).items;
      if (arguments.empty()) {
        return {};
      }
      call = &at(arguments[0]);
    }
    const bool is_tensor = call->kind == Kind::call &&
                           at(call->items[0]).text.starts_with("torch._utils _rebuild_tensor");
    return is_tensor ? at(call->items[1]).items : std::vector<PickleId>();
  }

  Result<PickledTensor> tensor_of(const std::string& name, const std::vector<PickleId>& arguments) {
    if (arguments.size() < 4) {
      return fail(ErrorCode::invalid_argument, "lacks a part");
    }
    PickledTensor tensor;
    tensor.name = name;
    ATHANOR_TRY(tensor.storage, storage_of(at(arguments[0])));
    const auto offset = whole_number(arguments[1]);
    const auto shape = whole_numbers(arguments[2]);
    const auto strides = whole_numbers(arguments[3]);
    if (!offset || !shape || !strides || shape->size() != strides->size()) {
      return fail(ErrorCode::invalid_argument, "has no valid offset, shape and strides");
    }
    tensor.offset = static_cast<std::uint64_t>(*offset);
    tensor.shape = *shape;
    tensor.strides = *strides;
    ATHANOR_CHECK_OK(check_extent(tensor));
    return tensor;
  }

  /// ("storage", type, key, device, elements), and since once a sixth that is None.
  Result<std::size_t> storage_of(const PickleValue& value) {
    const auto* tuple = value.kind == Kind::persistent ? &at(value.items[0]) : nullptr;
    if (tuple == nullptr || tuple->kind != Kind::tuple || tuple->items.size() < 5 ||
        at(tuple->items[0]).text != "storage" ||
        (tuple->items.size() > 5 && at(tuple->items[5]).kind != Kind::none)) {
      return fail(ErrorCode::invalid_argument, "has no storage");
    }
    const auto* type =
        std::ranges::find(storage_types, at(tuple->items[1]).text, &StorageType::global);
    const auto& key = at(tuple->items[2]);
    const auto elements = whole_number(tuple->items[4]);
    if (type == std::end(storage_types) || key.kind != Kind::text || !is_name(key.text) ||
        !elements) {
      return fail(ErrorCode::invalid_argument, "has a storage of no known form");
    }
    const PickledStorage storage{key.text, type->type, static_cast<std::uint64_t>(*elements)};
    const auto [known, is_new] = storages_.emplace(key.text, state_.storages.size());
    if (is_new) {
      state_.storages.push_back(storage);
    } else if (state_.storages[known->second] != storage) {
      return fail(ErrorCode::invalid_argument, "has a storage that another tensor has differently");
    }
    return known->second;
  }

  [[nodiscard]] std::optional<std::int64_t> whole_number(PickleId id) const {
    const auto& value = at(id);
    const bool is_whole = value.kind == Kind::integer && value.text.empty() && value.integer >= 0;
    return is_whole ? std::optional(value.integer) : std::nullopt;
  }

  [[nodiscard]] std::optional<std::vector<std::int64_t>> whole_numbers(PickleId id) const {
    const auto& value = at(id);
    if (value.kind != Kind::tuple || value.items.size() > most_dimensions) {
      return std::nullopt;
    }
    std::vector<std::int64_t> numbers;
    for (const auto item : value.items) {
      const auto number = whole_number(item);
      if (!number) {
        return std::nullopt;
      }
      numbers.push_back(*number);
    }
    return numbers;
  }

  /// The tensor's elements lie in its storage, and it has no more of them (a view that repeats
  /// elements would make much of little). The sizes of an empty one are bounded, so that they do
  /// not overflow.
  [[nodiscard]] Status check_extent(const PickledTensor& tensor) const {
    const auto elements = state_.storages[tensor.storage].elements;
    const bool empty = std::ranges::find(tensor.shape, 0) != tensor.shape.end();
    const std::uint64_t most = empty ? most_empty_elements : elements;
    std::uint64_t count = 1;
    std::uint64_t last = tensor.offset;
    bool fits = tensor.offset <= elements && (empty || tensor.offset < elements);
    for (std::size_t i = 0; i < tensor.shape.size() && fits; ++i) {
      const auto size = std::max<std::uint64_t>(static_cast<std::uint64_t>(tensor.shape[i]), 1);
      const auto stride = static_cast<std::uint64_t>(tensor.strides[i]);
      fits = size <= most / count && (size == 1 || stride <= most / (size - 1));
      count *= size;
      last += (size - 1) * stride;
    }
    fits = fits && (empty || last < elements);
    return fits ? Status()
                : Status(fail(ErrorCode::invalid_argument, "reaches out of its storage"));
  }

  const Unpickler& pickle_;
  PickledState state_;
  std::set<std::string> names_;
  std::map<std::string, std::size_t> storages_;
};

constexpr std::string_view legacy_magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t legacy_protocol = 1001;

/// The list of keys that says which storages follow.
Result<std::vector<std::size_t>> storage_order(const Unpickler& pickle,
                                               PickleId list,
                                               const std::vector<PickledStorage>& storages) {
  std::vector<std::size_t> order;
  if (pickle.at(list).kind != Kind::list || pickle.at(list).items.size() != storages.size()) {
    return no_state("its list of storages does not fit its tensors");
  }
  std::set<std::size_t> seen;
  for (const auto item : pickle.at(list).items) {
    const auto found =
        std::ranges::find(storages, pickle.at(item).text, &PickledStorage::key) - storages.begin();
    const auto index = static_cast<std::size_t>(found);
    if (index == storages.size() || !seen.insert(index).second) {
      return no_state("its list of storages does not fit its tensors");
    }
    order.push_back(index);
  }
  return order;
}

}  // namespace

Result<PickledState> parse_pickled_state(std::string_view bytes) {
  Unpickler pickle(bytes);
  ATHANOR_TRY(const auto root, pickle.load());
  return StateBuilder(pickle).build(root);
}

bool is_legacy_file(std::string_view first_bytes) {
  constexpr std::string_view prefix = "\x80\x02\x8a\x0a";
  return first_bytes.starts_with(prefix) &&
         first_bytes.substr(prefix.size()).starts_with(legacy_magic);
}

Result<LegacyState> parse_legacy_state(std::string_view first_bytes) {
  Unpickler pickle(first_bytes);
  ATHANOR_TRY(const auto magic, pickle.load());
  ATHANOR_TRY(const auto protocol, pickle.load());
  if (pickle.at(magic).text != legacy_magic || pickle.at(protocol).integer != legacy_protocol) {
    return no_state("it is no file of torch.save()");
  }
  ATHANOR_TRY(const auto system, pickle.load());
  if (pickle.at(system).kind != Kind::dictionary) {
    return no_state("it does not say of which machine it is");
  }
  ATHANOR_TRY(const auto root, pickle.load());
  LegacyState legacy;
  ATHANOR_TRY(legacy.state, StateBuilder(pickle).build(root));
  ATHANOR_TRY(const auto list, pickle.load());
  ATHANOR_TRY(legacy.order, storage_order(pickle, list, legacy.state.storages));
  legacy.data_begin = pickle.position();
  return legacy;
}

}  // namespace athanor::tensor
