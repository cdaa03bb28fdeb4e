#include "athanor/engine/checkpoint.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

constexpr int checkpoint_format_version = 1;
constexpr const char* weights_folder = "weights";
constexpr const char* weights_suffix = ".safetensors";
constexpr const char* optimizer_suffix = ".optimizer.safetensors";
constexpr const char* best_file = "best.txt";
/// Begins the names of live weights among those of the optimiser.
constexpr std::string_view live_prefix = "live/";

Json optional_number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> number_or_none(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

Json checkpoint_to_json(const Checkpoint& checkpoint) {
  return {{"format_version", checkpoint_format_version},
          {"network", checkpoint.network},
          {"epoch", checkpoint.epoch},
          {"batches", checkpoint.batches},
          {"figures", checkpoint.figures},
          {"partial", checkpoint.partial},
          {"best", optional_number(checkpoint.best)},
          {"reference", optional_number(checkpoint.patience.reference)},
          {"stale_epochs", checkpoint.patience.stale_epochs},
          {"model", checkpoint.model},
          {"spec", checkpoint.spec},
          {"data_digest", checkpoint.data_digest}};
}

Result<Checkpoint> read_checkpoint(const fs::path& path) {
  ATHANOR_TRY(const auto text, read_file(path));
  ATHANOR_TRY(const auto json, parse_json(text));
  try {
    if (json.at("format_version") != checkpoint_format_version) {
      return fail(ErrorCode::unsupported,
                  fmt::format("{} has format_version {}, this program reads {}",
                              path.filename().string(),
                              to_text(json.at("format_version")),
                              checkpoint_format_version));
    }
    Checkpoint checkpoint;
    checkpoint.network = json.at("network");
    checkpoint.epoch = json.at("epoch");
    checkpoint.batches = json.at("batches");
    checkpoint.figures = json.at("figures").get<Figures>();
    checkpoint.partial = json.at("partial").get<Figures>();
    checkpoint.best = number_or_none(json.at("best"));
    checkpoint.patience = {number_or_none(json.value("reference", Json(nullptr))),
                           json.value("stale_epochs", std::int64_t{0})};
    checkpoint.model = json.at("model");
    checkpoint.spec = json.value("spec", Json(nullptr));
    checkpoint.data_digest = json.value("data_digest", "");
    checkpoint.weights = fs::path(path).replace_extension(weights_suffix);
    checkpoint.optimizer = fs::path(path).replace_extension(optimizer_suffix);
    return checkpoint;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {}", path.filename().string(), error.what()));
  }
}

std::vector<fs::path> json_files(const fs::path& folder) {
  std::error_code missing;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".json") {
      found.push_back(entry.path());
    }
  }
  return found;
}

/// "resnet_004" for a finished epoch; "resnet_003-000017" in the middle of the next.
std::string stem_of(const std::string& arch, const Checkpoint& checkpoint) {
  const auto epoch = fmt::format("{}_{:03}", arch, checkpoint.epoch);
  return checkpoint.batches == 0 ? epoch : fmt::format("{}-{:06}", epoch, checkpoint.batches);
}

}  // namespace

CheckpointFolder::CheckpointFolder(const fs::path& artifacts,
                                   std::string arch,
                                   crypto::Passphrase key)
    : folder_(artifacts / weights_folder), arch_(std::move(arch)), key_(std::move(key)) {}

Status CheckpointFolder::save(const Checkpoint& checkpoint,
                              const torch::nn::Module& module,
                              const torch::optim::Optimizer& optimizer,
                              bool is_best,
                              const tensor::NamedTensors& live) {
  ATHANOR_CHECK_OK(make_private_folder(folder_));
  const auto stem = stem_of(arch_, checkpoint);
  ATHANOR_CHECK_OK(
      tensor::write_safetensors(folder_ / (stem + weights_suffix),
                                {tensor::state_dict(module), {{"network", checkpoint.network}}},
                                key_));
  auto beside = optimizer_state(optimizer, module);
  for (const auto& [name, value] : live) {
    beside.push_back({std::string(live_prefix) + name, value});
  }
  ATHANOR_CHECK_OK(
      tensor::write_safetensors(folder_ / (stem + optimizer_suffix), {beside, {}}, key_));
  ATHANOR_CHECK_OK(write_file_atomic(folder_ / (stem + ".json"),
                                     to_pretty_text(checkpoint_to_json(checkpoint)) + "\n"));
  if (is_best) {
    ATHANOR_CHECK_OK(write_file_atomic(best_marker(), stem + "\n"));
  }
  remove_all_but(stem);
  return {};
}

fs::path CheckpointFolder::best_marker() const {
  return folder_ / best_file;
}

void CheckpointFolder::remove_all_but(const std::string& newest) {
  auto best = read_file(best_marker()).value_or("");
  best.erase(std::remove(best.begin(), best.end(), '\n'), best.end());
  std::error_code ignored;  // What cannot be removed costs space, not correctness.
  for (const auto& path : json_files(folder_)) {
    const auto stem = path.stem().string();
    if (stem == newest) {
      continue;
    }
    fs::remove(folder_ / (stem + optimizer_suffix), ignored);
    if (stem != best) {
      // The JSON file first: without it the others are no checkpoint.
      fs::remove(path, ignored);
      fs::remove(folder_ / (stem + weights_suffix), ignored);
    }
  }
}

Result<Checkpoint> newest_checkpoint(const fs::path& artifacts, const crypto::Passphrase& key) {
  std::optional<Checkpoint> newest;
  for (const auto& path : json_files(artifacts / weights_folder)) {
    ATHANOR_TRY(auto checkpoint, read_checkpoint(path));
    if (!newest || std::pair(checkpoint.epoch, checkpoint.batches) >
                       std::pair(newest->epoch, newest->batches)) {
      newest = std::move(checkpoint);
    }
  }
  if (!newest) {
    return fail(ErrorCode::not_found,
                "there is no checkpoint under weights/; train the model first");
  }
  newest->key = key;
  return *std::move(newest);
}

Result<Checkpoint> best_checkpoint(const fs::path& artifacts, const crypto::Passphrase& key) {
  const auto folder = artifacts / weights_folder;
  auto best = read_file(folder / best_file);
  if (!best) {
    return newest_checkpoint(artifacts, key);
  }
  best->erase(std::remove(best->begin(), best->end(), '\n'), best->end());
  return read_checkpoint(folder / (*best + ".json"));
}

Result<TrainingState> read_training_state(const Checkpoint& checkpoint) {
  ATHANOR_TRY(auto file, tensor::read_safetensors(checkpoint.optimizer, checkpoint.key));
  TrainingState state;
  for (auto& [name, value] : file.tensors) {
    const bool is_live = name.starts_with(live_prefix);
    auto& group = is_live ? state.live : state.optimizer;
    group.push_back({is_live ? name.substr(live_prefix.size()) : name, value});
  }
  return state;
}

Status load_weights(const Checkpoint& checkpoint, torch::nn::Module& module) {
  ATHANOR_TRY(const auto file, tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  return tensor::load_state_dict(module, file.tensors).require_complete();
}

}  // namespace athanor::engine
