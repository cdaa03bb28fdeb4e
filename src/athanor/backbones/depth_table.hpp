#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// "n_layers: a vgg cannot have 18 layers: choose 16 or 19"
[[nodiscard]] Error unknown_depth(const BackboneOptions& options,
                                  const std::vector<std::int64_t>& known);

/// The row whose `n_layers` the options ask for; unknown_depth() where there is none.
template <class Row, std::size_t N>
[[nodiscard]] Result<Row> row_for_depth(const Row (&table)[N], const BackboneOptions& options) {
  const auto* row = std::ranges::find(table, options.n_layers, &Row::n_layers);
  if (row != std::end(table)) {
    return *row;
  }
  std::vector<std::int64_t> known;
  std::ranges::transform(table, std::back_inserter(known), &Row::n_layers);
  return fail(unknown_depth(options, known));
}

}  // namespace athanor::backbones
