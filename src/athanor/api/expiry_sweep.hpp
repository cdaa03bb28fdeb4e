#pragma once

#include <filesystem>
#include <memory>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"

namespace athanor::api {

/// Removes expired resumable uploads every limits::upload_sweep.
class ExpirySweep {
 public:
  ExpirySweep(std::filesystem::path data_folder, const IoExecutor& io, BlockingPool& pool);
  ~ExpirySweep();

  ExpirySweep(const ExpirySweep&) = delete;
  ExpirySweep& operator=(const ExpirySweep&) = delete;

  /// Sweeps now and from now on; once.
  void start();

  /// Ends a sweep's wait; after start().
  Awaitable<void> stop();

 private:
  struct Implementation;
  std::shared_ptr<Implementation> implementation_;
};

}  // namespace athanor::api
