#include "athanor/networks/classification/retraining.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

#include "athanor/core/json.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/training_spec.hpp"
#include "athanor/spec/keys/classification.hpp"

namespace athanor::networks::classification {

namespace {

namespace keys = spec::keys::classification;

/// What is the parent's, whatever the spec says.
const std::initializer_list<std::string_view> kept_of_parent{"model_config.arch",
                                                             "model_config.n_layers",
                                                             "model_config.use_imagenet_head",
                                                             "model_config.use_batch_norm",
                                                             "model_config.use_bias",
                                                             "model_config.use_pooling",
                                                             "model_config.all_projections",
                                                             "model_config.activation"};

/// As a spec has it: "torch", [104.0,117.0,124.0].
std::string told(const data::Preprocessing& pixels, const char* member) {
  const auto json = data::to_json(pixels);
  const auto& value = json.at(member);
  return value.is_null() ? "its usual value" : to_text(value);
}

void warn_of(const engine::Job& job,
             std::string_view path,
             const std::string& asked,
             const std::string& trained) {
  job.log(
      fmt::format("Warning: {} is {}, but the parent's model was trained with {}; its weights know "
                  "no other pixels, so set it to that unless you mean it",
                  path,
                  asked,
                  trained));
}

void warn_of_thawed_norms(const engine::Job& job, const engine::Checkpoint& parent) {
  const auto path = keys::model_config::freeze_bn.path;
  const auto* before = find_path(parent.spec, path);
  if (before != nullptr && *before == true) {
    job.log(
        fmt::format("Warning: {0} is off, but the parent's model was trained with it: batch norms "
                    "that were made of folded weights have no statistics of their own and have to "
                    "stay frozen; set {0} to true unless you mean it",
                    path));
  }
}

}  // namespace

data::Preprocessing pixels_after(const engine::Checkpoint& parent, data::Preprocessing asked) {
  const auto trained = engine::preprocessing_of(parent.model);
  if (!asked.image_mean && asked.mode == trained.mode && asked.channels == trained.channels) {
    asked.image_mean = trained.image_mean;
  }
  return asked;
}

void warn_of_new_pixels(const engine::Job& job,
                        const engine::Checkpoint& parent,
                        const data::Preprocessing& pixels) {
  const auto trained = engine::preprocessing_of(parent.model);
  if (pixels.mode != trained.mode) {
    constexpr const char* member = "mode";
    warn_of(
        job, keys::train_config::preprocess_mode.path, told(pixels, member), told(trained, member));
  } else if (pixels.image_mean != trained.image_mean) {
    constexpr const char* member = "image_mean";
    warn_of(job,
            keys::train_config::image_mean::self.path,
            told(pixels, member),
            told(trained, member));
  }
}

std::optional<engine::Checkpoint> parent_of(const engine::Network& network,
                                            const engine::Job& job,
                                            const Frozen& frozen) {
  if (job.request.action != "retrain") {
    return std::nullopt;
  }
  auto parent = engine::parent_checkpoint(network, job);
  engine::log_departures(job, parent.spec, kept_of_parent);
  if (!frozen.batch_norms) {
    warn_of_thawed_norms(job, parent);
  }
  return parent;
}

std::map<std::string, Json> settled_architecture(const engine::Job& job,
                                                 const std::optional<engine::Checkpoint>& parent) {
  return engine::settled_departures(job, parent ? parent->spec : Json(), kept_of_parent);
}

void log_fate_of_head(const engine::Job& job,
                      const std::optional<engine::Checkpoint>& parent,
                      const std::vector<std::string>& classes) {
  if (!parent) {
    return;
  }
  const auto trained = parent->model.at("classes").get<std::vector<std::string>>();
  if (trained.size() != classes.size()) {
    job.log(
        fmt::format("The last layer starts fresh: the parent's is for {} classes, the data have {}",
                    trained.size(),
                    classes.size()));
    return;
  }
  const auto [before, now] = std::ranges::mismatch(trained, classes);
  if (before != trained.end()) {
    job.log(
        fmt::format("The parent's last layer is kept as the start, although the data have other "
                    "classes: \"{}\" has the output that \"{}\" had",
                    *now,
                    *before));
  }
}

}  // namespace athanor::networks::classification
