#include "athanor/preflight/check_job.hpp"

#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/catalog/backbones.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::preflight {

namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const char* const classification = "classification";
const char* const multitask = "multitask_classification";

Json defaults_of(std::string_view network, std::string_view action) {
  return spec::defaults(*spec::find_table(network, action));
}

/// A job whose facts a test changes.
struct Sample {
  explicit Sample(std::string_view of_network = classification,
                  std::string_view of_action = "train")
      : network(of_network),
        action(of_action),
        defaults(defaults_of(network, action)),
        spec(defaults) {}

  void set(std::string_view path, Json value) { set_path(spec, path, std::move(value)); }

  /// Every fault as its text.
  [[nodiscard]] std::vector<std::string> faults() const {
    const spec::SpecView view(spec);
    const auto found = check_job({.network = network,
                                  .action = action,
                                  .spec = view,
                                  .defaults = &defaults,
                                  .train = train,
                                  .origin = origin,
                                  .eval = eval,
                                  .inference = inference,
                                  .pretrained = pretrained,
                                  .free_bytes = free_bytes});
    std::vector<std::string> texts;
    for (const auto& fault : found) {
      texts.push_back(to_string(fault));
    }
    return texts;
  }

  std::string network;
  std::string action;
  Json defaults;
  Json spec;
  std::vector<DataFacts> train;
  std::optional<TrainingFacts> origin;
  std::optional<DataFacts> eval;
  std::optional<DataFacts> inference;
  std::optional<PretrainedFacts> pretrained;
  std::optional<std::uint64_t> free_bytes;
};

DataFacts folders(const Counts& classes) {
  return {.format = "default",
          .classes = classes,
          .tables = std::map<std::string, TableFacts>(),
          .bytes = 1000};
}

DataFacts with_table(const std::string& name, std::map<std::string, Counts> columns) {
  DataFacts facts{.format = "custom"};
  facts.tables = std::map<std::string, TableFacts>{{name, {std::move(columns), ""}}};
  return facts;
}

TrainingFacts training_on(std::string_view network, const DataFacts& data) {
  return {spec::SpecView(defaults_of(network, "train")), {data}};
}

}  // namespace

TEST(CheckJob, AcceptsTheDefaultsOfEveryAction) {
  for (const auto& network : all_rules()) {
    for (const auto action : catalog::find_network(network.network)->runnable) {
      EXPECT_THAT(Sample(network.network, action).faults(), IsEmpty())
          << network.network << " " << action;
    }
  }
}

TEST(CheckJob, AcceptsTheDefaultsOfEveryPretrainedBackbone) {
  for (const auto& network : all_rules()) {
    const auto& table = *spec::find_table(network.network, "train");
    for (const auto& backbone : catalog::backbones()) {
      SCOPED_TRACE(std::string(network.network) + ": " + std::string(backbone.arch));
      spec::SchemaContext context{.pretrained = true};
      context.pretrained_properties["arch"] = backbone.arch;
      if (backbone.n_layers != 0) {
        context.pretrained_properties["n_layers"] = backbone.n_layers;
      }
      Sample job(network.network);
      job.defaults = spec::defaults(table, context);
      job.spec = job.defaults;
      job.pretrained = PretrainedFacts{std::string(backbone.arch), backbone.n_layers, 3};

      const auto status = spec::validate(table, job.spec);
      EXPECT_TRUE(status) << status.error().message;
      EXPECT_THAT(job.faults(), IsEmpty());
    }
  }
}

TEST(CheckJob, SaysNothingOfANetworkWithoutRules) {
  EXPECT_THAT(Sample("unet", "train").faults(), IsEmpty());
}

TEST(CheckJob, AcceptsDataThatItKnowsNothingOf) {
  Sample job;
  job.train = {DataFacts{}};
  job.eval = DataFacts{.format = "default"};

  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, AcceptsDataThatAgree) {
  Sample job;
  job.train = {folders({{"cat", 9}, {"dog", 8}}), folders({{"cat", 1}, {"dog", 1}})};
  job.eval = folders({{"cat", 2}, {"dog", 2}});
  job.free_bytes = 1'000'000'000;

  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, ListsEveryFault) {
  Sample job;
  job.set("model_config.n_layers", 19);
  job.set("train_config.reg_config.scope", "LSTM");
  job.train = {folders({{"cat", 9}})};

  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("model_config.n_layers: a resnet cannot have 19 layers: choose "
                                    "10, 18, 34, 50, 101 or 152"),
                          HasSubstr("train_config.reg_config.scope"),
                          HasSubstr("train_datasets: there is one class alone, \"cat\"")));
}

TEST(CheckJob, TellsARetrainingNothingOfTheNetworkThatItTakesOver) {
  Sample job(classification, "retrain");
  job.set("model_config.arch", "byom");
  job.set("model_config.freeze_blocks", 99);

  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, SaysThatModelsAreNotImported) {
  Sample job;
  job.set("model_config.arch", "byom");

  EXPECT_THAT(job.faults(),
              ElementsAre(AllOf(HasSubstr("model_config.arch"),
                                HasSubstr("importing is not supported"),
                                HasSubstr("resnet"))));
  Sample exported(classification, "export");
  exported.set("is_byom", true);

  EXPECT_THAT(exported.faults(),
              ElementsAre(AllOf(HasSubstr("is_byom: "),
                                HasSubstr("importing is not supported: set it to false"))));
}

TEST(CheckJob, RefusesAFormatThatIsNotWritten) {
  Sample job(multitask, "export");
  job.set("backend", "uff");

  EXPECT_THAT(
      job.faults(),
      ElementsAre(HasSubstr("backend: there is no uff: exports are written as onnx alone")));
}

TEST(CheckJob, AcceptsTheParameterThatAnActivationHas) {
  Sample job;
  job.set("model_config.activation.activation_type", "relu");
  job.set("model_config.activation.activation_parameters", {{"key", "max_value"}, {"value", 4}});
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("model_config.activation.activation_type", "swish");
  job.set("model_config.activation.activation_parameters",
          Json::array({{{"key", "beta"}, {"value", 1.5}}}));
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("model_config.activation.activation_parameters", Json::object());
  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, RefusesParametersThatAnActivationLacks) {
  const Json alpha{{"key", "alpha"}, {"value", 0.3}};
  const Json nothing{{"key", "alpha"}, {"value", 0}};
  Json incomplete = alpha;
  incomplete.erase("value");

  struct Case {
    Json activation;
    Json parameters;
    const char* reason;
  };

  const Case cases[] = {
      {nullptr, alpha, "activation_type, which is not given"},
      {"mish", alpha, "mish has none; leave them out"},
      {"swish", alpha, "swish has no alpha; give it beta 1"},
      {"leaky_relu", nothing, "alpha is 0 and has to be above 0, such as alpha 0.1"},
      {"leaky_relu", Json::array({alpha, alpha}), "alpha is given 2 times; keep one"},
      {"leaky_relu", incomplete, "each item needs a key"},
  };
  for (const auto& [activation, parameters, reason] : cases) {
    Sample job(multitask);
    job.set("model_config.activation.activation_type", activation);
    job.set("model_config.activation.activation_parameters", parameters);

    EXPECT_THAT(job.faults(),
                ElementsAre(AllOf(HasSubstr("model_config.activation.activation_parameters: "),
                                  HasSubstr(reason))));
  }
}

TEST(CheckJob, KnowsTheSmallestPictureOfABackbone) {
  Sample job;
  job.set("model_config.arch", "alexnet");
  job.set("model_config.input_image_size", "3,62,63");
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("model_config.retain_head", true);
  EXPECT_THAT(job.faults(),
              ElementsAre(AllOf(HasSubstr("62x63 pixels are too few for alexnet"),
                                HasSubstr("needs 63x63 at least"),
                                HasSubstr("athanor.stem small"))));
}

TEST(CheckJob, RefusesTwoOptimisersAndTwoSchedulesByName) {
  Sample job;
  job.set("train_config.optimizer.adam.lr", 0.001);
  job.set("train_config.optimizer.rmsprop.lr", 0.001);
  job.set("train_config.lr_config.soft_anneal.learning_rate", 0.02);
  job.set("train_config.lr_config.cosine.learning_rate", 0.02);

  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("train_config.optimizer.rmsprop: train_config.optimizer.adam"),
                          HasSubstr("train_config.lr_config.cosine: ")));
}

TEST(CheckJob, WantsAMomentumToLookAlong) {
  Sample job(classification, "retrain");
  job.set("train_config.optimizer.sgd.nesterov", true);
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("train_config.optimizer.sgd.momentum", 0.0);
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("train_config.optimizer.sgd.nesterov")));
}

TEST(CheckJob, WantsAnnealingPointsInOrderAndAfterTheWarmUp) {
  const std::string group = "train_config.lr_config.soft_anneal.";
  for (const auto& [points, reason] : {std::pair{Json{0.3, 0.2}, "rising order"},
                                       std::pair{Json{0.3, 1.2}, "parts from 0 to 1"},
                                       std::pair{Json{0.1, 0.2}, "rise until 0.2"}}) {
    Sample job;
    job.set(group + "learning_rate", 0.02);
    job.set(group + "soft_start", 0.2);
    job.set(group + "annealing_points", points);

    EXPECT_THAT(job.faults(), ElementsAre(HasSubstr(reason)));
  }
}

TEST(CheckJob, TakesMeansOfTheChannelsThatThereAre) {
  const auto means = [](std::string_view size, const Json& given) {
    Sample job;
    job.set("model_config.input_image_size", size);
    job.set("train_config.image_mean", given);
    return job.faults();
  };
  const auto mean = [](const char* key) { return Json{{"key", key}, {"value", 1.5}}; };

  EXPECT_THAT(means("3,64,64", mean("r")), IsEmpty());
  EXPECT_THAT(means("1,64,64", Json::array({mean("l")})), IsEmpty());
  EXPECT_THAT(means("1,64,64", mean("r")), ElementsAre(HasSubstr("grey")));
  EXPECT_THAT(means("3,64,64", mean("l")), ElementsAre(HasSubstr("b, g and r")));
  EXPECT_THAT(means("3,64,64", Json::array({mean("g"), mean("g")})),
              ElementsAre(HasSubstr("two means")));
  EXPECT_THAT(means("3,64,64", Json{{"key", "r"}}), ElementsAre(HasSubstr("a value (a number)")));
}

TEST(CheckJob, RefusesAMeanThatTheModeDoesNotUse) {
  Sample job;
  job.set("train_config.image_mean", {{"key", "r"}, {"value", 1.0}});
  job.set("train_config.preprocess_mode", "torch");

  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("train_config.image_mean: only")));
}

TEST(CheckJob, NamesClassesThatTheEvaluationDataLackOrHaveOnTheirOwn) {
  Sample job;
  job.train = {folders({{"cat", 9}, {"dog", 8}})};
  job.eval = folders({{"cat", 9}, {"cow", 8}});

  EXPECT_THAT(job.faults(),
              ElementsAre(AllOf(HasSubstr("eval_dataset"), HasSubstr("\"cow\" is unknown")),
                          AllOf(HasSubstr("eval_dataset"), HasSubstr("\"dog\" is missing"))));
}

TEST(CheckJob, TellsTheFirstOfManyWrongClasses) {
  Counts learned;
  Counts measured;
  for (int i = 0; i < 3000; ++i) {
    learned["l" + std::to_string(i)] = 1;
    measured["m" + std::to_string(i)] = 1;
  }
  Sample job;
  job.train = {folders(learned)};
  job.eval = folders(measured);

  const auto faults = job.faults();

  ASSERT_EQ(faults.size(), 22);
  EXPECT_THAT(faults.front(), AllOf(HasSubstr("\"m0\" is unknown"), HasSubstr(" and 2990 more")));
  EXPECT_THAT(faults.back(), HasSubstr("eval_dataset: the same of 2990 more"));
}

TEST(CheckJob, TellsTheFirstOfManyWeightsOfNoClass) {
  Sample job;
  job.train = {folders({{"cat", 4}, {"dog", 4}})};
  auto weights = Json::array({Json{{"key", "cat"}, {"value", 2.0}}});
  for (int i = 0; i < 3000; ++i) {
    weights.push_back(Json{{"key", "w" + std::to_string(i)}, {"value", 2.0}});
  }
  job.set("athanor.class_weights", weights);

  const auto faults = job.faults();

  ASSERT_EQ(faults.size(), 11);
  EXPECT_THAT(faults.front(), HasSubstr("there is no class \"w0\"; there are cat, dog"));
  EXPECT_THAT(faults.back(), HasSubstr("athanor.class_weights: the same of 2990 more"));
}

TEST(CheckJob, WantsTheNameOfTheColumnOfATable) {
  Sample job;
  job.train = {with_table("train.csv", {{"shade", {{"dark", 3}, {"dim", 3}}}, {"size", {}}})};

  EXPECT_THAT(job.faults(),
              ElementsAre(AllOf(HasSubstr("athanor.label_column"), HasSubstr("shade, size"))));

  job.set("athanor.label_column", "colour");
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("no column \"colour\"; it has shade, size")));

  job.set("athanor.label_column", "shade");
  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, MeasuresAModelOnTheClassesOfTheTrainingThatItComesFrom) {
  for (const auto* action : {"evaluate", "convert"}) {
    Sample job(classification, action);
    job.train = {folders({{"cow", 1}, {"pig", 1}})};  // Which the model links to since.
    job.eval = folders({{"cat", 2}, {"cow", 2}});
    EXPECT_THAT(job.faults(), IsEmpty()) << action;

    job.origin = training_on(classification, folders({{"cat", 9}, {"dog", 8}}));
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("eval_dataset: the class folder \"cow\" is unknown"),
                            HasSubstr("eval_dataset: the class folder \"dog\" is missing")))
        << action;

    job.eval = folders({{"cat", 2}, {"dog", 2}});
    EXPECT_THAT(job.faults(), IsEmpty()) << action;
  }
}

TEST(CheckJob, ReadsAnEvaluationByTheColumnOfTheTrainingUnlessItHasItsOwn) {
  auto trained_with = defaults_of(classification, "train");
  set_path(trained_with, "athanor.label_column", "shade");
  Sample job(classification, "evaluate");
  job.origin = TrainingFacts{spec::SpecView(trained_with),
                             {with_table("train.csv", {{"shade", {{"dark", 3}, {"dim", 3}}}})}};
  job.eval = with_table("val.csv", {{"shade", {{"pale", 1}}}, {"tone", {{"dim", 1}}}});
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("the class \"pale\" is unknown")));

  job.set("athanor.label_column", "tone");
  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, WantsAColumnToMeasureAModelOfClassFoldersOnATable) {
  const auto table = with_table("val.csv", {{"shade", {{"dark", 1}}}, {"size", {{"big", 1}}}});
  for (const auto* action : {"evaluate", "convert"}) {
    Sample job(classification, action);
    job.eval = table;
    EXPECT_THAT(job.faults(), IsEmpty()) << action;  // The training may have had a column.

    job.origin = training_on(classification, folders({{"dark", 3}, {"dim", 3}}));
    EXPECT_THAT(job.faults(),
                ElementsAre(AllOf(HasSubstr("which column of the custom eval_dataset"),
                                  HasSubstr("val.csv has shade, size"))))
        << action;
  }

  Sample job(classification, "evaluate");
  job.eval = table;
  job.origin = training_on(classification, folders({{"dark", 3}, {"dim", 3}}));
  job.set("athanor.label_column", "shade");
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("athanor.label_column", "size");
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("the class \"big\" is unknown")));
}

TEST(CheckJob, CountsOnlyAChosenTopK) {
  Sample job;
  job.train = {folders({{"cat", 9}, {"dog", 8}})};
  EXPECT_THAT(job.faults(), IsEmpty());  // The default, 3, is more than there are classes.

  job.set("eval_config.top_k", 5);
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("eval_config.top_k")));
}

TEST(CheckJob, WantsRoomForTheCheckpoints) {
  Sample job;
  job.free_bytes = 100'000'000;  // Four times 45 MB of weights are more.

  EXPECT_THAT(job.faults(), ElementsAre(AllOf(HasSubstr("disk: "), HasSubstr("100 MB are free"))));

  job.set("athanor.width", 0.25);
  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, WantsRoomForAnnotatedPictures) {
  Sample job(classification, "inference");
  job.inference = DataFacts{.format = "raw", .bytes = 5'000'000};
  job.free_bytes = 4'000'000;

  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("the annotated pictures need about 5 MB")));
}

TEST(CheckJob, WantsTheBackboneOfThePretrainedModel) {
  Sample job;
  job.pretrained = PretrainedFacts{"resnet", 50, 3};
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("is a resnet50, the spec describes a resnet18")));

  job.set("model_config.n_layers", 50);
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("model_config.input_image_size", "1,224,224");
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("3 channels, not of 1")));
}

TEST(CheckJob, RefusesSinglePicturesThatBatchNormCannotLearnFrom) {
  Sample job;
  job.set("train_config.batch_size_per_gpu", 1);
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("model_config.input_image_size", "3,32,32");
  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("train_config.batch_size_per_gpu")));

  job.set("model_config.freeze_bn", true);
  EXPECT_THAT(job.faults(), IsEmpty());
}

TEST(CheckJob, HoldsTheTasksOfTwoTablesAgainstEachOther) {
  Sample job(multitask, "train");
  job.train = {with_table(
      "train.csv", {{"tint", {{"red", 4}, {"blue", 4}}}, {"shade", {{"dark", 8}, {"", 1}}}})};
  job.eval = with_table("val.csv", {{"tint", {{"green", 1}}}, {"mood", {{"good", 1}}}});

  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("the column \"shade\" has 1 classes"),
                          HasSubstr("the column \"mood\" is unknown"),
                          HasSubstr("the column \"shade\" is missing"),
                          HasSubstr("the tint of val.csv \"green\" is unknown")));
}

TEST(CheckJob, NamesWeightsOfTasksAndClassesThatThereAreNot) {
  const auto weight = [](const char* task, const char* name) {
    return Json{{"task", task}, {"key", name}, {"value", 2.0}};
  };
  Sample job(multitask, "train");
  job.train = {with_table(
      "train.csv", {{"shade", {{"dark", 4}, {"dim", 4}}}, {"tint", {{"blue", 4}, {"red", 4}}}})};
  job.set("athanor.class_weights", Json::array({weight("tint", "red"), weight("shade", "dark")}));
  EXPECT_THAT(job.faults(), IsEmpty());

  job.set("athanor.class_weights", Json::array({weight("mood", "good"), weight("tint", "dark")}));
  EXPECT_THAT(
      job.faults(),
      ElementsAre(
          HasSubstr("athanor.class_weights: there is no task \"mood\"; there are shade, tint"),
          HasSubstr(
              "athanor.class_weights: there is no class of tint \"dark\"; there are blue, red")));

  job.set("athanor.class_weights", Json::array({{{"key", "red"}, {"value", 2.0}}}));
  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("athanor.class_weights: each item needs a task")));
}

TEST(CheckJob, MeasuresAModelOnTheTasksOfTheTrainingThatItComesFrom) {
  for (const auto* action : {"evaluate", "confmat", "convert"}) {
    Sample job(multitask, action);
    job.origin =
        training_on(multitask, with_table("train.csv", {{"tint", {{"red", 4}, {"blue", 4}}}}));
    job.eval = with_table("val.csv", {{"tint", {{"green", 1}}}, {"mood", {{"good", 1}}}});

    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("the column \"mood\" is unknown"),
                            HasSubstr("the tint of val.csv \"green\" is unknown")))
        << action;
  }
}

TEST(CheckJob, WantsTheTableOfATraining) {
  Sample job(multitask, "train");
  job.train = {folders({{"cat", 9}, {"dog", 8}})};

  EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("train_datasets: train.csv is not in")));
}

TEST(CheckJob, WantsASlowRateBelowAFastOne) {
  const std::string schedule = "training_config.learning_rate.soft_start_annealing_schedule.";
  Sample job(multitask, "train");
  job.set(schedule + "min_learning_rate", 1e-4);
  job.set(schedule + "max_learning_rate", 1e-5);
  job.set(schedule + "soft_start", 0.8);

  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("min_learning_rate: 0.0001 is above"),
                          HasSubstr("soft_start: the learning rate rises until 0.8")));
}

TEST(CheckJob, WantsBatchSizesOfAnExport) {
  for (const auto* network : {classification, multitask}) {
    Sample job(network, "export");
    job.set("static_batch_size", 0);
    job.set("max_batch_size", 0);
    job.set("opt_batch_size", -2);
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("static_batch_size: 0 is no batch size; -1 leaves it open"),
                            HasSubstr("opt_batch_size: -2 is below"),
                            HasSubstr("max_batch_size: 0 is below")))
        << network;

    job.set("static_batch_size", -1);
    job.set("max_batch_size", 4);
    job.set("opt_batch_size", 8);
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("opt_batch_size: 8 is more than max_batch_size, 4")));

    job.set("opt_batch_size", 2);
    job.set("min_batch_size", 3);
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("min_batch_size: 3 is more than opt_batch_size, 2")));

    job.set("min_batch_size", 1);
    job.set("max_workspace_size", 0);
    EXPECT_THAT(job.faults(), ElementsAre(HasSubstr("max_workspace_size: 0 is below")));

    job.set("max_workspace_size", nullptr);
    job.set("batch_size", -1);
    job.set("batches", 0);
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("batch_size: -1 is below the least value 1"),
                            HasSubstr("batches: 0 is below the least value 1")));
  }
}

TEST(CheckJob, WantsTheShapesOfAConversionToBeOfThePicturesOfItsModel) {
  for (const auto& [network, size, other] :
       {std::tuple{classification, "3x224x224", "3x96x96"}, {multitask, "3x80x60", "3x60x80"}}) {
    Sample job(network, "convert");
    job.set("p", fmt::format("Input,1x{0},2x{0},4x{0}", other));
    EXPECT_THAT(job.faults(), IsEmpty()) << network;  // Nothing is known of the model.

    job.origin = TrainingFacts{spec::SpecView(defaults_of(network, "train")), {}};
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr(fmt::format(
                    "p: the model takes pictures of {}, not of {}; give", size, other))));

    job.set("p", fmt::format("Input,1x{0},2x{0},4x{0}", size));
    EXPECT_THAT(job.faults(), IsEmpty()) << network;
    job.set("p", "4x3x224x224");
    EXPECT_THAT(job.faults(),
                ElementsAre(HasSubstr("p: \"4x3x224x224\" is no input name with three shapes")));
  }
}

TEST(CheckJob, KeepsAPruningFromLeavingNothing) {
  for (const auto* network : {classification, multitask}) {
    Sample job(network, "prune");
    job.set("pruning_threshold", 1.0);
    EXPECT_THAT(job.faults(), IsEmpty()) << network;

    job.set("min_num_filters", 0);
    EXPECT_THAT(job.faults(),
                ElementsAre(AllOf(HasSubstr("pruning_threshold: no filter is above 1"),
                                  HasSubstr("min_num_filters"))))
        << network;

    job.set("normalizer", "L2");  // Norms by which may be above 1.
    EXPECT_THAT(job.faults(), IsEmpty()) << network;
  }
}

TEST(CheckJob, NamesNumbersOfAPruningThatAreOutOfRange) {
  Sample job(classification, "prune");
  job.set("pruning_granularity", 0);
  job.set("min_num_filters", -1);

  EXPECT_THAT(job.faults(),
              ElementsAre(HasSubstr("pruning_granularity: 0 is below the least value 1"),
                          HasSubstr("min_num_filters: -1 is below the least value 0")));
}

TEST(CheckSpec, IsOneErrorWithEveryFault) {
  auto spec = defaults_of(classification, "train");
  set_path(spec, "train_config.n_epochs", 0);
  set_path(spec, "eval_config.top_k", 0);

  const auto sound = check_spec(classification, "train", spec::SpecView(spec));

  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(
      sound.error().message,
      "train_config.n_epochs: 0 is below the least value 1; eval_config.top_k: 0 is below the "
      "least value 1");
}

}  // namespace athanor::preflight
