#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "target.hpp"

#include "athanor/core/files.hpp"

namespace athanor::fuzz {

/// A folder for one target in this process, removed with this object.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& target) {
    std::string name =
        std::filesystem::temp_directory_path() / ("athanor-fuzz-" + target + "-XXXXXX");
    require(mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }

  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  ~WorkFolder() { static_cast<void>(remove_tree(path_)); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace athanor::fuzz
