#include "athanor/runtime/tensor.hpp"

#include <fmt/format.h>

namespace athanor::runtime {

Result<std::int64_t> element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto size : shape) {
    if (size < 0 || size > largest_element_count) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the shape {} has a size that is not possible", to_text(shape)));
    }
    count *= size;
    if (count > largest_element_count) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format(
              "the shape {} has more than {} elements", to_text(shape), largest_element_count));
    }
  }
  return count;
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text += shape[i] == open_batch ? "N" : std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace athanor::runtime
