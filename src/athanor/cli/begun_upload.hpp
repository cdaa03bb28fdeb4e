#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::cli {

/// Remembers where an upload in pieces was begun, so that the same command goes on with it after
/// its own end: a file in `folder` whose name stands for the address of the dataset's uploads and
/// for the archive as it is now (path, size, time of change). An archive that has changed is
/// another one.
class BegunUpload {
 public:
  /// Nothing is kept where `folder` is not absolute, as it is without a home.
  BegunUpload(const std::filesystem::path& folder,
              std::string_view uploads,
              const std::filesystem::path& archive);

  /// The upload's id; nullopt where there is none.
  [[nodiscard]] std::optional<std::string> load() const;

  /// Errors: io; not_found where nothing is kept.
  [[nodiscard]] Status store(const std::string& id) const;

  void forget() const;

 private:
  std::filesystem::path file_;  ///< Empty where nothing is kept.
};

}  // namespace athanor::cli
