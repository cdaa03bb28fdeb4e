#pragma once

#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::catalog {

/// Kinds of layers whose kernels a penalty takes.
struct LayerKinds {
  bool convolutions = false;
  bool dense_layers = false;
};

/// Reads "Conv2D,Dense", whatever the case. An unknown kind is invalid_argument with the mend.
[[nodiscard]] Result<LayerKinds> parse_layer_kinds(std::string_view text);

}  // namespace athanor::catalog
