#include "effects.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "support/clear_content.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::networks::testing {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view failure_mark = "failed: ";

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool quotes_the_spec(const fs::path& file) {
  return file.parent_path().filename() == "weights" && file.extension() == ".json";
}

/// Encrypted files never have the same bytes twice.
std::string content_of(const fs::path& file) {
  return file.extension() == ".safetensors"
             ? athanor::testing::clear_content(file, no_key()).value()
             : read_file(file).value();
}

bool has_times(std::string_view line) {
  return line.starts_with("Epoch ") || line.starts_with("Forecast: ") ||
         line.find("/s") != std::string_view::npos;
}

/// Without the times of an engine, which are never the same.
Json lasting(Json stats) {
  for (auto it = stats.begin(); it != stats.end();) {
    const bool is_time = it.key().starts_with("latency_") || it.key().starts_with("throughput_");
    it = is_time ? stats.erase(it) : std::next(it);
  }
  return stats;
}

Settings both(Settings first, const Settings& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string name_of(const Settings& settings, const std::string& variant) {
  std::string name = variant;
  for (const auto& [path, value] : settings) {
    name += fmt::format(" {}={}", path, to_text(value));
  }
  return name;
}

std::vector<Effect> effects_of_conversion() {
  const Settings lenient{{"athanor.accuracy_budget", 10.0}};
  const auto in_int8 = both(lenient, {{"data_type", "int8"}});
  const auto once = both(in_int8, {{"batches", 1}});
  const auto by_percentile = both(
      in_int8, {{"athanor.calibration_method", "percentile"}, {"athanor.accuracy_budget", 100.0}});
  return {effect("data_type", "int8", lenient),
          effect("t", "int8", lenient),
          effect("batch_size", 5, once),
          effect("b", 3, once),
          effect("batches", 1, in_int8),
          effect("max_batch_size", 3),
          effect("max_workspace_size", 1000),
          effect("p", "input_1,1x3x16x16,2x3x16x16,2x3x16x16"),
          effect("athanor.accuracy_budget", 50.0, in_int8),
          effect("athanor.calibration_method", "min_max", in_int8),
          effect("athanor.calibration_percentile", 99.0, by_percentile),
          effect("athanor.threads", 2)};
}

/// A changed job works, or is refused in the words of its entry.
void expect_as_announced(const Effect& entry, const std::string& outcome) {
  const bool is_refused = outcome.starts_with(failure_mark);
  if (entry.refusal.empty()) {
    EXPECT_FALSE(is_refused) << name_of(entry.changes, entry.variant) << " " << outcome;
  } else {
    EXPECT_TRUE(is_refused && outcome.find(entry.refusal) != std::string::npos)
        << name_of(entry.changes, entry.variant) << " is not refused by \"" << entry.refusal << "\""
        << (is_refused ? ": " + outcome : "");
  }
}

bool has_entry(const std::vector<Effect>& effects, std::string_view parameter) {
  return std::any_of(effects.begin(), effects.end(), [&](const Effect& candidate) {
    return candidate.parameter == parameter;
  });
}

}  // namespace

Effect effect(std::string parameter, Json value, Settings given) {
  Settings changes{{parameter, std::move(value)}};
  return {std::move(parameter), std::move(changes), std::move(given)};
}

std::vector<Effect> all_of(std::initializer_list<std::vector<Effect>> groups) {
  std::vector<Effect> all;
  for (const auto& group : groups) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<Effect> departures(std::vector<Effect> effects) {
  for (auto& entry : effects) {
    entry.given.clear();
  }
  return effects;
}

std::vector<Effect> effects_of_backbone() {
  const Settings with_limit{
      {"model_config.activation.activation_type", "relu"},
      {"model_config.activation.activation_parameters", {{"key", "max_value"}, {"value", 0.5}}}};
  return {
      effect("model_config.arch", "mobilenet_v1"),
      effect("model_config.activation.activation_type", "swish"),
      // Every activation has a parameter of its own, if any.
      {.parameter = "model_config.activation.activation_parameters.key",
       .changes = {{"model_config.activation.activation_type", "swish"},
                   {"model_config.activation.activation_parameters.key", "beta"}},
       .given = with_limit},
      effect("model_config.activation.activation_parameters.value", 0.25, with_limit),
      effect("model_config.all_projections", false),
      effect("model_config.batch_norm_config.epsilon", 0.01),
      effect("model_config.batch_norm_config.momentum", 0.5),
      effect("model_config.dropout", 0.5),
      effect("model_config.freeze_blocks", 1),
      effect("model_config.freeze_bn", true),
      effect("model_config.input_image_size", "3,12,12"),
      effect("model_config.n_layers", 34),
      // Pictures of 16 x 16 grow and shrink.
      effect("model_config.resize_interpolation_method",
             "__BICUBIC__",
             {{"model_config.input_image_size", "3,20,20"}}),
      effect("model_config.resize_interpolation_method",
             "__BICUBIC__",
             {{"model_config.input_image_size", "3,8,8"}}),
      effect("model_config.use_batch_norm", false),
      effect("model_config.use_bias", true),
      effect("model_config.use_pooling", false, {{"athanor.stem", "imagenet"}}),
  };
}

std::vector<Effect> effects_of_training_aids() {
  return {effect("athanor.auto_batch_size", true),
          effect("athanor.checkpoint_minutes", 1.0),
          effect("athanor.class_weighting", "balanced"),
          effect("athanor.lr_finder", "report"),
          effect("athanor.moving_average_decay", 0.9)};
}

std::vector<Effect> effects_of_weights(const std::string& path,
                                       const Json& one,
                                       const Json& other) {
  const Settings weights{{path, Json::array({one})}};
  return {{.parameter = path + ".key", .changes = {{path, Json::array({other})}}, .given = weights},
          {.parameter = path + ".value", .changes = weights}};
}

std::vector<Effect> effects_of_pruning(Json excluded_layers) {
  return {effect("athanor.checkpoint", "best"),
          effect("equalization_criterion", "intersection"),
          effect("excluded_layers", std::move(excluded_layers)),
          effect("min_num_filters", 7),
          effect("normalizer", "L2"),
          effect("pruning_granularity", 3),
          effect("pruning_threshold", 0.99)};
}

std::vector<Effect> effects_of_tensorrt() {
  const Settings in_int8{{"data_type", "int8"}};
  return {effect("data_type", "fp16"),
          effect("max_workspace_size", 1 << 24),
          effect("batches", 1, in_int8),
          effect("batch_size", 5, both(in_int8, {{"batches", 1}})),
          effect("strict_type_constraints", true)};
}

void expect_effects(std::string_view network,
                    std::string_view action,
                    const std::vector<Effect>& effects,
                    const RunJob& run) {
  const auto* table = spec::find_table(network, action);
  ASSERT_NE(table, nullptr);
  for (const auto& row : table->parameters) {
    if (row.effective && row.type != spec::Type::object) {
      EXPECT_TRUE(has_entry(effects, row.path)) << row.path << " has no entry";
    }
  }
  std::map<std::string, std::string> without;
  for (const auto& entry : effects) {
    const auto* row = spec::find_parameter(*table, entry.parameter);
    if (row == nullptr || !row->effective) {
      ADD_FAILURE() << entry.parameter << " is not marked as effective";
      continue;
    }
    auto& base = without[name_of(entry.given, entry.variant)];
    if (base.empty()) {
      base = run(entry.given, entry.variant);
      EXPECT_FALSE(base.starts_with(failure_mark)) << name_of(entry.given, entry.variant) << base;
      // Else every change would seem to take effect. Weights are not to be printed.
      EXPECT_TRUE(run(entry.given, entry.variant) == base)
          << action << name_of(entry.given, entry.variant) << " is not the same twice";
    }
    const auto changed = run(both(entry.given, entry.changes), entry.variant);
    EXPECT_TRUE(changed != base) << name_of(entry.changes, entry.variant) << " changes nothing";
    expect_as_announced(entry, changed);
  }
}

void expect_effects_of_conversion(const SampleJob& trained) {
  const auto network = trained.request.network;
  SampleJob exported(network, "export");
  exported.set_parent(trained);
  (void)exported.run();

  expect_effects(network,
                 "convert",
                 effects_of_conversion(),
                 [&](const Settings& settings, const std::string& /*variant*/) {
                   SampleJob job(network, "convert");
                   job.set_parent(exported);
                   return outcome_of(job, settings);
                 });
}

void expect_to_work(SampleJob& job, const Settings& settings) {
  const auto outcome = outcome_of(job, settings);
  if (outcome.starts_with(failure_mark)) {
    ADD_FAILURE() << outcome;
  }
}

std::string outcome_of(SampleJob& job, const Settings& settings) {
  for (const auto& [path, value] : settings) {
    set_path(job.request.spec, path, value);
  }
  std::string outcome;
  try {
    const auto report = job.run();
    outcome += report.message + to_text(report.kpi) + to_text(lasting(report.stats)) + "\n";
  } catch (const std::exception& error) {
    return std::string(failure_mark) + error.what();
  }
  for (const auto& line : job.log) {
    if (!has_times(line)) {
      outcome += line + "\n";
    }
  }
  for (const auto& file : files_below(job.artifacts())) {
    outcome += file.lexically_relative(job.artifacts()).string() + "\n";
    if (!quotes_the_spec(file)) {
      outcome += content_of(file);
    }
  }
  return outcome;
}

}  // namespace athanor::networks::testing
