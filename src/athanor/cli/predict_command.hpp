#pragma once

#include <string>
#include <vector>

#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

struct PredictOptions {
  std::string engine;
  std::vector<std::string> pictures;
  unsigned top_k = 5;
  unsigned threads = 0;  ///< 0: as many as the engine was made for.
  std::string crop;      ///< "center", "none", or empty for what the network does.
  bool json = false;
};

/// Becomes athanor-predict, which alone can read pictures and engines; returns only where that
/// cannot be started.
[[nodiscard]] Result<ExitCode> predict(const PredictOptions& options);

}  // namespace athanor::cli
