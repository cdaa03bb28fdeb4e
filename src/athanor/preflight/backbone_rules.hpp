#pragma once

#include <string_view>

#include "athanor/preflight/facts.hpp"
#include "athanor/preflight/faults.hpp"

/// Rules about the backbone below a network, whose tables have the same paths below model_config.
namespace athanor::preflight {

/// The arch exists, can be built, and comes in n_layers.
void check_backbone(const JobFacts& job, Faults& faults);

/// model_config.input_image_size can be read and is enough for the backbone.
void check_input_size(const JobFacts& job, Faults& faults);

/// freeze_blocks names blocks that the backbone has.
void check_frozen_blocks(const JobFacts& job, Faults& faults);

/// The activation exists, and its parameter is one that it has.
void check_activation(const JobFacts& job, Faults& faults);

/// A running average keeps a share from 0 to 1.
void check_norm_momentum(const JobFacts& job, Faults& faults);

/// Batch norm needs more than one value of each channel: `batch_size` of one picture is not enough
/// where the last map has a single pixel.
void check_single_pictures(const JobFacts& job, std::string_view batch_size, Faults& faults);

/// The weights that a training starts from are of its backbone.
void check_pretrained(const JobFacts& job, Faults& faults);

/// The disk has room for the checkpoints of a training, and for the pictures of an inference.
void check_disk(const JobFacts& job, Faults& faults);

}  // namespace athanor::preflight
