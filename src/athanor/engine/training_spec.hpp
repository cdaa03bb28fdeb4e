#pragma once

#include <initializer_list>
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

}  // namespace athanor::engine
