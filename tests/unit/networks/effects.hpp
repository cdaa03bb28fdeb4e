#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sample_job.hpp"

namespace athanor::networks::testing {

/// Paths of a spec and their values.
using Settings = std::vector<std::pair<std::string, Json>>;

/// How a parameter shows that it takes effect.
struct Effect {
  std::string parameter;
  Settings changes;          ///< Legal values other than the default.
  Settings given = {};       ///< What has to be set for it to matter; on both sides.
  std::string variant = {};  ///< Of the job: which data, which parent; known to the test alone.
  std::string refusal = {};  ///< Words of the job that the changes make fail; empty: it works.
};

/// One parameter set to one value.
[[nodiscard]] Effect effect(std::string parameter, Json value, Settings given = {});

/// All of several lists.
[[nodiscard]] std::vector<Effect> all_of(std::initializer_list<std::vector<Effect>> groups);

/// The same changes where nothing else is set: those of a training in the spec of an action that
/// follows it depart from the model's.
[[nodiscard]] std::vector<Effect> departures(std::vector<Effect> effects);

/// Those of model_config in a training, as far as the backbone owns their meaning.
[[nodiscard]] std::vector<Effect> effects_of_backbone();

/// Those that every training has below athanor.
[[nodiscard]] std::vector<Effect> effects_of_training_aids();

/// Those of a list of weights, of which `one` and `other` are items for different names: {"key":
/// "dark", "value": 3.0}.
[[nodiscard]] std::vector<Effect> effects_of_weights(const std::string& path,
                                                     const Json& one,
                                                     const Json& other);

/// Those of a pruning; the layers to leave alone have other names in every network.
[[nodiscard]] std::vector<Effect> effects_of_pruning(Json excluded_layers);

/// Those of an export that are about engines of TensorRT. Whether force_ptq matters depends on how
/// a network was trained.
[[nodiscard]] std::vector<Effect> effects_of_tensorrt();

/// Runs a job with these settings and tells all that came of it: outcome_of().
using RunJob = std::function<std::string(const Settings& settings, const std::string& variant)>;

/// Fails for every parameter of the table that is marked `effective` and lacks an entry, for every
/// entry without such a parameter, and for every entry whose changes make no difference, or that is
/// refused in other words than it says. What is not the same when nothing is changed fails too.
void expect_effects(std::string_view network,
                    std::string_view action,
                    const std::vector<Effect>& effects,
                    const RunJob& run);

/// The same for a conversion, which is alike for all networks, of what `trained` made.
void expect_effects_of_conversion(const SampleJob& trained);

/// Runs a job that others follow.
void expect_to_work(SampleJob& job, const Settings& settings);

/// Applies the settings, runs the job and describes what it left: its artifacts (of checkpoints the
/// weights alone, since they quote the spec), KPI and log without times, or how it failed.
[[nodiscard]] std::string outcome_of(SampleJob& job, const Settings& settings);

}  // namespace athanor::networks::testing
