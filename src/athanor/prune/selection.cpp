#include "athanor/prune/selection.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::prune {

namespace {

/// How many filters of each layer (by its place among the makers) one class takes along.
using Share = std::map<std::size_t, std::int64_t>;

/// A class that may go.
struct Candidate {
  Channel channel = 0;
  std::vector<double> norms;  ///< Of its filters.
  Share share;
};

/// A normalised norm for each filter of a layer.
Result<std::vector<double>> filter_norms(const std::string& name,
                                         const tensor::NamedTensors& weights,
                                         Normalizer normalizer) {
  const auto* weight = tensor::find_tensor(weights, name);
  const auto norms = weight->detach().to(torch::kDouble).flatten(1).norm(2, 1);
  const auto count = static_cast<double>(norms.size(0));
  const auto whole = normalizer == Normalizer::max ? norms.max().item<double>()
                                                   : norms.norm().item<double>() / count;
  if (!std::isfinite(whole)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} holds numbers that are not finite; train the model again", name));
  }
  const auto normalised = (whole > 0 ? norms / whole : norms).contiguous();
  const auto* first = normalised.data_ptr<double>();
  return std::vector<double>(first, first + normalised.size(0));
}

double equalised(const std::vector<double>& norms, Equalization equalization) {
  const auto count = static_cast<double>(norms.size());
  switch (equalization) {
    case Equalization::largest:
      return *std::ranges::max_element(norms);
    case Equalization::smallest:
      return *std::ranges::min_element(norms);
    case Equalization::arithmetic_mean:
      return std::accumulate(norms.begin(), norms.end(), 0.0) / count;
    case Equalization::geometric_mean: {
      // By logarithms, since products of many norms vanish; that of 0 makes the mean 0.
      const auto add_logarithm = [](double sum, double norm) { return sum + std::log(norm); };
      return std::exp(std::accumulate(norms.begin(), norms.end(), 0.0, add_logarithm) / count);
    }
  }
  return 0;
}

/// The classes that may go, in the order of their first filters.
Result<std::vector<Candidate>> candidates_of(const ChannelGraph& graph,
                                             const tensor::NamedTensors& weights,
                                             Normalizer normalizer) {
  std::vector<Candidate> candidates;
  std::map<Channel, std::size_t> places;
  for (std::size_t maker = 0; maker < graph.makers.size(); ++maker) {
    const auto& name = graph.makers[maker];
    ATHANOR_TRY(const auto norms, filter_norms(name, weights, normalizer));
    const auto& rows = graph.slots.at({name, 0}).channels;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!graph.classes.protection(rows[row]).empty()) {
        continue;
      }
      const auto channel = graph.classes.class_of(rows[row]);
      const auto [place, is_new] = places.try_emplace(channel, candidates.size());
      if (is_new) {
        candidates.push_back({channel, {}, {}});
      }
      auto& candidate = candidates[place->second];
      candidate.norms.push_back(norms[row]);
      ++candidate.share[maker];
    }
  }
  return candidates;
}

/// The smallest number of classes from `wanted` on with which every layer keeps its least number of
/// filters and a multiple of the granularity; `all` where there is none.
std::size_t classes_to_keep(std::size_t wanted,
                            std::size_t all,
                            const Share& share,
                            const Options& options) {
  auto count = static_cast<std::int64_t>(wanted);
  std::int64_t step = 1;
  for (const auto& [maker, filters] : share) {
    count = std::max(count, (options.min_num_filters + filters - 1) / filters);
    step = std::lcm(step, options.granularity / std::gcd(options.granularity, filters));
  }
  return std::min(all, static_cast<std::size_t>((count + step - 1) / step * step));
}

/// Adds to `pruned` what goes of the classes that the same layers make.
Status select_among(std::vector<Candidate> rivals,
                    const ChannelGraph& graph,
                    const Options& options,
                    std::set<Channel>& pruned) {
  const auto strength = [&](const Candidate& candidate) {
    return equalised(candidate.norms, options.equalization);
  };
  const auto above = std::ranges::count_if(
      rivals, [&](const Candidate& rival) { return strength(rival) > options.threshold; });
  const auto& share = rivals.front().share;
  const auto kept = classes_to_keep(static_cast<std::size_t>(above), rivals.size(), share, options);
  if (kept == 0) {
    std::vector<std::string> layers;
    for (const auto& [maker, filters] : share) {
      layers.push_back(graph.makers[maker]);
    }
    return fail(ErrorCode::invalid_argument,
                fmt::format("pruning_threshold: no filter of {} is above {}, so that nothing would "
                            "be left; lower it, or raise min_num_filters from {}",
                            fmt::join(layers, ", "),
                            options.threshold,
                            options.min_num_filters));
  }
  std::ranges::stable_sort(rivals, std::ranges::greater(), strength);
  for (std::size_t i = kept; i < rivals.size(); ++i) {
    pruned.insert(rivals[i].channel);
  }
  return {};
}

}  // namespace

Result<std::set<Channel>> select_pruned(const ChannelGraph& graph,
                                        const tensor::NamedTensors& weights,
                                        const Options& options) {
  ATHANOR_TRY(auto candidates, candidates_of(graph, weights, options.normalizer));
  std::map<Share, std::vector<Candidate>> by_share;
  for (auto& candidate : candidates) {
    by_share[candidate.share].push_back(std::move(candidate));
  }
  std::set<Channel> pruned;
  for (auto& [share, rivals] : by_share) {
    ATHANOR_CHECK_OK(select_among(std::move(rivals), graph, options, pruned));
  }
  return pruned;
}

}  // namespace athanor::prune
