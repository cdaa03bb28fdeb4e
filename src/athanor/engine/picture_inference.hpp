#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/progress.hpp"

namespace athanor::engine {

/// Asks `predict` for the answers to the pixels [N, C, H, W] of each batch of the pictures below
/// `root`, without gradients, and tells `use` each picture's path and answer, in order. How many
/// there were. Throws std::invalid_argument where there is none, and Stopped.
template <class Predict, class Use>
std::size_t infer_below(const Job& job,
                        const std::filesystem::path& root,
                        const data::Preprocessing& preprocessing,
                        const data::ReadingOptions& reading,
                        const Predict& predict,
                        const Use& use) {
  const auto pictures = value_or_throw<std::invalid_argument>(data::list_images(root));
  const torch::NoGradGuard no_grad;
  Progress progress(job, "Inference", static_cast<std::int64_t>(pictures.size()));
  const auto use_batch = [&](std::size_t first, const torch::Tensor& pixels) {
    const auto answers = predict(pixels);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      use(pictures[first + i], answers[i]);
      progress.advance(1);
    }
  };
  data::for_each_batch(pictures, preprocessing, reading, use_batch);
  return pictures.size();
}

/// Writes a copy of a picture of the dataset at `root` with a caption into images_annotated/, as
/// data::write_annotated() names it.
void annotate_picture(const Job& job,
                      const std::filesystem::path& picture,
                      const std::filesystem::path& root,
                      const std::string& caption);

}  // namespace athanor::engine
