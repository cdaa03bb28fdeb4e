#include "athanor/engine/data_digest.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "athanor/core/digest.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> files_below(const fs::path& root) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

bool may_hold_labels(const fs::path& file) {
  constexpr std::array<std::string_view, 5> extensions{".csv", ".json", ".txt", ".xml", ".yaml"};
  return std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

void add_file(Digest& digest, const fs::path& root, const fs::path& file) {
  digest.add(fmt::format("{}\n{}\n", file.lexically_relative(root).string(), fs::file_size(file)));
  if (!may_hold_labels(file)) {
    return;
  }
  digest.add(value_or_throw(read_file(file)));
}

}  // namespace

std::string data_digest(const std::vector<contract::DatasetInput>& datasets) {
  if (datasets.empty()) {
    return "";
  }
  Digest digest;
  for (const auto& dataset : datasets) {
    digest.add("dataset\n");
    for (const auto& file : files_below(dataset.root)) {
      add_file(digest, dataset.root, file);
    }
  }
  return digest.hex();
}

}  // namespace athanor::engine
