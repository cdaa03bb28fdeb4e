// How many training pictures a second one thread reads, augments and normalises; see README.md.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image.hpp"
#include "athanor/data/training_picture.hpp"
#include "athanor/tensor/runtime.hpp"

namespace {

namespace data = athanor::data;
namespace fs = std::filesystem;

constexpr std::size_t batch_size = 32;
constexpr std::uint64_t seed = 1;

std::vector<fs::path> pictures_below(const fs::path& root) {
  std::vector<fs::path> pictures;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      pictures.push_back(entry.path());
    }
  }
  return pictures;
}

/// Loads each picture `rounds` times, each time augmented anew.
void load_all(const std::vector<fs::path>& pictures, std::uint32_t rounds, bool color) {
  const data::Augmentation augmentation{.random_crop = true, .color = color};
  const data::Preprocessing preprocessing{.mode = data::PreprocessMode::torch};
  const auto floats = static_cast<std::size_t>(preprocessing.height * preprocessing.width *
                                               static_cast<int>(preprocessing.channels));
  // As large as that of a training, so that no picture finds its place in the cache.
  std::vector<float> batch(batch_size * floats);
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      athanor::throw_if_failed(
          data::load_training_picture(pictures[i],
                                      augmentation,
                                      preprocessing,
                                      {seed, round, static_cast<std::uint32_t>(i)},
                                      batch.data() + i % batch_size * floats));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool color = argc == 4 && std::string_view(argv[3]) == "--color";
  if (argc != 3 && !color) {
    fmt::print(stderr, "usage: decode_augment FOLDER ROUNDS [--color]\n");
    return 64;
  }
  athanor::tensor::set_up_runtime({.threads = 1});
  data::keep_pictures_to_their_threads();
  const auto pictures = pictures_below(argv[1]);
  const auto rounds = static_cast<std::uint32_t>(std::atoi(argv[2]));
  const auto begin = std::chrono::steady_clock::now();
  load_all(pictures, rounds, color);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("{:.3f}\n", static_cast<double>(rounds * pictures.size()) / taken.count());
  return 0;
}
