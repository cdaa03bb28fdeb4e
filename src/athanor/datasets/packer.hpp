#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// One file or folder of an archive in the making.
struct PackEntry {
  std::filesystem::path source;  ///< A file, or a folder packed with all it holds.
  std::string name;              ///< Its name in the archive: "<job id>/weights".
  std::string content = {};      ///< Of a file that is nowhere on disk; its source is empty.
};

/// How a file that lies on disk under several names is packed.
enum class HardLinks {
  copied,  ///< Each name has the content: archives with links are refused as uploads.
  kept,    ///< The first name has the content, the others are links to it.
};

/// A tar.gz made while it is read: nothing is written to disk, memory stays flat. Files that grow
/// or vanish meanwhile leave it whole; symbolic links and what is still being written are left out.
class Packer {
 public:
  explicit Packer(std::vector<PackEntry> entries, HardLinks links = HardLinks::copied);
  ~Packer();

  /// Fills a part of `buffer`; 0 is the end. Blocks on disk.
  [[nodiscard]] Result<std::size_t> read_some(std::span<char> buffer);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::datasets
