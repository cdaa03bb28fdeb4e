#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "athanor/store/records.hpp"

namespace athanor::jobs {

/// One link of the chain that leads from what a user sees to its cause.
struct ExplanationStep {
  std::string cause;     ///< A stable name: "slots_taken", "memory_ran_out".
  std::string what;      ///< A sentence.
  std::string evidence;  ///< The fact it rests on, as it was found.
  std::string mend;      ///< What to do; empty where nothing is to be done.
};

/// The worker's process as the system shows it.
struct WorkerFacts {
  std::chrono::duration<double> processor_time{};  ///< Used by all its threads so far.
  std::chrono::duration<double> age{};
};

/// What the report on a dataset that the job reads says of files that cannot be used.
struct DatasetFacts {
  std::string role;  ///< The link it comes by: "train_datasets".
  std::string id = {};
  std::string unusable = {};  ///< "report: 2 empty_file; inspection: 1 undecodable"
  std::string example = {};   ///< "images_train/cat/1.jpg: it is empty"; may be missing.
  std::string mend = {};      ///< Of the example.
};

/// What is known of the machine; 0 where the system does not say.
struct MachineFacts {
  int cores = 0;
  double load = 0;  ///< Of the last minute.
  std::uint64_t memory_total = 0;
  std::uint64_t memory_available = 0;
  std::uint64_t disk_free = 0;  ///< Where the jobs are.
};

/// All that an explanation rests on, gathered at one moment.
struct JobFacts {
  store::JobRecord job;
  std::shared_ptr<const JobFacts> parent;      ///< Null without one, or when it is gone.
  int slots = 0;                               ///< Jobs that the server runs at once.
  int threads = 0;                             ///< Compute threads of each.
  std::vector<store::JobRecord> running = {};  ///< Other jobs that take a slot.
  std::size_t ahead = 0;                       ///< Pending jobs that came before it.
  std::string missing_input = {};              ///< Why it could not start now: a dataset is gone.
  std::vector<DatasetFacts> faulty_datasets = {};
  std::string log_tail = {};
  std::optional<WorkerFacts> worker = {};
  std::chrono::duration<double> silence{};  ///< Since its last change.
  MachineFacts machine = {};
};

/// Why a job is pending, failed or slow, or how it stands: from the visible state to the cause. It
/// says nothing that the facts do not show; where they show no cause, a step says so. Pure.
[[nodiscard]] std::vector<ExplanationStep> explain(const JobFacts& facts);

}  // namespace athanor::jobs
