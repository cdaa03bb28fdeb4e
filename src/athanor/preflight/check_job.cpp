#include "athanor/preflight/check_job.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "athanor/preflight/classification.hpp"
#include "athanor/preflight/model_rules.hpp"
#include "athanor/preflight/multitask_classification.hpp"

namespace athanor::preflight {

namespace {

/// Of every network.
constexpr Rule common_rules[] = {check_export, check_conversion, check_pruning};

std::span<const Rule> rules_of(std::string_view network) {
  const auto networks = all_rules();
  const auto found = std::ranges::find(networks, network, &NetworkRules::network);
  return found != networks.end() ? found->rules : std::span<const Rule>();
}

}  // namespace

std::span<const NetworkRules> all_rules() {
  static const std::array<NetworkRules, 2> networks{{
      {"classification", classification::rules()},
      {"multitask_classification", multitask_classification::rules()},
  }};
  return networks;
}

std::vector<Fault> check_job(const JobFacts& job) {
  Faults faults;
  for (const auto rule : rules_of(job.network)) {
    rule(job, faults);
  }
  for (const auto rule : common_rules) {
    rule(job, faults);
  }
  return faults.found();
}

Status check_spec(std::string_view network, std::string_view action, const spec::SpecView& spec) {
  std::string text;
  for (const auto& fault : check_job({.network = network, .action = action, .spec = spec})) {
    text += (text.empty() ? "" : "; ") + to_string(fault);
  }
  return text.empty() ? Status() : fail(ErrorCode::invalid_argument, std::move(text));
}

}  // namespace athanor::preflight
