#pragma once

#include <string_view>

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

/// Whether torch failed because it was given no memory.
[[nodiscard]] inline bool is_out_of_memory(const c10::Error& error) {
  const std::string_view text = error.what_without_backtrace();
  return text.find("can't allocate memory") != std::string_view::npos;
}

}  // namespace athanor::tensor
