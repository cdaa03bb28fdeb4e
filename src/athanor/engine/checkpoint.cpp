#include "athanor/engine/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "athanor/contract/model_files.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json_file.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

using contract::weights_folder;
using contract::weights_suffix;

constexpr int checkpoint_format_version = 1;
constexpr const char* optimizer_suffix = ".optimizer.safetensors";
constexpr const char* best_file = "best.txt";
/// Begins the names of live weights among those of the optimiser.
constexpr std::string_view live_prefix = "live/";

/// JSON has no other way to tell what is no finite number.
Json to_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(fmt::format("{}", value));
}

double number_from(const Json& json) {
  if (!json.is_string()) {
    return json.get<double>();
  }
  const auto& text = json.get_ref<const std::string&>();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "inf" ? infinity : text == "-inf" ? -infinity : std::nan("");
}

Json to_json(const std::optional<double>& value) {
  return value ? to_json(*value) : Json(nullptr);
}

std::optional<double> optional_number_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(number_from(json));
}

Json to_json(const Figures& figures) {
  Json json = Json::object();
  for (const auto& [name, value] : figures) {
    json[name] = to_json(value);
  }
  return json;
}

Figures figures_from(const Json& json) {
  Figures figures;
  for (const auto& [name, value] : json.items()) {
    figures[name] = number_from(value);
  }
  return figures;
}

Json to_json(const std::optional<Surroundings>& surroundings) {
  if (!surroundings) {
    return nullptr;
  }
  return {{"build", surroundings->build},
          {"processor", surroundings->processor},
          {"threads", surroundings->threads}};
}

std::optional<Surroundings> surroundings_from(const Json& json) {
  if (json.is_null()) {
    return std::nullopt;
  }
  return Surroundings{json.at("build"), json.at("processor"), json.at("threads")};
}

Json to_json(const Checkpoint& checkpoint) {
  return {{"format_version", checkpoint_format_version},
          {"network", checkpoint.network},
          {"epoch", checkpoint.epoch},
          {"batches", checkpoint.batches},
          {"batches_per_epoch", checkpoint.batches_per_epoch},
          {"figures", to_json(checkpoint.figures)},
          {"partial", to_json(checkpoint.partial)},
          {"best", to_json(checkpoint.best)},
          {"is_best", checkpoint.is_best},
          {"reference", to_json(checkpoint.patience.reference)},
          {"stale_epochs", checkpoint.patience.stale_epochs},
          {"surroundings", to_json(checkpoint.surroundings)},
          {"model", checkpoint.model},
          {"spec", checkpoint.spec},
          {"data_digest", checkpoint.data_digest}};
}

Checkpoint checkpoint_from(const Json& json) {
  Checkpoint checkpoint;
  checkpoint.network = json.at("network");
  checkpoint.epoch = json.at("epoch");
  checkpoint.batches = json.at("batches");
  checkpoint.batches_per_epoch = json.value("batches_per_epoch", std::int64_t{0});
  checkpoint.figures = figures_from(json.at("figures"));
  checkpoint.partial = figures_from(json.at("partial"));
  checkpoint.best = optional_number_from(json.at("best"));
  checkpoint.is_best = json.value("is_best", false);
  checkpoint.patience = {optional_number_from(json.value("reference", Json(nullptr))),
                         json.value("stale_epochs", std::int64_t{0})};
  checkpoint.surroundings = surroundings_from(json.value("surroundings", Json(nullptr)));
  checkpoint.model = json.at("model");
  checkpoint.spec = json.value("spec", Json(nullptr));
  checkpoint.data_digest = json.value("data_digest", "");
  return checkpoint;
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
std::string stem_of(const std::string& weights_name, const Checkpoint& checkpoint) {
  const auto epoch = fmt::format("{}_{:03}", weights_name, checkpoint.epoch);
  return checkpoint.batches == 0 ? epoch : fmt::format("{}-{:06}", epoch, checkpoint.batches);
}

/// Epochs and batches.
using Position = std::pair<std::int64_t, std::int64_t>;

/// Takes a number off the front of a text.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Undoes stem_of(); none for what is no such name.
std::optional<Position> position_of(const std::string& weights_name, std::string_view stem) {
  if (!stem.starts_with(weights_name + "_")) {
    return std::nullopt;
  }
  stem.remove_prefix(weights_name.size() + 1);
  const auto epoch = take_number(stem);
  std::optional<std::int64_t> batches = 0;
  if (stem.starts_with('-')) {
    stem.remove_prefix(1);
    batches = take_number(stem);
  }
  if (!epoch || !batches || !stem.empty()) {
    return std::nullopt;
  }
  return Position{*epoch, *batches};
}

/// The marked one; empty where none is.
std::string best_stem_in(const fs::path& folder) {
  auto best = read_file(folder / best_file).value_or("");
  best.erase(std::remove(best.begin(), best.end(), '\n'), best.end());
  return best;
}

/// "resnet_004" of each of its files, unfinished ones too.
std::string stem_in(const fs::path& file) {
  const auto name = file.filename().string();
  return name.substr(0, name.find('.'));
}

}  // namespace

CheckpointFolder::CheckpointFolder(const fs::path& artifacts,
                                   std::string weights_name,
                                   crypto::Passphrase key)
    : folder_(artifacts / weights_folder),
      weights_name_(std::move(weights_name)),
      key_(std::move(key)) {}

Status CheckpointFolder::save(const Checkpoint& checkpoint,
                              const CheckpointTensors& tensors) const {
  ATHANOR_CHECK_OK(make_private_folder(folder_));
  const auto stem = stem_of(weights_name_, checkpoint);
  ATHANOR_CHECK_OK(tensor::write_safetensors(folder_ / (stem + weights_suffix),
                                             {tensors.weights, {{"network", checkpoint.network}}},
                                             key_));
  auto beside = tensors.optimizer;
  for (const auto& [name, value] : tensors.live) {
    beside.push_back({std::string(live_prefix) + name, value});
  }
  ATHANOR_CHECK_OK(
      tensor::write_safetensors(folder_ / (stem + optimizer_suffix), {beside, {}}, key_));
  ATHANOR_CHECK_OK(write_json_file(folder_ / (stem + ".json"), to_json(checkpoint)));
  if (checkpoint.is_best) {
    ATHANOR_CHECK_OK(mark_best(stem));
  }
  std::set<std::string> resumable{stem};
  if (const auto files = newest_first(); files.size() > 1) {
    resumable.insert(files[1].stem().string());
  }
  remove_all_but(resumable);
  return {};
}

std::vector<fs::path> CheckpointFolder::newest_first() const {
  std::vector<std::pair<Position, fs::path>> found;
  for (const auto& path : json_files(folder_)) {
    if (const auto position = position_of(weights_name_, path.stem().string())) {
      found.emplace_back(*position, path);
    }
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> files;
  for (auto& [position, path] : found) {
    files.push_back(std::move(path));
  }
  return files;
}

Status CheckpointFolder::go_back_to(const Checkpoint& checkpoint) const {
  const auto stem = stem_of(weights_name_, checkpoint);
  std::error_code ignored;  // What cannot be removed is met again at the next attempt.
  for (const auto& path : newest_first()) {
    if (path.stem() == stem) {
      break;
    }
    fs::remove(path, ignored);
  }
  return checkpoint.is_best ? mark_best(stem) : Status();
}

void CheckpointFolder::keep_last() const {
  if (const auto files = newest_first(); !files.empty()) {
    remove_all_but({files.front().stem().string()});
  }
}

Status CheckpointFolder::mark_best(const std::string& stem) const {
  return write_file_atomic(folder_ / best_file, stem + "\n");
}

/// Of the best, the weights stay in any case. What a killed writer left goes too.
void CheckpointFolder::remove_all_but(const std::set<std::string>& resumable) const {
  const auto best = best_stem_in(folder_);
  std::vector<fs::path> removed;
  std::error_code ignored;  // What cannot be removed costs space, not correctness.
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const auto stem = stem_in(entry.path());
    const auto name = entry.path().filename().string();
    const bool stays =
        resumable.contains(stem) || (stem == best && !name.ends_with(optimizer_suffix));
    if (position_of(weights_name_, stem) && (!stays || is_temporary_name(entry.path()))) {
      removed.push_back(entry.path());
    }
  }
  // The JSON files first: without one the others are no checkpoint.
  std::stable_partition(removed.begin(), removed.end(), [](const fs::path& path) {
    return path.extension() == ".json";
  });
  for (const auto& path : removed) {
    fs::remove(path, ignored);
  }
}

Result<Checkpoint> read_checkpoint(const fs::path& path, const crypto::Passphrase& key) {
  const auto name = path.filename().string();
  ATHANOR_TRY(const auto json, read_json_file(path));
  try {
    if (json.at("format_version") != checkpoint_format_version) {
      return fail(ErrorCode::unsupported,
                  fmt::format("{} has format_version {}, this program reads {}",
                              name,
                              to_text(json.at("format_version")),
                              checkpoint_format_version));
    }
    auto checkpoint = checkpoint_from(json);
    checkpoint.weights = fs::path(path).replace_extension(weights_suffix);
    checkpoint.optimizer = fs::path(path).replace_extension(optimizer_suffix);
    checkpoint.key = key;
    return checkpoint;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", name, error.what()));
  }
}

bool is_damage(const Error& error) {
  return error.code == ErrorCode::invalid_argument || error.code == ErrorCode::not_found ||
         error.code == ErrorCode::io;
}

std::string damage_warning(const Error& damage) {
  return fmt::format("Warning: a checkpoint cannot be used: {}", damage.message);
}

Status save_model(const fs::path& artifacts,
                  const std::string& name,
                  const tensor::NamedTensors& weights,
                  Checkpoint& checkpoint) {
  const auto folder = artifacts / weights_folder;
  ATHANOR_CHECK_OK(make_private_folder(folder));
  checkpoint.weights = folder / (name + weights_suffix);
  checkpoint.optimizer.clear();
  ATHANOR_CHECK_OK(tensor::write_safetensors(
      checkpoint.weights, {weights, {{"network", checkpoint.network}}}, checkpoint.key));
  return write_json_file(folder / (name + ".json"), to_json(checkpoint));
}

Result<Checkpoint> newest_checkpoint(const fs::path& artifacts,
                                     const crypto::Passphrase& key,
                                     const std::function<void(std::string_view)>& warn) {
  std::optional<Checkpoint> newest;
  std::optional<Error> damage;
  for (const auto& path : json_files(artifacts / weights_folder)) {
    auto checkpoint = read_checkpoint(path, key);
    if (!checkpoint && !is_damage(checkpoint.error())) {
      return checkpoint;
    }
    if (!checkpoint) {
      warn(damage_warning(checkpoint.error()));
      damage = checkpoint.error();
    } else if (!newest || std::pair(checkpoint->epoch, checkpoint->batches) >
                              std::pair(newest->epoch, newest->batches)) {
      newest = *std::move(checkpoint);
    }
  }
  if (newest) {
    return *std::move(newest);
  }
  return damage ? fail(*std::move(damage))
                : fail(ErrorCode::not_found,
                       "there is no checkpoint under weights/; train the model first");
}

Result<Checkpoint> best_checkpoint(const fs::path& artifacts,
                                   const crypto::Passphrase& key,
                                   const std::function<void(std::string_view)>& warn) {
  const auto folder = artifacts / weights_folder;
  const auto best = folder / (best_stem_in(folder) + ".json");
  return fs::exists(best) ? read_checkpoint(best, key) : newest_checkpoint(artifacts, key, warn);
}

Result<CheckpointTensors> read_tensors(const Checkpoint& checkpoint) {
  ATHANOR_TRY(auto weights, tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  ATHANOR_TRY(auto beside, tensor::read_safetensors(checkpoint.optimizer, checkpoint.key));
  CheckpointTensors tensors{std::move(weights.tensors), {}, {}};
  for (auto& [name, value] : beside.tensors) {
    const bool is_live = name.starts_with(live_prefix);
    auto& group = is_live ? tensors.live : tensors.optimizer;
    group.push_back({is_live ? name.substr(live_prefix.size()) : name, value});
  }
  return tensors;
}

Status load_weights(const Checkpoint& checkpoint, torch::nn::Module& module) {
  ATHANOR_TRY(const auto file, tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  return tensor::load_state_dict(module, file.tensors).require_complete();
}

}  // namespace athanor::engine
