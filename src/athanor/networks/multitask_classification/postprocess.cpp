#include "athanor/networks/multitask_classification/postprocess.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/csv.hpp"
#include "athanor/engine/picture_inference.hpp"

namespace athanor::networks::multitask_classification {

namespace fs = std::filesystem;

namespace {

/// The answer to one task.
struct Answer {
  std::string label;
  double confidence = 0;
};

/// By picture and task.
std::vector<std::vector<Answer>> answer(const Predictor& predictor, const torch::Tensor& pixels) {
  std::vector<std::vector<Answer>> answers(static_cast<std::size_t>(pixels.size(0)));
  const auto logits = predictor.logits(pixels);
  for (std::size_t task = 0; task < logits.size(); ++task) {
    const auto [confidence, index] = logits[task].softmax(1).max(1);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const auto label = static_cast<std::size_t>(index[row].item<std::int64_t>());
      answers[i].push_back({predictor.tasks[task].classes[label], confidence[row].item<double>()});
    }
  }
  return answers;
}

std::string header_of(const std::vector<Task>& tasks) {
  std::string header = "path";
  for (const auto& task : tasks) {
    header += fmt::format(",{},{}", csv_field(task.name), csv_field(task.name + " confidence"));
  }
  return header;
}

std::string row_of(const fs::path& relative, const std::vector<Answer>& answers) {
  auto row = csv_field(relative.string());
  for (const auto& [label, confidence] : answers) {
    row += fmt::format(",{},{:.6f}", csv_field(label), confidence);
  }
  return row;
}

std::string caption_of(const std::vector<Answer>& answers) {
  std::vector<std::string> parts;
  for (const auto& [label, confidence] : answers) {
    parts.push_back(fmt::format("{} {:.2f}", label, confidence));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

engine::Report infer_pictures(const engine::Job& job,
                              const Predictor& predictor,
                              const data::ReadingOptions& reading,
                              const fs::path& root) {
  std::ofstream csv(job.artifacts / "result.csv");
  csv << header_of(predictor.tasks) << '\n';
  const auto answer_batch = [&](const torch::Tensor& pixels) { return answer(predictor, pixels); };
  const auto use = [&](const fs::path& picture, const std::vector<Answer>& answers) {
    csv << row_of(picture.lexically_relative(root), answers) << '\n';
    engine::annotate_picture(job, picture, root, caption_of(answers));
  };
  const auto count =
      engine::infer_below(job, root, predictor.preprocessing, reading, answer_batch, use);
  if (!csv.flush()) {
    throw std::runtime_error("cannot write result.csv; is the disk full?");
  }
  return {.message = fmt::format("Classified {} pictures", count),
          .stats = {{"pictures", std::to_string(count)}}};
}

}  // namespace athanor::networks::multitask_classification
