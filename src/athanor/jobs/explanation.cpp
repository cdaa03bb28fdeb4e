#include "athanor/jobs/explanation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/json.hpp"
#include "athanor/jobs/failure_causes.hpp"

namespace athanor::jobs {

namespace {

using namespace std::chrono_literals;
using store::JobState;
using Steps = std::vector<ExplanationStep>;

/// A chain of parents is as long as the contract's table allows; this bounds a damaged one.
constexpr int max_parents = 16;
/// A worker says something every second or so; each epoch at the latest.
constexpr std::chrono::duration<double> long_silence = 10min;
/// Below this part of its threads' time, a worker waits rather than computes.
constexpr double busy_share = 0.5;
/// The share says little about the first moments, in which libraries are loaded.
constexpr std::chrono::duration<double> settled_age = 30s;
constexpr double scarce_memory_share = 0.05;
constexpr std::uint64_t scarce_disk_bytes = 1ULL << 30;

std::string text_at(const Json& result, std::string_view path) {
  const Json* value = find_path(result, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::string message_in(const store::JobRecord& job) {
  return text_at(job.result, "detailed_status.message");
}

std::string describe(const store::JobRecord& job) {
  return fmt::format("{} ({})", job.id.to_string(), job.action);
}

/// "epoch 2 of 10, 0:01:00 each, 0:08:00 left"; empty when the worker has said nothing yet.
std::string progress_of(const store::JobRecord& job) {
  std::string text;
  const Json* epoch = find_path(job.result, "epoch");
  const Json* max_epoch = find_path(job.result, "max_epoch");
  if (max_epoch != nullptr && max_epoch->is_number()) {
    text = fmt::format("epoch {} of {}",
                       epoch != nullptr && epoch->is_number() ? to_text(*epoch) : "0",
                       to_text(*max_epoch));
  }
  const auto add = [&text](const std::string& value, std::string_view what) {
    if (!value.empty()) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", value, what);
    }
  };
  add(text_at(job.result, "time_per_epoch"), "an epoch");
  add(text_at(job.result, "eta"), "left");
  return text;
}

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(
      copy, copy.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return copy;
}

/// The line of `text` that holds `words`, both given in lower case too; empty when none does.
std::string line_with(const std::string& text, const std::string& lowered, std::string_view words) {
  const auto place = lowered.find(words);
  if (place == std::string::npos) {
    return "";
  }
  const auto begin = place == 0 ? std::string::npos : text.rfind('\n', place - 1);
  const auto first = begin == std::string::npos ? 0 : begin + 1;
  return text.substr(first, std::min(text.find('\n', place), text.size()) - first);
}

std::optional<ExplanationStep> known_cause(const std::string& text, Shown place) {
  const std::string lowered = lower(text);
  for (const auto& cause : failure_causes()) {
    if (place == Shown::in_message_or_log && cause.shown != place) {
      continue;
    }
    if (auto line = line_with(text, lowered, cause.words); !line.empty()) {
      return ExplanationStep{std::string(cause.name),
                             std::string(cause.what),
                             std::move(line),
                             std::string(cause.mend)};
    }
  }
  return std::nullopt;
}

/// Whether faulty files can have to do with a failure of this cause, which its own words need not
/// say: a decoder may crash, or take too much memory.
bool may_come_from_files(std::string_view cause) {
  constexpr std::array<std::string_view, 12> causes = {"picture_unreadable",
                                                       "picture_too_large",
                                                       "class_empty",
                                                       "class_missing",
                                                       "one_class",
                                                       "dataset_empty",
                                                       "layout_wrong",
                                                       "memory_ran_out",
                                                       "killed",
                                                       "crashed",
                                                       "said_nothing",
                                                       "unknown"};
  return std::ranges::find(causes, cause) != causes.end();
}

/// The files that reports name as unusable, a step for each dataset.
Steps explain_datasets(const JobFacts& facts) {
  Steps steps;
  for (const auto& dataset : facts.faulty_datasets) {
    const auto example = dataset.example.empty() ? "" : "; the first: " + dataset.example;
    const auto mend = dataset.mend.empty() ? "Mend or remove them"
                                           : fmt::format("For the first: {}", dataset.mend);
    steps.push_back(
        {"dataset_files_unusable",
         fmt::format(
             "The dataset {} ({}) has files that cannot be used.", dataset.id, dataset.role),
         dataset.unusable + example,
         fmt::format("{}; `athanor dataset report {}` lists them. Upload the dataset again, then "
                     "post the job again.",
                     mend,
                     dataset.id)});
  }
  return steps;
}

void append(Steps& steps, Steps more) {
  std::ranges::move(more, std::back_inserter(steps));
}

Steps explain_to_depth(const JobFacts& facts, int parents_left);

Steps explain_parent(const JobFacts& facts, int parents_left) {
  if (!facts.parent || parents_left == 0) {
    return {};
  }
  return explain_to_depth(*facts.parent, parents_left - 1);
}

// ---- Pending

Steps explain_slots(const JobFacts& facts) {
  std::string running;
  for (const auto& job : facts.running) {
    const auto progress = progress_of(job);
    running += fmt::format("{}{}{}",
                           running.empty() ? "" : "; ",
                           describe(job),
                           progress.empty() ? "" : ": " + progress);
  }
  return {{"slots_taken",
           fmt::format("All {} slots of the server are taken.", facts.slots),
           "running: " + running,
           "Wait for one of them, cancel one, or start the server with more --slots."}};
}

Steps explain_turn(const JobFacts& facts) {
  if (!facts.missing_input.empty()) {
    auto cause = known_cause(facts.missing_input, Shown::in_message);
    return {{cause ? cause->cause : "input_missing",
             "It will fail as soon as it starts: what it is to read is not there.",
             facts.missing_input,
             cause ? cause->mend : "Make good what the evidence names before its turn comes."}};
  }
  Steps steps;
  if (facts.ahead > 0) {
    steps.push_back({"queue_place",
                     "Other jobs came before it.",
                     fmt::format("{} pending jobs are older", facts.ahead),
                     ""});
  }
  if (static_cast<int>(facts.running.size()) >= facts.slots) {
    append(steps, explain_slots(facts));
  } else if (facts.ahead == 0) {
    steps.push_back(
        {"about_to_start",
         "Nothing known stands in its way: it is about to start, or a cancelled job's worker still "
         "holds the slot while it stops.",
         fmt::format("{} of {} slots are taken by running jobs", facts.running.size(), facts.slots),
         ""});
  }
  return steps;
}

Steps explain_pending(const JobFacts& facts, int parents_left) {
  Steps steps = {{"pending", "The job waits.", message_in(facts.job), ""}};
  if (facts.parent && facts.parent->job.state != JobState::done) {
    steps.push_back({"parent_unfinished",
                     fmt::format("It takes the result of the job {}.", describe(facts.parent->job)),
                     fmt::format("that job is {}", store::name_of(facts.parent->job.state)),
                     ""});
    append(steps, explain_parent(facts, parents_left));
  } else if (facts.job.parent_id && !facts.parent) {
    steps.push_back({"parent_gone",
                     "The job whose result it takes no longer exists.",
                     fmt::format("no job {}", facts.job.parent_id->to_string()),
                     "Run that action again and post this one with the new job."});
  } else {
    append(steps, explain_turn(facts));
  }
  return steps;
}

// ---- Error

Steps explain_failed_parent(const JobFacts& facts, int parents_left) {
  Steps steps = {
      {"parent_failed",
       fmt::format("The job whose result it takes, {}, failed.", describe(facts.parent->job)),
       fmt::format("that job is {}", store::name_of(facts.parent->job.state)),
       "Mend the cause below, run that job again, then this one."}};
  append(steps, explain_parent(facts, parents_left));
  return steps;
}

/// What the job's message says, else what the end of its log says, else that nothing is known.
Steps explain_by_words(const JobFacts& facts) {
  const std::string message = message_in(facts.job);
  // The first line is what was concluded; the end of the log may follow it.
  if (auto cause = known_cause(message.substr(0, message.find('\n')), Shown::in_message)) {
    return {*std::move(cause)};
  }
  if (auto cause = known_cause(message + "\n" + facts.log_tail, Shown::in_message_or_log)) {
    return {*std::move(cause)};
  }
  // npos + 1 is 0: a single line is the last one, too.
  const auto last_line = facts.log_tail.substr(facts.log_tail.rfind('\n') + 1);
  return {{"unknown",
           "The cause is not among those that are known; the evidence is all there is.",
           message.empty() ? (last_line.empty() ? "no message and no log" : last_line) : message,
           "Read the job's log; if it does not help, report it."}};
}

Steps explain_error(const JobFacts& facts, int parents_left) {
  const std::string message = message_in(facts.job);
  Steps steps = {{"failed", "The job ended in Error.", message.substr(0, message.find('\n')), ""}};
  const bool blames_parent = message.starts_with("The parent job");
  if (blames_parent && !facts.parent) {
    steps.push_back({"parent_gone",
                     "The job whose result it takes no longer exists.",
                     message,
                     "Run that action again and post this one with the new job."});
  } else if (blames_parent) {
    append(steps, explain_failed_parent(facts, parents_left));
  } else {
    append(steps, explain_by_words(facts));
    if (may_come_from_files(steps.back().cause)) {
      append(steps, explain_datasets(facts));
    }
  }
  return steps;
}

// ---- Running

double share_of_threads(const JobFacts& facts) {
  return facts.worker->processor_time / facts.worker->age / std::max(1, facts.threads);
}

void explain_pace(const JobFacts& facts, Steps& steps) {
  if (!facts.worker) {
    steps.push_back({"worker_unknown",
                     "The worker's process cannot be looked at.",
                     "no live process is named by worker.json",
                     ""});
    return;
  }
  if (facts.worker->age < settled_age) {
    return;
  }
  const double share = share_of_threads(facts);
  const auto evidence =
      fmt::format("its {} threads computed {:.0f} % of their time; load {:.1f} on {} cores",
                  facts.threads,
                  share * 100,
                  facts.machine.load,
                  facts.machine.cores);
  if (share >= busy_share) {
    steps.push_back(
        {"computing",
         "The worker computes nearly all the time.",
         evidence,
         facts.threads < facts.machine.cores ? "More --threads would use the other cores." : ""});
  } else if (facts.machine.load > facts.machine.cores) {
    steps.push_back({"machine_busy",
                     "More programs want to compute than there are cores.",
                     evidence,
                     "Stop other programs, or run fewer jobs at once (--slots)."});
  } else {
    steps.push_back({"worker_waits",
                     "The worker waits more than it computes: usually for pictures from the disk.",
                     evidence,
                     "Raise the number of loader threads (n_workers) or use a faster disk."});
  }
}

void explain_shortages(const JobFacts& facts, Steps& steps) {
  const auto& machine = facts.machine;
  const int wanted = facts.threads * (static_cast<int>(facts.running.size()) + 1);
  if (machine.cores > 0 && wanted > machine.cores) {
    steps.push_back({"threads_over_cores",
                     "The running jobs have more threads than there are cores.",
                     fmt::format("{} threads on {} cores", wanted, machine.cores),
                     "Start the server with fewer --threads or --slots."});
  }
  if (machine.memory_total > 0 &&
      static_cast<double>(machine.memory_available) <
          scarce_memory_share * static_cast<double>(machine.memory_total)) {
    steps.push_back({"memory_scarce",
                     "The machine has hardly any memory left.",
                     fmt::format("{} of {} MiB are available",
                                 machine.memory_available >> 20U,
                                 machine.memory_total >> 20U),
                     "Lower the batch size, or stop other programs."});
  }
  if (machine.disk_free > 0 && machine.disk_free < scarce_disk_bytes) {
    steps.push_back({"disk_scarce",
                     "The disk with the jobs is nearly full.",
                     fmt::format("{} MiB are free", machine.disk_free >> 20U),
                     "Delete jobs and datasets that are no longer needed."});
  }
}

Steps explain_running(const JobFacts& facts) {
  const auto progress = progress_of(facts.job);
  Steps steps = {{"running",
                  "The job runs.",
                  progress.empty() ? "it has not said how far it is" : progress,
                  ""}};
  if (facts.silence > long_silence) {
    steps.push_back(
        {"silent",
         "It has said nothing for long; whether it still gets on is not known.",
         fmt::format("last change {} ago",
                     to_timedelta(std::chrono::floor<std::chrono::seconds>(facts.silence))),
         "Look at its log; cancel it if that does not move either."});
  }
  explain_pace(facts, steps);
  explain_shortages(facts, steps);
  append(steps, explain_datasets(facts));
  return steps;
}

Steps explain_to_depth(const JobFacts& facts, int parents_left) {
  switch (facts.job.state) {
    case JobState::pending:
      return explain_pending(facts, parents_left);
    case JobState::running:
      return explain_running(facts);
    case JobState::error:
      return explain_error(facts, parents_left);
    case JobState::done:
      return {{"done", "The job is done.", message_in(facts.job), ""}};
  }
  return {};
}

}  // namespace

std::vector<ExplanationStep> explain(const JobFacts& facts) {
  return explain_to_depth(facts, max_parents);
}

}  // namespace athanor::jobs
