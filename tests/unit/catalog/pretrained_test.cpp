#include "athanor/catalog/pretrained.hpp"

#include <gtest/gtest.h>

namespace athanor::catalog {

namespace {

// Clients choose by the ending of ngc_path.
TEST(PretrainedCollection, IsWhatClientsLookFor) {
  EXPECT_EQ(pretrained_collection("classification"), "pretrained_classification");
  EXPECT_EQ(pretrained_collection("multitask_classification"), "pretrained_classification");
  EXPECT_EQ(pretrained_collection("yolo_v4"), "pretrained_object_detection");
  EXPECT_EQ(pretrained_collection("efficientdet"), "pretrained_efficientdet");
  EXPECT_TRUE(pretrained_collection("detectnet_v2").ends_with("detectnet_v2"));
  EXPECT_EQ(pretrained_collection("unet"), "pretrained_semantic_segmentation");
  EXPECT_EQ(pretrained_collection("mask_rcnn"), "pretrained_instance_segmentation");
  EXPECT_EQ(pretrained_collection("lprnet"), "lprnet");
}

TEST(PretrainedCollection, IsNoneForSpeechAndTheUnknown) {
  EXPECT_EQ(pretrained_collection("spectro_gen"), "");
  EXPECT_EQ(pretrained_collection("vocoder"), "");
  EXPECT_EQ(pretrained_collection("perceptron"), "");
}

}  // namespace

}  // namespace athanor::catalog
