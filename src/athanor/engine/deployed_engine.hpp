#pragma once

#include <filesystem>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/runtime/engine.hpp"
#include "athanor/runtime/session.hpp"

namespace athanor::engine {

/// The numbers of a dense float tensor where they are; `pictures` keeps them alive. Channels last
/// stays so.
[[nodiscard]] runtime::TensorView view_of(const torch::Tensor& pictures);

/// An engine as a graph to run, with the threads that it names. More pictures than the engine takes
/// at once come in parts.
[[nodiscard]] RunGraph run_on(const runtime::Engine& engine);

/// An engine as a model to use: that of its metadata. invalid_argument where they do not tell.
[[nodiscard]] Result<FinishedModel> converted_model(const runtime::Engine& engine);

/// The same for the bytes of an engine's file, with the errors of runtime::Engine::from_bytes().
[[nodiscard]] Result<FinishedModel> converted_model(std::string_view engine_bytes);

/// artifacts/model.engine of a conversion. not_found without the file; else the errors of
/// runtime::Engine::load() and converted_model().
[[nodiscard]] Result<FinishedModel> open_converted_model(const std::filesystem::path& artifacts);

}  // namespace athanor::engine
