#pragma once

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// Pictures beside and below each other, each with a caption, for a look at many of them.
class ContactSheet {
 public:
  /// Adds a picture of any size, B,G,R.
  void add(const cv::Mat& picture, const std::string& caption);

  [[nodiscard]] bool empty() const { return tiles_.empty(); }

  /// The sheet, up to six pictures wide; at least one was added.
  [[nodiscard]] cv::Mat draw() const;

 private:
  std::vector<cv::Mat> tiles_;  ///< All of one size.
};

}  // namespace athanor::data
