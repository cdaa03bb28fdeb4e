#include "athanor/batches/picture_batches.hpp"

#include <algorithm>
#include <utility>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image.hpp"
#include "athanor/data/prefetcher.hpp"
#include "athanor/data/training_picture.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

/// Uninitialised pixels [count, C, H, W] with channels last.
torch::Tensor empty_pixels(std::size_t count, const Preprocessing& preprocessing) {
  return torch::empty(preprocessing.batch_shape(static_cast<std::int64_t>(count)),
                      torch::TensorOptions().memory_format(torch::MemoryFormat::ChannelsLast));
}

float* picture(torch::Tensor& pixels, std::size_t index) {
  const auto size = static_cast<std::size_t>(pixels.numel() / pixels.size(0));
  return pixels.data_ptr<float>() + index * size;
}

}  // namespace

TrainingPictures::TrainingPictures(std::vector<fs::path> pictures,
                                   const Augmentation& augmentation,
                                   const Preprocessing& preprocessing,
                                   std::int64_t batch_size,
                                   std::uint64_t seed)
    : pictures_(std::move(pictures)),
      augmentation_(augmentation),
      preprocessing_(preprocessing),
      batch_size_(static_cast<std::size_t>(batch_size)),
      seed_(seed),
      order_(std::make_unique<EpochOrder>(static_cast<std::int64_t>(pictures_.size()), seed)) {}

std::size_t TrainingPictures::batches() const {
  const auto full = pictures_.size() / batch_size_;
  const auto left_over = pictures_.size() % batch_size_;
  const bool is_alone = full == 0 && left_over == 1;
  return full + (left_over > 1 || is_alone ? 1 : 0);
}

PictureBatch TrainingPictures::load(std::uint32_t epoch,
                                    std::size_t index,
                                    std::size_t most) const {
  const auto order = order_->of(epoch);
  const auto first = index * batch_size_;
  const auto count = std::min({batch_size_, order->size() - first, most});
  PictureBatch batch{empty_pixels(count, preprocessing_), {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const auto sample = static_cast<std::size_t>((*order)[first + i]);
    batch.samples.push_back(sample);
    batch.keys.push_back({seed_, epoch, static_cast<std::uint32_t>(sample)});
    throw_if_failed(load_training_picture(pictures_[sample],
                                          augmentation_,
                                          preprocessing_,
                                          batch.keys.back(),
                                          picture(batch.pixels, i)));
  }
  return batch;
}

void for_each_batch(
    const std::vector<fs::path>& pictures,
    const Preprocessing& preprocessing,
    const ReadingOptions& options,
    const std::function<void(std::size_t first, const torch::Tensor& pixels)>& use) {
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const auto load = [&](std::size_t index) {
    const auto first = index * batch_size;
    const auto count = std::min(batch_size, pictures.size() - first);
    auto pixels = empty_pixels(count, preprocessing);
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = value_or_throw(read_image(pictures[first + i], preprocessing.channels));
      normalize(fit(image, options.center_crop, preprocessing), preprocessing, picture(pixels, i));
    }
    return pixels;
  };
  const auto batches = (pictures.size() + batch_size - 1) / batch_size;
  Prefetcher<torch::Tensor> loader(0, batches, options.workers, load);
  for (std::size_t first = 0; const auto pixels = loader.next(); first += batch_size) {
    use(first, *pixels);
  }
}

}  // namespace athanor::data
