#include "athanor/networks/classification/options.hpp"

#include "../sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/networks/classification/model.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::networks::classification {

namespace {

using networks::testing::default_spec;
using ::testing::HasSubstr;

bool equal(const TrainOptions& a, const TrainOptions& b) {
  const auto rest = [](const TrainOptions& options) {
    return std::tie(options.frozen,
                    options.preprocessing,
                    options.augmentation,
                    options.label_smoothing,
                    options.mixup_alpha,
                    options.training.epochs,
                    options.batch_size,
                    options.training.workers,
                    options.training.seed,
                    options.training.optimizer,
                    options.training.schedule,
                    options.training.regularizer,
                    options.auto_batch_size,
                    options.training.early_stopping.patience,
                    options.training.early_stopping.min_delta,
                    options.training.moving_average_decay,
                    options.training.checkpoint_minutes,
                    options.training.rate_search,
                    options.class_weighting,
                    options.monitor,
                    options.label_column,
                    options.validation);
  };
  return to_json(a.backbone) == to_json(b.backbone) && rest(a) == rest(b);
}

/// A legal value of the parameter other than its default.
Json other_value(const spec::Parameter& parameter) {
  if (parameter.path == "model_config.input_image_size") {
    return "1,64,48";
  }
  if (parameter.path == "train_config.reg_config.scope") {
    return "Dense";
  }
  if (parameter.path == "train_config.image_mean.key") {
    return "g";
  }
  const auto fallback =
      parameter.default_json.empty() ? Json(nullptr) : Json::parse(parameter.default_json);
  for (const auto option : parameter.options) {
    // The first option is what the code takes where there is no default.
    if (fallback.is_null() ? option != parameter.options.front() : option != fallback) {
      return option;
    }
  }
  switch (parameter.type) {
    case spec::Type::boolean:
      if (parameter.path == "model_config.use_pooling") {
        return false;
      }
      return fallback.is_null() || !fallback.get<bool>();
    case spec::Type::integer:
      return fallback.is_null() ? 1 : fallback.get<int>() + 1;
    case spec::Type::number:
      return fallback.is_null() ? 0.125 : fallback.get<double>() / 2 + 1e-4;
    case spec::Type::list:
      return Json::array({0.25});
    default:
      return "x";
  }
}

TrainOptions read(const Json& spec) {
  return read_train_options(spec::SpecView(spec));
}

std::vector<std::string_view> unheeded(const Json& spec) {
  return unheeded_parameters(spec::SpecView(spec), read(spec).backbone);
}

std::string refusal(const Json& spec) {
  try {
    (void)read(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(ReadTrainOptions, EveryEffectiveParameterChangesTheOptions) {
  const auto defaults = default_spec("classification", "train");
  const auto expected = read(defaults);

  for (const auto& parameter : spec::find_table("classification", "train")->parameters) {
    if (!parameter.effective || parameter.type == spec::Type::object) {
      continue;
    }
    auto spec = defaults;
    if (parameter.path.starts_with("athanor.class_weights.")) {
      set_path(spec, "athanor.class_weights", Json::array({{{"key", "cat"}, {"value", 2}}}));
      EXPECT_FALSE(equal(read(spec), expected)) << parameter.path;
      continue;
    }
    if (parameter.path.starts_with("model_config.activation.activation_parameters.")) {
      set_path(spec, "model_config.activation.activation_type", "relu");
      const auto unlimited = read(spec);
      set_path(spec,
               "model_config.activation.activation_parameters",
               {{"key", "max_value"}, {"value", 4.0}});
      EXPECT_FALSE(equal(read(spec), unlimited)) << parameter.path;
      continue;
    }
    if (parameter.path.starts_with("train_config.image_mean.")) {
      set_path(spec, "train_config.image_mean", {{"key", "b"}, {"value", 103.939}});
    }
    set_path(spec, parameter.path, other_value(parameter));
    if (parameter.path == "train_config.image_mean.key") {
      set_path(spec, "train_config.image_mean.value", 1.0);
    }

    EXPECT_FALSE(equal(read(spec), expected)) << parameter.path;
  }
}

TEST(ReadTrainOptions, AGivenScheduleTakesThePlaceOfTheDefaultOne) {
  auto spec = default_spec("classification", "train");
  set_path(spec, "train_config.lr_config.cosine.learning_rate", 0.02);

  const auto options = read(spec);

  EXPECT_EQ(std::get<engine::CosineRate>(*options.training.schedule).learning_rate, 0.02);
}

TEST(ReadTrainOptions, AScheduleWithoutRateTakesTheOptimisers) {
  for (const auto* warm_up : {"cosine.soft_start", "soft_anneal.soft_start"}) {
    auto spec = default_spec("classification", "train");
    set_path(spec, std::string("train_config.lr_config.") + warm_up, 0.1);
    set_path(spec, "train_config.optimizer.sgd.lr", 0.03);

    EXPECT_EQ(engine::peak_of(*read(spec).training.schedule), 0.03) << warm_up;
  }
}

TEST(ReadTrainOptions, TakesOneImageMeanOrAList) {
  auto spec = default_spec("classification", "train");
  set_path(spec,
           "train_config.image_mean",
           Json::array({{{"key", "r"}, {"value", 1.0}}, {{"key", "b"}, {"value", 3.0}}}));

  EXPECT_EQ(read(spec).preprocessing.image_mean, (std::array{3.0, 116.779, 1.0}));
}

TEST(ReadTrainOptions, TakesTheImageMeanOfGreyPictures) {
  auto spec = default_spec("classification", "train");
  set_path(spec, "model_config.input_image_size", "1,224,224");
  set_path(spec, "train_config.image_mean", {{"key", "l"}, {"value", 5.0}});

  const auto mean = data::normalization_of(read(spec).preprocessing).mean;

  EXPECT_THAT(mean, ::testing::ElementsAre(5.0));
}

TEST(UnheededParameters, AreThoseThatTheUserChoseForAnotherBackbone) {
  auto spec = default_spec("classification", "train");
  set_path(spec, "model_config.arch", "squeezenet");
  EXPECT_THAT(unheeded(spec), ::testing::IsEmpty());

  set_path(spec, "model_config.n_layers", 50);
  set_path(spec, "model_config.use_pooling", false);
  set_path(spec, "model_config.freeze_bn", true);
  set_path(spec, "model_config.retain_head", true);

  EXPECT_THAT(unheeded(spec),
              ::testing::UnorderedElementsAre(
                  "model_config.n_layers", "model_config.use_pooling", "model_config.freeze_bn"));
}

TEST(UnheededParameters, AreNoneOfAResnetWithOneHead) {
  auto spec = default_spec("classification", "train");
  set_path(spec, "model_config.n_layers", 50);
  set_path(spec, "model_config.use_pooling", false);

  EXPECT_THAT(unheeded(spec), ::testing::IsEmpty());
}

TEST(ReadTrainOptions, NamesAnInputSizeThatIsNone) {
  auto spec = default_spec("classification", "train");
  set_path(spec, "model_config.input_image_size", "224x224");

  EXPECT_THAT(refusal(spec), HasSubstr("model_config.input_image_size"));
}

}  // namespace athanor::networks::classification
