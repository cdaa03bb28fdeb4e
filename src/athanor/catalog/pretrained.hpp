#pragma once

#include <string_view>

namespace athanor::catalog {

/// What the ngc_path of a network's pretrained models begins with, before ":" and their name.
/// Clients look for the ending, "pretrained_classification:resnet18". Empty where the network takes
/// none.
[[nodiscard]] std::string_view pretrained_collection(std::string_view network);

}  // namespace athanor::catalog
