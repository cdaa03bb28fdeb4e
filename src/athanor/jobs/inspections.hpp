#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/core/json.hpp"

namespace athanor::jobs {

struct InspectionOptions {
  std::filesystem::path program;      ///< Run as `program inspect FOLDER OUTPUT`.
  std::filesystem::path data_folder;  ///< Absolute.
};

/// Has the pictures of datasets decoded in the background, one dataset at a time and at the lowest
/// priority, by `athanor-worker inspect`. What it finds lies beside the data,
/// "datasets/<id>/data-<uuid>.inspection.json", whole or not at all: an inspection that a stop or
/// crash cut off is begun anew by the next server. Thread-safe.
class Inspections {
 public:
  Inspections(InspectionOptions options, IoExecutor io, BlockingPool& pool);
  ~Inspections();

  Inspections(const Inspections&) = delete;
  Inspections& operator=(const Inspections&) = delete;

  /// New data are in force; `data_folder` is that of the record. The dataset's former data are
  /// given up.
  void request(const std::string& data_folder);

  /// The dataset of these data is gone. What was still to be inspected of it ends, and what failed
  /// is forgotten.
  void give_up(const std::string& data_folder);

  /// {"state": "complete", ...what was found}, or "waiting", "running", "failed" (with a message).
  [[nodiscard]] Result<Json> find(const std::string& data_folder) const;

  /// Ends the one that runs and starts no more.
  Awaitable<void> stop();

 private:
  struct Implementation;
  std::shared_ptr<Implementation> implementation_;
};

/// The name of what an inspection found, below the data directory.
[[nodiscard]] std::string inspection_name(const std::string& data_folder);

}  // namespace athanor::jobs
