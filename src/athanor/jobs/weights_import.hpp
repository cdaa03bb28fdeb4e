#pragma once

#include <filesystem>
#include <string>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::jobs {

/// Has files with weights checked and converted by `athanor-worker import`, a process with limits:
/// the server itself never reads them.
class WeightsImport {
 public:
  /// `program` is run as `program import FILE BACKBONE FOLDER`.
  WeightsImport(std::filesystem::path program, BlockingPool& pool)
      : program_(std::move(program)), pool_(pool) {}

  /// Fills `folder` with the weights; what they are, as the program says. invalid_argument, in its
  /// words, where the file is not what it should be.
  Awaitable<Result<Json>> run(std::filesystem::path file,
                              std::string backbone,
                              std::filesystem::path folder);

 private:
  std::filesystem::path program_;
  BlockingPool& pool_;
};

}  // namespace athanor::jobs
