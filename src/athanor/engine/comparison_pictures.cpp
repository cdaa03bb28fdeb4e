#include "athanor/engine/comparison_pictures.hpp"

#include <vector>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/seeding.hpp"

namespace athanor::engine {

namespace {

constexpr std::size_t most_compared = 64;
constexpr std::int64_t noise_pictures = 4;

torch::Tensor noise_for(const data::Preprocessing& preprocessing) {
  seed_torch({.use = data::RandomUse::layers});
  return torch::randn(preprocessing.batch_shape(noise_pictures));
}

torch::Tensor pictures_below(const std::filesystem::path& root,
                             const data::Preprocessing& preprocessing) {
  const auto listed = value_or_throw(data::list_images(root));
  torch::Tensor pictures;
  data::for_each_batch(
      data::spread_sample(listed, most_compared),
      preprocessing,
      {.batch_size = static_cast<std::int64_t>(most_compared), .workers = 0},
      [&](std::size_t, const torch::Tensor& batch) { pictures = batch.contiguous(); });
  return pictures;
}

}  // namespace

torch::Tensor comparison_pictures(const Job& job, const data::Preprocessing& preprocessing) {
  const auto& request = job.request;
  for (const auto* dataset :
       {&request.eval_dataset, &request.inference_dataset, &request.calibration_dataset}) {
    if (*dataset) {
      return pictures_below((*dataset)->root, preprocessing);
    }
  }
  return noise_for(preprocessing);
}

torch::Tensor repeated_to(std::int64_t count, const torch::Tensor& pictures) {
  const auto copies = (count + pictures.size(0) - 1) / pictures.size(0);
  return pictures.repeat({copies, 1, 1, 1}).slice(0, 0, count).contiguous();
}

}  // namespace athanor::engine
