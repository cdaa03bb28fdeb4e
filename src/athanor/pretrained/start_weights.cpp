#include "athanor/pretrained/start_weights.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/pretrained/classifier_layer.hpp"
#include "athanor/pretrained/norm_pairs.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::pretrained {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;
using tensor::NamedTensors;

bool has_norms(const NamedTensors& tensors) {
  return std::ranges::any_of(tensors,
                             [](const auto& each) { return each.name.ends_with(".running_mean"); });
}

/// Whether the last layers of both are alike, in every tensor.
bool same_classifier(const NamedTensors& own, const NamedTensors& given, std::string_view layer) {
  return !layer.empty() && std::ranges::all_of(own, [&](const auto& each) {
    const auto* other = tensor::find_tensor(given, each.name);
    return !belongs_to(each.name, layer) ||
           (other != nullptr && other->sizes() == each.value.sizes());
  });
}

/// The names of the convolutions, in the order of the layers.
std::vector<std::string> convolutions_of(const Backbone& backbone) {
  std::vector<std::string> names;
  for (const auto& item : backbone.named_modules("", /*include_self=*/false)) {
    if (item.value()->as<torch::nn::Conv2d>() != nullptr) {
      names.push_back(item.key());
    }
  }
  return names;
}

/// Calls the convolutions of one backbone as another does that has the same ones.
void rename_convolutions(NamedTensors& weights, const Backbone& from, const Backbone& to) {
  const auto old_names = convolutions_of(from);
  const auto new_names = convolutions_of(to);
  for (auto& each : weights) {
    const auto layer = each.name.substr(0, each.name.rfind('.'));
    const auto found = std::ranges::find(old_names, layer);
    if (found != old_names.end()) {
      const auto place = static_cast<std::size_t>(found - old_names.begin());
      each.name.replace(0, layer.size(), new_names.at(place));
    }
  }
}

/// The backbone with batch norms tells which of the file's norms belongs to which convolution.
Result<std::size_t> fold_into(NamedTensors& weights,
                              BackboneOptions options,
                              const Backbone& backbone) {
  options.use_batch_norm = true;
  ATHANOR_TRY(const auto reference, backbones::make_backbone(options));
  const auto folded = fold_norms(weights, norm_pairs_of(*reference));
  // Where layers are numbered (vgg), those behind a norm have other numbers without it.
  rename_convolutions(weights, *reference, backbone);
  return folded;
}

/// The names of the head that a file has, whatever head the model has in its place.
Result<std::set<std::string>> published_head_of(BackboneOptions options) {
  options.num_classes = 1;
  options.retain_head = true;
  ATHANOR_TRY(const auto reference, backbones::make_backbone(options));
  return head_tensors_of(*reference);
}

/// Whether the model computes the same without the tensor from the file.
bool may_stay_fresh(const std::string& name,
                    const NamedTensors& own,
                    const BackboneOptions& options) {
  const bool in_projection = name.find(".downsample.") != std::string::npos ||
                             name.find(".shortcut.") != std::string::npos;
  if (options.all_projections && in_projection) {
    return true;
  }
  const auto* value = tensor::find_tensor(own, name);
  return options.use_bias.value_or(false) && name.ends_with(".bias") &&
         value->count_nonzero().item<long>() == 0;
}

}  // namespace

Result<StartReport> start_from(NamedTensors weights,
                               const BackboneOptions& options,
                               Backbone& backbone) {
  const bool retain_head = options.retain_head;
  const auto own = tensor::state_dict(backbone);
  const auto own_head = head_tensors_of(backbone);
  StartReport report;
  report.tensors = own.size();
  report.classifier = classifier_layer_of(backbone);
  report.classifier_kept = retain_head && same_classifier(own, weights, report.classifier);
  if (!has_norms(own) && has_norms(weights)) {
    ATHANOR_TRY(report.folded_norms, fold_into(weights, options, backbone));
  }
  const auto is_fresh = [&](const std::string& name) {
    const bool in_last = belongs_to(name, report.classifier) && !report.classifier_kept;
    return own_head.contains(name) && (!retain_head || in_last);
  };
  ATHANOR_TRY(const auto published_head, published_head_of(options));
  std::erase_if(weights, [&](const auto& each) {
    return is_fresh(each.name) ||
           (published_head.contains(each.name) && !own_head.contains(each.name));
  });

  auto fit = tensor::compare_state_dict(backbone, weights);
  std::erase_if(fit.missing, [&](const auto& name) {
    return is_fresh(name) || may_stay_fresh(name, own, options);
  });
  ATHANOR_CHECK_OK(fit.require_complete());
  tensor::load_state_dict(backbone, weights);
  report.loaded = static_cast<std::size_t>(std::ranges::count_if(
      own, [&](const auto& each) { return tensor::find_tensor(weights, each.name) != nullptr; }));
  return report;
}

}  // namespace athanor::pretrained
