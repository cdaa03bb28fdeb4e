#include "athanor/engine/deployed_engine.hpp"

#include "sample_engine.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/contract/model_files.hpp"
#include "athanor/core/files.hpp"

namespace athanor::engine {

using athanor::testing::TempDir;
using ::testing::HasSubstr;
using testing::SampleNet;

TEST(ViewOf, ShowsBothOrdersOfPixelsWhereTheyAre) {
  const auto pictures = torch::randn({2, 3, 4, 5});
  const auto channels_last = pictures.contiguous(torch::MemoryFormat::ChannelsLast);

  EXPECT_EQ(view_of(pictures).values, pictures.data_ptr<float>());
  EXPECT_EQ(view_of(pictures).layout, runtime::Layout::channels_first);
  EXPECT_EQ(view_of(channels_last).layout, runtime::Layout::channels_last);
  EXPECT_EQ(view_of(channels_last).shape, (runtime::Shape{2, 3, 4, 5}));
}

TEST(ViewOf, RefusesTensorsWithGapsAndOtherNumbers) {
  const auto pictures = torch::randn({2, 3, 4, 5});

  EXPECT_THROW((void)view_of(pictures.slice(3, 0, 2)), std::invalid_argument);
  EXPECT_THROW((void)view_of(pictures.to(torch::kFloat64)), std::invalid_argument);
}

TEST(ConvertedModel, GivesTheOutputsOfItsModelForMorePicturesThanItTakesAtOnce) {
  const SampleNet net;
  const auto pictures = torch::randn({5, 3, 8, 8});
  const auto expected = net.forward(pictures);

  const auto model = converted_model(net.engine({.max_batch = 2}));

  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->network, "classification");
  for (const auto& given : {pictures, pictures.contiguous(torch::MemoryFormat::ChannelsLast)}) {
    const auto outputs = model->run(given);
    ASSERT_EQ(outputs.size(), 1U);
    EXPECT_EQ(outputs.front().name, "predictions");
    EXPECT_TRUE(outputs.front().value.allclose(expected, 1e-4, 1e-5));
  }
}

TEST(ConvertedModel, GivesTheSameWhereTheBatchIsFixed) {
  const SampleNet net;
  const auto pictures = torch::randn({5, 3, 8, 8});

  const auto model = converted_model(net.engine({.max_batch = 2}, SampleNet::Batch::fixed));

  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(model->run(pictures).front().value.allclose(net.forward(pictures), 1e-4, 1e-5));
}

TEST(OpenConvertedModel, SaysWhatIsWrongWithTheFile) {
  const TempDir folder;
  const auto refusal = [&folder] { return open_converted_model(folder.path()).error().message; };

  EXPECT_THAT(refusal(), HasSubstr("there is no model.engine"));
  ASSERT_TRUE(write_file_atomic(folder.path() / contract::engine_file, "no engine"));
  EXPECT_FALSE(open_converted_model(folder.path()));
}

}  // namespace athanor::engine
