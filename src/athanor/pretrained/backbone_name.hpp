#pragma once

#include <string>
#include <string_view>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::pretrained {

/// What a torchvision name stands for: "resnet18", "vgg16_bn", "squeezenet1_0", or an arch of
/// backbones::known_archs(), with its depth behind it where it has several. Anything else is
/// invalid_argument with the names that there are.
[[nodiscard]] Result<backbones::BackboneOptions> options_of_backbone(std::string_view name);

/// What a spec has to say for a model to start from such weights: "arch", "n_layers",
/// "preprocess_mode", the "input_image_size" that they were trained on and so on. The parameter
/// tables name these properties (column `ptm`).
[[nodiscard]] Json properties_of(const backbones::BackboneOptions& options);

}  // namespace athanor::pretrained
