#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"

/// The header of a safetensors file, without LibTorch so that it can be fuzzed alone.
///
/// A file is 8 bytes of little-endian header length, the header as JSON, and the tensors' bytes:
/// {"__metadata__": {"key": "value"},
///  "fc.weight": {"dtype": "F32", "shape": [10, 512], "data_offsets": [0, 20480]}}
namespace athanor::tensor {

enum class DataType { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64 };

/// The format's name of a type ("F32").
[[nodiscard]] std::string_view name_of(DataType type);
[[nodiscard]] std::uint64_t bytes_of(DataType type);

/// Where one tensor lies in the bytes that follow the header.
struct TensorEntry {
  std::string name;
  DataType type = DataType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool operator==(const TensorEntry&) const = default;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorEntry> tensors;  ///< By place in the file, without gaps.

  bool operator==(const SafetensorsHeader&) const = default;
};

inline constexpr std::uint64_t safetensors_prefix_bytes = 8;
/// The longest header that is read; the format's own implementation has the same bound.
inline constexpr std::uint64_t safetensors_header_bytes = 100'000'000;

/// Length of the JSON header, from the first bytes of a file of `file_bytes`.
[[nodiscard]] Result<std::uint64_t> safetensors_header_length(std::string_view prefix,
                                                              std::uint64_t file_bytes);

/// Reads the JSON header of a file with `data_bytes` behind it. Refuses, naming the tensor: unknown
/// types, shapes that are negative or overflow, offsets that do not fit the shape, overlap, leave
/// gaps or end before or after the data.
[[nodiscard]] Result<SafetensorsHeader> parse_safetensors_header(std::string_view json,
                                                                 std::uint64_t data_bytes);

/// Length prefix and JSON header, padded so that the tensors start at a multiple of 8.
[[nodiscard]] std::string render_safetensors_header(const SafetensorsHeader& header);

}  // namespace athanor::tensor
