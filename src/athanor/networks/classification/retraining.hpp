#pragma once

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/job.hpp"

/// What a retraining may do to the weights of its parent that is nearly always a mistake: jobs do
/// as their spec says, and warn.
namespace athanor::networks::classification {

/// The pixels that the spec of a retraining asks for. Means of channels that it leaves out are the
/// parent's, if that subtracts them in the same mode.
[[nodiscard]] data::Preprocessing pixels_after(const engine::Checkpoint& parent,
                                               data::Preprocessing asked);

/// Warns of pixels that are scaled in another way than those that the parent learned from.
void warn_of_new_pixels(const engine::Job& job,
                        const engine::Checkpoint& parent,
                        const data::Preprocessing& pixels);

/// Warns where batch norms that the parent kept frozen would learn: those that were made of folded
/// weights have no statistics of their own.
void warn_of_thawed_norms(const engine::Job& job, const engine::Checkpoint& parent, bool frozen);

}  // namespace athanor::networks::classification
