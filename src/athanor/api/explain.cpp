#include "athanor/api/explain.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "athanor/api/dataset_faults.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/jobs/explanation.hpp"
#include "athanor/jobs/job_log.hpp"
#include "athanor/jobs/process_identity.hpp"

namespace athanor::api {

namespace {

using jobs::JobFacts;
using store::JobState;

constexpr int max_parents = 16;  ///< The contract's chains are shorter; a damaged one is not.

/// The value of a line "MemTotal:  123 kB" in bytes; 0 when there is none.
std::uint64_t kib_line(const char* file, const std::string& name) {
  std::ifstream lines(file);
  std::string word;
  while (lines >> word) {
    std::uint64_t value = 0;
    if (word == name && lines >> value) {
      return value * 1024;
    }
  }
  return 0;
}

jobs::MachineFacts look_at_machine(const std::filesystem::path& data_folder) {
  jobs::MachineFacts facts;
  facts.cores = static_cast<int>(std::thread::hardware_concurrency());
  if (double load = 0; getloadavg(&load, 1) == 1) {
    facts.load = load;
  }
  facts.memory_total = kib_line("/proc/meminfo", "MemTotal:");
  facts.memory_available = kib_line("/proc/meminfo", "MemAvailable:");
  std::error_code unknown;
  const auto space = std::filesystem::space(data_folder, unknown);
  facts.disk_free = unknown ? 0 : space.available;
  return facts;
}

/// Processor time and age of the job's worker; nullopt unless it lives.
std::optional<jobs::WorkerFacts> look_at_worker(const std::filesystem::path& directory) {
  const auto worker = jobs::read_worker_file(directory);
  if (!worker || jobs::identify_process(worker->process.pid) != worker->process) {
    return std::nullopt;
  }
  const auto times = jobs::times_of_process(worker->process.pid);
  return times ? std::optional(jobs::WorkerFacts{times->processor, times->age}) : std::nullopt;
}

/// Gathers what an explanation of one job needs, its parents included.
class FactFinder {
 public:
  explicit FactFinder(Services& services) : services_(services) {}

  Result<JobFacts> find(const store::JobRecord& job, int parents_left = max_parents) {
    JobFacts facts;
    facts.job = job;
    const auto& options = services_.supervisor.options();
    facts.slots = options.slots;
    facts.threads = options.threads_per_job;
    const auto directory = jobs::job_directory(services_.data_folder, job.id);
    facts.log_tail = jobs::tail_of_log(directory);
    ATHANOR_CHECK_OK(find_parent(facts, parents_left));
    if (job.state == JobState::pending || job.state == JobState::running) {
      ATHANOR_CHECK_OK(find_others(facts));
    }
    if (job.state == JobState::pending && (!facts.parent || is_done(*facts.parent))) {
      facts.missing_input = missing_input(facts);
    }
    if (job.state == JobState::error || job.state == JobState::running) {
      facts.faulty_datasets = find_dataset_faults(services_, job);
    }
    if (job.state == JobState::running) {
      facts.worker = look_at_worker(directory);
      facts.machine = look_at_machine(services_.data_folder);
      if (const auto changed = parse_iso(job.last_modified)) {
        facts.silence = std::chrono::system_clock::now() - *changed;
      }
    }
    return facts;
  }

 private:
  static bool is_done(const JobFacts& facts) { return facts.job.state == JobState::done; }

  Status find_parent(JobFacts& facts, int parents_left) {
    if (!facts.job.parent_id || parents_left == 0) {
      return {};
    }
    const auto parent = services_.store.jobs().find(*facts.job.parent_id);
    if (!parent && parent.error().code == ErrorCode::not_found) {
      return {};
    }
    if (!parent) {
      return fail(parent.error());
    }
    ATHANOR_TRY(auto found, find(*parent, parents_left - 1));
    facts.parent = std::make_shared<const JobFacts>(std::move(found));
    return {};
  }

  Status find_others(JobFacts& facts) {
    ATHANOR_TRY(facts.running, services_.store.jobs().in_state(JobState::running));
    std::erase_if(facts.running, [&](const auto& other) { return other.id == facts.job.id; });
    ATHANOR_TRY(facts.ahead, services_.store.jobs().pending_before(facts.job.sequence));
    return {};
  }

  std::string missing_input(const JobFacts& facts) {
    if (facts.job.parent_id && !facts.parent) {
      return "";  // Explained by the parent.
    }
    const auto request =
        jobs::resolve_request(services_.store, services_.data_folder, facts.job, facts.threads);
    return request ? "" : request.error().message;
  }

  Services& services_;
};

}  // namespace

Result<Json> explain_job(Services& services, const store::JobRecord& job) {
  ATHANOR_TRY(const auto facts, FactFinder(services).find(job));
  Json chain = Json::array();
  for (const auto& step : jobs::explain(facts)) {
    chain.push_back({{"cause", step.cause},
                     {"what", step.what},
                     {"evidence", step.evidence},
                     {"mend", step.mend.empty() ? Json(nullptr) : Json(step.mend)}});
  }
  return Json{{"job_id", job.id.to_string()},
              {"status", store::name_of(job.state)},
              {"chain", std::move(chain)}};
}

}  // namespace athanor::api
