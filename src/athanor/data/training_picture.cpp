#include "athanor/data/training_picture.hpp"

#include <utility>

#include "athanor/data/image.hpp"

namespace athanor::data {

Status load_training_picture(const std::filesystem::path& path,
                             const Augmentation& augmentation,
                             const Preprocessing& preprocessing,
                             SampleKey key,
                             float* out) {
  const auto choose = [&](cv::Size size) {
    return part_to_show(size, augmentation, preprocessing, key);
  };
  ATHANOR_TRY(const auto part, read_image_part(path, preprocessing.channels, choose));
  normalize(augment(part, augmentation, preprocessing, key), preprocessing, out);
  return {};
}

}  // namespace athanor::data
