#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace athanor::data {

/// What a stream of random numbers decides. The values are part of what a seed means: never
/// renumber them, or the same seed trains another model.
enum class RandomUse : std::uint32_t {
  order = 1,    ///< Order of the samples of an epoch.
  crop = 2,     ///< Scale and place of a random crop.
  flip = 3,     ///< Mirroring.
  color = 4,    ///< Hue, saturation and contrast.
  mixup = 5,    ///< Mixing ratio.
  weights = 6,  ///< Initial weights.
  layers = 7,   ///< Dropout and other randomness inside the model.
  place = 8,    ///< Shift and zoom of a whole picture.
};

/// Names one stream of random numbers. Equal keys give equal streams on every machine, whichever
/// thread asks and in whatever order.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;
  RandomUse use = RandomUse::order;
};

/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the
/// counter and key give four random words, without state.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

/// The numbers of one key. Distributions are our own, since those of the standard library differ
/// between implementations.
class RandomStream {
 public:
  explicit RandomStream(RandomKey key) : key_(key) {}

  std::uint32_t bits32();
  std::uint64_t bits64();

  /// In [0, 1), 53 random bits.
  double uniform();
  /// In [low, high).
  double uniform(double low, double high);
  /// In [0, bound), without bias; `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);
  /// True with probability p.
  bool chance(double p);
  /// Mean 0, variance 1 (Box-Muller).
  double normal();
  /// Shape `alpha` > 0, scale 1 (Marsaglia and Tsang, 2000).
  double gamma(double alpha);
  /// In [0, 1]; both parameters over 0.
  double beta(double a, double b);

 private:
  RandomKey key_;
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t drawn_ = 0;
};

/// The numbers 0 to size-1 in the order of an epoch.
[[nodiscard]] std::vector<std::int64_t> shuffled_order(std::int64_t size,
                                                       std::uint64_t seed,
                                                       std::uint32_t epoch);

}  // namespace athanor::data
