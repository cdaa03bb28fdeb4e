#include "athanor/export/opencv_dialect.hpp"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "athanor/export/onnx_export.hpp"

namespace athanor::exporter {

namespace {

OpenCvModel translated(const Forward& forward) {
  ExportRequest request;
  request.forward = forward;
  request.inputs = {{"x", torch::randn({2, 3, 4, 5})}};
  request.output_names = {"y"};
  return for_opencv(onnx_bytes(request).value());
}

onnx::GraphProto graph_of(const OpenCvModel& model) {
  onnx::ModelProto proto;
  proto.ParseFromString(model.bytes);
  return proto.graph();
}

using Tensors = std::vector<torch::Tensor>;

}  // namespace

TEST(OpenCvDialect, BoundsOfAClipBecomeAttributes) {
  const auto graph =
      graph_of(translated([](const Tensors& inputs) { return Tensors{torch::relu6(inputs[0])}; }));

  ASSERT_EQ(graph.node_size(), 1);
  const auto& clip = graph.node(0);
  EXPECT_EQ(clip.input_size(), 1);
  ASSERT_EQ(clip.attribute_size(), 2);
  EXPECT_EQ(clip.attribute(0).name(), "max");
  EXPECT_EQ(clip.attribute(0).f(), 6.0F);
  EXPECT_EQ(clip.attribute(1).name(), "min");
  EXPECT_EQ(clip.attribute(1).f(), 0.0F);
}

TEST(OpenCvDialect, AClipWithOneBoundKeepsIt) {
  const auto graph = graph_of(
      translated([](const Tensors& inputs) { return Tensors{torch::clamp(inputs[0], 0.5)}; }));

  const auto& clip = graph.node(0);
  EXPECT_EQ(clip.input_size(), 1);
  ASSERT_EQ(clip.attribute_size(), 1);
  EXPECT_EQ(clip.attribute(0).name(), "min");
}

TEST(OpenCvDialect, FactorsForWholeMapsWantOnePictureAtATime) {
  EXPECT_TRUE(translated([](const Tensors& inputs) {
                return Tensors{inputs[0] * inputs[0].mean({2, 3}, true)};
              }).one_by_one);
  EXPECT_FALSE(
      translated([](const Tensors& inputs) { return Tensors{torch::silu(inputs[0])}; }).one_by_one);
}

TEST(OpenCvDialect, LeavesBytesAloneThatAreNoModel) {
  EXPECT_EQ(for_opencv("no model").bytes, "no model");
}

}  // namespace athanor::exporter
