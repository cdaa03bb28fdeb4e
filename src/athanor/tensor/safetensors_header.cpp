#include "athanor/tensor/safetensors_header.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "athanor/core/json.hpp"

namespace athanor::tensor {

namespace {

struct DataTypeRow {
  DataType type;
  std::string_view name;
  std::uint64_t bytes;
};

constexpr DataTypeRow data_types[] = {
    {DataType::boolean, "BOOL", 1},
    {DataType::u8, "U8", 1},
    {DataType::i8, "I8", 1},
    {DataType::i16, "I16", 2},
    {DataType::i32, "I32", 4},
    {DataType::i64, "I64", 8},
    {DataType::f16, "F16", 2},
    {DataType::bf16, "BF16", 2},
    {DataType::f32, "F32", 4},
    {DataType::f64, "F64", 8},
};

const DataTypeRow& row_of(DataType type) {
  return *std::ranges::find(data_types, type, &DataTypeRow::type);
}

auto malformed(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("no valid safetensors file: {}", what));
}

auto malformed_tensor(std::string_view name, std::string_view what) {
  return malformed(fmt::format("the tensor \"{}\" {}", name, what));
}

Result<std::map<std::string, std::string>> parse_metadata(const Json& json) {
  if (!json.is_object()) {
    return malformed("__metadata__ is no object");
  }
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) {
      return malformed(fmt::format("__metadata__.{} is no string", key));
    }
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

/// A list of whole numbers from 0 up, or nothing.
std::optional<std::vector<std::uint64_t>> whole_numbers(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array()) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> numbers;
  for (const auto& item : *found) {
    if (!item.is_number_unsigned()) {
      return std::nullopt;
    }
    numbers.push_back(item.get<std::uint64_t>());
  }
  return numbers;
}

/// Bytes of a tensor, or nothing if they overflow. Sizes of 0 must not hide an overflow: strides
/// are products too.
std::optional<std::uint64_t> checked_bytes(DataType type, std::span<const std::uint64_t> shape) {
  constexpr std::uint64_t largest = 1ULL << 62;
  std::uint64_t bytes = bytes_of(type);
  bool empty = false;
  for (const auto size : shape) {
    empty = empty || size == 0;
    if (size > 0 && bytes > largest / size) {
      return std::nullopt;
    }
    bytes *= std::max<std::uint64_t>(size, 1);
  }
  return empty ? 0 : bytes;
}

Result<TensorEntry> parse_entry(const std::string& name, const Json& json) {
  if (!json.is_object()) {
    return malformed_tensor(name, "is no object");
  }
  const auto type_name = json.find("dtype");
  if (type_name == json.end() || !type_name->is_string()) {
    return malformed_tensor(name, "has no dtype");
  }
  const auto* type =
      std::ranges::find(data_types, type_name->get_ref<const std::string&>(), &DataTypeRow::name);
  if (type == std::end(data_types)) {
    return malformed_tensor(name, fmt::format("has the unknown dtype {}", to_text(*type_name)));
  }
  const auto shape = whole_numbers(json, "shape");
  const auto offsets = whole_numbers(json, "data_offsets");
  if (!shape || !offsets || offsets->size() != 2) {
    return malformed_tensor(name, "needs a shape and two data_offsets, whole numbers from 0 up");
  }
  const auto bytes = checked_bytes(type->type, *shape);
  if (!bytes || (*offsets)[1] < (*offsets)[0] || (*offsets)[1] - (*offsets)[0] != *bytes) {
    return malformed_tensor(name, "has data_offsets that do not fit its shape");
  }
  return TensorEntry{
      name, type->type, {shape->begin(), shape->end()}, (*offsets)[0], (*offsets)[1]};
}

/// The tensors tile the data: sorted by place, each begins where the one before ends.
Status check_tiling(std::span<const TensorEntry> tensors, std::uint64_t data_bytes) {
  std::uint64_t reached = 0;
  for (const auto& entry : tensors) {
    if (entry.begin != reached) {
      return malformed_tensor(entry.name, "overlaps another or leaves a gap");
    }
    reached = entry.end;
  }
  if (reached != data_bytes) {
    return malformed(
        fmt::format("its tensors take {} bytes, the file has {}", reached, data_bytes));
  }
  return {};
}

}  // namespace

std::string_view name_of(DataType type) {
  return row_of(type).name;
}

std::uint64_t bytes_of(DataType type) {
  return row_of(type).bytes;
}

Result<std::uint64_t> safetensors_header_length(std::string_view prefix, std::uint64_t file_bytes) {
  if (prefix.size() < safetensors_prefix_bytes || file_bytes < safetensors_prefix_bytes) {
    return malformed("it is shorter than 8 bytes");
  }
  std::uint64_t length = 0;
  for (std::size_t i = safetensors_prefix_bytes; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(prefix[i]);
  }
  if (length > safetensors_header_bytes) {
    return malformed(
        fmt::format("its header has {} bytes, more than {}", length, safetensors_header_bytes));
  }
  if (length > file_bytes - safetensors_prefix_bytes) {
    return malformed("it ends within its header");
  }
  return length;
}

Result<SafetensorsHeader> parse_safetensors_header(std::string_view json,
                                                   std::uint64_t data_bytes) {
  auto root = parse_json(json);
  if (!root) {
    return malformed(root.error().message);
  }
  if (!root->is_object()) {
    return malformed("its header is no object");
  }
  SafetensorsHeader header;
  for (const auto& [name, value] : root->items()) {
    if (name == "__metadata__") {
      ATHANOR_TRY(header.metadata, parse_metadata(value));
      continue;
    }
    ATHANOR_TRY(auto entry, parse_entry(name, value));
    header.tensors.push_back(std::move(entry));
  }
  std::ranges::stable_sort(header.tensors, [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  ATHANOR_CHECK_OK(check_tiling(header.tensors, data_bytes));
  return header;
}

std::string render_safetensors_header(const SafetensorsHeader& header) {
  Json root = Json::object();
  if (!header.metadata.empty()) {
    root["__metadata__"] = header.metadata;
  }
  for (const auto& entry : header.tensors) {
    root[entry.name] = {{"dtype", name_of(entry.type)},
                        {"shape", entry.shape},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string json = to_text(root);
  json.append((8 - json.size() % 8) % 8, ' ');
  std::string text;
  for (std::size_t i = 0; i < safetensors_prefix_bytes; ++i) {
    text.push_back(static_cast<char>(json.size() >> (8 * i) & 0xff));
  }
  return text + json;
}

}  // namespace athanor::tensor
