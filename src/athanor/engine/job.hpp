#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/json.hpp"
#include "athanor/engine/status_writer.hpp"

namespace athanor::engine {

/// One job as its network sees it. The references outlive the job.
struct Job {
  const contract::JobRequest& request;
  std::filesystem::path artifacts;  ///< Where results go; exists.
  StatusWriter& status;
  std::stop_token stop;  ///< Asks to stop at the next safe point.
  /// Takes a line for people; the job's log.
  std::function<void(std::string_view line)> log;
};

/// What a finished action tells: the last line of status.json.
struct Report {
  std::string message;
  Json kpi = Json::object();          ///< metric → number
  Json categorical = Json::object();  ///< metric → {category: number}
  Json stats = Json::object();        ///< metric → text
};

}  // namespace athanor::engine
