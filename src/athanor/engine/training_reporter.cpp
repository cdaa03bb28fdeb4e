#include "athanor/engine/training_reporter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/csv.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::engine {

namespace {

constexpr auto status_interval = std::chrono::seconds(1);
constexpr auto log_interval = std::chrono::seconds(10);
constexpr const char* csv_name = "training.csv";

/// "loss 0.4211, validation_accuracy 0.8734".
std::string list_figures(const Figures& figures) {
  std::string text;
  for (const auto& [name, value] : figures) {
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

}  // namespace

TrainingReporter::TrainingReporter(const Job& job,
                                   std::int64_t epochs,
                                   std::vector<std::string> kpi_names)
    : job_(job), epochs_(epochs), kpi_names_(std::move(kpi_names)) {}

void TrainingReporter::go_on_after(std::int64_t epoch, std::int64_t batches) {
  contract::StatusLine line;
  line.status = contract::WorkerStatus::started;
  line.epoch = epoch;
  line.cur_epoch = static_cast<double>(epoch);
  line.max_epoch = epochs_;
  line.message =
      epoch == 0 && batches == 0
          ? "There is no checkpoint to go on from: the training starts again from the first epoch"
          : fmt::format("Going on after {} epochs and {} batches of the next", epoch, batches);
  job_.log(line.message);
  job_.status.write(std::move(line));
  cut_csv(epoch);
}

void TrainingReporter::begin_epoch(std::int64_t epoch, std::int64_t samples) {
  epoch_ = epoch;
  samples_before_ = samples;
  samples_ = samples;
  epoch_began_ = Clock::now();
  trained_ = epoch_began_;
  last_status_ = epoch_began_;
  last_log_ = epoch_began_;
}

void TrainingReporter::batch_done(std::size_t done,
                                  std::size_t batches,
                                  std::int64_t samples,
                                  double loss) {
  samples_ = samples;
  trained_ = Clock::now();
  if (trained_ - last_status_ < status_interval) {
    return;
  }
  last_status_ = trained_;
  contract::StatusLine line;
  line.cur_epoch =
      static_cast<double>(epoch_ - 1) + static_cast<double>(done) / static_cast<double>(batches);
  line.max_epoch = epochs_;
  line.message = fmt::format("Epoch {} of {}: batch {} of {}, loss {:.4g}, {:.1f} pictures/s",
                             epoch_,
                             epochs_,
                             done,
                             batches,
                             loss,
                             speed());
  if (trained_ - last_log_ >= log_interval) {
    last_log_ = trained_;
    job_.log(line.message);
  }
  job_.status.write(std::move(line));
}

void TrainingReporter::end_epoch(const Figures& figures) {
  const auto now = Clock::now();
  const std::chrono::duration<double> time = now - epoch_began_;
  contract::StatusLine line;
  line.epoch = epoch_;
  line.cur_epoch = static_cast<double>(epoch_);
  line.max_epoch = epochs_;
  line.time_per_epoch = to_timedelta(time);
  line.eta = to_timedelta(time * static_cast<double>(epochs_ - epoch_));
  line.graphical = figures;
  line.kpi = kpi(figures);
  line.message = "Training loop in progress";
  job_.status.write(std::move(line));
  job_.log(fmt::format("Epoch {} of {} done in {:.1f} s ({:.1f} pictures/s): {}",
                       epoch_,
                       epochs_,
                       time.count(),
                       speed(),
                       list_figures(figures)));
  append_csv(figures);
  last_status_ = now;
  last_log_ = now;
}

double TrainingReporter::speed() const {
  const std::chrono::duration<double> time = trained_ - epoch_began_;
  return static_cast<double>(samples_ - samples_before_) / std::max(time.count(), 1e-9);
}

Json TrainingReporter::kpi(const Figures& figures) const {
  Json result = Json::object();
  for (const auto& name : kpi_names_) {
    if (const auto found = figures.find(name); found != figures.end()) {
      result[name] = found->second;
    }
  }
  return result;
}

void TrainingReporter::cut_csv(std::int64_t epoch) const {
  const auto path = job_.artifacts / csv_name;
  const auto text = read_file(path);
  if (!text) {
    return;  // No epoch was told yet.
  }
  std::istringstream lines(*text);
  std::string kept;
  // The first line has the names, for which the number is 0.
  for (std::string line; std::getline(lines, line);) {
    if (std::strtoll(line.c_str(), nullptr, 10) <= epoch) {
      kept += line + "\n";
    }
  }
  throw_if_failed(write_file_atomic(path, kept));
}

void TrainingReporter::append_csv(const Figures& figures) const {
  const auto path = job_.artifacts / csv_name;
  const bool is_new = !std::filesystem::exists(path);
  std::ofstream file(path, std::ios::app);
  std::string names = "epoch";
  std::string values = fmt::format("{}", epoch_);
  for (const auto& [name, value] : figures) {
    names += "," + csv_field(name);
    values += fmt::format(",{}", value);
  }
  if (is_new) {
    file << names << '\n';
  }
  file << values << '\n';
  if (!file.flush()) {
    throw std::runtime_error(fmt::format("cannot write {}; is the disk full?", csv_name));
  }
}

}  // namespace athanor::engine
