#include "athanor/predict/predictor.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core/mat.hpp>

#include "athanor/data/image.hpp"
#include "athanor/runtime/graph.hpp"

namespace athanor::predict {

namespace {

using runtime::Engine;
using runtime::EngineModel;
using runtime::open_batch;
using ::testing::HasSubstr;

data::Preprocessing small_pictures() {
  data::Preprocessing preprocessing;
  preprocessing.height = 8;
  preprocessing.width = 8;
  preprocessing.mode = data::PreprocessMode::tf;
  return preprocessing;
}

std::size_t add_value(EngineModel& model, const char* name, runtime::Shape shape) {
  model.values.push_back({name, std::move(shape)});
  return model.values.size() - 1;
}

/// Tells which of the channels red, green and blue is strongest, as one softmax or one per output.
EngineModel color_model(const std::vector<const char*>& outputs) {
  EngineModel model;
  model.machine = runtime::this_machine();
  const auto x = add_value(model, "input_1", {open_batch, 3, 8, 8});
  const auto means = add_value(model, "means", {open_batch, 3, 1, 1});
  const auto flat = add_value(model, "flat", {open_batch, 3});
  model.inputs = {x};
  model.layers.push_back({"means", runtime::Pool{runtime::PoolKind::average, {8, 8}}, {x}, means});
  model.layers.push_back({"flat", runtime::Reshape{{open_batch, 3}}, {means}, flat});
  for (const auto* name : outputs) {
    const auto output = add_value(model, name, {open_batch, 3});
    model.layers.push_back({name, runtime::Softmax{1, false}, {flat}, output});
    model.outputs.push_back(output);
  }
  model.metadata["preprocessing"] = to_text(data::to_json(small_pictures()));
  model.metadata["classes"] = R"(["red", "green", "blue"])";
  return model;
}

Engine engine_of(EngineModel model) {
  const auto status = check_model(model);
  EXPECT_TRUE(status) << status.error().message;
  return Engine(std::make_shared<const EngineModel>(std::move(model)));
}

class PredictorTest : public ::testing::Test {
 protected:
  /// A picture of one colour, whose edges are of another; B, G, R.
  std::filesystem::path picture(const cv::Scalar& inner, const cv::Scalar& edge) {
    cv::Mat image(64, 64, CV_8UC3, edge);
    image(cv::Rect(6, 6, 52, 52)).setTo(inner);
    const auto path = folder_.path() / "picture.png";
    EXPECT_TRUE(data::write_image(path, image));
    return path;
  }

  athanor::testing::TempDir folder_;
};

TEST_F(PredictorTest, RanksTheClassesOfAPicture) {
  auto predictor = Predictor::create(engine_of(color_model({"predictions"})), {.top_k = 2});
  ASSERT_TRUE(predictor) << predictor.error().message;

  const auto answers = predictor->classify(picture({200, 100, 20}, {200, 100, 20}));

  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 1U);
  const auto& ranks = answers->front().ranks;
  ASSERT_EQ(ranks.size(), 2U);
  EXPECT_EQ(ranks[0].label, "blue");
  EXPECT_EQ(ranks[1].label, "green");
  // The channels in tf mode are 200 / 127.5 - 1 and so on.
  const double sum = std::exp(200 / 127.5) + std::exp(100 / 127.5) + std::exp(20 / 127.5);
  EXPECT_NEAR(ranks[0].probability, std::exp(200 / 127.5) / sum, 1e-4);
  EXPECT_THAT(to_line(*answers), HasSubstr("blue 0."));
  EXPECT_EQ(to_json(*answers)["predictions"][1]["label"], "green");
}

TEST_F(PredictorTest, AnswersEveryTask) {
  auto model = color_model({"first/Softmax", "second/Softmax"});
  model.metadata["classes"] = R"({"tasks": ["second", "first"], "class_mapping":
      {"first": {"0": "r", "1": "g", "2": "b"}, "second": {"0": "x", "2": "z", "1": "y"}}})";
  auto predictor = Predictor::create(engine_of(std::move(model)), {.top_k = 1});
  ASSERT_TRUE(predictor) << predictor.error().message;

  const auto answers = predictor->classify(picture({20, 200, 100}, {20, 200, 100})).value();

  EXPECT_THAT(to_line(answers), HasSubstr("second: y 0."));
  EXPECT_THAT(to_line(answers), HasSubstr("; first: g 0."));
  EXPECT_EQ(to_json(answers)["tasks"]["first"][0]["label"], "g");
}

TEST_F(PredictorTest, CutsTheCentreWhereEvaluationsDidUnlessToldOtherwise) {
  const auto path = picture({255, 0, 0}, {0, 0, 255});
  const auto blue = [&](const char* description, std::optional<bool> center_crop) {
    auto model = color_model({"predictions"});
    model.metadata["model"] = description;
    auto predictor =
        Predictor::create(engine_of(std::move(model)), {.center_crop = center_crop}).value();
    return predictor.classify(path).value().front().ranks.front().probability;
  };
  const auto* with_crops = R"({"center_crop": true})";

  EXPECT_EQ(blue(with_crops, std::nullopt), blue(with_crops, true));
  EXPECT_EQ(blue("{}", std::nullopt), blue(with_crops, false));
  EXPECT_GT(blue(with_crops, true), blue(with_crops, false) + 0.05);
}

TEST_F(PredictorTest, NamesPicturesItCannotRead) {
  auto predictor = Predictor::create(engine_of(color_model({"predictions"})), {}).value();

  EXPECT_THAT(predictor.classify(folder_.path() / "none.png").error().message,
              HasSubstr("none.png"));
}

TEST(Predictor, RefusesEnginesThatClassifyNothing) {
  const auto refusal = [](const EngineModel& model) {
    const auto predictor = Predictor::create(engine_of(model), {});
    return predictor ? std::string("accepted") : predictor.error().message;
  };
  const auto sound = color_model({"predictions"});
  auto model = sound;
  model.metadata.erase("classes");
  EXPECT_THAT(refusal(model), HasSubstr("no \"classes\""));
  model = sound;
  model.metadata["classes"] = R"(["red"])";
  EXPECT_THAT(refusal(model), HasSubstr("1 classes"));
  model = sound;
  model.metadata["classes"] = R"({"tasks": ["a"], "class_mapping": {"a": {"0": "x"}}})";
  EXPECT_THAT(refusal(model), HasSubstr("a/Softmax"));
  model = sound;
  model.metadata["classes"] = R"({"tasks": 5})";
  EXPECT_THAT(refusal(model), HasSubstr("no classifier"));
  model = sound;
  auto larger = small_pictures();
  larger.width = 9;
  model.metadata["preprocessing"] = to_text(data::to_json(larger));
  EXPECT_THAT(refusal(model), HasSubstr("its input"));
}

}  // namespace

}  // namespace athanor::predict
