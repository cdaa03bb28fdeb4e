#include "athanor/export/onnx_export.hpp"

#include <algorithm>
#include <filesystem>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "athanor/core/files.hpp"
#include "athanor/export/onnx_runner.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::exporter {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// conv -> bn -> flatten -> fc on 3x6x6 pictures.
ExportRequest small_request() {
  torch::manual_seed(2);
  auto network = torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3)),
                                       torch::nn::BatchNorm2d(4),
                                       torch::nn::Flatten(),
                                       torch::nn::Linear(64, 2));
  network->eval();
  ExportRequest request;
  request.forward = [network](const std::vector<torch::Tensor>& inputs) mutable {
    return std::vector<torch::Tensor>{network->forward(inputs[0])};
  };
  request.weights = tensor::state_dict(*network);
  request.inputs = {{"input_1", torch::randn({2, 3, 6, 6})}};
  request.output_names = {"predictions"};
  return request;
}

ExportRequest function_request(std::function<torch::Tensor(const torch::Tensor&)> function) {
  ExportRequest request;
  request.forward = [function](const std::vector<torch::Tensor>& inputs) {
    return std::vector<torch::Tensor>{function(inputs[0])};
  };
  request.inputs = {{"x", torch::randn({2, 3})}};
  request.output_names = {"y"};
  return request;
}

onnx::ModelProto exported(const ExportRequest& request) {
  const auto bytes = onnx_bytes(request);
  EXPECT_TRUE(bytes) << bytes.error().message;
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes.value_or("")));
  return model;
}

std::vector<std::string> operators_of(const onnx::ModelProto& model) {
  std::vector<std::string> operators;
  for (const auto& node : model.graph().node()) {
    operators.push_back(node.op_type());
  }
  return operators;
}

std::vector<std::string> weights_of(const onnx::ModelProto& model) {
  std::vector<std::string> names;
  for (const auto& weight : model.graph().initializer()) {
    names.push_back(weight.name());
  }
  return names;
}

std::string refusal(const ExportRequest& request) {
  const auto bytes = onnx_bytes(request);
  return bytes ? "exported" : bytes.error().message;
}

TEST(OnnxExport, KeepsTheNamesOfWeights) {
  auto request = small_request();
  request.fold_batch_norm = false;

  const auto model = exported(request);

  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "BatchNormalization", "Flatten", "Gemm"));
  EXPECT_THAT(weights_of(model),
              UnorderedElementsAre("0.weight",
                                   "0.bias",
                                   "1.weight",
                                   "1.bias",
                                   "1.running_mean",
                                   "1.running_var",
                                   "3.weight",
                                   "3.bias"));
}

TEST(OnnxExport, FoldsBatchNormIntoTheConvolution) {
  const auto model = exported(small_request());

  EXPECT_THAT(operators_of(model), ElementsAre("Conv", "Flatten", "Gemm"));
  EXPECT_THAT(weights_of(model), UnorderedElementsAre("0.weight", "0.bias", "3.weight", "3.bias"));
}

TEST(OnnxExport, LeavesAConvolutionThatOthersReadUnfolded) {
  auto conv = torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 3, 1));
  auto norm = torch::nn::BatchNorm2d(3);
  norm->eval();
  ExportRequest request;
  request.forward = [=](const std::vector<torch::Tensor>& inputs) mutable {
    const auto y = conv(inputs[0]);
    return std::vector<torch::Tensor>{norm(y) + y};
  };
  for (const auto& [name, value] : tensor::state_dict(*conv)) {
    request.weights.push_back({"conv." + name, value});
  }
  for (const auto& [name, value] : tensor::state_dict(*norm)) {
    request.weights.push_back({"norm." + name, value});
  }
  request.inputs = {{"x", torch::randn({2, 3, 4, 4})}};
  request.output_names = {"y"};

  EXPECT_THAT(operators_of(exported(request)), ElementsAre("Conv", "BatchNormalization", "Add"));
}

TEST(OnnxExport, NamesInputsOutputsAndTheDynamicBatch) {
  const auto model = exported(small_request());

  const auto& input = model.graph().input(0);
  const auto& shape = input.type().tensor_type().shape();
  EXPECT_EQ(input.name(), "input_1");
  EXPECT_EQ(shape.dim(0).dim_param(), "batch");
  EXPECT_EQ(shape.dim(1).dim_value(), 3);
  EXPECT_EQ(model.graph().output(0).name(), "predictions");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
}

TEST(OnnxExport, AFixedBatchIsThatOfTheExample) {
  auto request = small_request();
  request.dynamic_batch = false;

  const auto model = exported(request);

  EXPECT_EQ(model.graph().input(0).type().tensor_type().shape().dim(0).dim_value(), 2);
}

TEST(OnnxExport, ConvolutionsStateTheirKernel) {
  const auto model = exported(small_request());
  const auto& attributes = model.graph().node(0).attribute();

  const auto kernel = std::ranges::find_if(
      attributes, [](const auto& attribute) { return attribute.name() == "kernel_shape"; });

  ASSERT_NE(kernel, attributes.end());
  EXPECT_THAT(kernel->ints(), ElementsAre(3, 3));
}

TEST(OnnxExport, CarriesMetadataAndVersions) {
  auto request = small_request();
  request.metadata = {{"classes", "[\"a\", \"b\"]"}};
  request.opset = 13;

  const auto model = exported(request);

  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.producer_name(), "athanor");
  EXPECT_EQ(model.producer_version(), ATHANOR_VERSION);
  ASSERT_EQ(model.metadata_props_size(), 1);
  EXPECT_EQ(model.metadata_props(0).key(), "classes");
  EXPECT_EQ(model.metadata_props(0).value(), "[\"a\", \"b\"]");
}

TEST(OnnxExport, UnknownOperatorsAreNamedWithTheirPlace) {
  auto conv = torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3));
  ExportRequest request;
  request.forward = [conv](const std::vector<torch::Tensor>& inputs) mutable {
    return std::vector<torch::Tensor>{torch::erfinv(conv(inputs[0]))};
  };
  for (const auto& [name, value] : tensor::state_dict(*conv)) {
    request.weights.push_back({"layer1.0.conv1." + name, value});
  }
  request.inputs = {{"x", torch::randn({1, 3, 8, 8})}};
  request.output_names = {"y"};

  const auto bytes = onnx_bytes(request);

  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::unsupported);
  EXPECT_THAT(bytes.error().message,
              HasSubstr("aten::erfinv (after layer1.0.conv1) has no converter to ONNX"));
}

TEST(OnnxExport, RefusesDropoutInTrainingMode) {
  EXPECT_THAT(refusal(function_request([](const auto& x) { return torch::dropout(x, 0.5, true); })),
              HasSubstr("training mode"));
}

TEST(OnnxExport, RefusesBatchNormInTrainingMode) {
  auto request = small_request();
  auto norm = torch::nn::BatchNorm2d(3);
  request.forward = [norm](const std::vector<torch::Tensor>& inputs) mutable {
    return std::vector<torch::Tensor>{norm(inputs[0])};
  };
  request.weights = tensor::state_dict(*norm);

  EXPECT_THAT(refusal(request), HasSubstr("training mode"));
}

TEST(OnnxExport, RefusesOpsetsOutsideItsRange) {
  for (const int opset : {12, 18}) {
    auto request = small_request();
    request.opset = opset;
    EXPECT_THAT(refusal(request), HasSubstr("choose 13 to 17"));
  }
}

TEST(OnnxExport, RefusesNamesGivenTwice) {
  auto request = small_request();
  request.output_names = {"input_1"};

  EXPECT_THAT(refusal(request), HasSubstr("different names"));
}

TEST(OnnxExport, RefusesAnotherNumberOfOutputs) {
  auto request = small_request();
  request.output_names = {"a", "b"};

  EXPECT_THAT(refusal(request), HasSubstr("has 1 outputs, 2 are named"));
}

TEST(OnnxExport, GivesOneValueSeveralNames) {
  auto request = function_request([](const auto& x) { return x; });
  request.forward = [](const std::vector<torch::Tensor>& inputs) {
    const auto y = inputs[0] * 2;
    return std::vector<torch::Tensor>{y, y, inputs[0]};
  };
  request.output_names = {"a", "b", "c"};

  EXPECT_THAT(operators_of(exported(request)), ElementsAre("Mul", "Identity", "Identity"));
}

TEST(OnnxExport, AFailedExportLeavesNoFile) {
  const testing::TempDir folder;
  const auto path = folder.path() / "model.onnx";

  const auto written =
      export_onnx(function_request([](const auto& x) { return torch::erfinv(x); }), path);

  EXPECT_FALSE(written);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OnnxRunner, NamesAFileThatIsNoOnnx) {
  const testing::TempDir folder;
  const auto path = folder.path() / "broken.onnx";
  ASSERT_TRUE(write_file_atomic(path, "no protobuf"));

  const auto runner = OnnxRunner::load(path);

  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(runner.error().message, HasSubstr("broken.onnx: this is no ONNX model"));
}

TEST(OnnxRunner, NamesAnOperatorThatOpenCvLacks) {
  const testing::TempDir folder;
  const auto path = folder.path() / "strange.onnx";
  auto model = exported(small_request());
  model.mutable_graph()->mutable_node(1)->set_op_type("Juggle");
  ASSERT_TRUE(write_file_atomic(path, model.SerializeAsString()));

  const auto runner = OnnxRunner::load(path);

  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::unsupported);
  EXPECT_THAT(runner.error().message,
              ::testing::AllOf(HasSubstr("OpenCV cannot read strange.onnx"), HasSubstr("Juggle")));
}

TEST(OnnxRunner, TellsWhatTheFileSaysOfItself) {
  const testing::TempDir folder;
  const auto path = folder.path() / "model.onnx";
  auto request = small_request();
  request.metadata = {{"network", "small"}};
  ASSERT_TRUE(export_onnx(request, path));

  const auto runner = OnnxRunner::load(path);

  ASSERT_TRUE(runner);
  EXPECT_THAT(runner->interface().inputs, ElementsAre("input_1"));
  EXPECT_THAT(runner->interface().outputs, ElementsAre("predictions"));
  EXPECT_EQ(runner->interface().batch, 0);
  EXPECT_EQ(runner->interface().metadata.at("network"), "small");
}

TEST(OnnxInterface, HasTheFixedBatchAndNoWeightsAmongTheInputs) {
  auto request = small_request();
  request.dynamic_batch = false;
  auto model = exported(request);
  const auto& weight = model.graph().initializer(0).name();
  model.mutable_graph()->add_input()->set_name(weight);

  const auto interface = read_onnx_interface(model.SerializeAsString());

  ASSERT_TRUE(interface);
  EXPECT_EQ(interface->batch, 2);
  EXPECT_THAT(interface->inputs, ElementsAre("input_1"));
}

}  // namespace

}  // namespace athanor::exporter
