#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "athanor/core/disk_room.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/datasets/archive_reader.hpp"

namespace athanor::datasets {

/// How the archive of a resumable upload was taken in, once all of it had come.
struct UploadOutcome {
  int status = 201;  ///< HTTP, as the upload in one request would have answered.
  std::string message;
};

/// The part of an archive that has come so far, in the dataset's folder: the bytes as
/// "upload-<uuid>" and what is known of them as "upload-<uuid>.json". How many there are is the
/// size of the file, so that a crash between the two cannot make them differ; only while bytes are
/// on trial, the note says how many came before them.
class PartialUpload {
 public:
  /// `metadata` is kept as it is. unavailable where the disk has no room for `length` bytes.
  [[nodiscard]] static Result<PartialUpload> create(const std::filesystem::path& data_dir,
                                                    Uuid dataset,
                                                    std::uint64_t length,
                                                    std::string metadata = "");

  /// not_found when there is none, or no more.
  [[nodiscard]] static Result<PartialUpload> find(const std::filesystem::path& data_dir,
                                                  Uuid dataset,
                                                  Uuid id);

  [[nodiscard]] Uuid id() const { return id_; }

  [[nodiscard]] std::uint64_t length() const { return length_; }

  [[nodiscard]] std::uint64_t offset() const { return offset_; }

  [[nodiscard]] const std::string& metadata() const { return metadata_; }

  [[nodiscard]] const std::optional<UploadOutcome>& outcome() const { return outcome_; }

  [[nodiscard]] std::chrono::system_clock::time_point expires() const { return expires_; }

  /// Adds bytes at the end. unavailable before the disk's reserve is touched.
  [[nodiscard]] Status append(std::string_view bytes);

  /// What was added is durable then.
  [[nodiscard]] Status sync();

  /// What is added from now on counts only once keep_trial() says so: discard_trial() drops it,
  /// and a crash has the same effect.
  [[nodiscard]] Status begin_trial();
  [[nodiscard]] Status keep_trial();
  [[nodiscard]] Status discard_trial();

  /// The bytes from the start; keeps the file open.
  [[nodiscard]] Result<ByteSource> source() const;

  /// Notes the end and drops the bytes.
  [[nodiscard]] Status finish(const UploadOutcome& outcome);

  [[nodiscard]] Status remove();

 private:
  PartialUpload(const std::filesystem::path& file, Uuid id)
      : file_(file), id_(id), room_(file.parent_path()) {}

  [[nodiscard]] std::filesystem::path note() const;
  [[nodiscard]] Status write_note() const;
  [[nodiscard]] Status open_for_appending();

  std::filesystem::path file_;
  Uuid id_;
  std::uint64_t length_ = 0;
  std::uint64_t offset_ = 0;
  std::optional<std::uint64_t> trial_from_;  ///< What lies behind this byte is on trial.
  std::string metadata_;
  std::optional<UploadOutcome> outcome_;
  std::chrono::system_clock::time_point expires_;
  UniqueFd appending_;
  DiskRoom room_;
};

/// How many partial uploads a dataset has that are not finished.
[[nodiscard]] Result<std::size_t> count_partial_uploads(const std::filesystem::path& data_dir,
                                                        Uuid dataset);

/// Removes those of all datasets to which nothing was added for limits::upload_expiry.
[[nodiscard]] Status remove_expired_uploads(
    const std::filesystem::path& data_dir,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace athanor::datasets
