#include "athanor/engine/model_export.hpp"

#include <filesystem>
#include <limits>
#include <sstream>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/compile/onnx_names.hpp"
#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"
#include "athanor/export/onnx_interface.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

using athanor::testing::TempDir;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace fs = std::filesystem;

/// Exports a convolution with batch norm over pictures of 8x8 pixels.
class ExportJob {
 public:
  ExportJob() {
    request.action = "export";
    torch::manual_seed(4);
    net_ = torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 2, 3)),
                                 torch::nn::BatchNorm2d(2));
    net_->eval();
    graph.network = "net";
    graph.model = {{"kind", "small"}};
    graph.classes = {"a", "b"};
    graph.preprocessing = {.height = 8, .width = 8, .mode = data::PreprocessMode::torch};
    graph.data_digest = "d1";
    graph.forward = [this](const std::vector<torch::Tensor>& inputs) {
      return std::vector<torch::Tensor>{answer(inputs[0])};
    };
    graph.weights = tensor::state_dict(*net_);
    graph.outputs = {{"predictions", {"a", "b"}, "labels.txt"}};
  }

  torch::Tensor answer(const torch::Tensor& pictures) {
    return torch::adaptive_avg_pool2d(net_->forward(pictures), {1, 1}).flatten(1).softmax(1);
  }

  Report run() {
    fs::create_directories(artifacts());
    StatusWriter status(folder_.path() / "status.json");
    const Job job{request, artifacts(), status, {}, [this](std::string_view line) {
                    log.emplace_back(line);
                  }};
    return export_model(job, graph);
  }

  std::string failure() {
    try {
      (void)run();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }

  /// 70 pictures in a folder of their own.
  contract::DatasetInput pictures() {
    const auto root = folder_.path() / "data";
    fs::create_directories(root);
    cv::RNG random(9);
    for (int i = 0; i < 70; ++i) {
      cv::Mat picture(8, 8, CV_8UC3);
      random.fill(picture, cv::RNG::UNIFORM, 0, 255);
      (void)data::write_image(root / (std::to_string(i) + ".png"), picture);
    }
    return {"id", "image_classification", "default", root};
  }

  [[nodiscard]] fs::path artifacts() const { return folder_.path() / "artifacts"; }

  [[nodiscard]] std::string artifact(const std::string& name) const {
    return read_file(artifacts() / name).value_or("");
  }

  [[nodiscard]] bool has_artifact(const std::string& name) const {
    return fs::exists(artifacts() / name);
  }

  contract::JobRequest request;
  GraphToExport graph;
  std::vector<std::string> log;

 private:
  TempDir folder_;
  torch::nn::Sequential net_{nullptr};
};

/// One in int8, calibrated on six pictures.
class Int8ExportJob : public ExportJob {
 public:
  Int8ExportJob() {
    request.calibration_dataset = pictures();
    request.spec = {{"data_type", "int8"}, {"batches", 3}, {"batch_size", 2}};
  }

  /// As if the net had been trained for int8, and another layer that the file has not.
  void train_for_int8() {
    graph.read_trained_ranges = [] {
      return tensor::NamedTensors{{"0.input_range", torch::tensor({-1.0F, 127.0F})},
                                  {"other.input_range", torch::tensor({0.0F, 1.0F})}};
    };
  }

  [[nodiscard]] std::string table() const { return artifact("cal.bin"); }
};

/// Those that a calibration table has lines for.
compile::NameSet tensors_of_table(const std::string& table) {
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "TRT-8503-EntropyCalibration2");
  compile::NameSet names;
  while (std::getline(lines, line)) {
    EXPECT_THAT(line, MatchesRegex(".+: [0-9a-f]{8}"));
    names.insert(line.substr(0, line.rfind(':')));
  }
  return names;
}

}  // namespace

TEST(ModelExport, ComparesOnNoiseWhereThereAreNoPictures) {
  ExportJob job;

  const auto report = job.run();

  EXPECT_EQ(report.stats.at("compared_on"), "noise");
  EXPECT_TRUE(report.kpi.empty());
  EXPECT_THAT(job.log, Contains(HasSubstr("pictures of noise")));
}

TEST(ModelExport, ComparesOnTheInferenceDataBeforeNoise) {
  ExportJob job;
  job.request.inference_dataset = job.pictures();

  const auto report = job.run();

  EXPECT_EQ(report.stats.at("compared_on"), "inference_dataset");
  EXPECT_EQ(report.stats.at("compared_pictures"), "64");
}

TEST(ModelExport, TellsTheFiguresOfBothOnLabelledPictures) {
  ExportJob job;
  job.request.eval_dataset = job.pictures();
  job.graph.measure_on = [](const contract::DatasetInput&) {
    return [](const RunGraph& run) {
      const auto output = run(torch::ones({4, 3, 8, 8})).front().value;
      return Figures{{"accuracy", output[0][0].item<double>()}};
    };
  };

  const auto report = job.run();

  EXPECT_EQ(report.stats.at("compared_on"), "eval_dataset");
  EXPECT_EQ(report.stats.at("compared_pictures"), "4");
  EXPECT_NEAR(report.kpi.at("original_accuracy").get<double>(),
              report.kpi.at("exported_accuracy").get<double>(),
              1e-5);
}

TEST(ModelExport, ComparesWithoutLabelsThatDoNotFit) {
  ExportJob job;
  job.request.eval_dataset = job.pictures();
  job.graph.measure_on = [](const contract::DatasetInput&) -> Measure {
    throw std::invalid_argument("eval_dataset: there is no class a");
  };

  const auto report = job.run();

  EXPECT_EQ(report.stats.at("compared_pictures"), "64");
  EXPECT_TRUE(report.kpi.empty());
  EXPECT_THAT(job.log, Contains(HasSubstr("without their labels: eval_dataset: there is no")));
}

// The model changes after it was written, as if the exporter had written another one.
TEST(ModelExport, FailsAndLeavesNoFileThatComputesSomethingElse) {
  for (const double change : {0.5, std::numeric_limits<double>::quiet_NaN()}) {
    ExportJob job;
    int calls = 0;
    job.graph.forward = [&](const std::vector<torch::Tensor>& inputs) {
      const auto output = job.answer(inputs[0]);
      return std::vector<torch::Tensor>{++calls == 1 ? output : output * change};
    };

    EXPECT_THAT(job.failure(), HasSubstr("computes other values than the model"));
    EXPECT_TRUE(fs::is_empty(job.artifacts()));
  }
}

TEST(ModelExport, NamesAnOperatorThatCannotBeExported) {
  ExportJob job;
  job.graph.forward = [&](const std::vector<torch::Tensor>& inputs) {
    return std::vector<torch::Tensor>{torch::erfinv(job.answer(inputs[0]))};
  };

  EXPECT_THAT(job.failure(), AllOf(HasSubstr("aten::erfinv"), HasSubstr("after 1")));
  EXPECT_TRUE(fs::is_empty(job.artifacts()));
}

TEST(ModelExport, TheFileTellsWhatItIs) {
  ExportJob job;
  (void)job.run();

  const auto interface = exporter::read_onnx_interface(job.artifact("model.onnx")).value();

  EXPECT_EQ(interface.metadata.at("network"), "net");
  EXPECT_EQ(interface.metadata.at("model"), R"({"kind":"small"})");
  EXPECT_EQ(interface.metadata.at("classes"), R"(["a","b"])");
  EXPECT_EQ(interface.metadata.at("dataset_digest"), "d1");
  EXPECT_EQ(interface.metadata.at("input_size"), "3,8,8");
  EXPECT_THAT(interface.metadata.at("athanor_version"), HasSubstr(ATHANOR_VERSION));
  const auto preprocessing = Json::parse(interface.metadata.at("preprocessing"));
  EXPECT_EQ(preprocessing.at("order"), "RGB");
  EXPECT_NEAR(preprocessing.at("mean")[0].get<double>(), 0.485 * 255, 1e-9);
}

TEST(ModelExport, WritesWhatServersNeedBesideIt) {
  ExportJob job;
  (void)job.run();

  EXPECT_EQ(job.artifact("labels.txt"), "a\nb\n");
  EXPECT_EQ(job.artifact("triton/net/labels.txt"), "a\nb\n");
  EXPECT_THAT(job.artifact("triton/net/config.pbtxt"), HasSubstr("dims: [ 3, 8, 8 ]"));
  EXPECT_EQ(job.artifact("triton/net/1/model.onnx"), job.artifact("model.onnx"));
  EXPECT_EQ(job.artifact("nvinfer_labels.txt"), "a;b\n");
  EXPECT_THAT(job.artifact("nvinfer_config.txt"), HasSubstr("output-blob-names=predictions"));
  EXPECT_THAT(job.artifact("README.md"), HasSubstr("float32 [batch, 3, 8, 8]"));
}

TEST(ModelExport, KeepsSemicolonsOfNamesOutOfTheLabelsOfDeepstream) {
  ExportJob job;
  job.graph.outputs = {{"predictions", {"a;b", "c"}, "labels.txt"}};

  (void)job.run();

  EXPECT_EQ(job.artifact("nvinfer_labels.txt"), "a,b;c\n");
  EXPECT_EQ(job.artifact("labels.txt"), "a;b\nc\n");
  EXPECT_THAT(job.log, Contains(AllOf(HasSubstr("Warning"), HasSubstr("as in \"a;b\""))));
}

TEST(ModelExport, ExportsAgainOverWhatWasThere) {
  ExportJob job;
  (void)job.run();
  job.graph.data_digest = "d2";

  (void)job.run();

  EXPECT_EQ(job.artifact("triton/net/1/model.onnx"), job.artifact("model.onnx"));
}

TEST(ModelExport, FoldsFixesTheBatchAndSaysWhatThenHasNoEffect) {
  ExportJob job;
  (void)job.run();
  const auto folded = job.artifact("model.onnx");
  set_path(job.request.spec, "athanor.fold_batch_norm", false);
  set_path(job.request.spec, "static_batch_size", 3);
  set_path(job.request.spec, "max_batch_size", 8);

  (void)job.run();

  const auto unfolded = job.artifact("model.onnx");
  EXPECT_EQ(folded.find("BatchNormalization"), std::string::npos);
  EXPECT_NE(unfolded.find("BatchNormalization"), std::string::npos);
  EXPECT_EQ(exporter::read_onnx_interface(unfolded).value().batch, 3);
  EXPECT_THAT(job.log, Contains(HasSubstr("max_batch_size has no effect")));
}

TEST(ModelExport, CalibratesEveryTensorForInt8) {
  Int8ExportJob job;
  (void)job.run();

  EXPECT_EQ(tensors_of_table(job.table()),
            compile::activation_names(job.artifact("model.onnx")).value());
  EXPECT_THAT(job.log, Contains(HasSubstr("tensors on 6 pictures by entropy")));
  EXPECT_THAT(job.artifact("nvinfer_config.txt"), HasSubstr("int8-calib-file=cal.bin\n"));
  EXPECT_THAT(job.artifact("README.md"), HasSubstr("--calib=cal.bin"));
}

TEST(ModelExport, CalibratesForInt8Alone) {
  for (const auto* other : {"fp32", "fp16"}) {
    Int8ExportJob job;
    job.request.spec["data_type"] = other;
    (void)job.run();

    EXPECT_FALSE(job.has_artifact("cal.bin")) << other;
    EXPECT_THAT(job.artifact("README.md"), Not(HasSubstr("cal.bin"))) << other;
  }
}

TEST(ModelExport, CalibratesOnAsManyPicturesAsTheSpecSays) {
  Int8ExportJob few;
  Int8ExportJob more_batches;
  Int8ExportJob larger_batches;
  more_batches.request.spec["batches"] = 20;
  larger_batches.request.spec["batch_size"] = 20;
  for (auto* job : {&few, &more_batches, &larger_batches}) {
    (void)job->run();
  }

  EXPECT_NE(few.table(), more_batches.table());
  EXPECT_NE(few.table(), larger_batches.table());
  EXPECT_THAT(more_batches.log, Contains(HasSubstr("on 40 pictures")));
  EXPECT_THAT(larger_batches.log, Contains(HasSubstr("on 60 pictures")));
}

TEST(ModelExport, CalibratesAFileOfFixedBatch) {
  Int8ExportJob job;
  job.request.spec["static_batch_size"] = 4;
  (void)job.run();

  EXPECT_EQ(tensors_of_table(job.table()),
            compile::activation_names(job.artifact("model.onnx")).value());
  EXPECT_THAT(job.log, Contains(HasSubstr("on 6 pictures")));
}

TEST(ModelExport, WarnsWhereThereAreNoPicturesToCalibrateOn) {
  const athanor::testing::TempDir without_pictures;
  for (const auto& dataset : {std::optional<contract::DatasetInput>(),
                              std::optional(contract::DatasetInput{
                                  "id", "image_classification", "raw", without_pictures.path()})}) {
    Int8ExportJob job;
    job.request.calibration_dataset = dataset;
    (void)job.run();

    EXPECT_FALSE(job.has_artifact("cal.bin"));
    EXPECT_THAT(job.log,
                Contains(AllOf(HasSubstr("Warning: no cal.bin is written"),
                               HasSubstr("Give the model a calibration_dataset"))));
    EXPECT_THAT(job.artifact("nvinfer_config.txt"), Not(HasSubstr("int8-calib-file=")));
    EXPECT_THAT(job.artifact("README.md"), HasSubstr("There is no `cal.bin`"));
  }
}

TEST(ModelExport, HasTheRangesOfATrainingForInt8UnlessCalibrationIsForced) {
  Int8ExportJob kept;
  Int8ExportJob forced;
  forced.request.spec["force_ptq"] = true;
  for (auto* job : {&kept, &forced}) {
    job->train_for_int8();
    (void)job->run();
  }

  EXPECT_EQ(kept.table(), "TRT-8503-EntropyCalibration2\ninput_1: 3f800000\n");
  EXPECT_THAT(kept.log, Contains(HasSubstr("ranges of 1 tensors from the training for int8")));
  EXPECT_GT(tensors_of_table(forced.table()).size(), 1U);
  EXPECT_THAT(forced.log, Contains(HasSubstr("pictures tell the ranges instead")));
}

TEST(ModelExport, NeedsNoPicturesAfterATrainingForInt8) {
  Int8ExportJob job;
  job.request.calibration_dataset = std::nullopt;
  job.train_for_int8();
  (void)job.run();

  EXPECT_FALSE(job.table().empty());
}

TEST(ModelExport, SaysWhereForcingACalibrationChangesNothing) {
  Int8ExportJob untrained;
  Int8ExportJob in_float;
  in_float.request.spec["data_type"] = "fp16";
  for (auto* job : {&untrained, &in_float}) {
    job->request.spec["force_ptq"] = true;
    (void)job->run();
  }

  EXPECT_THAT(untrained.log, Contains(HasSubstr("force_ptq changes nothing")));
  EXPECT_THAT(in_float.log, Contains(HasSubstr("force_ptq has no effect")));
}

}  // namespace athanor::engine
