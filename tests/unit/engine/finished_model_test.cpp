#include "athanor/engine/finished_model.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/export/onnx_export.hpp"

namespace athanor::engine {

namespace {

using athanor::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Doubles its pictures and negates them, and notes how many it was shown at once.
RunGraph noting(std::vector<std::int64_t>& counts) {
  return [&counts](const torch::Tensor& pictures) {
    counts.push_back(pictures.size(0));
    return tensor::NamedTensors{{"double", pictures * 2}, {"negative", -pictures}};
  };
}

/// model.onnx of a graph that doubles pictures of 1x2x2 pixels.
void export_double(const std::filesystem::path& artifacts,
                   const Properties& properties,
                   bool dynamic_batch) {
  exporter::ExportRequest request;
  request.forward = [](const std::vector<torch::Tensor>& inputs) {
    return std::vector<torch::Tensor>{inputs[0] * 2};
  };
  request.inputs = {{"input_1", torch::ones({2, 1, 2, 2})}};
  request.output_names = {"double"};
  request.metadata = properties;
  request.dynamic_batch = dynamic_batch;
  ASSERT_TRUE(exporter::export_onnx(request, artifacts / "model.onnx"));
}

std::string refusal_to_open(const std::filesystem::path& artifacts) {
  const auto opened = open_exported_model(artifacts);
  return opened ? "opened" : opened.error().message;
}

const Json description = {{"classes", {"a", "b"}}};

}  // namespace

TEST(InBatchesOf, ShowsAGraphAlwaysAsManyPictures) {
  std::vector<std::int64_t> counts;
  const auto pictures = torch::arange(5.0).view({5, 1});

  const auto outputs = in_batches_of(2, noting(counts))(pictures);

  EXPECT_THAT(counts, ElementsAre(2, 2, 2));
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[1].name, "negative");
  EXPECT_TRUE(outputs[0].value.equal(pictures * 2));
  EXPECT_TRUE(outputs[1].value.equal(-pictures));
}

TEST(InBatchesOf, LeavesAGraphForAnyNumberAlone) {
  std::vector<std::int64_t> counts;

  (void)in_batches_of(0, noting(counts))(torch::ones({5, 1}));

  EXPECT_THAT(counts, ElementsAre(5));
}

TEST(DeployedModel, IsWhatItsPropertiesTell) {
  std::vector<std::int64_t> counts;

  const auto model =
      deployed_model(identifying_properties("classification", description), noting(counts));

  ASSERT_TRUE(model);
  EXPECT_EQ(model->network, "classification");
  EXPECT_EQ(model->model, description);
  EXPECT_FALSE(model->checkpoint);
  EXPECT_TRUE(model->run);
}

TEST(DeployedModel, RefusesPropertiesThatTellNothing) {
  const Properties unknown[] = {{},
                                {{"network", "classification"}},
                                {{"network", "classification"}, {"model", "resnet"}},
                                {{"network", "classification"}, {"model", "[]"}}};
  for (const auto& properties : unknown) {
    const auto model = deployed_model(properties, nullptr);

    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().message, HasSubstr("export the model again"));
  }
}

TEST(ExportedModel, RunsForAnyNumberOfPictures) {
  for (const bool dynamic_batch : {true, false}) {
    const TempDir folder;
    export_double(folder.path(), identifying_properties("net", description), dynamic_batch);
    const auto pictures = torch::rand({3, 1, 2, 2});

    const auto model = open_exported_model(folder.path());

    ASSERT_TRUE(model) << model.error().message;
    const auto outputs = model->run(pictures);
    EXPECT_EQ(outputs.at(0).name, "double");
    EXPECT_TRUE(outputs[0].value.equal(pictures * 2)) << dynamic_batch;
  }
}

TEST(ExportedModel, NamesAMissingFile) {
  const TempDir folder;

  EXPECT_THAT(refusal_to_open(folder.path()), HasSubstr("there is no model.onnx"));
}

TEST(ExportedModel, NamesAFileThatIsNoOnnx) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "model.onnx", "no protobuf"));

  EXPECT_THAT(refusal_to_open(folder.path()), HasSubstr("model.onnx: this is no ONNX model"));
}

TEST(ExportedModel, RefusesAFileOfOthersThatDoesNotTellItsModel) {
  const TempDir folder;
  export_double(folder.path(), {}, true);

  EXPECT_THAT(refusal_to_open(folder.path()),
              ::testing::AllOf(HasSubstr("model.onnx"), HasSubstr("does not tell")));
}

TEST(PreprocessingOf, NamesWhatADescriptionLacks) {
  try {
    (void)preprocessing_of(description);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("lacks \"preprocessing\""));
  }
}

}  // namespace athanor::engine
