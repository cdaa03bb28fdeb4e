#pragma once

#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::catalog {

/// The number type that the spec of a `convert` asks for: "fp32", "int8" or "fp16". Clients of the
/// API's fourth version say it in `t`, which goes before `data_type`.
[[nodiscard]] std::string engine_precision(const Json& spec);

/// Refuses what an engine of this machine cannot compute in, as unsupported and with the mend.
[[nodiscard]] Status check_engine_precision(const Json& spec);

}  // namespace athanor::catalog
