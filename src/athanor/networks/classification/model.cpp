#include "athanor/networks/classification/model.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace athanor::networks::classification {

namespace {

using backbones::Activation;
using backbones::BackboneOptions;
using backbones::Stem;

/// Kernels with channels last, as the input batches are: on CPUs the quicker layout.
void use_channels_last(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
}

}  // namespace

Json to_json(const BackboneOptions& options) {
  return {{"arch", options.arch},
          {"n_layers", options.n_layers},
          {"input_channels", options.input_channels},
          {"num_classes", options.num_classes},
          {"stem", options.stem == Stem::small ? "small" : "imagenet"},
          {"width", options.width},
          {"all_projections", options.all_projections},
          {"use_pooling", options.use_pooling},
          {"use_bias", options.use_bias},
          {"use_batch_norm", options.use_batch_norm},
          {"batch_norm_momentum", options.batch_norm_momentum},
          {"batch_norm_epsilon", options.batch_norm_epsilon},
          {"activation", options.activation == Activation::swish ? "swish" : "relu"},
          {"dropout", options.dropout}};
}

BackboneOptions backbone_from_json(const Json& json) {
  BackboneOptions options;
  options.arch = json.at("arch");
  options.n_layers = json.at("n_layers");
  options.input_channels = json.at("input_channels");
  options.num_classes = json.at("num_classes");
  options.stem = json.at("stem") == "small" ? Stem::small : Stem::imagenet;
  options.width = json.at("width");
  options.all_projections = json.at("all_projections");
  options.use_pooling = json.at("use_pooling");
  options.use_bias = json.at("use_bias");
  options.use_batch_norm = json.at("use_batch_norm");
  options.batch_norm_momentum = json.at("batch_norm_momentum");
  options.batch_norm_epsilon = json.at("batch_norm_epsilon");
  options.activation = json.at("activation") == "swish" ? Activation::swish : Activation::relu;
  options.dropout = json.at("dropout");
  return options;
}

Model make_model(const BackboneOptions& options,
                 const data::Preprocessing& preprocessing,
                 std::vector<std::string> classes) {
  Model model{options, preprocessing, std::move(classes), nullptr};
  model.options.num_classes = static_cast<std::int64_t>(model.classes.size());
  auto backbone = backbones::make_backbone(model.options);
  if (!backbone) {
    throw std::invalid_argument(fmt::format("model_config: {}", backbone.error().message));
  }
  model.backbone = *std::move(backbone);
  use_channels_last(*model.backbone);
  return model;
}

Json describe(const Model& model) {
  return {{"backbone", to_json(model.options)},
          {"preprocessing", data::to_json(model.preprocessing)},
          {"classes", model.classes}};
}

Model load_model(const engine::Checkpoint& checkpoint) {
  const auto& description = checkpoint.model;
  const auto preprocessing = data::preprocessing_from_json(description.at("preprocessing"));
  if (!preprocessing) {
    throw std::runtime_error("the checkpoint's " + preprocessing.error().message);
  }
  auto model = make_model(backbone_from_json(description.at("backbone")),
                          *preprocessing,
                          description.at("classes").get<std::vector<std::string>>());
  if (const auto status = engine::load_weights(checkpoint, *model.backbone); !status) {
    throw std::runtime_error("cannot load the checkpoint: " + status.error().message);
  }
  model.backbone->eval();
  return model;
}

}  // namespace athanor::networks::classification
