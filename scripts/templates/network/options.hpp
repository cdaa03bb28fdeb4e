#pragma once

#include <cstdint>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/spec/spec_view.hpp"

namespace athanor::networks::@name@ {

/// What a train spec says, as types.
struct TrainOptions {
  std::int64_t epochs = 1;
  std::int64_t batch_size = 1;
  std::uint64_t seed = 42;
  data::ReadingOptions validation;  ///< How the pictures to validate on are read.
};

/// Values that contradict each other were refused by preflight::check_spec() before.
[[nodiscard]] TrainOptions read_train_options(const spec::SpecView& spec);

}  // namespace athanor::networks::@name@
