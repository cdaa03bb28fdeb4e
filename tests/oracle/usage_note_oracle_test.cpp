// Runs the Python program of an export's README.md on a picture, with a stand-in for ONNX Runtime
// (onnxruntime.py), and compares what it feeds the graph with what an evaluation would.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "oracle_process.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"
#include "athanor/engine/usage_note.hpp"

namespace athanor::oracle {

namespace {

namespace fs = std::filesystem;

constexpr int height = 14;
constexpr int width = 21;

struct UsageCase {
  std::string name;
  data::Preprocessing preprocessing;
  bool center_crop = false;
  std::int64_t batch_size = 0;
  int times_larger = 1;  ///< What the picture is before it is resized.

  /// How far pixels may be apart: Pillow rounds rows before it goes on to columns.
  [[nodiscard]] float tolerance() const { return times_larger == 1 ? 1e-4F : 1.001F; }
};

void PrintTo(const UsageCase& subject, std::ostream* stream) {
  *stream << subject.name;
}

/// Every channel differs, but for gray. Where the picture is no larger than the input, the size
/// leaves nothing to resize.
cv::Mat striped(const UsageCase& subject) {
  const int times = subject.times_larger;
  const int margin = subject.center_crop ? 8 : 7;
  const int tint = subject.preprocessing.channels == data::Channels::gray ? 0 : 1;
  cv::Mat picture(times * height * margin / 7, times * width * margin / 7, CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const int shade = (3 * x + 5 * y) / times;
      picture.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(shade),
                                     static_cast<std::uint8_t>(shade + tint * 4 * x / times),
                                     static_cast<std::uint8_t>(shade + tint * 6 * y / times)};
    }
  }
  return picture;
}

std::vector<UsageCase> usage_cases() {
  using data::PreprocessMode;
  const data::Preprocessing caffe{.height = height, .width = width};
  auto torch_mode = caffe;
  torch_mode.mode = PreprocessMode::torch;
  auto gray = caffe;
  gray.channels = data::Channels::gray;
  gray.mode = PreprocessMode::tf;
  auto bicubic = caffe;
  bicubic.interpolation = data::Interpolation::bicubic;
  return {{"Caffe", caffe},
          {"TorchWithCrop", torch_mode, true},
          {"GrayTf", gray},
          {"FixedBatch", caffe, false, 3},
          {"Bicubic", bicubic, false, 0, 3},
          {"BicubicWithCrop", bicubic, true, 0, 3}};
}

engine::GraphToExport graph_for(const UsageCase& subject) {
  engine::GraphToExport graph;
  graph.network = "classification";
  graph.preprocessing = subject.preprocessing;
  graph.center_crop = subject.center_crop;
  graph.outputs = {{"hue \"h\"", {"a", "b"}, "labels_0.txt"}, {"size", {"x", "y", "z"}, "s.txt"}};
  return graph;
}

std::string python_of(const std::string& note) {
  const std::string begin = "```python\n";
  const auto first = note.find(begin) + begin.size();
  return note.substr(first, note.find("```\n", first) - first);
}

void must_write(const fs::path& path, const std::string& content) {
  ASSERT_TRUE(write_file_atomic(path, content));
}

/// [C, H, W] as an evaluation makes it.
std::vector<float> expected_pixels(const fs::path& picture, const UsageCase& subject) {
  const auto& preprocessing = subject.preprocessing;
  const auto fitted = data::fit(data::read_image(picture, preprocessing.channels).value(),
                                subject.center_crop,
                                preprocessing);
  const auto channels = static_cast<std::size_t>(preprocessing.channels);
  std::vector<float> last(height * width * channels);
  data::normalize(fitted, preprocessing, last.data());
  std::vector<float> first(last.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    first[i % channels * height * width + i / channels] = last[i];
  }
  return first;
}

class UsageNote : public ::testing::TestWithParam<UsageCase> {};

}  // namespace

TEST_P(UsageNote, HasAProgramThatFeedsWhatAnEvaluationDoes) {
  const auto& subject = GetParam();
  const testing::TempDir folder;
  const auto picture = folder.path() / "picture.png";
  ASSERT_TRUE(data::write_image(picture, striped(subject)));
  engine::ExportOptions options;
  options.batch_size = subject.batch_size;
  const auto note = engine::usage_note(graph_for(subject), options, {});
  must_write(folder.path() / "run.py", python_of(note));
  must_write(folder.path() / "labels_0.txt", "a\nb\n");
  must_write(folder.path() / "s.txt", "x\ny\nz\n");
  must_write(folder.path() / "classes.json", R"({"hue \"h\"": 2, "size": 3})");
  fs::copy(fs::path(ATHANOR_ORACLE_SCRIPTS) / "onnxruntime.py", folder.path() / "onnxruntime.py");

  const auto command = fmt::format(
      "cd {} && {} run.py picture.png > said.txt", folder.path().string(), ATHANOR_ORACLE_PYTHON);
  ASSERT_EQ(run_process({"/bin/sh", "-c", command}), 0);

  const auto fed = read_file(folder.path() / "fed.bin").value();
  const auto expected = expected_pixels(picture, subject);
  const auto rows = static_cast<std::size_t>(std::max<std::int64_t>(subject.batch_size, 1));
  ASSERT_EQ(fed.size(), rows * expected.size() * sizeof(float));
  std::vector<float> actual(expected.size());
  std::memcpy(actual.data(), fed.data(), actual.size() * sizeof(float));
  EXPECT_THAT(actual, ::testing::Pointwise(::testing::FloatNear(subject.tolerance()), expected));
  EXPECT_EQ(read_file(folder.path() / "said.txt").value(),
            "picture.png hue \"h\" b 1.0000\npicture.png size z 1.0000\n");
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         UsageNote,
                         ::testing::ValuesIn(usage_cases()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace athanor::oracle
