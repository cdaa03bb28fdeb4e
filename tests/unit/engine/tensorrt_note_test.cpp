#include "athanor/engine/tensorrt_note.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Int8Deployment with_table{"TRT-8503-EntropyCalibration2\n", {"conv1", "fc"}};

std::string note_for(const ExportOptions& options, const Int8Deployment& int8 = {}) {
  GraphToExport graph;
  graph.preprocessing = {.height = 60, .width = 80};
  return tensorrt_note(graph, options, int8);
}

}  // namespace

TEST(TensorRtNote, BoundsAnOpenBatch) {
  EXPECT_THAT(note_for({}),
              HasSubstr("--minShapes=input_1:1x3x60x80 \\\n"
                        "  --optShapes=input_1:1x3x60x80 \\\n"
                        "  --maxShapes=input_1:32x3x60x80\n"));
  EXPECT_THAT(note_for({.largest_batch = 8, .usual_batch = 4, .smallest_batch = 2}),
              AllOf(HasSubstr("minShapes=input_1:2x"),
                    HasSubstr("optShapes=input_1:4x"),
                    HasSubstr("maxShapes=input_1:8x")));
  EXPECT_THAT(note_for({.batch_size = 3}), Not(HasSubstr("Shapes")));
}

TEST(TensorRtNote, AsksForTheNumberType) {
  EXPECT_THAT(note_for({}), AllOf(Not(HasSubstr("--fp16")), Not(HasSubstr("--int8"))));
  EXPECT_THAT(note_for({.precision = runtime::Precision::fp16}), HasSubstr("--fp16"));
  EXPECT_THAT(note_for({.precision = runtime::Precision::int8}, with_table),
              AllOf(HasSubstr("--int8 \\\n  --calib=cal.bin"), HasSubstr("[TensorRT v8503]")));
  EXPECT_THAT(note_for({.precision = runtime::Precision::int8}),
              AllOf(HasSubstr("--int8"), Not(HasSubstr("--calib=")), HasSubstr("There is no")));
}

TEST(TensorRtNote, LeavesNoChoiceWhereTheNumberTypeIsStrict) {
  const auto strictly = [](runtime::Precision precision) {
    return note_for({.precision = precision, .strict_precision = true}, with_table);
  };
  EXPECT_THAT(note_for({.precision = runtime::Precision::int8}, with_table),
              Not(HasSubstr("Precision")));

  EXPECT_THAT(strictly(runtime::Precision::fp32), HasSubstr("--noTF32\n"));
  EXPECT_THAT(
      strictly(runtime::Precision::fp16),
      HasSubstr("--fp16 \\\n  --precisionConstraints=obey \\\n  '--layerPrecisions=*:fp16'\n"));
  EXPECT_THAT(strictly(runtime::Precision::int8),
              HasSubstr("--calib=cal.bin \\\n  --precisionConstraints=obey \\\n"
                        "  '--layerPrecisions=conv1:int8,fc:int8'\n"));
}

}  // namespace athanor::engine
