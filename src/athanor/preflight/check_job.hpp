#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "athanor/preflight/facts.hpp"
#include "athanor/preflight/faults.hpp"

namespace athanor::preflight {

/// One thing that is known to end a job; it adds a fault for each place where it does. A rule says
/// nothing of jobs that it is not about, nor where a fact is missing.
using Rule = void (*)(const JobFacts& job, Faults& faults);

/// What ends the jobs of one network.
struct NetworkRules {
  std::string_view network;
  std::span<const Rule> rules;
};

/// The networks that have rules of their own.
[[nodiscard]] std::span<const NetworkRules> all_rules();

/// Everything that is wrong with a job by the rules of its network and by those that all networks
/// share, in their order; empty where it may work.
[[nodiscard]] std::vector<Fault> check_job(const JobFacts& job);

/// The same of a spec alone, as one invalid_argument that lists every fault.
[[nodiscard]] Status check_spec(std::string_view network,
                                std::string_view action,
                                const spec::SpecView& spec);

}  // namespace athanor::preflight
