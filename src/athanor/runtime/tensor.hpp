#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::runtime {

/// Sizes of all dimensions, the batch first.
using Shape = std::vector<std::int64_t>;

/// Stands for a batch that is known only when an engine runs.
inline constexpr std::int64_t open_batch = -1;

/// The largest number of elements that one tensor may have.
inline constexpr std::int64_t largest_element_count = std::int64_t{1} << 31;

/// How the numbers of a picture follow each other in memory. Shapes are [N, C, H, W] in both.
enum class Layout {
  channels_first,  ///< All of one channel, then the next; also whatever is no picture.
  channels_last,   ///< All channels of one pixel, then the next pixel.
};

/// Numbers that lie elsewhere, without gaps. The owner keeps them alive.
struct TensorView {
  const float* values = nullptr;
  Shape shape;
  Layout layout = Layout::channels_first;  ///< channels_last needs four dimensions.
};

/// Numbers in the order of their indices, the last index the fastest.
struct Tensor {
  Shape shape;
  std::vector<float> values;
};

/// The product of all sizes; 1 for a scalar. invalid_argument for sizes below 0 (an open batch
/// too) and above largest_element_count.
[[nodiscard]] Result<std::int64_t> element_count(const Shape& shape);

/// "[8, 3, 224, 224]", an open batch as "N".
[[nodiscard]] std::string to_text(const Shape& shape);

}  // namespace athanor::runtime
