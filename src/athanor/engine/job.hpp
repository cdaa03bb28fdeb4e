#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/json.hpp"
#include "athanor/crypto/passphrase.hpp"
#include "athanor/engine/status_writer.hpp"

namespace athanor::engine {

/// Thrown where a job was asked to stop and does.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One job as its network sees it. The references outlive the job.
struct Job {
  const contract::JobRequest& request;
  std::filesystem::path artifacts;  ///< Where results go; exists.
  StatusWriter& status;
  std::stop_token stop;  ///< Asks to stop at the next safe point.
  /// Takes a line for people; the job's log.
  std::function<void(std::string_view line)> log;
  crypto::Passphrase own_key = {};     ///< Closes the weights that it writes.
  crypto::Passphrase parent_key = {};  ///< Opens those that it starts from.
};

/// What a finished action tells: the last line of status.json.
struct Report {
  std::string message;
  Json kpi = Json::object();          ///< metric → number
  Json categorical = Json::object();  ///< metric → {category: number}
  Json stats = Json::object();        ///< metric → text
};

}  // namespace athanor::engine
