#include "athanor/engine/training_spec.hpp"

#include <map>

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/spec/schema.hpp"

namespace athanor::engine {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// An evaluation with the defaults of its table.
class Departures : public ::testing::Test {
 protected:
  Departures() {
    auto& request = sample_.request;
    request.network = "classification";
    request.action = "evaluate";
    request.spec = spec::defaults(*spec::find_table(request.network, request.action));
  }

  /// What is logged where the model was trained with this.
  std::vector<std::string> logged(const Json& trained_with) {
    sample_.log.clear();
    log_departures(sample_.job, trained_with, {"model_config", "train_config.n_epochs"});
    return sample_.log;
  }

  testing::SampleJob sample_;
};

}  // namespace

TEST_F(Departures, AreNoDefaults) {
  EXPECT_THAT(logged(Json::parse(R"({"model_config": {"n_layers": 50}})")), IsEmpty());
  EXPECT_THAT(logged(nullptr), IsEmpty());
}

TEST_F(Departures, AreNamedWithBothValues) {
  set_path(sample_.request.spec, "model_config.n_layers", 34);
  set_path(sample_.request.spec, "train_config.n_epochs", 3);
  set_path(sample_.request.spec, "train_config.random_seed", 3);  // In none of the groups.

  EXPECT_THAT(
      logged(Json::parse(R"({"model_config": {"n_layers": 50}, "train_config": {"n_epochs": 3}})")),
      ElementsAre(HasSubstr("model_config.n_layers is 34 in the spec, but the model was trained "
                            "with 50")));
}

TEST_F(Departures, AreNamedTogetherWhereTheTrainingIsNotKnown) {
  set_path(sample_.request.spec, "model_config.n_layers", 34);
  set_path(sample_.request.spec, "train_config.n_epochs", 3);
  set_path(sample_.request.spec, "train_config.random_seed", 3);

  EXPECT_THAT(logged(nullptr),
              ElementsAre(AllOf(HasSubstr("have no effect"),
                                HasSubstr("model_config.n_layers 34"),
                                HasSubstr("train_config.n_epochs 3"),
                                Not(HasSubstr("random_seed")))));
}

TEST_F(Departures, SettleForWhatTheModelWasTrainedWith) {
  set_path(sample_.request.spec, "model_config.n_layers", 34);
  set_path(sample_.request.spec, "model_config.use_bias", true);
  set_path(sample_.request.spec, "train_config.n_epochs", 3);
  const auto settled = [this](const Json& trained_with) {
    return settled_departures(
        sample_.job,
        trained_with,
        {"model_config.n_layers", "model_config.use_bias", "train_config.n_epochs"});
  };

  EXPECT_EQ(settled(Json::parse(
                R"({"model_config": {"n_layers": 50}, "train_config": {"n_epochs": 3}})")),
            (std::map<std::string, Json>{{"model_config.n_layers", 50},
                                         {"model_config.use_bias", nullptr}}));
  EXPECT_THAT(settled(nullptr), IsEmpty());
}

}  // namespace athanor::engine
