#include "athanor/data/contact_sheet.hpp"

#include <algorithm>

#include <opencv2/core.hpp>

#include "athanor/data/annotation.hpp"
#include "athanor/data/augmentation.hpp"

namespace athanor::data {

namespace {

constexpr int tile_width = 224;
constexpr int tile_height = 248;
constexpr int gap = 4;
constexpr std::size_t most_columns = 6;

/// Shrunk or grown to fit a tile, in its middle.
cv::Mat make_tile(const cv::Mat& picture) {
  const double scale = std::min(static_cast<double>(tile_width) / picture.cols,
                                static_cast<double>(tile_height) / picture.rows);
  const int width = std::clamp(static_cast<int>(picture.cols * scale), 1, tile_width);
  const int height = std::clamp(static_cast<int>(picture.rows * scale), 1, tile_height);
  cv::Mat tile(tile_height, tile_width, CV_8UC3, cv::Scalar::all(32));
  resize(picture, height, width, Interpolation::bilinear)
      .copyTo(tile(cv::Rect((tile_width - width) / 2, (tile_height - height) / 2, width, height)));
  return tile;
}

}  // namespace

void ContactSheet::add(const cv::Mat& picture, const std::string& caption) {
  tiles_.push_back(make_tile(annotate(picture, caption)));
}

cv::Mat ContactSheet::draw() const {
  const auto columns = std::min(tiles_.size(), most_columns);
  const auto rows = (tiles_.size() + columns - 1) / columns;
  cv::Mat sheet(static_cast<int>(rows) * (tile_height + gap) + gap,
                static_cast<int>(columns) * (tile_width + gap) + gap,
                CV_8UC3,
                cv::Scalar::all(255));
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    const int left = gap + static_cast<int>(i % columns) * (tile_width + gap);
    const int top = gap + static_cast<int>(i / columns) * (tile_height + gap);
    tiles_[i].copyTo(sheet(cv::Rect(left, top, tile_width, tile_height)));
  }
  return sheet;
}

}  // namespace athanor::data
