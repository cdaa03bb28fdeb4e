#include "athanor/data/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

constexpr std::size_t lanes = 4;

/// How much of a row or column of the small picture is one of the large picture.
struct Share {
  int from;  ///< In the large picture.
  int to;    ///< In the part of the small one.
  float weight;
};

/// Along a side of `large` pixels that becomes `small`, of which `count` from `first` on are
/// wanted.
std::vector<Share> shares_of(int large, int small, int first, int count) {
  constexpr double sliver = 1e-3;  // Comes of rounding.
  const double scale = static_cast<double>(large) / small;
  std::vector<Share> shares;
  for (int to = 0; to < count; ++to) {
    const double begin = (first + to) * scale;
    const double end = std::min<double>(begin + scale, large);
    for (int from = static_cast<int>(begin); from < end; ++from) {
      const double covered = std::min<double>(from + 1, end) - std::max<double>(from, begin);
      if (covered > sliver) {
        shares.push_back({from, to, static_cast<float>(covered / (end - begin))});
      }
    }
  }
  return shares;
}

cv::v_float32x4 load_pixel(const uchar* pixel) {
  return cv::v_cvt_f32(cv::v_reinterpret_as_s32(cv::v_load_expand_q(pixel)));
}

void add_share(const cv::v_float32x4& pixel, float weight, float* sum) {
  cv::v_store(sum, cv::v_muladd(pixel, cv::v_setall_f32(weight), cv::v_load(sum)));
}

/// Of pixels that fill a vector each.
void shrink_row(const uchar* pixels, const std::vector<Share>& columns, std::vector<float>& row) {
  std::fill(row.begin(), row.end(), 0.0F);
  for (const auto& [from, to, weight] : columns) {
    add_share(load_pixel(pixels + lanes * static_cast<std::size_t>(from)),
              weight,
              &row[lanes * static_cast<std::size_t>(to)]);
  }
}

/// The means, of four channels.
cv::Mat means_of(const cv::Mat& image, cv::Size size, const cv::Rect& part) {
  const auto columns = shares_of(image.cols, size.width, part.x, part.width);
  cv::Mat sums(part.size(), CV_32FC4, cv::Scalar::all(0));
  std::vector<float> row(lanes * static_cast<std::size_t>(part.width));
  int row_from = -1;
  for (const auto& [from, to, weight] : shares_of(image.rows, size.height, part.y, part.height)) {
    if (from != row_from) {
      shrink_row(image.ptr(from), columns, row);
      row_from = from;
    }
    auto* sum = sums.ptr<float>(to);
    for (std::size_t i = 0; i < row.size(); i += lanes) {
      add_share(cv::v_load(&row[i]), weight, sum + i);
    }
  }
  return sums;
}

}  // namespace

cv::Mat shrink(const cv::Mat& image, cv::Size size, const cv::Rect& part) {
  cv::Mat result;
  if (image.channels() == 1) {
    cv::resize(image, result, size, 0, 0, cv::INTER_AREA);
    return result(part);
  }
  cv::Mat padded;
  cv::cvtColor(image, padded, cv::COLOR_BGR2BGRA);
  cv::Mat means;
  means_of(padded, size, part).convertTo(means, CV_8U);
  cv::cvtColor(means, result, cv::COLOR_BGRA2BGR);
  return result;
}

}  // namespace athanor::data
