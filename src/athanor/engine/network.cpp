#include "athanor/engine/network.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/catalog/chaining.hpp"
#include "athanor/contract/model_files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/conversion.hpp"
#include "athanor/engine/data_digest.hpp"
#include "athanor/engine/deployed_engine.hpp"
#include "athanor/engine/forecaster.hpp"
#include "athanor/engine/pruning.hpp"
#include "athanor/preflight/check_job.hpp"
#include "athanor/spec/spec_view.hpp"

namespace athanor::engine {

namespace {

Report train(const Network& network, const Job& job) {
  auto training = network.prepare_training(job);
  training.options.data_digest = data_digest(job.request.train_datasets);
  forecast_training(job, *training.task, training.options);
  return Trainer(job, *training.task, std::move(training.options)).run();
}

const contract::ParentInput& require_parent(const Job& job) {
  if (!job.request.parent) {
    throw std::invalid_argument(fmt::format(
        "{} needs the job of a trained model as parent; name it in \"job\"", job.request.action));
  }
  return *job.request.parent;
}

bool wants_best(const Job& job) {
  const auto* which = find_path(job.request.spec, "athanor.checkpoint");
  return which != nullptr && *which == "best";
}

/// What was found among a parent's artifacts, if it is a model of `network`.
template <class Found>
Found require_fitting(Result<Found> found,
                      const contract::ParentInput& parent,
                      const Network& network) {
  auto model = value_or_throw<std::invalid_argument>(
      std::move(found), fmt::format("the parent job {}", parent.job_id));
  if (model.network != network.name()) {
    throw std::invalid_argument(fmt::format("the parent job {} holds a model of {}, not of {}",
                                            parent.job_id,
                                            model.network,
                                            network.name()));
  }
  return model;
}

/// The graph in the one file that an export or a conversion made.
FinishedModel model_in_file(const Network& network, const Job& job) {
  const auto& parent = *job.request.parent;
  auto finished =
      require_fitting(parent.action == "convert" ? open_converted_model(parent.artifacts)
                                                 : open_exported_model(parent.artifacts),
                      parent,
                      network);
  job.log(
      fmt::format("Taking {} of job {}", contract::model_file_of(parent.action), parent.job_id));
  if (wants_best(job)) {
    job.log("Warning: athanor.checkpoint has no effect, since the export has chosen already");
  }
  return finished;
}

}  // namespace

Checkpoint parent_checkpoint(const Network& network, const Job& job) {
  const auto& parent = require_parent(job);
  auto checkpoint = require_fitting(
      wants_best(job) ? best_checkpoint(parent.artifacts, job.parent_key, job.log)
                      : newest_checkpoint(parent.artifacts, job.parent_key, job.log),
      parent,
      network);
  job.log(fmt::format(
      "Taking the model of job {} as it was after {} epochs", parent.job_id, checkpoint.epoch));
  return checkpoint;
}

FinishedModel parent_model(const Network& network, const Job& job) {
  return contract::model_file_of(require_parent(job).action).empty()
             ? finished_model(parent_checkpoint(network, job))
             : model_in_file(network, job);
}

const contract::DatasetInput& require_dataset(const std::optional<contract::DatasetInput>& dataset,
                                              std::string_view role) {
  if (!dataset) {
    throw std::invalid_argument(fmt::format("{}: the model has none; link one", role));
  }
  return *dataset;
}

TrainedModel Network::load(const Checkpoint& /*checkpoint*/) const {
  throw std::logic_error(fmt::format("{} cannot hand out its models", name()));
}

Report Network::do_other(const Job& job, const Checkpoint& /*checkpoint*/) const {
  throw std::logic_error(fmt::format("{} lists {} but lacks it", name(), job.request.action));
}

Report run_action(const Network& network, const Job& job) {
  const auto& action = job.request.action;
  const auto actions = network.actions();
  if (std::find(actions.begin(), actions.end(), action) == actions.end()) {
    throw std::invalid_argument(fmt::format(
        "{} cannot {} yet; it can {}", network.name(), action, fmt::join(actions, ", ")));
  }
  throw_if_failed<std::invalid_argument>(
      preflight::check_spec(network.name(), action, spec::SpecView(job.request.spec)));
  if (catalog::is_training(action)) {
    return train(network, job);
  }
  if (action == "evaluate") {
    return network.evaluate(job, parent_model(network, job));
  }
  if (action == "inference") {
    return network.infer(job, parent_model(network, job));
  }
  if (action == "convert") {
    return convert_model(network, job);
  }
  const auto checkpoint = parent_checkpoint(network, job);
  if (action == "export") {
    return network.export_model(job, checkpoint);
  }
  if (action == "prune") {
    return prune_model(network, job, checkpoint);
  }
  return network.do_other(job, checkpoint);
}

}  // namespace athanor::engine
