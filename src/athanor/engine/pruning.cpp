#include "athanor/engine/pruning.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/csv.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/prune/pruning.hpp"
#include "athanor/tensor/double_precision.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

constexpr const char* pruned_name = "model";

exporter::TracedGraph trace_model(const TrainedModel& model, const torch::Tensor& sample) {
  return exporter::trace(model.forward, {{"input", sample}}, tensor::state_dict(*model.module));
}

torch::Tensor noise_for(const TrainedModel& model) {
  auto sizes = model.input_sizes;
  sizes.insert(sizes.begin(), 2);
  seed_torch({.use = data::RandomUse::layers});
  return torch::randn(sizes);
}

/// Runs both in double precision, the original with the pruned channels masked where layers read
/// them. Returns the largest difference over the largest number.
double difference(const TrainedModel& original,
                  const TrainedModel& pruned,
                  const prune::Plan& plan,
                  const torch::Tensor& sample) {
  prune::mask(*original.module, plan);
  const tensor::DoublePrecision of_original(tensor::state_dict(*original.module));
  const tensor::DoublePrecision of_pruned(tensor::state_dict(*pruned.module));
  const auto inputs = sample.to(torch::kDouble);
  const auto expected = original.forward({inputs});
  const auto actual = pruned.forward({inputs});
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto apart = (expected[i] - actual.at(i)).abs().max().item<double>();
    const auto scale = expected[i].abs().max().item<double>();
    const auto relative = apart == 0 ? 0 : apart / scale;
    // What is no number is no small difference either, and no later output hides it.
    largest = std::isnan(largest) || relative <= largest ? largest : relative;
  }
  return largest;
}

double prove(const TrainedModel& original,
             const TrainedModel& pruned,
             const prune::Plan& plan,
             const torch::Tensor& sample) {
  constexpr double tolerance = 1e-5;
  const auto apart = difference(original, pruned, plan, sample);
  if (!(apart <= tolerance)) {
    throw std::runtime_error(fmt::format(
        "the pruned model computes other values than the original without its channels: they "
        "differ by {:.3g}, {:.3g} is allowed; exclude layers with excluded_layers",
        apart,
        tolerance));
  }
  return apart;
}

void write_layers(const Job& job, const prune::Plan& plan) {
  std::string text = "layer,filters,kept,kept_because_it\n";
  for (const auto& layer : plan.layers) {
    text += fmt::format("{},{},{},{}\n",
                        csv_field(layer.layer),
                        layer.filters,
                        layer.kept,
                        csv_field(layer.protection));
  }
  throw_if_failed(write_file_atomic(job.artifacts / "pruning.csv", text));
}

void log_plan(const Job& job, const prune::Plan& plan) {
  for (const auto& name : plan.unknown_operators) {
    job.log(fmt::format("Channels that {} reads stay: the pruner does not know it", name));
  }
  for (const auto& layer : plan.layers) {
    const auto reason = layer.protection.empty() ? "" : " (" + layer.protection + ")";
    job.log(fmt::format("{}: {} of {} filters{}", layer.layer, layer.kept, layer.filters, reason));
  }
  if (plan.cuts.empty()) {
    job.log("Nothing is pruned: raise pruning_threshold, or lower min_num_filters");
  }
}

/// What a model costs.
struct Cost {
  std::int64_t parameters = 0;
  std::int64_t operations = 0;  ///< For one sample.
  std::uintmax_t bytes = 0;     ///< Of its weights in their file.
};

Report report_of(const Cost& before, const Cost& after, double apart) {
  const auto ratio = static_cast<double>(after.parameters) / static_cast<double>(before.parameters);
  return {
      .message = fmt::format("Kept {} of {} parameters ({:.4f}) and {} of {} operations",
                             after.parameters,
                             before.parameters,
                             ratio,
                             after.operations,
                             before.operations),
      .kpi = {{"pruning_ratio", ratio}, {"param_count", after.parameters}, {"size", after.bytes}},
      .stats = {{"param_count_before", std::to_string(before.parameters)},
                {"size_before", std::to_string(before.bytes)},
                {"flops", std::to_string(after.operations)},
                {"flops_before", std::to_string(before.operations)},
                {"largest_difference", fmt::format("{:.3g}", apart)}}};
}

/// The parent's checkpoint with another model in it. The figures of the training are not its own.
Checkpoint pruned_checkpoint(const Job& job,
                             const Checkpoint& parent,
                             const prune::Topology& changed) {
  auto topology = value_or_throw(prune::topology_of(parent.model));
  prune::merge(changed, topology);
  Checkpoint checkpoint;
  checkpoint.network = parent.network;
  checkpoint.epoch = parent.epoch;
  checkpoint.model = parent.model;
  checkpoint.spec = parent.spec;
  checkpoint.data_digest = parent.data_digest;
  checkpoint.key = job.own_key;
  prune::describe(topology, checkpoint.model);
  return checkpoint;
}

}  // namespace

Report prune_model(const Network& network, const Job& job, const Checkpoint& checkpoint) {
  const auto options = value_or_throw<std::invalid_argument>(prune::read_options(job.request.spec));
  const torch::NoGradGuard no_grad;
  const auto original = network.load(checkpoint);
  const auto pruned = network.load(checkpoint);
  const auto sample = noise_for(original);
  const auto traced = trace_model(original, sample);
  const auto plan =
      value_or_throw<std::invalid_argument>(prune::plan_pruning(traced, *original.module, options));
  log_plan(job, plan);
  Cost before{prune::parameter_count(*original.module),
              prune::operation_count(traced),
              std::filesystem::file_size(checkpoint.weights)};
  auto result = pruned_checkpoint(job, checkpoint, prune::prune(*pruned.module, plan));
  Cost after{prune::parameter_count(*pruned.module),
             prune::operation_count(trace_model(pruned, sample))};
  const auto apart = prove(original, pruned, plan, sample);
  if (job.stop.stop_requested()) {
    throw Stopped("Stopped before the pruned model was written");
  }
  throw_if_failed(
      save_model(job.artifacts, pruned_name, tensor::state_dict(*pruned.module), result));
  after.bytes = std::filesystem::file_size(result.weights);
  write_layers(job, plan);
  return report_of(before, after, apart);
}

}  // namespace athanor::engine
