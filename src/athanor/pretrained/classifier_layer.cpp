#include "athanor/pretrained/classifier_layer.hpp"

#include "athanor/tensor/state_dict.hpp"

namespace athanor::pretrained {

std::set<std::string> head_tensors_of(const backbones::Backbone& backbone) {
  std::set<const void*> in_blocks;
  for (auto block = backbone.first_block(); block <= backbone.last_block(); ++block) {
    for (const auto& module : backbone.block(block)) {
      for (const auto& [name, value] : tensor::state_dict(*module)) {
        in_blocks.insert(value.unsafeGetTensorImpl());
      }
    }
  }
  std::set<std::string> names;
  for (const auto& [name, value] : tensor::state_dict(backbone)) {
    if (!in_blocks.contains(value.unsafeGetTensorImpl())) {
      names.insert(name);
    }
  }
  return names;
}

std::string classifier_layer_of(const backbones::Backbone& backbone) {
  const auto head = head_tensors_of(backbone);
  std::string layer;
  for (const auto& parameter : backbone.named_parameters()) {
    if (head.contains(parameter.key())) {
      layer = parameter.key().substr(0, parameter.key().rfind('.'));
    }
  }
  return layer;
}

bool belongs_to(std::string_view tensor, std::string_view layer) {
  return !layer.empty() && tensor.size() > layer.size() && tensor.starts_with(layer) &&
         tensor[layer.size()] == '.';
}

}  // namespace athanor::pretrained
