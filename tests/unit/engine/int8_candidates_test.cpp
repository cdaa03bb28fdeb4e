#include "athanor/engine/int8_candidates.hpp"

#include "sample_engine.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/compile/calibrator.hpp"
#include "athanor/engine/deployed_engine.hpp"

namespace athanor::engine {

using athanor::testing::TempDir;
using testing::SampleNet;
using ::testing::SizeIs;

namespace {

/// The int8 engines of the sample net, calibrated on noise.
class Int8CandidatesTest : public ::testing::Test {
 protected:
  [[nodiscard]] compile::BuildOptions calibrated() const {
    auto calibrator = compile::Calibrator::create(onnx_, 1).value();
    EXPECT_TRUE(calibrator.add(view_of(pictures_)));
    return {.max_batch = 8,
            .calibration = calibrator.table(compile::CalibrationMethod::min_max).value()};
  }

  /// `measure` is the metric.
  Int8Candidates candidates(Int8Candidates::Measure measure) {
    return {*builder_, onnx_, calibrated(), pictures_, expected_, std::move(measure), job_};
  }

  SampleNet net_;
  std::string onnx_ = net_.onnx();
  std::unique_ptr<compile::EngineBuilder> builder_ = compile::make_onednn_builder();
  torch::Tensor pictures_ = torch::randn({8, 3, 8, 8});
  tensor::NamedTensors expected_{{"predictions", net_.forward(pictures_)}};
  TempDir folder_;
  contract::JobRequest request_;
  StatusWriter status_{folder_.path() / "status.json"};
  std::vector<std::string> log_;
  Job job_{request_, folder_.path(), status_, {}, [this](std::string_view line) {
             log_.emplace_back(line);
           }};
};

}  // namespace

TEST_F(Int8CandidatesTest, AreOfTheLayersWithWeights) {
  EXPECT_THAT(candidates(nullptr).layers(), SizeIs(3));
}

TEST_F(Int8CandidatesTest, EachLayerMovesTheOutputsALittle) {
  auto engines = candidates(nullptr);

  for (const auto& layer : engines.layers()) {
    const auto error = engines.output_error(layer);
    EXPECT_GT(error, 0) << layer;
    EXPECT_LT(error, 0.1) << layer;
  }
}

TEST_F(Int8CandidatesTest, TheMetricIsThatOfAnEngineWithTheseLayersInFloat) {
  std::vector<double> differences;
  auto engines = candidates([&](const FinishedModel& model) {
    const auto difference = model.run(pictures_).front().value - expected_.front().value;
    differences.push_back(difference.abs().max().item<double>());
    return 0.5;
  });
  const auto layers = engines.layers();

  EXPECT_EQ(engines.metric({}), 50);
  EXPECT_EQ(engines.metric({layers.begin(), layers.end()}), 50);

  EXPECT_GT(differences.front(), 1e-5) << "no layer in float";
  EXPECT_LT(differences.back(), 1e-5) << "all layers in float";
  EXPECT_THAT(log_, SizeIs(2));
}

}  // namespace athanor::engine
