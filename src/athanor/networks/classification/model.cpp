#include "athanor/networks/classification/model.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/tensor/channels_last.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::classification {

namespace {

using backbones::BackboneOptions;
using backbones::Stem;

}  // namespace

std::shared_ptr<backbones::Backbone> make_backbone_for(const BackboneOptions& options,
                                                       const data::Preprocessing& size) {
  auto made = backbones::make_backbone(options);
  if (!made) {
    throw std::invalid_argument(fmt::format("model_config.{}", made.error().message));
  }
  const auto smallest = (*made)->smallest_input();
  if (size.height < smallest || size.width < smallest) {
    const auto* mend =
        options.stem == Stem::imagenet ? "; with athanor.stem small it needs less" : "";
    throw std::invalid_argument(
        fmt::format("model_config.input_image_size: {}x{} pixels are too few for {}, which needs "
                    "{}x{} at least{}",
                    size.height,
                    size.width,
                    backbones::full_name(options),
                    smallest,
                    smallest,
                    mend));
  }
  return *std::move(made);
}

void freeze(backbones::Backbone& backbone, const Frozen& frozen) {
  throw_if_failed<std::invalid_argument>(backbone.freeze_blocks(frozen.blocks),
                                         "model_config.freeze_blocks");
  if (frozen.batch_norms) {
    backbone.freeze_batch_norm();
  }
}

Json to_json(const BackboneOptions& options) {
  Json json{{"arch", options.arch},
            {"n_layers", options.n_layers},
            {"input_channels", options.input_channels},
            {"num_classes", options.num_classes},
            {"stem", options.stem == Stem::small ? "small" : "imagenet"},
            {"width", options.width},
            {"all_projections", options.all_projections},
            {"use_pooling", options.use_pooling},
            {"use_bias", options.use_bias ? Json(*options.use_bias) : Json()},
            {"use_batch_norm", options.use_batch_norm},
            {"batch_norm_momentum", options.batch_norm_momentum},
            {"batch_norm_epsilon", options.batch_norm_epsilon},
            {"activation", options.activation ? Json(name_of(*options.activation)) : Json()},
            {"retain_head", options.retain_head},
            {"dropout", options.dropout}};
  if (options.activation && options.activation->parameter) {
    json["activation_parameter"] = *options.activation->parameter;
  }
  return json;
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
  if (const auto& use_bias = json.at("use_bias"); !use_bias.is_null()) {
    options.use_bias = use_bias.get<bool>();
  }
  options.use_batch_norm = json.at("use_batch_norm");
  options.batch_norm_momentum = json.at("batch_norm_momentum");
  options.batch_norm_epsilon = json.at("batch_norm_epsilon");
  if (const auto& activation = json.at("activation"); !activation.is_null()) {
    options.activation = backbones::parse_activation(activation.get<std::string>());
  }
  if (options.activation && json.contains("activation_parameter")) {
    options.activation->parameter = json.at("activation_parameter").get<double>();
  }
  options.retain_head = json.at("retain_head");
  options.dropout = json.at("dropout");
  return options;
}

Model make_model(const BackboneOptions& options,
                 const data::Preprocessing& preprocessing,
                 std::vector<std::string> classes) {
  Model model{options, preprocessing, std::move(classes), nullptr, {}};
  model.options.num_classes = static_cast<std::int64_t>(model.classes.size());
  model.backbone = make_backbone_for(model.options, preprocessing);
  tensor::use_channels_last(*model.backbone);
  return model;
}

prune::Topology adopt_topology(const Json& description, torch::nn::Module& module) {
  auto topology = value_or_throw(prune::topology_of(description));
  throw_if_failed(prune::shape_module(module, topology));
  return topology;
}

Json describe(const Model& model) {
  Json description{{"backbone", to_json(model.options)},
                   {"preprocessing", data::to_json(model.preprocessing)},
                   {"classes", model.classes}};
  prune::describe(model.topology, description);
  return description;
}

Model load_model(const engine::Checkpoint& checkpoint) {
  const auto& description = checkpoint.model;
  auto model = make_model(backbone_from_json(description.at("backbone")),
                          engine::preprocessing_of(description),
                          description.at("classes").get<std::vector<std::string>>());
  model.topology = adopt_topology(description, *model.backbone);
  throw_if_failed(engine::load_weights(checkpoint, *model.backbone), "cannot load the checkpoint");
  model.backbone->eval();
  return model;
}

BackboneOptions backbone_after(const engine::Checkpoint& parent, const BackboneOptions& asked) {
  auto backbone = backbone_from_json(parent.model.at("backbone"));
  if (backbone.input_channels != asked.input_channels) {
    throw std::invalid_argument(
        fmt::format("model_config.input_image_size: the parent's model takes pictures of {} "
                    "channels, not of {}",
                    backbone.input_channels,
                    asked.input_channels));
  }
  backbone.dropout = asked.dropout;
  backbone.batch_norm_momentum = asked.batch_norm_momentum;
  backbone.batch_norm_epsilon = asked.batch_norm_epsilon;
  return backbone;
}

Model continue_model(const engine::Checkpoint& parent,
                     const BackboneOptions& options,
                     const data::Preprocessing& preprocessing,
                     std::vector<std::string> classes) {
  auto model = make_model(backbone_after(parent, options), preprocessing, std::move(classes));
  model.topology = adopt_topology(parent.model, *model.backbone);
  const auto file = value_or_throw(tensor::read_safetensors(parent.weights, parent.key));
  auto report = tensor::load_state_dict(*model.backbone, file.tensors);
  const auto trained_classes = parent.model.at("classes").size();
  if (trained_classes != model.classes.size()) {
    report.mismatched.clear();  // Nothing but the last layer depends on the number of classes.
  }
  throw_if_failed(report.require_complete(), "the parent's weights do not fit");
  return model;
}

}  // namespace athanor::networks::classification
