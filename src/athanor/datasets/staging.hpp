#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::datasets {

/// An upload in the making. The way of one:
///
///     auto staging = Staging::create(data_dir, dataset_id);
///     unpack(source, staging->path());
///     staging->merge(former);              // a second upload adds to the first
///     check_layout(staging->path(), type, format);
///     staging->start_sync();
///     survey(staging->path(), type, format);
///     auto folder = staging->publish();
///     write_report(data_dir, *folder, ...);    // then the record's data_folder becomes *folder,
///                                          // and the store notes the former one as removed
///
/// Up to the change of the record, any failure or crash leaves the former data in force.
class Staging {
 public:
  /// Makes DATA_DIR/datasets/<id>/staging-<uuid>.
  [[nodiscard]] static Result<Staging> create(const std::filesystem::path& data_dir, Uuid dataset);

  /// Removes the folder unless it was published.
  ~Staging();

  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Adds the files of the former data that this upload does not bring, as hard links.
  /// `former` is the record's data_folder; empty for a first upload. invalid_argument when names of
  /// both look the same (name_check.hpp).
  [[nodiscard]] Status merge(const std::string& former);

  /// Begins to make all files durable, on a thread of its own, while they are looked through. No
  /// file changes from here on.
  void start_sync();

  /// Makes all files durable, or waits for that, and gives the folder its final name, data-<uuid>.
  /// Its path below the data directory, for the record: "datasets/<id>/data-<uuid>".
  [[nodiscard]] Result<std::string> publish();

 private:
  Staging(std::filesystem::path data_dir, std::filesystem::path path);

  std::filesystem::path data_dir_;
  std::filesystem::path path_;  ///< Empty once published.
  std::future<Status> synced_;  ///< Without a state unless the sync was started.
};

/// Removes what crashes left below DATA_DIR/datasets: all staging folders, and the data folders
/// that `is_used` denies with their reports. To be called before the server listens.
[[nodiscard]] Status remove_leftovers(const std::filesystem::path& data_dir,
                                      const std::function<bool(const std::string&)>& is_used);

}  // namespace athanor::datasets
