#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::prune {

/// What the norms of a layer's filters are divided by.
enum class Normalizer {
  max,  ///< The largest of the layer.
  l2,   ///< The L2 norm of them all, over their number.
};

/// What stands for filters that can only go together, each with a normalised norm of its own.
enum class Equalization {
  largest,   ///< "union": one strong filter keeps all.
  smallest,  ///< "intersection": all must be strong.
  arithmetic_mean,
  geometric_mean,
};

/// How much is taken away. The names are those of the parameter tables.
struct Options {
  double threshold = 0.1;             ///< Filters whose normalised norm is above it are kept.
  std::int64_t granularity = 8;       ///< A layer keeps a multiple of so many, or all.
  std::int64_t min_num_filters = 16;  ///< A layer keeps so many at least, or all.
  Normalizer normalizer = Normalizer::max;
  Equalization equalization = Equalization::largest;
  std::vector<std::string> excluded_layers;  ///< Their outputs stay whole; "layer1" is all below.
};

/// Reads the spec of a job, whose numbers keep to the rules of preflight. invalid_argument names a
/// parameter of another type or with an unknown name.
[[nodiscard]] Result<Options> read_options(const Json& spec);

}  // namespace athanor::prune
