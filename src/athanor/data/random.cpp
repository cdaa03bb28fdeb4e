#include "athanor/data/random.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

namespace athanor::data {

namespace {

/// High and low word of a 32 x 32 bit product.
std::pair<std::uint32_t, std::uint32_t> multiply(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t product = std::uint64_t{a} * b;
  return {static_cast<std::uint32_t>(product >> 32), static_cast<std::uint32_t>(product)};
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const auto [high0, low0] = multiply(0xD2511F53U, counter[0]);
    const auto [high1, low1] = multiply(0xCD9E8D57U, counter[2]);
    counter = {high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

std::uint32_t RandomStream::bits32() {
  if (drawn_ % 4 == 0) {
    block_ = philox(
        {drawn_ / 4, static_cast<std::uint32_t>(key_.use), key_.sample, key_.epoch},
        {static_cast<std::uint32_t>(key_.seed), static_cast<std::uint32_t>(key_.seed >> 32)});
  }
  return block_[drawn_++ % 4];
}

std::uint64_t RandomStream::bits64() {
  const std::uint64_t high = bits32();
  return high << 32 | bits32();
}

double RandomStream::uniform() {
  return static_cast<double>(bits64() >> 11) * 0x1.0p-53;
}

double RandomStream::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  // Draws from the incomplete last run of `bound` values are thrown away.
  const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t value = bits64();
  while (value >= limit) {
    value = bits64();
  }
  return value % bound;
}

bool RandomStream::chance(double p) {
  return uniform() < p;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double RandomStream::gamma(double alpha) {
  if (alpha < 1.0) {
    const double larger = gamma(alpha + 1.0);
    return larger * std::pow(1.0 - uniform(), 1.0 / alpha);
  }
  const double d = alpha - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v > 0 && std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

double RandomStream::beta(double a, double b) {
  const double x = gamma(a);
  const double y = gamma(b);
  // Both underflow for tiny parameters, where the distribution is all at its two ends.
  return x + y > 0 ? x / (x + y) : (chance(a / (a + b)) ? 1.0 : 0.0);
}

std::vector<std::int64_t> shuffled_order(std::int64_t size,
                                         std::uint64_t seed,
                                         std::uint32_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  RandomStream random({seed, epoch, 0, RandomUse::order});
  for (std::size_t last = order.size(); last > 1; --last) {
    std::swap(order[last - 1], order[random.below(last)]);
  }
  return order;
}

}  // namespace athanor::data
