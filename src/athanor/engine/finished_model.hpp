#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/contract/model_files.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// What an export makes, among its artifacts.
inline constexpr const char* exported_file = contract::onnx_file;

/// Float pictures [N, C, H, W] to the outputs of an exported graph, post-processing included, in
/// the order of the graph. Throws std::runtime_error where they cannot be computed.
using RunGraph = std::function<tensor::NamedTensors(const torch::Tensor& pictures)>;

/// What a job of training, pruning, export or conversion hands to evaluation and inference. Either
/// `checkpoint` or `run` is set: weights for a module that the network builds from `model`, or a
/// graph that runs as it is.
struct FinishedModel {
  std::string network;  ///< "classification"
  Json model;           ///< TrainingTask::model_description()
  Json spec = nullptr;  ///< Of the training; null where the artifact does not tell.
  std::optional<Checkpoint> checkpoint = std::nullopt;
  RunGraph run = nullptr;
};

/// The state of a training as a model to use.
[[nodiscard]] FinishedModel finished_model(Checkpoint checkpoint);

/// What a file with a graph keeps beside it; in ONNX as metadata.
using Properties = std::map<std::string, std::string>;

/// The properties that tell which model a graph is.
[[nodiscard]] Properties identifying_properties(std::string network, const Json& model);

/// A graph as the model that its properties tell. invalid_argument where they do not.
[[nodiscard]] Result<FinishedModel> deployed_model(const Properties& properties, RunGraph run);

/// artifacts/model.onnx of an export, run by a path that shares no code with torch. not_found
/// without the file, unsupported where it cannot be run; else as deployed_model().
[[nodiscard]] Result<FinishedModel> open_exported_model(const std::filesystem::path& artifacts);

/// The same graph for any number of pictures where `run` takes `batch` of them alone: the last
/// batch is filled up with zeros. With `batch` 0 that is `run` itself.
[[nodiscard]] RunGraph in_batches_of(std::int64_t batch, RunGraph run);

/// A member of a model description. Throws std::runtime_error where there is none.
[[nodiscard]] const Json& member_of(const Json& model, std::string_view name);

/// The preprocessing that a model description names. Throws std::runtime_error where it is damaged.
[[nodiscard]] data::Preprocessing preprocessing_of(const Json& model);

}  // namespace athanor::engine
