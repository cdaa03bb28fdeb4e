#include "athanor/engine/triton_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

GraphToExport two_outputs() {
  GraphToExport graph;
  graph.network = "net";
  graph.preprocessing = {.height = 60, .width = 80};
  graph.outputs = {{"hue/Softmax", {"a", "b"}, "labels_hue.txt"},
                   {"a \"b\"\\c", {"x", "y", "z"}, "labels_task.1.txt"}};
  return graph;
}

}  // namespace

TEST(TritonConfig, LeavesTheBatchToTriton) {
  EXPECT_EQ(triton_config(two_outputs(), {}),
            R"(platform: "onnxruntime_onnx"
max_batch_size: 32
input [
  {
    name: "input_1"
    data_type: TYPE_FP32
    dims: [ 3, 60, 80 ]
  }
]
output [
  {
    name: "hue/Softmax"
    data_type: TYPE_FP32
    dims: [ 2 ]
    label_filename: "labels_hue.txt"
  },
  {
    name: "a \"b\"\\c"
    data_type: TYPE_FP32
    dims: [ 3 ]
    label_filename: "labels_task.1.txt"
  }
]
dynamic_batching { }
)");
}

TEST(TritonConfig, PutsTogetherWhatTheOptionsPrefer) {
  ExportOptions options;
  options.largest_batch = 16;
  options.usual_batch = 8;

  EXPECT_THAT(triton_config(two_outputs(), options),
              AllOf(HasSubstr("max_batch_size: 16\n"),
                    HasSubstr("dynamic_batching { preferred_batch_size: [ 8 ] }\n")));
}

TEST(TritonConfig, HasAFixedBatchAmongTheDimensions) {
  ExportOptions options;
  options.batch_size = 4;

  EXPECT_THAT(triton_config(two_outputs(), options),
              AllOf(HasSubstr("max_batch_size: 0\n"),
                    HasSubstr("dims: [ 4, 3, 60, 80 ]\n"),
                    HasSubstr("dims: [ 4, 2 ]\n"),
                    Not(HasSubstr("dynamic_batching"))));
}

}  // namespace athanor::engine
