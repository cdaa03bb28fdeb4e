#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/runtime/graph.hpp"

/// The format of engine files. All numbers are little-endian:
///
///     8 bytes   "ATHENGIN"
///     u32       engine_format_version
///     u32       bytes of the description
///     u64       bytes of the weights
///     64 bytes  digest() of description and weights, in hexadecimal
///     the description: JSON (description_of)
///     the weights
///
/// Weights are stored as they are in the ONNX file, or in s8: the blocked layouts that a layer
/// wants depend on the batch and are made when a session first needs them.
namespace athanor::runtime {

inline constexpr std::uint32_t engine_format_version = 1;

[[nodiscard]] std::string render_engine_file(const EngineModel& model);

/// Refuses, in this order: what is no engine file, another format version, an engine for another
/// machine (check_machine), damage, and a model that contradicts itself (check_model).
[[nodiscard]] Result<EngineModel> parse_engine_file(std::string_view bytes);

/// All of a model but its weights.
[[nodiscard]] Json description_of(const EngineModel& model);

/// The inverse, without check_model(). invalid_argument naming what is amiss.
[[nodiscard]] Result<EngineModel> model_from_description(const Json& json);

}  // namespace athanor::runtime
