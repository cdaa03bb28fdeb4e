#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "target.hpp"
#include "work_folder.hpp"

#include "athanor/core/limits.hpp"
#include "athanor/datasets/survey.hpp"

namespace athanor::fuzz {

namespace {

namespace fs = std::filesystem;

struct LabelKind {
  const char* type;
  const char* format;
  const char* file;  ///< That the input becomes.
};

constexpr LabelKind label_kinds[] = {
    {"object_detection", "kitti", "labels/a.txt"},
    {"object_detection", "coco", "annotations.json"},
    {"character_recognition", "lprnet", "label/a.txt"},
    {"character_recognition", "lprnet", "characters.txt"},
    {"image_classification", "custom", "train.csv"},
    {"image_classification", "default", "classes.txt"},
    {"speech", "ljspeech", "metadata.csv"},
};

/// A little of everything.
fs::path fresh_dataset(const fs::path& root) {
  fs::remove_all(root);
  for (const auto* name : {"images", "labels", "image", "label", "wavs"}) {
    fs::create_directories(root / name);
  }
  for (const auto* name : {"images/a.jpg", "image/a.jpg", "label/a.txt", "characters.txt"}) {
    std::ofstream(root / name) << "A";
  }
  return root;
}

bool says_why(const datasets::Fault& fault) {
  return !fault.message.empty() && !fault.mend.empty();
}

}  // namespace

/// The first byte says what kind of file the rest is.
void labels(std::string_view input) {
  if (input.empty()) {
    return;
  }
  static const WorkFolder work("labels");
  const auto& kind =
      label_kinds[static_cast<unsigned char>(input.front()) % std::size(label_kinds)];
  const fs::path root = fresh_dataset(work.path() / "dataset");
  std::ofstream(root / kind.file, std::ios::binary) << input.substr(1);

  const auto found = datasets::survey(root, kind.type, kind.format);

  if (!found) {
    require(found.error().code == ErrorCode::invalid_argument, "faulty labels are the user's");
    return;
  }
  const auto& listed = found->findings.listed();
  require(std::all_of(listed.begin(), listed.end(), says_why), "every fault says what to do");
  require(listed.size() <= limits::report_faults, "the list of faults is bounded");
  require(parse_json(to_text(datasets::to_json(*found))).has_value(), "the report is JSON");
}

}  // namespace athanor::fuzz
