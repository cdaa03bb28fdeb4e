#pragma once

#include <set>
#include <string>
#include <string_view>

#include "athanor/backbones/backbone.hpp"

namespace athanor::pretrained {

/// The names of all tensors that are in no block of the backbone: its head.
[[nodiscard]] std::set<std::string> head_tensors_of(const backbones::Backbone& backbone);

/// The name of the layer that gives the logits ("fc", "classifier.6"): the last one of the head
/// with weights. Empty where the backbone was built without a head.
[[nodiscard]] std::string classifier_layer_of(const backbones::Backbone& backbone);

/// Whether a tensor is of a layer: "fc.weight" is of "fc". Nothing is of the empty name.
[[nodiscard]] bool belongs_to(std::string_view tensor, std::string_view layer);

}  // namespace athanor::pretrained
