#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/survey.hpp"

namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* type;
  const char* format;
  const char* file;  ///< That the input becomes.
};

constexpr Kind kinds[] = {
    {"object_detection", "kitti", "labels/a.txt"},
    {"object_detection", "coco", "annotations.json"},
    {"character_recognition", "lprnet", "label/a.txt"},
    {"character_recognition", "lprnet", "characters.txt"},
    {"image_classification", "custom", "train.csv"},
    {"image_classification", "default", "classes.txt"},
    {"speech", "ljspeech", "metadata.csv"},
};

/// A folder for this process with a little of everything.
const fs::path& work_folder() {
  static const fs::path folder = [] {
    std::string name = fs::temp_directory_path() / "athanor-labels-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    std::atexit([] { static_cast<void>(athanor::remove_tree(work_folder())); });
    return fs::path(name);
  }();
  return folder;
}

fs::path fresh_dataset() {
  const fs::path root = work_folder() / "dataset";
  fs::remove_all(root);
  for (const auto* name : {"images", "labels", "image", "label", "wavs"}) {
    fs::create_directories(root / name);
  }
  for (const auto* name : {"images/a.jpg", "image/a.jpg", "label/a.txt", "characters.txt"}) {
    std::ofstream(root / name) << "A";
  }
  return root;
}

}  // namespace

/// Whatever a label file holds, the survey ends with a bounded list of faults that say something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const Kind& kind = kinds[data[0] % std::size(kinds)];
  const fs::path root = fresh_dataset();
  std::ofstream(root / kind.file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  const auto found = athanor::datasets::survey(root, kind.type, kind.format);
  if (found) {
    const auto& listed = found->findings.listed();
    const bool all_say_why = std::all_of(listed.begin(), listed.end(), [](const auto& fault) {
      return !fault.message.empty() && !fault.mend.empty();
    });
    if (!all_say_why || listed.size() > athanor::limits::report_faults ||
        to_text(to_json(*found)).empty()) {
      std::abort();
    }
  } else if (found.error().code != athanor::ErrorCode::invalid_argument) {
    std::abort();
  }
  return 0;
}
