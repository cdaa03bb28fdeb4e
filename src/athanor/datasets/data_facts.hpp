#pragma once

#include "athanor/core/json.hpp"
#include "athanor/preflight/facts.hpp"

namespace athanor::datasets {

/// What a report tells of the data that a job would read. What it does not tell for certain is left
/// out: groups of which the report did not count every name, and names that it shows other than
/// they are.
[[nodiscard]] preflight::DataFacts data_facts_of(const Json& report);

}  // namespace athanor::datasets
