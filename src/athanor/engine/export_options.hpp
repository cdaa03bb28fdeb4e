#pragma once

#include <cstdint>
#include <optional>

#include "athanor/core/json.hpp"

namespace athanor::engine {

/// What the specs of all exports say alike.
struct ExportOptions {
  std::int64_t batch_size = 0;  ///< Of model.onnx; 0 leaves it open.
  bool fold_batch_norm = true;
  bool deepstream_config = true;
  std::int64_t largest_batch = 32;            ///< That a server may put together.
  std::optional<std::int64_t> usual_batch{};  ///< That it should put together, if it can.
};

/// Of a spec that keeps to the rules of preflight.
[[nodiscard]] ExportOptions read_export_options(const Json& spec);

}  // namespace athanor::engine
