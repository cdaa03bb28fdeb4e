#include "athanor/networks/classification/options.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "athanor/spec/keys/classification.hpp"
#include "athanor/spec/schema.hpp"

namespace athanor::networks::classification {

namespace {

namespace keys = spec::keys::classification;

[[noreturn]] void refuse(std::string_view path, std::string_view reason) {
  throw std::invalid_argument(fmt::format("{}: {}", path, reason));
}

void require(const Status& status, std::string_view path) {
  if (!status) {
    refuse(path, status.error().message);
  }
}

/// The one of `choices` that the spec gives, of which preflight allows one; `fallback` (always
/// there by default) counts only where none of them is given.
template <std::size_t N>
std::string_view chosen(const spec::SpecView& spec,
                        const std::array<std::string_view, N>& choices,
                        std::string_view fallback) {
  for (const auto choice : choices) {
    const auto* value = find_path(spec.json(), choice);
    if (value != nullptr && value->is_object() && !value->empty()) {
      return choice;
    }
  }
  return fallback;
}

engine::OptimizerOptions read_optimizer(const spec::SpecView& spec) {
  namespace optimizer = keys::train_config::optimizer;
  constexpr std::array choices{optimizer::adam::self.path, optimizer::rmsprop::self.path};
  const auto choice = chosen(spec, choices, optimizer::sgd::self.path);
  engine::OptimizerOptions options;
  if (choice == optimizer::adam::self.path) {
    engine::Adam adam;
    read_into(spec, optimizer::adam::beta_1, adam.beta_1);
    read_into(spec, optimizer::adam::beta_2, adam.beta_2);
    read_into(spec, optimizer::adam::epsilon, adam.epsilon);
    read_into(spec, optimizer::adam::lr, options.learning_rate);
    read_into(spec, optimizer::adam::decay, options.decay);
    options.kind = adam;
  } else if (choice == optimizer::rmsprop::self.path) {
    engine::RmsProp rms_prop;
    read_into(spec, optimizer::rmsprop::rho, rms_prop.rho);
    read_into(spec, optimizer::rmsprop::epsilon, rms_prop.epsilon);
    read_into(spec, optimizer::rmsprop::lr, options.learning_rate);
    read_into(spec, optimizer::rmsprop::decay, options.decay);
    options.kind = rms_prop;
  } else {
    engine::Sgd sgd;
    read_into(spec, optimizer::sgd::momentum, sgd.momentum);
    read_into(spec, optimizer::sgd::nesterov, sgd.nesterov);
    read_into(spec, optimizer::sgd::lr, options.learning_rate);
    read_into(spec, optimizer::sgd::decay, options.decay);
    options.kind = sgd;
  }
  return options;
}

/// step always has a rate, by default; the others take the optimiser's where they have none.
engine::Schedule read_schedule(const spec::SpecView& spec, double optimizer_rate) {
  namespace lr = keys::train_config::lr_config;
  constexpr std::array choices{lr::soft_anneal::self.path, lr::cosine::self.path};
  const auto choice = chosen(spec, choices, lr::step::self.path);
  if (choice == lr::soft_anneal::self.path) {
    engine::SoftAnnealRate anneal{.learning_rate = optimizer_rate};
    read_into(spec, lr::soft_anneal::learning_rate, anneal.learning_rate);
    read_into(spec, lr::soft_anneal::soft_start, anneal.soft_start);
    read_into(spec, lr::soft_anneal::annealing_divider, anneal.annealing_divider);
    read_into(spec, lr::soft_anneal::annealing_points, anneal.annealing_points);
    return anneal;
  }
  if (choice == lr::cosine::self.path) {
    engine::CosineRate cosine{.learning_rate = optimizer_rate};
    read_into(spec, lr::cosine::learning_rate, cosine.learning_rate);
    read_into(spec, lr::cosine::min_lr_ratio, cosine.min_lr_ratio);
    read_into(spec, lr::cosine::soft_start, cosine.soft_start);
    return cosine;
  }
  engine::StepRate step;
  read_into(spec, lr::step::learning_rate, step.learning_rate);
  read_into(spec, lr::step::step_size, step.step_size);
  read_into(spec, lr::step::gamma, step.gamma);
  return step;
}

engine::Regularizer read_regularizer(const spec::SpecView& spec) {
  namespace reg = keys::train_config::reg_config;
  engine::Regularizer regularizer;
  const auto type = spec.find(reg::type).value_or("L2");
  regularizer.penalty = type == "L1" ? engine::Penalty::l1 : engine::Penalty::l2;
  read_into(spec, reg::weight_decay, regularizer.weight);
  if (const auto scope = spec.find(reg::scope)) {
    require(engine::parse_scope(*scope, regularizer), reg::scope.path);
  }
  return regularizer;
}

/// One {key, value} object, or a list of them; the keys are b, g, r, or l for gray.
std::optional<std::array<double, 3>> read_image_mean(const spec::SpecView& spec) {
  const auto& key = keys::train_config::image_mean::self;
  const auto* given = spec.find(key);
  if (given == nullptr || given->empty()) {
    return std::nullopt;
  }
  std::array<double, 3> mean{103.939, 116.779, 123.68};
  for (const auto& item : given->is_array() ? *given : Json::array({*given})) {
    const auto channel = item.at("key").get<std::string>();
    mean.at(channel == "l" ? 0 : std::string_view("bgr").find(channel)) = item.at("value");
  }
  return mean;
}

/// None where it is that of the publication.
std::optional<backbones::Activation> read_activation(const spec::SpecView& spec) {
  namespace own = keys::model_config::activation;
  const auto name = spec.find(own::activation_type);
  if (!name) {
    return std::nullopt;
  }
  auto activation = backbones::parse_activation(*name);
  if (!activation) {
    refuse(own::activation_type.path, fmt::format("there is no {}", *name));
  }
  const auto* given = spec.find(own::activation_parameters::self);
  if (given != nullptr && !given->empty()) {
    activation->parameter = (given->is_array() ? given->front() : *given).at("value").get<double>();
  }
  return activation;
}

}  // namespace

data::Preprocessing read_preprocessing(const spec::SpecView& spec) {
  data::Preprocessing preprocessing;
  const auto& size = keys::model_config::input_image_size;
  require(data::parse_image_size(spec.get(size), preprocessing), size.path);
  const auto& mode_key = keys::train_config::preprocess_mode;
  const auto mode = data::parse_preprocess_mode(spec.find(mode_key).value_or("caffe"));
  if (!mode) {
    refuse(mode_key.path, mode.error().message);
  }
  preprocessing.mode = *mode;
  const auto& resize = keys::model_config::resize_interpolation_method;
  const auto method = spec.find(resize).value_or("");
  preprocessing.interpolation = method.find("BICUBIC") != std::string::npos
                                    ? data::Interpolation::bicubic
                                    : data::Interpolation::bilinear;
  preprocessing.image_mean = read_image_mean(spec);
  return preprocessing;
}

backbones::BackboneOptions read_backbone(const spec::SpecView& spec,
                                         const data::Preprocessing& preprocessing) {
  namespace model = keys::model_config;
  backbones::BackboneOptions backbone;
  backbone.arch = spec.get(model::arch);
  backbone.input_channels = static_cast<std::int64_t>(preprocessing.channels);
  read_into(spec, model::n_layers, backbone.n_layers);
  read_into(spec, model::all_projections, backbone.all_projections);
  read_into(spec, model::use_pooling, backbone.use_pooling);
  read_into(spec, model::use_bias, backbone.use_bias);
  read_into(spec, model::use_batch_norm, backbone.use_batch_norm);
  read_into(spec, model::batch_norm_config::momentum, backbone.batch_norm_momentum);
  read_into(spec, model::batch_norm_config::epsilon, backbone.batch_norm_epsilon);
  read_into(spec, model::dropout, backbone.dropout);
  read_into(spec, model::retain_head, backbone.retain_head);
  backbone.activation = read_activation(spec);
  read_into(spec, keys::athanor::width, backbone.width);
  if (spec.find(keys::athanor::stem).value_or("imagenet") == "small") {
    backbone.stem = backbones::Stem::small;
  }
  return backbone;
}

Frozen read_frozen(const spec::SpecView& spec) {
  Frozen frozen;
  for (const double block :
       spec.find(keys::model_config::freeze_blocks).value_or(std::vector<double>{})) {
    frozen.blocks.push_back(static_cast<std::int64_t>(block));
  }
  read_into(spec, keys::model_config::freeze_bn, frozen.batch_norms);
  return frozen;
}

std::map<std::string, double> read_factors(const spec::SpecView& spec, spec::Key<Json> key) {
  std::map<std::string, double> factors;
  const auto* given = spec.find(key);
  if (given == nullptr) {
    return factors;
  }
  for (const auto& item : *given) {
    factors[item.at("key")] = item.at("value").get<double>();
  }
  return factors;
}

namespace {

engine::RateSearch read_rate_search(const spec::SpecView& spec) {
  const auto mode = spec.find(keys::athanor::lr_finder).value_or("off");
  if (mode == "off") {
    return engine::RateSearch::off;
  }
  return mode == "use" ? engine::RateSearch::use : engine::RateSearch::report;
}

data::Augmentation read_augmentation(const spec::SpecView& spec) {
  namespace train = keys::train_config;
  data::Augmentation augmentation;
  read_into(spec, train::enable_random_crop, augmentation.random_crop);
  read_into(spec, train::enable_color_augmentation, augmentation.color);
  augmentation.horizontal_flip = !spec.find(train::disable_horizontal_flip).value_or(false);
  return augmentation;
}

engine::TrainingOptions read_training(const spec::SpecView& spec) {
  namespace train = keys::train_config;
  engine::TrainingOptions training;
  training.epochs = spec.find(train::n_epochs).value_or(80);
  read_into(spec, train::n_workers, training.workers);
  read_into(spec, train::random_seed, training.seed);
  training.optimizer = read_optimizer(spec);
  training.schedule = read_schedule(spec, training.optimizer.learning_rate);
  training.regularizer = read_regularizer(spec);
  read_training_aids(spec, training);
  return training;
}

struct UnheededParameter {
  backbones::Option option;
  std::string_view path;
};

}  // namespace

void read_training_aids(const spec::SpecView& spec, engine::TrainingOptions& training) {
  read_into(spec, keys::athanor::checkpoint_minutes, training.checkpoint_minutes);
  read_into(spec, keys::athanor::early_stopping::patience, training.early_stopping.patience);
  read_into(spec, keys::athanor::early_stopping::min_delta, training.early_stopping.min_delta);
  read_into(spec, keys::athanor::moving_average_decay, training.moving_average_decay);
  training.rate_search = read_rate_search(spec);
}

std::vector<std::string_view> unheeded_parameters(const spec::SpecView& spec,
                                                  const backbones::BackboneOptions& backbone,
                                                  std::string_view network) {
  namespace model = keys::model_config;
  using backbones::Option;
  static constexpr UnheededParameter candidates[] = {
      {Option::n_layers, model::n_layers.path},
      {Option::all_projections, model::all_projections.path},
      {Option::use_pooling, model::use_pooling.path},
      {Option::retain_head, model::retain_head.path},
      {Option::use_batch_norm, model::use_batch_norm.path},
      {Option::use_batch_norm, model::batch_norm_config::momentum.path},
      {Option::use_batch_norm, model::batch_norm_config::epsilon.path},
      {Option::use_batch_norm, model::freeze_bn.path}};
  const auto defaults = spec::defaults(*spec::find_table(network, "train"));
  std::vector<std::string_view> paths;
  for (const auto& [option, path] : candidates) {
    const auto* given = find_path(spec.json(), path);
    const auto* usual = find_path(defaults, path);
    const bool chosen =
        given != nullptr && !given->is_null() && (usual == nullptr || *given != *usual);
    if (chosen && !heeds(backbone.arch, option)) {
      paths.push_back(path);
    }
  }
  return paths;
}

TrainOptions read_train_options(const spec::SpecView& spec) {
  namespace train = keys::train_config;
  TrainOptions options;
  options.preprocessing = read_preprocessing(spec);
  options.backbone = read_backbone(spec, options.preprocessing);
  options.augmentation = read_augmentation(spec);
  options.frozen = read_frozen(spec);
  read_into(spec, train::label_smoothing, options.label_smoothing);
  read_into(spec, train::mixup_alpha, options.mixup_alpha);
  read_into(spec, train::batch_size_per_gpu, options.batch_size);
  options.training = read_training(spec);
  read_into(spec, keys::athanor::auto_batch_size, options.auto_batch_size);
  read_into(spec, keys::athanor::monitor, options.monitor);
  read_into(spec, keys::athanor::label_column, options.label_column);
  options.class_weighting = {
      spec.find(keys::athanor::class_weighting).value_or("none") == "balanced",
      read_factors(spec, keys::athanor::class_weights)};
  options.validation = read_validation_options(spec.json());
  return options;
}

EvaluationOptions read_evaluation_options(const spec::SpecView& spec) {
  namespace eval = keys::eval_config;
  EvaluationOptions options;
  read_into(spec, eval::batch_size, options.reading.batch_size);
  read_into(spec, eval::n_workers, options.reading.workers);
  read_into(spec, eval::enable_center_crop, options.reading.center_crop);
  read_into(spec, eval::top_k, options.top_k);
  read_into(spec, keys::athanor::label_column, options.label_column);
  if (const auto at_once = spec.find(keys::batch_size); at_once.value_or(1) > 1) {
    options.reading.batch_size = *at_once;
  }
  return options;
}

EvaluationOptions read_validation_options(const Json& trained_with) {
  if (!trained_with.is_object()) {
    return {};
  }
  const spec::SpecView spec(trained_with);
  auto options = read_evaluation_options(spec);
  auto& center_crop = options.reading.center_crop;
  center_crop = center_crop && spec.find(keys::train_config::enable_center_crop).value_or(true);
  return options;
}

}  // namespace athanor::networks::classification
