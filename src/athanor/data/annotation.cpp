#include "athanor/data/annotation.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "athanor/core/files.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/data/image.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

fs::path name_below_images(const fs::path& relative) {
  const bool in_images_folder =
      relative.has_parent_path() && relative.begin()->string().starts_with("images");
  return in_images_folder ? relative.lexically_relative(*relative.begin()) : relative;
}

}  // namespace

cv::Mat annotate(const cv::Mat& image, const std::string& text) {
  constexpr int least_width = 224;
  constexpr int longest_enlarged = 4096;
  constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
  constexpr int margin = 6;
  const double wanted = std::ceil(static_cast<double>(least_width) / image.cols);
  const double allowed = std::floor(static_cast<double>(longest_enlarged) / image.rows);
  const double scale = std::max(1.0, std::min(wanted, allowed));
  cv::Mat shown;
  cv::resize(image, shown, {}, scale, scale, cv::INTER_NEAREST);
  // What stays too narrow for a caption gets room beside it.
  const int width = std::max(shown.cols, least_width);

  const auto natural = cv::getTextSize(text, font, 1.0, 1, nullptr);
  const double font_scale =
      std::min(static_cast<double>(width - 2 * margin) / natural.width, width / 400.0);
  const auto size = cv::getTextSize(text, font, font_scale, 1, nullptr);
  cv::Mat result;
  cv::copyMakeBorder(shown,
                     result,
                     0,
                     size.height + 2 * margin,
                     0,
                     width - shown.cols,
                     cv::BORDER_CONSTANT,
                     cv::Scalar::all(32));
  cv::putText(result,
              text,
              {margin, shown.rows + margin + size.height},
              font,
              font_scale,
              cv::Scalar::all(255),
              1,
              cv::LINE_AA);
  return result;
}

Status write_annotated(const fs::path& source,
                       const fs::path& root,
                       const fs::path& folder,
                       const std::string& text) {
  const auto target = folder / name_below_images(source.lexically_relative(root));
  ATHANOR_CHECK_OK(make_private_folder(target.parent_path()));
  // OpenCV writes no colours into this format.
  const auto channels = lower_extension(source) == ".pgm" ? Channels::gray : Channels::color;
  ATHANOR_TRY(const auto image, read_image(source, channels));
  return write_image(target, annotate(image, text));
}

}  // namespace athanor::data
