#include "athanor/engine/class_tally.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/csv.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/contact_sheet.hpp"
#include "athanor/data/count_table.hpp"
#include "athanor/data/image.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

/// A job's status holds one metric a class; beyond this many the files alone have the matrix.
constexpr std::size_t most_classes_in_status = 50;
constexpr std::size_t most_classes_in_matrix = 1000;
constexpr std::size_t most_mistakes = 24;
constexpr const char* per_class_file = "per_class.csv";

bool surer(const Mistake& a, const Mistake& b) {
  return a.confidence > b.confidence;
}

std::string per_class_csv(const ClassTally& tally) {
  const auto& confusion = tally.confusion();
  std::string text = "class,precision,recall,f1,pictures\n";
  for (std::size_t i = 0; i < confusion.classes(); ++i) {
    text += fmt::format("{},{:.6f},{:.6f},{:.6f},{}\n",
                        csv_field(tally.classes()[i]),
                        confusion.precision(i),
                        confusion.recall(i),
                        confusion.f1(i),
                        confusion.samples(i));
  }
  return text;
}

/// A row for each true class, a column for each predicted one.
std::string confusion_csv(const ClassTally& tally, std::span<const std::size_t> shown) {
  std::string text = "true class";
  for (const auto index : shown) {
    text += "," + csv_field(tally.classes()[index]);
  }
  text += "\n";
  for (const auto truth : shown) {
    text += csv_field(tally.classes()[truth]);
    for (const auto predicted : shown) {
      text += fmt::format(",{}", tally.confusion().count(truth, predicted));
    }
    text += "\n";
  }
  return text;
}

cv::Mat draw_confusion(const ClassTally& tally, std::span<const std::size_t> shown) {
  std::vector<std::string> names;
  for (const auto index : shown) {
    names.push_back(tally.classes()[index]);
  }
  return data::draw_count_table(names, [&](std::size_t row, std::size_t column) {
    return tally.confusion().count(shown[row], shown[column]);
  });
}

void write_matrix(const Job& job, const ClassTally& tally, const fs::path& folder) {
  const auto shown = classes_in_matrix(tally);
  throw_if_failed(write_file_atomic(folder / "confusion_matrix.csv", confusion_csv(tally, shown)));
  throw_if_failed(data::write_image(folder / "confusion_matrix.png", draw_confusion(tally, shown)));
  if (shown.size() < tally.classes().size()) {
    job.log(fmt::format("Matrices show the {} of {} classes that are confused most; {} has all",
                        shown.size(),
                        tally.classes().size(),
                        (folder / per_class_file).lexically_relative(job.artifacts).string()));
  }
}

void write_mistakes(const ClassTally& tally,
                    std::span<const fs::path> pictures,
                    const fs::path& root,
                    const fs::path& folder) {
  std::string text = "path,true class,predicted,confidence\n";
  data::ContactSheet sheet;
  for (const auto& mistake : tally.worst_mistakes()) {
    const auto& path = pictures[mistake.picture];
    const auto& truth = tally.classes()[mistake.truth];
    const auto& predicted = tally.classes()[mistake.predicted];
    text += fmt::format("{},{},{},{:.6f}\n",
                        csv_field(path.lexically_relative(root).string()),
                        csv_field(truth),
                        csv_field(predicted),
                        mistake.confidence);
    sheet.add(value_or_throw(data::read_image(path, data::Channels::color)),
              fmt::format("{}, not {} ({:.2f})", truth, predicted, mistake.confidence));
  }
  if (sheet.empty()) {
    return;
  }
  throw_if_failed(write_file_atomic(folder / "worst_mistakes.csv", text));
  throw_if_failed(data::write_image(folder / "worst_mistakes.png", sheet.draw()));
}

Json by_class(const std::vector<std::string>& classes,
              const std::function<double(std::size_t)>& value) {
  Json result = object_with_room_for(classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    append_member(result, classes[i], value(i));
  }
  return result;
}

}  // namespace

ClassTally::ClassTally(std::vector<std::string> classes, std::int64_t top_k)
    : classes_(std::move(classes)),
      top_k_(std::min(top_k, static_cast<std::int64_t>(classes_.size()))),
      confusion_(classes_.size()) {}

void ClassTally::add(const torch::Tensor& logits, const torch::Tensor& labels, std::size_t first) {
  const auto known = labels.ne(no_label).nonzero().flatten();
  if (known.numel() == 0) {
    return;
  }
  const auto scores = logits.index_select(0, known);
  const auto truths = labels.index_select(0, known);
  summed_loss_ +=
      torch::nn::functional::cross_entropy(
          scores, truths, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
          .item<double>();
  const auto likeliest = std::get<1>(scores.topk(top_k_, 1));
  in_top_k_ += likeliest.eq(truths.unsqueeze(1)).any(1).sum().item<double>();
  const auto predicted = scores.argmax(1);
  const auto confidence = scores.softmax(1).gather(1, predicted.unsqueeze(1)).contiguous();
  const auto* places = known.data_ptr<std::int64_t>();
  const auto* truth = truths.data_ptr<std::int64_t>();
  const auto* guess = predicted.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < truths.numel(); ++i) {
    const Mistake answer{first + static_cast<std::size_t>(places[i]),
                         static_cast<std::size_t>(truth[i]),
                         static_cast<std::size_t>(guess[i]),
                         confidence.data_ptr<float>()[i]};
    confusion_.add(answer.truth, answer.predicted);
    if (answer.truth != answer.predicted) {
      note(answer);
    }
  }
}

void ClassTally::note(const Mistake& mistake) {
  mistakes_.insert(std::upper_bound(mistakes_.begin(), mistakes_.end(), mistake, surer), mistake);
  if (mistakes_.size() > most_mistakes) {
    mistakes_.pop_back();
  }
}

double ClassTally::loss() const {
  return confusion_.total() == 0 ? 0 : summed_loss_ / static_cast<double>(confusion_.total());
}

double ClassTally::top_k_accuracy() const {
  return confusion_.total() == 0 ? 0 : in_top_k_ / static_cast<double>(confusion_.total());
}

std::vector<Mistake> ClassTally::worst_mistakes() const {
  return mistakes_;
}

torch::Tensor logits_of(const torch::Tensor& probabilities) {
  // The logarithm of zero is not finite; that of the smallest float is.
  return probabilities.clamp_min(std::numeric_limits<float>::min()).log();
}

std::vector<std::size_t> classes_in_matrix(const ClassTally& tally) {
  return tally.confusion().most_confused(most_classes_in_matrix);
}

void write_tally(const Job& job,
                 const ClassTally& tally,
                 std::span<const fs::path> pictures,
                 const fs::path& folder) {
  throw_if_failed(make_private_folder(folder));
  throw_if_failed(write_file_atomic(folder / per_class_file, per_class_csv(tally)));
  write_matrix(job, tally, folder);
  write_mistakes(tally, pictures, job.request.eval_dataset.value().root, folder);
}

Json categorical_metrics(const ClassTally& tally, const std::string& prefix) {
  const auto& confusion = tally.confusion();
  const auto& classes = tally.classes();
  Json result = Json::object();
  result[prefix + "precision"] =
      by_class(classes, [&](std::size_t i) { return confusion.precision(i); });
  result[prefix + "recall"] = by_class(classes, [&](std::size_t i) { return confusion.recall(i); });
  result[prefix + "f1"] = by_class(classes, [&](std::size_t i) { return confusion.f1(i); });
  if (classes.size() <= most_classes_in_status) {
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
      result[prefix + "confusion_matrix " + classes[truth]] =
          by_class(classes, [&](std::size_t predicted) {
            return static_cast<double>(confusion.count(truth, predicted));
          });
    }
  }
  return result;
}

}  // namespace athanor::engine
