#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "target.hpp"
#include "work_folder.hpp"

#include "athanor/data/label_table.hpp"

namespace athanor::fuzz {

namespace {

constexpr const char* label_file = "train.csv";
constexpr const char* label_pictures = "images_train";

void check_label_rows(const data::LabelTable& table, const std::filesystem::path& root) {
  for (const auto& row : table.rows) {
    require(row.values.size() == table.columns.size(), "every row has all labels");
    require(std::filesystem::is_regular_file(row.picture), "every row has a picture");
    const auto below = row.picture.lexically_normal().lexically_relative(root / label_pictures);
    require(!below.empty() && *below.begin() != "..", "no picture lies outside of their folder");
  }
}

}  // namespace

/// The input is a table beside two pictures.
void label_table(std::string_view input) {
  static const WorkFolder work("label-table");
  const auto& root = work.path();
  if (!std::filesystem::exists(root / label_pictures)) {
    std::filesystem::create_directories(root / label_pictures / "sub");
    std::ofstream(root / label_pictures / "a.jpg") << "a";
    std::ofstream(root / label_pictures / "sub" / "b.jpg") << "b";
  }
  std::ofstream(root / label_file, std::ios::binary) << input;

  const auto table = data::read_label_table(root, label_file);

  if (!table) {
    require(table.error().code == ErrorCode::invalid_argument, "a faulty table is the user's");
    require(table.error().message.starts_with(label_file), "its fault has a place");
    return;
  }
  check_label_rows(*table, root);
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    require(table->column(table->columns[i]).value() == i, "a column is found by its name");
    const auto labels = table->labels_of(i);
    require(std::is_sorted(labels.begin(), labels.end()) &&
                std::adjacent_find(labels.begin(), labels.end()) == labels.end(),
            "labels are sorted, once each");
  }
}

}  // namespace athanor::fuzz
