#include "athanor/networks/multitask_classification/model.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/backbones/activation.hpp"
#include "athanor/backbones/width.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/networks/classification/model.hpp"
#include "athanor/tensor/channels_last.hpp"
#include "athanor/tensor/layers.hpp"

namespace athanor::networks::multitask_classification {

namespace {

namespace nn = torch::nn;

backbones::Chain make_convolutions(std::int64_t in_channels,
                                   std::int64_t first,
                                   std::int64_t second,
                                   const backbones::BackboneOptions& options) {
  backbones::Chain layers;
  auto channels = in_channels;
  for (const auto out : {first, second}) {
    nn::Conv2d conv(nn::Conv2dOptions(channels, out, 3).padding(1).bias(false));
    nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
    layers->add(conv);
    layers->add(nn::BatchNorm2d(nn::BatchNorm2dOptions(out)
                                    .momentum(1.0 - options.batch_norm_momentum)
                                    .eps(options.batch_norm_epsilon)));
    layers->add(backbones::ActivationLayer(backbones::Activation::relu));
    channels = out;
  }
  return layers;
}

Json task_to_json(const Task& task) {
  return {{"name", task.name}, {"classes", task.classes}};
}

std::string listing(const std::vector<Task>& tasks) {
  std::string text;
  for (const auto& task : tasks) {
    text += fmt::format(
        "{}{} ({})", text.empty() ? "" : ", ", task.name, fmt::join(task.classes, ", "));
  }
  return text;
}

}  // namespace

Head::Head(std::int64_t in_channels,
           std::int64_t classes,
           bool with_convolutions,
           const backbones::BackboneOptions& options)
    : dropout_(options.dropout) {
  auto channels = in_channels;
  if (with_convolutions) {
    const auto first = backbones::scaled_channels(128, options.width);
    channels = backbones::scaled_channels(64, options.width);
    convolutions_ =
        register_module("convolutions", make_convolutions(in_channels, first, channels, options));
  }
  fc_ = register_module("fc", nn::Linear(channels, classes));
}

torch::Tensor Head::forward(const torch::Tensor& features) {
  auto x = convolutions_.is_empty() ? features : convolutions_->forward(features);
  x = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
  if (dropout_ > 0) {
    x = torch::dropout(x, dropout_, is_training());
  }
  return tensor::connect(*fc_, x);
}

MultitaskNet::MultitaskNet(std::shared_ptr<backbones::Backbone> backbone,
                           const std::vector<Task>& tasks,
                           bool imagenet_head,
                           const backbones::BackboneOptions& options)
    : backbone_(register_module("backbone", std::move(backbone))) {
  const auto channels = backbone_->taps().back().channels;
  auto heads = std::make_shared<nn::Module>("heads");
  for (const auto& task : tasks) {
    const auto classes = static_cast<std::int64_t>(task.classes.size());
    heads_.push_back(
        heads->register_module(std::to_string(heads_.size()),
                               std::make_shared<Head>(channels, classes, !imagenet_head, options)));
  }
  register_module("heads", heads);
}

std::vector<torch::Tensor> MultitaskNet::forward(const torch::Tensor& pictures) {
  const auto features = backbone_->forward_features(pictures).back();
  std::vector<torch::Tensor> logits;
  for (const auto& head : heads_) {
    logits.push_back(head->forward(features));
  }
  return logits;
}

Model make_model(const backbones::BackboneOptions& options,
                 bool imagenet_head,
                 const data::Preprocessing& preprocessing,
                 std::vector<Task> tasks) {
  auto backbone = classification::make_backbone_for(options, preprocessing);
  Model model{options, imagenet_head, preprocessing, std::move(tasks), nullptr, {}};
  model.net =
      std::make_shared<MultitaskNet>(std::move(backbone), model.tasks, imagenet_head, options);
  tensor::use_channels_last(*model.net);
  return model;
}

Json describe(const Model& model) {
  Json tasks = Json::array();
  for (const auto& task : model.tasks) {
    tasks.push_back(task_to_json(task));
  }
  Json description{{"backbone", classification::to_json(model.options)},
                   {"imagenet_head", model.imagenet_head},
                   {"preprocessing", data::to_json(model.preprocessing)},
                   {"tasks", std::move(tasks)}};
  prune::describe(model.topology, description);
  return description;
}

std::vector<Task> tasks_in(const Json& description) {
  std::vector<Task> tasks;
  for (const auto& task : engine::member_of(description, "tasks")) {
    tasks.push_back({task.at("name"), task.at("classes").get<std::vector<std::string>>()});
  }
  return tasks;
}

Model load_model(const engine::Checkpoint& checkpoint) {
  const auto& description = checkpoint.model;
  auto model = make_model(classification::backbone_from_json(description.at("backbone")),
                          description.at("imagenet_head"),
                          engine::preprocessing_of(description),
                          tasks_in(description));
  model.topology = classification::adopt_topology(description, *model.net);
  throw_if_failed(engine::load_weights(checkpoint, *model.net),
                  "the checkpoint's weights do not fit");
  model.net->eval();
  return model;
}

Model continue_model(const engine::Checkpoint& parent,
                     const TrainOptions& options,
                     const std::vector<Task>& tasks) {
  const auto trained = tasks_in(parent.model);
  if (trained != tasks) {
    throw std::invalid_argument(
        fmt::format("train_datasets: the parent's tasks are {}; those of train.csv are {}; retrain "
                    "with the same",
                    listing(trained),
                    listing(tasks)));
  }
  const auto backbone = classification::backbone_after(parent, options.backbone);
  auto preprocessing = options.preprocessing;
  preprocessing.mode = engine::preprocessing_of(parent.model).mode;
  auto model = make_model(backbone, parent.model.at("imagenet_head"), preprocessing, tasks);
  model.topology = classification::adopt_topology(parent.model, *model.net);
  throw_if_failed(engine::load_weights(parent, *model.net), "the parent's weights do not fit");
  return model;
}

}  // namespace athanor::networks::multitask_classification
