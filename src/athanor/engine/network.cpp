#include "athanor/engine/network.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/engine/forecaster.hpp"
#include "athanor/preflight/check_job.hpp"
#include "athanor/spec/spec_view.hpp"

namespace athanor::engine {

namespace {

Report train(const Network& network, const Job& job) {
  auto training = network.prepare_training(job);
  forecast_training(job, *training.task, training.options);
  return Trainer(job, *training.task, std::move(training.options)).run();
}

}  // namespace

Checkpoint parent_checkpoint(const Network& network, const Job& job) {
  const auto& action = job.request.action;
  if (!job.request.parent) {
    throw std::invalid_argument(
        fmt::format("{} needs the job of a trained model as parent; name it in \"job\"", action));
  }
  const auto* which = find_path(job.request.spec, "athanor.checkpoint");
  const auto& artifacts = job.request.parent->artifacts;
  auto checkpoint = which != nullptr && *which == "best"
                        ? best_checkpoint(artifacts, job.parent_key)
                        : newest_checkpoint(artifacts, job.parent_key);
  if (!checkpoint) {
    throw std::invalid_argument(fmt::format(
        "the parent job {}: {}", job.request.parent->job_id, checkpoint.error().message));
  }
  if (checkpoint->network != network.name()) {
    throw std::invalid_argument(fmt::format("the parent job {} holds a model of {}, not of {}",
                                            job.request.parent->job_id,
                                            checkpoint->network,
                                            network.name()));
  }
  job.log(fmt::format("Taking the model of job {} as it was after {} epochs",
                      job.request.parent->job_id,
                      checkpoint->epoch));
  return *std::move(checkpoint);
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
  const auto sound =
      preflight::check_spec(network.name(), action, spec::SpecView(job.request.spec));
  if (!sound) {
    throw std::invalid_argument(sound.error().message);
  }
  if (action == "train" || action == "retrain") {
    return train(network, job);
  }
  const auto checkpoint = parent_checkpoint(network, job);
  if (action == "evaluate") {
    return network.evaluate(job, checkpoint);
  }
  if (action == "inference") {
    return network.infer(job, checkpoint);
  }
  if (action == "export") {
    return network.export_model(job, checkpoint);
  }
  return network.do_other(job, checkpoint);
}

}  // namespace athanor::engine
