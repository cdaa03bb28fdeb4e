#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "athanor/core/json.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// The spec of an evaluation, inference or retraining repeats what the model was trained with. What
/// counts is the model; this logs each value below the `groups` of the job's spec that its user set
/// and that departs from that of the training. An exported file does not tell the latter
/// (`trained_with` is null): then one line names all values that were set.
void log_departures(const Job& job,
                    const Json& trained_with,
                    std::initializer_list<std::string_view> groups);

/// For TrainingOptions::settled of a retraining: what the model was trained with (null: without
/// it), by each of the `paths` of values and groups at which the job's spec has something else.
/// Empty where the training is not known.
[[nodiscard]] std::map<std::string, Json> settled_departures(
    const Job& job, const Json& trained_with, std::initializer_list<std::string_view> paths);

}  // namespace athanor::engine
