#include "athanor/backbones/depth_table.hpp"

#include <string>

#include <fmt/format.h>

namespace athanor::backbones {

Error unknown_depth(const BackboneOptions& options, const std::vector<std::int64_t>& known) {
  std::string choices;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto* separator = i == 0 ? "" : i + 1 == known.size() ? " or " : ", ";
    choices += fmt::format("{}{}", separator, known[i]);
  }
  return {ErrorCode::invalid_argument,
          fmt::format("n_layers: a {} cannot have {} layers: choose {}",
                      options.arch,
                      options.n_layers,
                      choices)};
}

}  // namespace athanor::backbones
