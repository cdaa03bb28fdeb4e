#include "athanor/networks/classification/pretrained_start.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/pretrained_weights.hpp"
#include "athanor/pretrained/start_weights.hpp"

namespace athanor::networks::classification {

namespace {

std::string fate_of_head(const pretrained::StartReport& report, bool retain_head) {
  if (report.classifier.empty()) {
    return "its head is left out";
  }
  if (report.classifier_kept) {
    return fmt::format("its last layer, {}, is kept", report.classifier);
  }
  return fmt::format("its last layer, {}, starts fresh{}",
                     report.classifier,
                     retain_head ? ": retain_head needs the same number of classes" : "");
}

/// A model with several heads that was trained here has its backbone as a part; that alone is
/// taken.
void keep_backbone(tensor::NamedTensors& weights) {
  constexpr std::string_view prefix = "backbone.";
  const auto is_outside = [](const auto& each) { return !each.name.starts_with(prefix); };
  if (std::ranges::all_of(weights, is_outside)) {
    return;
  }
  std::erase_if(weights, is_outside);
  for (auto& each : weights) {
    each.name.erase(0, prefix.size());
  }
}

}  // namespace

void start_from_pretrained(const engine::Job& job,
                           const backbones::BackboneOptions& options,
                           backbones::Backbone& backbone) {
  if (!job.request.pretrained) {
    return;
  }
  const auto& name = job.request.pretrained->name;
  auto weights = value_or_throw<std::invalid_argument>(
      engine::pretrained_weights(*job.request.pretrained, job.parent_key, job.log),
      fmt::format("the pretrained model {}", name));
  keep_backbone(weights);
  const auto report = pretrained::start_from(std::move(weights), options, backbone);
  if (!report) {
    throw std::invalid_argument(fmt::format(
        "model_config: the pretrained model {} does not fit a {}: {}. Take model_config from the "
        "default of the schema, or clear the model's ptm",
        name,
        backbones::full_name(options),
        report.error().message));
  }
  job.log(fmt::format("{} of {} tensors come from the pretrained model {}; {}",
                      report->loaded,
                      report->tensors,
                      name,
                      fate_of_head(*report, options.retain_head)));
  if (report->folded_norms > 0) {
    job.log(
        fmt::format("{} batch norms went into the convolutions before them, since "
                    "model_config.use_batch_norm is false",
                    report->folded_norms));
  }
}

}  // namespace athanor::networks::classification
