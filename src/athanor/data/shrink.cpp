#include "athanor/data/shrink.hpp"

#include <algorithm>
#include <cmath>
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
/// wanted; in the order of the large picture, of which each row is shrunk once then.
std::vector<Share> area_shares(int large, int small, int first, int count) {
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

constexpr double cubic_reach = 2;

/// Cubic convolution (Keys, 1981) with a = -1/2; 0 from cubic_reach on.
double cubic_weight(double distance) {
  constexpr double a = -0.5;
  const double x = std::abs(distance);
  if (x < 1) {
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  }
  return x < cubic_reach ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/// The same by the cubic kernel, of which what lies beyond the edge is left out.
std::vector<Share> cubic_shares(int large, int small, int first, int count) {
  const double scale = static_cast<double>(large) / small;
  std::vector<Share> shares;
  std::vector<float> sums(static_cast<std::size_t>(count));
  for (int from = 0; from < large; ++from) {
    const double place = (from + 0.5) / scale - 0.5 - first;  // In the part of the small picture.
    const int begin = std::max(0, static_cast<int>(std::ceil(place - cubic_reach)));
    const int end = std::min(count, static_cast<int>(std::floor(place + cubic_reach)) + 1);
    for (int to = begin; to < end; ++to) {
      const auto weight = static_cast<float>(cubic_weight(place - to));
      shares.push_back({from, to, weight});
      sums[static_cast<std::size_t>(to)] += weight;
    }
  }
  for (auto& share : shares) {
    share.weight /= sums[static_cast<std::size_t>(share.to)];
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

/// The sums of the shares, of four channels.
cv::Mat add_shares(const cv::Mat& image,
                   const std::vector<Share>& rows,
                   const std::vector<Share>& columns,
                   cv::Size size) {
  cv::Mat sums(size, CV_32FC4, cv::Scalar::all(0));
  std::vector<float> row(lanes * static_cast<std::size_t>(size.width));
  int row_from = -1;
  for (const auto& [from, to, weight] : rows) {
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

cv::Mat shrink(const cv::Mat& image,
               cv::Size size,
               const cv::Rect& part,
               Interpolation interpolation) {
  const bool is_gray = image.channels() == 1;
  const bool is_cubic = interpolation == Interpolation::bicubic;
  cv::Mat result;
  if (is_gray && !is_cubic) {
    cv::resize(image, result, size, 0, 0, cv::INTER_AREA);
    return result(part);
  }
  const auto shares_of = is_cubic ? cubic_shares : area_shares;
  cv::Mat padded;
  cv::cvtColor(image, padded, is_gray ? cv::COLOR_GRAY2BGRA : cv::COLOR_BGR2BGRA);
  cv::Mat small;
  add_shares(padded,
             shares_of(image.rows, size.height, part.y, part.height),
             shares_of(image.cols, size.width, part.x, part.width),
             part.size())
      .convertTo(small, CV_8U);
  cv::cvtColor(small, result, is_gray ? cv::COLOR_BGRA2GRAY : cv::COLOR_BGRA2BGR);
  return result;
}

}  // namespace athanor::data
