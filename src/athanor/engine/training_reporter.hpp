#pragma once

#include <chrono>
#include <cstdint>

#include "athanor/engine/job.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// Tells of a training: status lines for the server, log lines for people, and training.csv with a
/// row for each epoch.
class TrainingReporter {
 public:
  TrainingReporter(const Job& job, std::int64_t epochs, std::vector<std::string> kpi_names);

  /// Says after which epoch a later attempt of the job goes on, and how many batches of the next
  /// one are done; what was told of later epochs is void. Zero of both: it starts again.
  void go_on_after(std::int64_t epoch, std::int64_t batches);

  /// Marks the start of an epoch, counted from 1, of which `samples` pictures were done before.
  void begin_epoch(std::int64_t epoch, std::int64_t samples);

  /// Called after each batch; writes a status line about every second and a log line about every
  /// ten. `done` of `batches` batches of the epoch, `samples` pictures so far in it.
  void batch_done(std::size_t done, std::size_t batches, std::int64_t samples, double loss);

  /// `figures` are those of the epoch that just ended, its validation included.
  void end_epoch(const Figures& figures);

  /// Those of `figures` that are KPI.
  [[nodiscard]] Json kpi(const Figures& figures) const;

 private:
  using Clock = std::chrono::steady_clock;

  void append_csv(const Figures& figures) const;
  void cut_csv(std::int64_t epoch) const;
  /// Pictures per second of the epoch so far, without its validation.
  [[nodiscard]] double speed() const;

  const Job& job_;
  std::int64_t epochs_;
  std::vector<std::string> kpi_names_;
  std::int64_t epoch_ = 0;
  std::int64_t samples_before_ = 0;
  std::int64_t samples_ = 0;
  Clock::time_point epoch_began_;
  Clock::time_point trained_;
  Clock::time_point last_status_;
  Clock::time_point last_log_;
};

}  // namespace athanor::engine
