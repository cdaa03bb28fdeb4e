#include "athanor/jobs/explanation.hpp"

#include <csignal>
#include <ostream>
#include <set>

#include "support/paths.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/jobs/failure_causes.hpp"
#include "athanor/jobs/failure_report.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using ::testing::HasSubstr;

using Seconds = std::chrono::duration<double>;

store::JobState state_named(const std::string& name) {
  for (const auto state : {store::JobState::pending,
                           store::JobState::running,
                           store::JobState::done,
                           store::JobState::error}) {
    if (name == store::name_of(state)) {
      return state;
    }
  }
  throw std::invalid_argument("no state " + name);
}

store::JobRecord job_from(const Json& json) {
  store::JobRecord job;
  job.id = Uuid::random();
  job.action = "train";
  job.state = state_named(json.at("state"));
  job.result = waiting_result(Json::object(), json.value("message", ""));
  for (const char* key : {"epoch", "max_epoch", "time_per_epoch", "eta"}) {
    if (json.contains(key)) {
      job.result[key] = json.at(key);
    }
  }
  return job;
}

MachineFacts machine_from(const Json& json) {
  return {.cores = json.value("cores", 0),
          .load = json.value("load", 0.0),
          .memory_total = json.value("memory_total", std::uint64_t{0}),
          .memory_available = json.value("memory_available", std::uint64_t{0}),
          .disk_free = json.value("disk_free", std::uint64_t{0})};
}

JobFacts facts_from(const Json& json) {
  JobFacts facts;
  facts.job = job_from(json.at("job"));
  facts.slots = json.value("slots", 1);
  facts.threads = json.value("threads", 1);
  facts.ahead = json.value("ahead", std::size_t{0});
  facts.missing_input = json.value("missing_input", "");
  facts.log_tail = json.value("log", "");
  facts.silence = Seconds(json.value("silence", 0.0));
  facts.machine = machine_from(json.value("machine", Json::object()));
  for (const auto& other : json.value("running", Json::array())) {
    facts.running.push_back(job_from(other));
  }
  for (const auto& dataset : json.value("faulty_datasets", Json::array())) {
    facts.faulty_datasets.push_back({.role = dataset.at("role"),
                                     .id = dataset.at("id"),
                                     .unusable = dataset.at("unusable"),
                                     .example = dataset.value("example", ""),
                                     .mend = dataset.value("mend", "")});
  }
  if (const auto worker = json.find("worker"); worker != json.end()) {
    facts.worker = WorkerFacts{Seconds(worker->at("processor").get<double>()),
                               Seconds(worker->at("age").get<double>())};
  }
  if (json.contains("parent") || json.contains("parent_gone")) {
    facts.job.parent_id = Uuid::random();
  }
  if (const auto parent = json.find("parent"); parent != json.end()) {
    facts.parent = std::make_shared<const JobFacts>(facts_from(*parent));
  }
  return facts;
}

std::vector<std::string> causes_of(const std::vector<ExplanationStep>& steps) {
  std::vector<std::string> causes;
  for (const auto& step : steps) {
    causes.push_back(step.cause);
  }
  return causes;
}

Json corpus() {
  const auto file = testing::source_folder() / "tests/unit/jobs/explanation_cases.json";
  return parse_json(read_file(file).value()).value();
}

/// Shown by its name alone in the names of tests.
struct Fault {
  Json json;

  [[nodiscard]] std::string name() const { return json.at("name"); }

  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name(); }
};

std::vector<Fault> faults() {
  std::vector<Fault> all;
  for (const auto& json : corpus()) {
    all.push_back({json});
  }
  return all;
}

class ExplanationCorpus : public ::testing::TestWithParam<Fault> {};

// Each case is one fault: facts, the causes from the visible state on, and words that the last step
// must hold.
TEST_P(ExplanationCorpus, NamesTheCauses) {
  const Json& fault = GetParam().json;

  const auto steps = explain(facts_from(fault));

  EXPECT_EQ(causes_of(steps), fault.at("expect").get<std::vector<std::string>>());
  EXPECT_THAT(steps.back().what, HasSubstr(fault.value("what", "")));
  EXPECT_THAT(steps.back().evidence, HasSubstr(fault.value("evidence", "")));
  EXPECT_THAT(steps.back().mend, HasSubstr(fault.value("mend", "")));
}

INSTANTIATE_TEST_SUITE_P(,
                         ExplanationCorpus,
                         ::testing::ValuesIn(faults()),
                         [](const auto& tested) { return tested.param.name(); });

TEST(Explanation, EveryCauseOfFailureHasACase) {
  std::set<std::string> covered;
  for (const auto& fault : corpus()) {
    covered.insert(fault.at("expect").back().get<std::string>());
  }
  for (const auto& cause : failure_causes()) {
    EXPECT_TRUE(covered.contains(std::string(cause.name))) << cause.name;
  }
}

// The table knows causes by the words of failure_report(): these must stay what it says.
TEST(Explanation, UnderstandsEveryReportOfADeath) {
  const std::pair<WorkerDeath, const char*> deaths[] = {
      {{.exit = {.signal = SIGKILL}, .memory_ran_out = true}, "memory_ran_out"},
      {{.exit = {.signal = SIGKILL}}, "killed"},
      {{.exit = {.signal = SIGTERM}}, "stopped_from_outside"},
      {{.exit = {.signal = SIGSEGV}}, "crashed"},
      {{.exit = {.signal = SIGILL}}, "processor_too_old"},
      {{.exit = {.signal = SIGBUS}}, "disk_full"},
      {{.exit = {.signal = SIGXFSZ}}, "file_too_large"},
      {{.unattended = true}, "ended_unattended"},
      {{.exit = {.code = 2}}, "versions_differ"},
      {{.exit = {.code = 3}}, "request_unreadable"},
      {{.exit = {.code = 0}}, "said_nothing"},
      {{.exit = {.code = 1}, .failure = "std::bad_alloc"}, "memory_ran_out"},
  };
  for (const auto& [death, cause] : deaths) {
    JobFacts facts;
    facts.job.state = store::JobState::error;
    facts.job.result = failed_result(Json::object(), failure_report(death, "a log's\nlast lines"));

    EXPECT_EQ(explain(facts).back().cause, cause) << failure_report(death, "");
  }
}

TEST(Explanation, ChainsOfParentsAreBounded) {
  auto facts = std::make_shared<JobFacts>();
  facts->job.state = store::JobState::running;
  for (int i = 0; i < 1000; ++i) {
    auto child = std::make_shared<JobFacts>();
    child->job.parent_id = facts->job.id;
    child->parent = facts;
    facts = child;
  }

  EXPECT_LT(explain(*facts).size(), 100U);
}

}  // namespace
}  // namespace athanor::jobs
