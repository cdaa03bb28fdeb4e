#pragma once

#include <string_view>

namespace athanor::contract {

/// What a job of `export` writes and `convert` and others take.
inline constexpr const char* onnx_file = "model.onnx";
/// What `convert` writes.
inline constexpr const char* engine_file = "model.engine";

/// Where trainings and prunings keep their checkpoints, below the artifacts: of each a JSON file,
/// and beside it the weights under the same name with this suffix.
inline constexpr const char* weights_folder = "weights";
inline constexpr const char* weights_suffix = ".safetensors";

/// The artifact in which a finished job of this action hands its model on; empty where that is no
/// single file of a fixed name.
[[nodiscard]] constexpr std::string_view model_file_of(std::string_view action) {
  if (action == "export") {
    return onnx_file;
  }
  return action == "convert" ? engine_file : "";
}

}  // namespace athanor::contract
