#include "athanor/data/count_table.hpp"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

constexpr int table_font = cv::FONT_HERSHEY_SIMPLEX;
constexpr double table_font_scale = 0.4;
constexpr int wanted_side = 720;
constexpr int table_margin = 8;
constexpr int least_cell_for_names = 14;
constexpr int least_cell_for_counts = 30;

int text_width(const std::string& text) {
  return cv::getTextSize(text, table_font, table_font_scale, 1, nullptr).width;
}

void write_text(cv::Mat& picture, const std::string& text, cv::Point place, double gray) {
  cv::putText(
      picture, text, place, table_font, table_font_scale, cv::Scalar::all(gray), 1, cv::LINE_AA);
}

/// White for nothing to dark blue for all of the row.
cv::Scalar shade(double share) {
  return {255 - 85 * share, 255 - 190 * share, 255 - 235 * share};
}

/// Text that is read from below.
cv::Mat upright(const std::string& text, int length) {
  cv::Mat line(least_cell_for_names, length, CV_8UC3, cv::Scalar::all(255));
  write_text(line, text, {2, least_cell_for_names - 4}, 0);
  cv::rotate(line, line, cv::ROTATE_90_COUNTERCLOCKWISE);
  return line;
}

struct Grid {
  int cell = 0;
  int border = 0;  ///< Room for names on the left and the top.
};

Grid grid_for(std::span<const std::string> names) {
  Grid grid;
  grid.cell = std::clamp(wanted_side / static_cast<int>(names.size()), 2, 64);
  if (grid.cell >= least_cell_for_names) {
    for (const auto& name : names) {
      grid.border = std::max(grid.border, text_width(name));
    }
  }
  grid.border = std::min(grid.border, 240) + 2 * table_margin;
  return grid;
}

void draw_names(cv::Mat& picture, std::span<const std::string> names, const Grid& grid) {
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    const auto& name = names[static_cast<std::size_t>(i)];
    const int middle = grid.border + i * grid.cell + grid.cell / 2;
    write_text(picture, name, {table_margin, middle + 4}, 0);
    const int length = grid.border - table_margin;
    upright(name, length)
        .copyTo(
            picture(cv::Rect(middle - least_cell_for_names / 2, 0, least_cell_for_names, length)));
  }
}

}  // namespace

cv::Mat draw_count_table(
    std::span<const std::string> names,
    const std::function<std::int64_t(std::size_t row, std::size_t column)>& count) {
  const auto grid = grid_for(names);
  const int side = grid.border + static_cast<int>(names.size()) * grid.cell + table_margin;
  cv::Mat picture(side, side, CV_8UC3, cv::Scalar::all(255));
  if (grid.cell >= least_cell_for_names) {
    draw_names(picture, names, grid);
  }
  for (std::size_t row = 0; row < names.size(); ++row) {
    std::int64_t total = 0;
    for (std::size_t column = 0; column < names.size(); ++column) {
      total += count(row, column);
    }
    for (std::size_t column = 0; column < names.size(); ++column) {
      const auto value = count(row, column);
      const double share = total == 0 ? 0 : static_cast<double>(value) / static_cast<double>(total);
      const cv::Rect cell(grid.border + static_cast<int>(column) * grid.cell,
                          grid.border + static_cast<int>(row) * grid.cell,
                          grid.cell,
                          grid.cell);
      cv::rectangle(picture, cell, shade(share), cv::FILLED);
      if (grid.cell >= least_cell_for_counts) {
        const auto text = std::to_string(value);
        write_text(picture,
                   text,
                   {cell.x + (cell.width - text_width(text)) / 2, cell.y + cell.height / 2 + 4},
                   share > 0.5 ? 255 : 0);
      }
    }
  }
  return picture;
}

}  // namespace athanor::data
