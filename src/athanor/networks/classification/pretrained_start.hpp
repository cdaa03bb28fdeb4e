#pragma once

#include "athanor/backbones/backbone.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::networks::classification {

/// Loads the weights of the job's pretrained model, if it has one, into a fresh backbone and logs
/// what came of each part. Throws std::invalid_argument where they do not fit what the spec
/// describes.
void start_from_pretrained(const engine::Job& job,
                           const backbones::BackboneOptions& options,
                           backbones::Backbone& backbone);

}  // namespace athanor::networks::classification
