#include "athanor/compile/engine_builder.hpp"

#include <set>

#include "support/zoo.hpp"
#include "unit/compile/layer_twin.hpp"
#include "unit/compile/onnx_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/compile/calibrator.hpp"
#include "athanor/compile/onnx_names.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/runtime/engine.hpp"
#include "athanor/runtime/session.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::compile {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;
using runtime::Engine;
using runtime::Precision;
using runtime::Session;
using ::testing::HasSubstr;
using testing::to_torch;

runtime::TensorView view_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.sizes().vec()};
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// A backbone with the statistics of noise in its batch norms, and its ONNX file.
class Exported {
 public:
  Exported(const BackboneOptions& options, std::int64_t height, std::int64_t width)
      : channels_(options.input_channels), height_(height), width_(width) {
    torch::manual_seed(5);
    backbone_ = backbones::make_backbone(options).value();
    athanor::testing::calibrate(*backbone_, pictures(8));
    exporter::ExportRequest request;
    request.forward = [this](const std::vector<torch::Tensor>& inputs) {
      return outputs_for(inputs[0]);
    };
    request.weights = tensor::state_dict(*backbone_);
    request.inputs = {{"input_1", pictures(2)}};
    request.output_names = {"logits", "predictions"};
    request.metadata = {{"classes", "[]"}};
    onnx_ = exporter::onnx_bytes(request).value();
  }

  [[nodiscard]] torch::Tensor pictures(std::int64_t count) const {
    return torch::randn({count, channels_, height_, width_});
  }

  /// Logits and probabilities.
  [[nodiscard]] std::vector<torch::Tensor> outputs_for(const torch::Tensor& x) const {
    const auto logits = backbone_->forward(x);
    return {logits, torch::softmax(logits, 1)};
  }

  /// The same in double precision.
  [[nodiscard]] std::vector<torch::Tensor> exact_outputs_for(const torch::Tensor& x) const {
    backbone_->to(torch::kFloat64);
    auto outputs = outputs_for(x.to(torch::kFloat64));
    backbone_->to(torch::kFloat32);
    return outputs;
  }

  [[nodiscard]] const std::string& onnx() const { return onnx_; }

  [[nodiscard]] Result<Engine> engine(const BuildOptions& options) const {
    ATHANOR_TRY(const auto bytes, make_onednn_builder()->build(onnx_, options));
    return Engine::from_bytes(bytes);
  }

  /// Ranges of the activations for pictures of the same noise.
  [[nodiscard]] CalibrationTable calibrated(CalibrationMethod method) const {
    auto calibrator = Calibrator::create(onnx_, 1).value();
    for (int i = 0; i < 2; ++i) {
      const auto x = pictures(8);
      EXPECT_TRUE(calibrator.add(view_of(x)));
    }
    return calibrator.table(method).value();
  }

 private:
  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::shared_ptr<Backbone> backbone_;
  std::string onnx_;
};

BackboneOptions tiny_resnet() {
  BackboneOptions options;
  options.n_layers = 10;
  options.width = 0.25;
  options.num_classes = 5;
  return options;
}

/// Within 1e-4 of the outputs in double precision, or within a few times what torch's own single
/// precision is off: deep fresh networks blow the rounding of their first layers up.
void expect_outputs_of_torch(const Exported& exported, const Engine& engine, int threads) {
  Session session(engine, {.threads = threads});
  for (const std::int64_t count : {1, 3, 8}) {
    SCOPED_TRACE("batch " + std::to_string(count));
    const auto x = exported.pictures(count);

    const auto outputs = session.run(view_of(x));

    ASSERT_TRUE(outputs) << outputs.error().message;
    const auto exact = exported.exact_outputs_for(x);
    const auto rounded = exported.outputs_for(x);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const auto largest = std::max(1.0, exact[i].abs().max().item<double>());
      const auto allowed = std::max(1e-4 * largest, 4 * largest_difference(exact[i], rounded[i]));
      EXPECT_LE(largest_difference(exact[i], to_torch((*outputs)[i])), allowed) << "output " << i;
    }
  }
}

TEST(ZooEngine, GivesTorchsOutputs) {
  const torch::NoGradGuard no_grad;
  for (auto options : athanor::testing::small_zoo()) {
    for (const bool retain_head : {false, true}) {
      if (retain_head && !heeds(options.arch, backbones::Option::retain_head)) {
        continue;
      }
      SCOPED_TRACE(full_name(options) + (retain_head ? " with its head" : ""));
      options.retain_head = retain_head;
      const Exported exported(options, 64, 72);

      const auto engine = exported.engine({.max_batch = 8});

      ASSERT_TRUE(engine) << engine.error().message;
      expect_outputs_of_torch(exported, *engine, 2);
    }
  }
}

TEST(ZooEngine, ComputesEveryLayerAsItsTwin) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : athanor::testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    const Exported exported(options, 40, 48);

    const auto engine = exported.engine({.max_batch = 8}).value();

    const auto [excess, layer] = testing::worst_layer(engine, exported.pictures(8), 2);
    EXPECT_LE(excess, 1) << layer;
  }
}

TEST(ZooEngine, GivesTorchsOutputsWithEveryActivation) {
  const torch::NoGradGuard no_grad;
  for (const auto& activation : athanor::testing::activations()) {
    SCOPED_TRACE(std::string(name_of(activation)) + (activation.parameter ? " shaped" : ""));
    auto options = tiny_resnet();
    options.activation = activation;
    const Exported exported(options, 40, 32);

    const auto engine = exported.engine({.max_batch = 8});

    ASSERT_TRUE(engine) << engine.error().message;
    expect_outputs_of_torch(exported, *engine, 1);
  }
}

TEST(EngineBuilder, FusesEveryBatchNormActivationAndSum) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 64, 64);

  const auto engine = exported.engine({}).value();

  std::size_t convolutions = 0;
  for (const auto& layer : engine.layers()) {
    convolutions += layer.operation.starts_with("convolution") ? std::size_t{1} : 0;
    EXPECT_FALSE(layer.operation == "relu" || layer.operation == "add" ||
                 layer.operation == "multiply")
        << layer.name;
  }
  EXPECT_EQ(convolutions, make_onednn_builder()->quantisable_layers(exported.onnx())->size() - 1);
  EXPECT_EQ(engine.metadata().at("classes"), "[]");
}

TEST(EngineBuilder, RefusesOptionsThatCannotBe) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 32, 32);
  const auto refusal = [&](const BuildOptions& options) {
    const auto engine = exported.engine(options);
    return engine ? std::string("accepted") : engine.error().message;
  };
  auto table = exported.calibrated(CalibrationMethod::min_max);

  EXPECT_THAT(refusal({.precision = Precision::fp16}), HasSubstr("fp16"));
  EXPECT_THAT(refusal({.precision = Precision::int8}), HasSubstr("needs a calibration table"));
  EXPECT_THAT(refusal({.float_layers = {"conv1"}}), HasSubstr("int8"));
  EXPECT_THAT(refusal({.max_batch = 0}), HasSubstr("0 is no size of a batch"));
  EXPECT_THAT(refusal({.threads = 0}), HasSubstr("0 is no number of threads"));
  BuildOptions int8{.precision = Precision::int8, .calibration = table};
  int8.float_layers = {"nothing"};
  EXPECT_THAT(refusal(int8), HasSubstr("nothing"));
  int8.float_layers.clear();
  int8.calibration->ranges.erase("input_1");
  EXPECT_THAT(refusal(int8), HasSubstr("no range for input_1"));
  int8.calibration->model = digest("another file");
  EXPECT_THAT(refusal(int8), HasSubstr("another ONNX file"));
}

TEST(Calibrator, RefusesToConcludeFromNothing) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 32, 32);
  auto calibrator = Calibrator::create(exported.onnx(), 1).value();

  EXPECT_THAT(calibrator.table(CalibrationMethod::entropy).error().message,
              HasSubstr("calibration_dataset"));

  auto x = exported.pictures(1);
  x[0][0][0][0] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(calibrator.add(view_of(x)));
  EXPECT_THAT(calibrator.table(CalibrationMethod::entropy).error().message, HasSubstr("finite"));
}

TEST(Calibrator, KnowsEveryTensorOfTheFileForTensorRt) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : athanor::testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    const Exported exported(options, 64, 64);
    auto calibrator = Calibrator::create(exported.onnx(), 1, CalibrationTarget::tensorrt).value();
    const auto x = exported.pictures(2);
    ASSERT_TRUE(calibrator.add(view_of(x)));

    const auto table = calibrator.table(CalibrationMethod::min_max).value();

    NameSet known;
    for (const auto& [tensor, range] : table.ranges) {
      known.insert(tensor);
    }
    EXPECT_EQ(known, activation_names(exported.onnx()).value());
    EXPECT_EQ(table.ranges.at("input_1").largest, x.max().item<float>());
  }
}

TEST(Calibrator, TellsTheBatchThatTheFileFixes) {
  const auto batch_of = [](std::int64_t declared) {
    testing::OnnxMaker maker;
    maker.input("x", {declared, 1, 1, 1});
    maker.node("Relu", {"x"}, "y");
    maker.output("y");
    return Calibrator::create(maker.bytes(), 1).value().required_batch();
  };

  EXPECT_EQ(batch_of(100), 100);
  EXPECT_FALSE(batch_of(-1));
}

/// The error of the logits, as a share of their deviation.
double int8_error(const Exported& exported, const Engine& engine, std::int64_t count) {
  Session session(engine);
  const auto x = exported.pictures(count);
  const auto outputs = session.run(view_of(x));
  EXPECT_TRUE(outputs) << outputs.error().message;
  const auto expected = exported.outputs_for(x)[0];
  return ((to_torch((*outputs)[0]) - expected).pow(2).mean().sqrt() / expected.std())
      .item<double>();
}

/// The largest distance of a weight from what training left, in steps of its integers.
double worst_weight(const Engine& integers, const Engine& floats) {
  double worst = 0;
  const auto& layers = integers.model()->layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].quantisation) {
      const auto trained =
          testing::LayerTwin(*floats.model(), {}).weights(floats.model()->layers.at(i));
      const auto distance =
          (testing::LayerTwin(*integers.model(), {}).weights(layers[i]) - trained).abs();
      const auto steps = torch::tensor(layers[i].quantisation->weight_scales);
      worst = std::max(worst, (distance.flatten(1) / steps.unsqueeze(1)).max().item<double>());
    }
  }
  return worst;
}

TEST(Int8Engine, ComputesEveryLayerOfTheZooAsItsTwin) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : athanor::testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    const Exported exported(options, 64, 64);
    const BuildOptions int8{.precision = Precision::int8,
                            .max_batch = 8,
                            .calibration = exported.calibrated(CalibrationMethod::min_max)};

    const auto engine = exported.engine(int8);

    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ(engine->precision(), Precision::int8);
    EXPECT_LE(worst_weight(*engine, exported.engine({}).value()), 0.5001);
    const auto [excess, layer] = testing::worst_layer(*engine, exported.pictures(8), 1);
    EXPECT_LE(excess, 1) << layer;
  }
}

/// Fresh networks that are deep amplify any noise, so that theirs says nothing.
TEST(Int8Engine, StaysNearTheFloatOneWhereTheNetworkIsShallow) {
  const torch::NoGradGuard no_grad;
  for (const auto& options : athanor::testing::small_zoo()) {
    const auto name = full_name(options);
    if (!std::set<std::string>{"alexnet", "cspdarknet_tiny", "resnet10", "squeezenet", "vgg16"}
             .contains(name)) {
      continue;
    }
    SCOPED_TRACE(name);
    const Exported exported(options, 64, 64);

    const auto engine =
        exported.engine({.precision = Precision::int8,
                         .max_batch = 8,
                         .calibration = exported.calibrated(CalibrationMethod::min_max)});

    EXPECT_LT(int8_error(exported, engine.value(), 8), 0.2);
  }
}

TEST(Int8Engine, AddsFloatsAndIntegersAsTheTwinDoes) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 64, 64);
  BuildOptions options{.precision = Precision::int8,
                       .max_batch = 3,
                       .calibration = exported.calibrated(CalibrationMethod::min_max)};
  const auto layers = make_onednn_builder()->quantisable_layers(exported.onnx()).value();
  for (const auto& layer : layers) {
    SCOPED_TRACE(layer.name + " in float");
    options.float_layers = {layer.name};

    const auto engine = exported.engine(options).value();

    const auto [excess, worst] = testing::worst_layer(engine, exported.pictures(3), 1);
    EXPECT_LE(excess, 1) << worst;
  }
}

TEST(Int8Engine, KeepsTheLayersInFloatThatItIsTold) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 64, 64);
  const auto layers = make_onednn_builder()->quantisable_layers(exported.onnx()).value();
  BuildOptions options{.precision = Precision::int8,
                       .max_batch = 8,
                       .calibration = exported.calibrated(CalibrationMethod::entropy)};

  // More and more layers in float, from the front: at the end it is the float engine.
  for (std::size_t i = 0; i <= layers.size(); ++i) {
    const auto engine = exported.engine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    const auto error = int8_error(exported, *engine, 3);
    EXPECT_LT(error, i == layers.size() ? 1e-4 : 0.35) << i << " layers in float";
    if (i < layers.size()) {
      options.float_layers.insert(layers[i].name);
    }
  }
}

TEST(Int8Engine, LeavesRoomForTwoProductsWhereTheyAreAddedIn16Bits) {
  testing::OnnxMaker maker;
  maker.input("x", {-1, 1, 1, 1});
  maker.numbers("w", {1, 1, 1, 1}, {3});
  maker.node("Relu", {"x"}, "positive");
  maker.node("Conv", {"positive", "w"}, "y");
  maker.output("y");
  const std::vector<float> pixels{1, -1};
  auto calibrator = Calibrator::create(maker.bytes(), 1).value();
  ASSERT_TRUE(calibrator.add({pixels.data(), {2, 1, 1, 1}}));
  const BuildOptions int8{.precision = Precision::int8,
                          .calibration = calibrator.table(CalibrationMethod::min_max).value()};

  const auto bytes = make_onednn_builder()->build(maker.bytes(), int8);

  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto engine = Engine::from_bytes(*bytes).value();
  const auto& model = *engine.model();
  const auto& layer = model.layers.back();
  ASSERT_TRUE(layer.quantisation);
  ASSERT_EQ(layer.quantisation->input_type, runtime::ElementType::u8);
  const auto place = model.values[layer.inputs[1]].constant.value().offset;
  EXPECT_EQ(static_cast<int>(model.weights[place]), runtime::has_fast_int8() ? 127 : 64);
}

TEST(Int8Engine, GivesTheBiasAloneOfAChannelWhoseWeightsAreNextToNothing) {
  testing::OnnxMaker maker;
  maker.input("x", {-1, 1, 1, 1});
  maker.numbers("w", {2, 1, 1, 1}, {1, 1e-37F});
  maker.numbers("b", {2}, {0.25F, 0.5F});
  maker.node("Conv", {"x", "w", "b"}, "y");
  maker.output("y");
  const std::vector<float> pixels{1, -1};
  const runtime::TensorView pictures{pixels.data(), {2, 1, 1, 1}};
  auto calibrator = Calibrator::create(maker.bytes(), 1).value();
  ASSERT_TRUE(calibrator.add(pictures));
  const BuildOptions int8{.precision = Precision::int8,
                          .max_batch = 2,
                          .calibration = calibrator.table(CalibrationMethod::min_max).value()};

  const auto bytes = make_onednn_builder()->build(maker.bytes(), int8);

  ASSERT_TRUE(bytes) << bytes.error().message;
  Session session(Engine::from_bytes(*bytes).value());
  const auto outputs = session.run(pictures);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_FLOAT_EQ(outputs->front().values.at(1), 0.5F);
  EXPECT_FLOAT_EQ(outputs->front().values.at(3), 0.5F);
}

TEST(Int8Engine, TakesAQuarterOfTheWeights) {
  const torch::NoGradGuard no_grad;
  const Exported exported(tiny_resnet(), 32, 32);
  const BuildOptions int8{.precision = Precision::int8,
                          .calibration = exported.calibrated(CalibrationMethod::percentile)};

  const auto small = exported.engine(int8).value().weight_bytes();
  const auto large = exported.engine({}).value().weight_bytes();

  EXPECT_LT(static_cast<double>(small), 0.3 * static_cast<double>(large));
}

}  // namespace

}  // namespace athanor::compile
