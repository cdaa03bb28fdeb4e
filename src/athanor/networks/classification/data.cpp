#include "athanor/networks/classification/data.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "athanor/data/augmentation.hpp"
#include "athanor/data/image.hpp"
#include "athanor/data/prefetcher.hpp"
#include "athanor/networks/classification/loss.hpp"

namespace athanor::networks::classification {

namespace {

cv::Mat read_or_throw(const std::filesystem::path& path, data::Channels channels) {
  auto image = data::read_image(path, channels);
  if (!image) {
    throw std::runtime_error(image.error().message);
  }
  return *std::move(image);
}

/// Uninitialised pixels [count, C, H, W] with channels last.
torch::Tensor empty_pixels(std::size_t count, const data::Preprocessing& preprocessing) {
  return torch::empty({static_cast<std::int64_t>(count),
                       static_cast<std::int64_t>(preprocessing.channels),
                       preprocessing.height,
                       preprocessing.width},
                      torch::TensorOptions().memory_format(torch::MemoryFormat::ChannelsLast));
}

float* picture(torch::Tensor& pixels, std::size_t index) {
  const auto size = static_cast<std::size_t>(pixels.numel() / pixels.size(0));
  return pixels.data_ptr<float>() + index * size;
}

}  // namespace

TrainingImages::TrainingImages(data::ImageFolder folder, const TrainOptions& options)
    : folder_(std::move(folder)),
      options_(options),
      order_(std::make_unique<data::EpochOrder>(static_cast<std::int64_t>(folder_.images.size()),
                                                options.seed)) {}

std::size_t TrainingImages::batches() const {
  const auto batch_size = static_cast<std::size_t>(options_.batch_size);
  const auto count = folder_.images.size();
  const auto left_over = count % batch_size;
  return count / batch_size + (left_over > 1 || count == 1 ? 1 : 0);
}

engine::Batch TrainingImages::load(std::uint32_t epoch, std::size_t index) const {
  const auto order = order_->of(epoch);
  const auto batch_size = static_cast<std::size_t>(options_.batch_size);
  const auto first = index * batch_size;
  const auto count = std::min(batch_size, order->size() - first);
  auto pixels = empty_pixels(count, options_.preprocessing);
  std::vector<std::int64_t> labels;
  std::vector<data::SampleKey> keys;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sample = (*order)[first + i];
    const auto& image = folder_.images[static_cast<std::size_t>(sample)];
    labels.push_back(image.label);
    keys.push_back({options_.seed, epoch, static_cast<std::uint32_t>(sample)});
    const auto augmented = data::augment(read_or_throw(image.path, options_.preprocessing.channels),
                                         options_.augmentation,
                                         options_.preprocessing,
                                         keys.back());
    data::normalize(augmented, options_.preprocessing, picture(pixels, i));
  }
  auto targets = smooth_targets(
      labels, static_cast<std::int64_t>(folder_.classes.size()), options_.label_smoothing);
  if (options_.mixup_alpha > 0) {
    mix_up(pixels, targets, options_.mixup_alpha, keys);
  }
  return {pixels, {targets, torch::tensor(labels)}, static_cast<std::int64_t>(count)};
}

void for_each_batch(
    const std::vector<std::filesystem::path>& images,
    const data::Preprocessing& preprocessing,
    const EvaluationOptions& options,
    const std::function<void(std::size_t first, const torch::Tensor& pixels)>& use) {
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const auto load = [&](std::size_t index) {
    const auto first = index * batch_size;
    const auto count = std::min(batch_size, images.size() - first);
    auto pixels = empty_pixels(count, preprocessing);
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = read_or_throw(images[first + i], preprocessing.channels);
      data::normalize(
          data::fit(image, options.center_crop, preprocessing), preprocessing, picture(pixels, i));
    }
    return pixels;
  };
  const auto batches = (images.size() + batch_size - 1) / batch_size;
  data::Prefetcher<torch::Tensor> loader(0, batches, options.workers, load);
  for (std::size_t first = 0; const auto pixels = loader.next(); first += batch_size) {
    use(first, *pixels);
  }
}

}  // namespace athanor::networks::classification
