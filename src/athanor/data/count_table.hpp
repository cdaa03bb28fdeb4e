#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <opencv2/core/mat.hpp>

namespace athanor::data {

/// A square table of counts as a picture: the darker a cell, the larger its share of its row. Names
/// stand on the left and the top, and the counts in the cells, where there is room for them.
[[nodiscard]] cv::Mat draw_count_table(
    std::span<const std::string> names,
    const std::function<std::int64_t(std::size_t row, std::size_t column)>& count);

}  // namespace athanor::data
