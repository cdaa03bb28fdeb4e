#include "athanor/networks/classification/pretrained_start.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "athanor/engine/pretrained_weights.hpp"
#include "athanor/pretrained/start_weights.hpp"

namespace athanor::networks::classification {

namespace {

std::string depth_of(const backbones::BackboneOptions& options) {
  return fmt::format("{} of {} layers", options.arch, options.n_layers);
}

std::string fate_of_head(const pretrained::StartReport& report, bool retain_head) {
  if (report.classifier_kept) {
    return fmt::format("its last layer, {}, is kept", report.classifier);
  }
  return fmt::format("its last layer, {}, starts fresh{}",
                     report.classifier,
                     retain_head ? ": retain_head needs the same number of classes" : "");
}

}  // namespace

void start_from_pretrained(const engine::Job& job,
                           const contract::PretrainedInput& pretrained,
                           bool retain_head,
                           Model& model) {
  auto weights = engine::pretrained_weights(pretrained, job.parent_key);
  if (!weights) {
    throw std::invalid_argument(
        fmt::format("the pretrained model {}: {}", pretrained.name, weights.error().message));
  }
  const auto report =
      pretrained::start_from(*std::move(weights), model.options, retain_head, *model.backbone);
  if (!report) {
    throw std::invalid_argument(fmt::format(
        "model_config: the pretrained model {} does not fit a {}: {}. Take model_config from the "
        "default of the schema, or clear the model's ptm",
        pretrained.name,
        depth_of(model.options),
        report.error().message));
  }
  job.log(fmt::format("{} of {} tensors come from the pretrained model {}; {}",
                      report->loaded,
                      report->tensors,
                      pretrained.name,
                      fate_of_head(*report, retain_head)));
  if (report->folded_norms > 0) {
    job.log(
        fmt::format("{} batch norms went into the convolutions before them, since "
                    "model_config.use_batch_norm is false",
                    report->folded_norms));
  }
}

}  // namespace athanor::networks::classification
