#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::jobs {

/// The folder in which a pretrained model comes to be: "pretrained/staging-<id>" until publish()
/// gives it its last name, "pretrained/<id>". Removed with all that is in it unless that happened.
class PretrainedStaging {
 public:
  [[nodiscard]] static Result<PretrainedStaging> create(const std::filesystem::path& data_folder,
                                                        Uuid model);
  PretrainedStaging(PretrainedStaging&& other) noexcept;
  PretrainedStaging& operator=(PretrainedStaging&&) = delete;
  ~PretrainedStaging();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Where the file that was sent goes; it is not kept.
  [[nodiscard]] std::filesystem::path received() const { return path_ / "received"; }

  /// Removes all but the weights, syncs and renames. The folder's name below the data folder.
  [[nodiscard]] Result<std::string> publish();

 private:
  PretrainedStaging(std::filesystem::path data_folder, Uuid model, std::filesystem::path path);

  std::filesystem::path data_folder_;
  Uuid model_;
  std::filesystem::path path_;  ///< Empty once published.
};

/// Removes staging folders and those for which `is_used` is false, by their name below the data
/// folder: what a sudden end left behind. For the start of a server.
[[nodiscard]] Status remove_pretrained_leftovers(
    const std::filesystem::path& data_folder,
    const std::function<bool(const std::string&)>& is_used);

}  // namespace athanor::jobs
