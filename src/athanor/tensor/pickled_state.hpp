#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/tensor/safetensors_header.hpp"

/// The pickles that torch.save() writes of a state_dict, without LibTorch so that they can be
/// fuzzed alone.
///
/// A pickle is a program that may call anything. This reader knows the few things that a state_dict
/// needs: OrderedDict, _rebuild_tensor_v2, _rebuild_parameter and storages. It builds plain values
/// of them and calls nothing; whatever else a file asks for is refused by name.
namespace athanor::tensor {

/// A block of numbers that lies elsewhere in the file; tensors are views into it.
struct PickledStorage {
  std::string key;  ///< In a zip, the member "<top folder>/data/<key>".
  DataType type = DataType::f32;
  std::uint64_t elements = 0;

  bool operator==(const PickledStorage&) const = default;
};

struct PickledTensor {
  std::string name;
  std::size_t storage = 0;   ///< Which of PickledState::storages.
  std::uint64_t offset = 0;  ///< In elements.
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< In elements.

  bool operator==(const PickledTensor&) const = default;
};

/// Every tensor lies within its storage and has no more elements than it.
struct PickledState {
  std::vector<PickledTensor> tensors;    ///< In the order of the dictionary.
  std::vector<PickledStorage> storages;  ///< Each once.
};

/// The state_dict of data.pkl, from a file that torch.save() made since PyTorch 1.6. Anything that
/// is no state_dict is invalid_argument with the mend.
[[nodiscard]] Result<PickledState> parse_pickled_state(std::string_view pickle);

/// What a file of the format before PyTorch 1.6 begins with.
struct LegacyState {
  PickledState state;
  std::vector<std::size_t> order;  ///< Which storages follow, in this order.
  std::size_t data_begin = 0;      ///< Where the first begins: 8 bytes of its length, then numbers.
};

[[nodiscard]] bool is_legacy_file(std::string_view first_bytes);

/// `first_bytes` holds at least the pickles, which all stand before the numbers.
[[nodiscard]] Result<LegacyState> parse_legacy_state(std::string_view first_bytes);

}  // namespace athanor::tensor
