#include "athanor/datasets/partial_upload.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/json_file.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "upload-";

fs::path folder_of(const fs::path& data_dir, Uuid dataset) {
  return data_dir / "datasets" / dataset.to_string();
}

fs::path file_of(const fs::path& data_dir, Uuid dataset, Uuid id) {
  return folder_of(data_dir, dataset) / (std::string(folder_prefix) + id.to_string());
}

std::chrono::system_clock::time_point changed_at(const struct stat& status) {
  return std::chrono::system_clock::from_time_t(status.st_mtime);
}

bool is_note(const fs::path& file) {
  return file.filename().string().starts_with(folder_prefix) && file.extension() == ".json";
}

/// The notes of one dataset's partial uploads.
std::vector<fs::path> notes_in(const fs::path& folder) {
  std::vector<fs::path> notes;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_note(entry->path())) {
      notes.push_back(entry->path());
    }
  }
  return notes;
}

/// The note goes last: expired uploads are found by theirs, so that none leaves its bytes behind
/// where a crash comes between the two.
std::error_code remove_upload(const fs::path& file, const fs::path& note) {
  std::error_code error;
  fs::remove(file, error);
  if (!error) {
    fs::remove(note, error);
  }
  return error;
}

bool is_expired(const fs::path& file, std::chrono::system_clock::time_point now) {
  struct stat status {};

  return stat(file.c_str(), &status) != 0 || changed_at(status) + limits::upload_expiry <= now;
}

}  // namespace

Result<PartialUpload> PartialUpload::create(const fs::path& data_dir,
                                            Uuid dataset,
                                            std::uint64_t length,
                                            std::string metadata) {
  const Uuid id = Uuid::random();
  PartialUpload upload(file_of(data_dir, dataset, id), id);
  upload.length_ = length;
  upload.metadata_ = std::move(metadata);
  ATHANOR_CHECK_OK(make_private_folder(folder_of(data_dir, dataset)));
  ATHANOR_CHECK_OK(upload.room_.take(length));
  auto begun = write_file_atomic(upload.file_, "");
  if (begun) {
    begun = upload.write_note();  // It makes the upload exist, so it comes last.
  }
  if (!begun) {
    static_cast<void>(upload.remove());
    return fail(std::move(begun).error());
  }
  return find(data_dir, dataset, id);
}

Result<PartialUpload> PartialUpload::find(const fs::path& data_dir, Uuid dataset, Uuid id) {
  PartialUpload upload(file_of(data_dir, dataset, id), id);
  const auto text = read_file(upload.note());

  struct stat status {};

  if (!text || stat(upload.file_.c_str(), &status) != 0) {
    return fail(ErrorCode::not_found,
                "there is no such upload (any more): it has expired or was deleted; begin anew");
  }
  ATHANOR_TRY(const auto json, parse_json(*text));
  upload.length_ = json.at("length");
  upload.metadata_ = json.value("metadata", "");
  upload.offset_ = static_cast<std::uint64_t>(status.st_size);
  if (json.contains("trial_from")) {
    upload.trial_from_ = json.at("trial_from");
    upload.offset_ = *upload.trial_from_;
  }
  upload.expires_ = changed_at(status) + limits::upload_expiry;
  if (json.contains("status")) {
    upload.outcome_ = UploadOutcome{json.at("status"), json.at("message")};
    upload.offset_ = upload.length_;
  }
  return upload;
}

fs::path PartialUpload::note() const {
  return file_.string() + ".json";
}

Status PartialUpload::write_note() const {
  Json json = {{"length", length_}};
  if (!metadata_.empty()) {
    json["metadata"] = metadata_;
  }
  if (trial_from_) {
    json["trial_from"] = *trial_from_;
  }
  if (outcome_) {
    json["status"] = outcome_->status;
    json["message"] = outcome_->message;
  }
  return write_file_atomic(note(), to_text(json) + "\n");
}

Status PartialUpload::append(std::string_view bytes) {
  ATHANOR_CHECK_OK(room_.take(bytes.size()));
  ATHANOR_CHECK_OK(open_for_appending());
  ATHANOR_CHECK_OK(write_all(appending_.get(), bytes));
  offset_ += bytes.size();
  return {};
}

Status PartialUpload::open_for_appending() {
  if (appending_.valid()) {
    return {};
  }
  appending_.reset(disk::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!appending_.valid()) {
    return fail(system_error("cannot open the upload", errno));
  }
  // A trial that an earlier server did not end.
  return trial_from_ ? discard_trial() : Status();
}

Status PartialUpload::begin_trial() {
  ATHANOR_CHECK_OK(open_for_appending());
  trial_from_ = offset_;
  return write_note();
}

Status PartialUpload::keep_trial() {
  ATHANOR_CHECK_OK(sync());
  trial_from_.reset();
  return write_note();
}

Status PartialUpload::discard_trial() {
  if (disk::ftruncate(appending_.get(), static_cast<off_t>(trial_from_.value_or(offset_))) != 0) {
    return fail(system_error("cannot drop bytes of the upload", errno));
  }
  ATHANOR_CHECK_OK(sync());
  offset_ = trial_from_.value_or(offset_);
  trial_from_.reset();
  return write_note();
}

Status PartialUpload::sync() {
  if (appending_.valid() && disk::fdatasync(appending_.get()) != 0) {
    return fail(system_error("cannot sync the upload", errno));
  }
  return {};
}

Result<ByteSource> PartialUpload::source() const {
  auto file = std::make_shared<UniqueFd>(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file->valid()) {
    return fail(system_error("cannot open the upload", errno));
  }
  return ByteSource([file](std::span<char> buffer) -> Result<std::size_t> {
    ssize_t count = 0;
    do {
      count = ::read(file->get(), buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      return fail(system_error("cannot read the upload", errno));
    }
    return static_cast<std::size_t>(count);
  });
}

Status PartialUpload::finish(const UploadOutcome& outcome) {
  outcome_ = outcome;
  ATHANOR_CHECK_OK(write_note());
  if (disk::truncate(file_.c_str(), 0) != 0) {
    return fail(system_error("cannot drop the upload's bytes", errno));
  }
  return {};
}

Status PartialUpload::remove() {
  const auto error = remove_upload(file_, note());
  return error ? Status(fail(system_error("cannot remove the upload", error.value()))) : Status();
}

Result<std::size_t> count_partial_uploads(const fs::path& data_dir, Uuid dataset) {
  std::size_t count = 0;
  for (const auto& note : notes_in(folder_of(data_dir, dataset))) {
    const auto json = read_json_file(note);
    if (!json && json.error().code == ErrorCode::not_found) {
      continue;  // Deleted since it was listed.
    }
    if (!json) {
      return fail(json.error());
    }
    count += json->contains("status") ? 0U : 1U;
  }
  return count;
}

Status remove_expired_uploads(const fs::path& data_dir, std::chrono::system_clock::time_point now) {
  std::error_code error;
  for (fs::directory_iterator dataset(data_dir / "datasets", error), end; !error && dataset != end;
       dataset.increment(error)) {
    for (const auto& note : notes_in(dataset->path())) {
      auto file = note;
      file.replace_extension();
      if (is_expired(file, now)) {
        error = remove_upload(file, note);
      }
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(system_error("cannot remove expired uploads", error.value()));
  }
  return {};
}

}  // namespace athanor::datasets
