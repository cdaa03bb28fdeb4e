#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/network.hpp"
#include "athanor/networks/classification/options.hpp"

/// What a retraining takes over of its parent. Where it does to its weights what is nearly always a
/// mistake, jobs do as their spec says, and warn.
namespace athanor::networks::classification {

/// The pixels that the spec of a retraining asks for. Means of channels that it leaves out are the
/// parent's, if that subtracts them in the same mode.
[[nodiscard]] data::Preprocessing pixels_after(const engine::Checkpoint& parent,
                                               data::Preprocessing asked);

/// Warns of pixels that are scaled in another way than those that the parent learned from.
void warn_of_new_pixels(const engine::Job& job,
                        const engine::Checkpoint& parent,
                        const data::Preprocessing& pixels);

/// What a retraining starts from; nothing where the job is another training. Logs where the spec
/// describes another network than the parent's, which counts, and warns where batch norms that the
/// parent kept frozen would learn: those that were made of folded weights have no statistics of
/// their own.
[[nodiscard]] std::optional<engine::Checkpoint> parent_of(const engine::Network& network,
                                                          const engine::Job& job,
                                                          const Frozen& frozen);

/// For TrainingOptions::settled: the parent's architecture where the spec describes another.
[[nodiscard]] std::map<std::string, Json> settled_architecture(
    const engine::Job& job, const std::optional<engine::Checkpoint>& parent);

/// Says what becomes of the last layer of a parent that is for other classes: continue_model()
/// keeps it for as many of them.
void log_fate_of_head(const engine::Job& job,
                      const std::optional<engine::Checkpoint>& parent,
                      const std::vector<std::string>& classes);

}  // namespace athanor::networks::classification
