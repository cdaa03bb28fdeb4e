#include <cstdint>
#include <string_view>

#include "target.hpp"

#include "athanor/tensor/pickled_state.hpp"

namespace athanor::fuzz {
namespace {

void require_within_storage(const tensor::PickledState& state) {
  for (const auto& tensor : state.tensors) {
    require(tensor.storage < state.storages.size(), "a tensor's storage is there");
    require(tensor.shape.size() == tensor.strides.size(), "each dimension has a stride");
    std::uint64_t last = tensor.offset;
    bool empty = false;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      empty = empty || tensor.shape[i] == 0;
      last += static_cast<std::uint64_t>(tensor.shape[i] - (tensor.shape[i] > 0 ? 1 : 0)) *
              static_cast<std::uint64_t>(tensor.strides[i]);
    }
    require(empty || last < state.storages[tensor.storage].elements,
            "the last element of a tensor lies within its storage");
  }
}

}  // namespace

/// The input is a pickle, or the beginning of a file of the old format.
void pickled_state(std::string_view input) {
  if (tensor::is_legacy_file(input)) {
    if (const auto legacy = tensor::parse_legacy_state(input)) {
      require_within_storage(legacy->state);
      require(legacy->data_begin <= input.size(), "the data begin within the file");
      require(legacy->order.size() == legacy->state.storages.size(), "each storage has its place");
    }
  } else if (const auto state = tensor::parse_pickled_state(input)) {
    require_within_storage(*state);
  }
}

}  // namespace athanor::fuzz
