#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/data/augmentation.hpp"
#include "athanor/data/image.hpp"
#include "athanor/tensor/runtime.hpp"

namespace {

namespace fs = std::filesystem;
using athanor::data::TrainingPictures;

constexpr std::int64_t batch_size = 32;

std::vector<fs::path> pictures_below(const fs::path& root) {
  std::vector<fs::path> pictures;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      pictures.push_back(entry.path());
    }
  }
  return pictures;
}

}  // namespace

/// Prints how many training pictures a second one thread reads, augments and normalises.
int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: decode_augment FOLDER ROUNDS\n");
    return 64;
  }
  athanor::tensor::set_up_runtime({.threads = 1});
  athanor::data::keep_pictures_to_their_threads();
  const TrainingPictures pictures(pictures_below(argv[1]),
                                  {.random_crop = true},
                                  {.mode = athanor::data::PreprocessMode::torch},
                                  batch_size,
                                  /*seed=*/1);
  const auto rounds = static_cast<std::uint32_t>(std::atoi(argv[2]));
  std::size_t seen = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    for (std::size_t i = 0; i < pictures.batches(); ++i) {
      seen += pictures.load(round, i).samples.size();
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("{:.3f}\n", static_cast<double>(seen) / taken.count());
  return 0;
}
