#include "athanor/backbones/window.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

namespace {

/// Side of what torch's pool leaves of a map, 0 where it refuses.
std::int64_t pooled_side(const Window& window, std::int64_t side) {
  try {
    return torch::max_pool2d(torch::zeros({1, 1, side, side}),
                             window.kernel,
                             window.stride,
                             window.padding,
                             /*dilation=*/1,
                             window.ceil_mode)
        .size(2);
  } catch (const c10::Error&) {
    return 0;
  }
}

}  // namespace

TEST(Window, TheSmallestInputIsTorchs) {
  const Window windows[] = {{},
                            {.kernel = 2, .stride = 2},
                            {.kernel = 3, .stride = 2},
                            {.kernel = 3, .stride = 2, .padding = 1},
                            {.kernel = 3, .stride = 2, .ceil_mode = true},
                            {.kernel = 2, .stride = 2, .ceil_mode = true},
                            {.kernel = 7, .stride = 2},
                            {.kernel = 11, .stride = 4, .padding = 2}};
  for (const auto& window : windows) {
    for (std::int64_t side = 1; side <= 9; ++side) {
      const auto smallest = window.smallest_input(side);
      EXPECT_GE(pooled_side(window, smallest), side) << window.kernel << '/' << window.stride;
      if (smallest > 1) {
        EXPECT_LT(pooled_side(window, smallest - 1), side) << window.kernel << '/' << window.stride;
      }
    }
  }
}

}  // namespace athanor::backbones
