#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

/// What an ONNX file calls its tensors. Errors are invalid_argument for bytes that are no such
/// file.
namespace athanor::compile {

using NameSet = std::set<std::string, std::less<>>;

/// The inputs, and what the nodes compute.
[[nodiscard]] Result<NameSet> activation_names(std::string_view onnx);

/// What the layer with these weights reads: "conv1.weight" to "input_1". Weights that a node reads
/// in the first place, to transpose them for instance, are left out.
[[nodiscard]] Result<std::map<std::string, std::string>> inputs_by_weights(std::string_view onnx);

}  // namespace athanor::compile
