#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// Writes a tar.zst to a new file, member by member. Blocks. Lives on one thread.
class TarWriter {
 public:
  /// Errors: conflict when there is such a file, unavailable without room, io.
  [[nodiscard]] static Result<TarWriter> create(const std::filesystem::path& file);

  TarWriter(TarWriter&&) noexcept;
  ~TarWriter();

  [[nodiscard]] Status add_folder(const std::string& name);

  /// Adds a file as long as it is now; `see` gets the content that goes into the archive. What a
  /// growing file gains meanwhile is left out. io when it shrinks.
  [[nodiscard]] Status add_file(const std::string& name,
                                const std::filesystem::path& source,
                                const std::function<void(std::string_view)>& see);

  [[nodiscard]] Status add_text(const std::string& name, std::string_view text);

  /// Ends the archive and makes it durable; nothing may be added after.
  [[nodiscard]] Status finish();

 private:
  struct Implementation;
  explicit TarWriter(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::datasets
