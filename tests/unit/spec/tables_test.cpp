#include <algorithm>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "athanor/spec/parameter.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::spec {
namespace {

std::string name_of(const Table& table) {
  return std::string(table.subject) + "/" + std::string(table.action);
}

TEST(Tables, AreSortedAndUnique) {
  std::vector<std::pair<std::string_view, std::string_view>> names;
  for (const Table& table : tables()) {
    names.emplace_back(table.subject, table.action);
  }
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

TEST(Tables, AreFoundBySubjectAndAction) {
  const Table* table = find_table("classification", "train");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(name_of(*table), "classification/train");
}

TEST(Tables, AreNotFoundUnderUnknownNames) {
  EXPECT_EQ(find_table("classification", "confmat"), nullptr);
  EXPECT_EQ(find_table("", ""), nullptr);
}

TEST(Tables, FindAParameterByItsPath) {
  const Table& table = *find_table("classification", "train");
  const Parameter* epochs = find_parameter(table, "train_config.n_epochs");
  ASSERT_NE(epochs, nullptr);
  EXPECT_EQ(epochs->default_json, "80");
  EXPECT_EQ(find_parameter(table, "train_config.n_epoch"), nullptr);
}

TEST(Tables, HaveDefaultsThatPassTheirOwnValidation) {
  for (const Table& table : tables()) {
    const auto status = validate(table, defaults(table));
    EXPECT_TRUE(status) << name_of(table) << ": " << status.error().message;
  }
}

TEST(Tables, HaveDefaultsForPretrainedWeightsThatPassTheirOwnValidation) {
  for (const Table& table : tables()) {
    const auto status = validate(table, defaults(table, {.pretrained = true}));
    EXPECT_TRUE(status) << name_of(table) << ": " << status.error().message;
  }
}

/// What weights tell that were imported.
SchemaContext imported_vgg() {
  return {.pretrained = true,
          .pretrained_properties = {{"arch", "vgg"},
                                    {"n_layers", 16},
                                    {"freeze_bn", true},
                                    {"input_image_size", "3,224,224"},
                                    {"preprocess_mode", "torch"}}};
}

TEST(Tables, DescribeAFineTuningOfPretrainedWeights) {
  const Json one_task = defaults(*find_table("classification", "train"), imported_vgg());
  const Json tasks = defaults(*find_table("multitask_classification", "train"), imported_vgg());

  for (const auto* model : {&one_task.at("model_config"), &tasks.at("model_config")}) {
    EXPECT_EQ(model->at("arch"), "vgg");
    EXPECT_EQ(model->at("n_layers"), 16);
    EXPECT_EQ(model->at("freeze_bn"), true);
    EXPECT_EQ(model->at("input_image_size"), "3,224,224");
  }
  EXPECT_EQ(one_task.at("train_config").at("preprocess_mode"), "torch");
  EXPECT_EQ(tasks.at("athanor").at("preprocess_mode"), "torch");
  EXPECT_EQ(one_task.at("train_config").at("n_epochs"), 20);
  const Json& training = tasks.at("training_config");
  EXPECT_EQ(training.at("num_epochs"), 12);
  EXPECT_EQ(training.at("batch_size_per_gpu"), 16);
  EXPECT_EQ(training.at("learning_rate").at("soft_start_annealing_schedule"),
            Json::parse(R"({"min_learning_rate": 1e-05, "max_learning_rate": 0.001,
                            "soft_start": 0.1, "annealing": 0.1})"));
  EXPECT_EQ(training.at("regularizer"), Json::parse(R"({"type": "__L2__", "weight": 5e-05})"));
}

TEST(Tables, LetARetrainingFollowTheTrainingBeforeIt) {
  const Json trained = Json::parse(R"({
    "model_config": {"arch": "vgg", "n_layers": 16, "freeze_bn": true,
                     "input_image_size": "3,64,64", "batch_norm_config": {"epsilon": 0.001}},
    "train_config": {"preprocess_mode": "tf", "n_epochs": 3},
    "athanor": {"label_column": "shade"}})");
  SchemaContext context;
  context.pretrained_specs.push_back(trained);
  for (const auto* network : {"classification", "multitask_classification"}) {
    const Json value = defaults(*find_table(network, "retrain"), context);
    for (const auto* path : {"model_config.arch",
                             "model_config.n_layers",
                             "model_config.freeze_bn",
                             "model_config.input_image_size",
                             "model_config.batch_norm_config.epsilon"}) {
      const Json* followed = find_path(value, path);
      ASSERT_NE(followed, nullptr) << network << " " << path;
      EXPECT_EQ(*followed, *find_path(trained, path)) << network << " " << path;
    }
  }
  const Json value = defaults(*find_table("classification", "retrain"), context);
  EXPECT_EQ(value.at("train_config").at("preprocess_mode"), "tf");
  EXPECT_EQ(value.at("train_config").at("n_epochs"), 80);
  EXPECT_EQ(value.at("athanor").at("label_column"), "shade");
}

TEST(Tables, HaveDefaultsThatHardeningLeavesAsTheyAre) {
  for (const Table& table : tables()) {
    const Json value = defaults(table);
    EXPECT_EQ(harden(table, value, value), value) << name_of(table);
    EXPECT_EQ(harden(table, value, Json::object()), value) << name_of(table);
  }
}

TEST(Tables, HaveDefaultsOfWhichNothingIsReportedAsIgnored) {
  for (const Table& table : tables()) {
    const Json value = defaults(table);
    EXPECT_EQ(ignored_parameters(table, value, value), std::vector<std::string>{})
        << name_of(table);
  }
}

TEST(Tables, DescribeEveryParameterThatTakesEffect) {
  for (const Table& table : tables()) {
    for (const Parameter& row : table.parameters) {
      EXPECT_TRUE(!row.effective || (!row.title.empty() && !row.description.empty()))
          << name_of(table) << ": " << row.path;
    }
  }
}

/// A section that published tutorials write into without asking whether it is there.
struct Section {
  const char* subject;
  const char* action;
  const char* path;
};

class TutorialSection : public testing::TestWithParam<Section> {};

TEST_P(TutorialSection, IsInTheDefault) {
  const auto& [subject, action, path] = GetParam();
  const Table* table = find_table(subject, action);
  ASSERT_NE(table, nullptr);
  const Json value = defaults(*table);
  const Json* section = find_path(value, path);
  ASSERT_NE(section, nullptr);
  EXPECT_TRUE(section->is_object());
}

std::vector<Section> tutorial_sections() {
  std::vector<Section> sections{
      {"object_detection", "convert", "kitti_config"},
      {"object_detection", "convert_and_index", "kitti_config"},
      {"object_detection", "convert_efficientdet", "coco_config"},
      {"object_detection", "convert_efficientdet", "dataset_convert"},
      {"instance_segmentation", "convert", "coco_config"},
      {"instance_segmentation", "convert", "dataset_convert"},
      {"classification", "train", "train_config"},
      {"classification", "retrain", "train_config"},
      {"efficientdet", "train", "eval_config"},
      {"lprnet", "train", "training_config"},
      {"multitask_classification", "train", "training_config"},
      {"unet", "train", "training_config"},
  };
  for (const char* network : {"detectnet_v2",
                              "dssd",
                              "efficientdet",
                              "faster_rcnn",
                              "retinanet",
                              "ssd",
                              "yolo_v3",
                              "yolo_v4",
                              "yolo_v4_tiny"}) {
    for (const char* action : {"train", "retrain", "evaluate", "inference"}) {
      sections.push_back({network, action, "dataset_config"});
    }
    sections.push_back({network, "train", "training_config"});
    sections.push_back({network, "retrain", "training_config"});
  }
  for (const char* action : {"train", "retrain", "evaluate", "inference"}) {
    sections.push_back({"yolo_v4", action, "augmentation_config"});
  }
  return sections;
}

INSTANTIATE_TEST_SUITE_P(Published,
                         TutorialSection,
                         testing::ValuesIn(tutorial_sections()),
                         [](const auto& section) {
                           return std::string(section.param.subject) + "_" + section.param.action +
                                  "_" + section.param.path;
                         });

TEST(Tables, TakeTheKeysOfTheOldEngineStep) {
  const Json spec = {{"t", "int8"}, {"b", 8}, {"p", "Input,1x3x544x960,8x3x544x960"}};
  const Table& table = *find_table("yolo_v4", "convert");
  EXPECT_TRUE(validate(table, spec));
  EXPECT_NE(find_parameter(table, "t"), nullptr);
}

TEST(Tables, SetGpusInEveryTrainDefaultOfAVisionNetwork) {
  for (const Table& table : tables()) {
    if (table.action == "train" && table.subject != "spectro_gen" && table.subject != "vocoder") {
      EXPECT_EQ(defaults(table).value("gpus", 0), 1) << name_of(table);
    }
  }
}

}  // namespace
}  // namespace athanor::spec
