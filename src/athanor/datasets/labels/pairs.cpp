#include "athanor/datasets/labels/pairs.hpp"

#include <cstdint>
#include <functional>
#include <unordered_set>

#include <fmt/format.h>

#include "athanor/core/keyed_hash.hpp"
#include "athanor/core/picture_name.hpp"

namespace athanor::datasets::labels {

namespace {

namespace fs = std::filesystem;

void for_each_file(const fs::path& folder,
                   const std::function<bool(const fs::path&)>& is_wanted,
                   const std::function<void(const fs::path&, std::uint64_t stem)>& visit) {
  if (!fs::is_directory(folder)) {
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_wanted(entry.path())) {
      const auto stem = entry.path().lexically_relative(folder).replace_extension();
      visit(entry.path(), keyed_hash(stem.string()));
    }
  }
}

}  // namespace

void check_pairs(const fs::path& root, const Pairing& pairing, Findings& findings) {
  const auto is_label = [&pairing](const fs::path& file) {
    return pairing.extension.empty() ? is_picture_name(file)
                                     : file.extension() == pairing.extension;
  };
  std::unordered_set<std::uint64_t> labelled;
  for_each_file(root / pairing.labels, is_label, [&](const fs::path&, std::uint64_t stem) {
    labelled.insert(stem);
  });
  const auto needs_no_label = [&](const fs::path& file) {
    const auto inside = file.lexically_relative(root / pairing.pictures);
    return !pairing.unlabelled.empty() && *inside.begin() == pairing.unlabelled;
  };
  std::unordered_set<std::uint64_t> pictured;
  for_each_file(
      root / pairing.pictures, is_picture_name, [&](const fs::path& file, std::uint64_t stem) {
        pictured.insert(stem);
        if (!labelled.contains(stem) && !needs_no_label(file)) {
          findings.add(
              {.kind = "picture_without_label",
               .file = below(root, file),
               .message = fmt::format("no {} in {}/ belongs to it", pairing.label, pairing.labels),
               .mend = fmt::format("add {}/<same name>{}, or remove the picture",
                                   pairing.labels,
                                   pairing.extension)});
        }
      });
  for_each_file(root / pairing.labels, is_label, [&](const fs::path& file, std::uint64_t stem) {
    if (!pictured.contains(stem)) {
      findings.add({.kind = "label_without_picture",
                    .file = below(root, file),
                    .message = fmt::format("no picture in {}/ belongs to it", pairing.pictures),
                    .mend = "add the picture under the same name, or remove the file"});
    }
  });
}

}  // namespace athanor::datasets::labels
