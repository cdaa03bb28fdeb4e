#include "athanor/cli/dataset_upload.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/cli/begun_upload.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/progress.hpp"
#include "athanor/cli/xdg.hpp"
#include "athanor/core/files.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

/// A plain line for pipes comes once per this many bytes.
constexpr std::uint64_t milestone_bytes = 256'000'000;

ProgressState describe(const std::string& label,
                       std::optional<std::uint64_t> size,
                       std::uint64_t sent) {
  const auto bytes = static_cast<double>(sent);
  ProgressState state{"upload", {}, fmt::format("{}  {}", label, format_bytes(bytes))};
  if (size && *size > 0) {
    state.fraction = bytes / static_cast<double>(*size);
  }
  return state;
}

}  // namespace

namespace {

/// The archive's bytes from `offset` on.
Result<Upload> upload_from(const fs::path& archive, std::uint64_t offset) {
  auto file = std::make_shared<UniqueFd>(::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
  std::error_code error;
  const auto size = fs::file_size(archive, error);
  if (!file->valid() || error) {
    return fail(ErrorCode::not_found,
                fmt::format("cannot read {}; give an archive or a folder", archive.string()));
  }
  Upload upload;
  upload.file_name = archive.filename().string();
  upload.size = size - std::min<std::uint64_t>(offset, size);
  upload.source = [file, archive, offset](std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto got = ::pread(file->get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    offset += static_cast<std::uint64_t>(std::max<ssize_t>(got, 0));
    if (got < 0) {
      return fail(system_error(fmt::format("cannot read {}", archive.string()), errno));
    }
    return static_cast<std::size_t>(got);
  };
  return upload;
}

/// Whether it is worth trying again: the connection or the server broke, not the archive.
bool is_passing(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::unavailable ||
         error.code == ErrorCode::timed_out || error.code == ErrorCode::internal;
}

/// Waits longer from one failure to the next, up to a limit; anew after each success.
class Patience {
 public:
  /// False when it is used up.
  [[nodiscard]] bool wait() {
    if (waited_ >= longest_) {
      return false;
    }
    std::this_thread::sleep_for(pause_);
    waited_ += pause_;
    pause_ = std::min(2 * pause_, longest_pause_);
    return true;
  }

  void renew() {
    pause_ = first_pause_;
    waited_ = {};
  }

 private:
  static constexpr std::chrono::milliseconds first_pause_{500};
  static constexpr std::chrono::milliseconds longest_pause_{30'000};
  static constexpr std::chrono::milliseconds longest_{600'000};

  std::chrono::milliseconds pause_ = first_pause_;
  std::chrono::milliseconds waited_{};
};

/// Whether the server has judged the archive, so that nothing is left to go on with.
bool is_verdict(const Error& error) {
  return error.code == ErrorCode::invalid_argument || error.code == ErrorCode::too_large;
}

/// An upload in pieces on the server.
struct UploadInPieces {
  std::string path;
  std::uint64_t offset = 0;  ///< How many bytes the server has.
};

/// The one that an earlier run began, while the server still has it, else a new one.
Result<UploadInPieces> begin_or_go_on(Client& client,
                                      const BegunUpload& begun,
                                      const std::string& uploads,
                                      std::uint64_t size) {
  if (const auto id = begun.load()) {
    const auto path = uploads + "/" + *id;
    const auto state = client.get(path);
    if (state) {
      return UploadInPieces{path, state->at("offset").get<std::uint64_t>()};
    }
    if (state.error().code != ErrorCode::not_found) {
      return fail(state.error());
    }
  }
  ATHANOR_TRY(const auto id, client.create_resumable(uploads, size));
  if (const auto stored = begun.store(id); !stored) {
    print_note("athanor: another run cannot go on with this upload: " + stored.error().message);
  }
  return UploadInPieces{uploads + "/" + id, 0};
}

/// How far the server is, asked until it answers.
Result<Json> ask_state(Client& client, const std::string& path, Patience& patience) {
  auto state = client.get(path);
  while (!state && is_passing(state.error()) && patience.wait()) {
    state = client.get(path);
  }
  return state;
}

}  // namespace

Result<Upload> file_upload(const fs::path& archive) {
  return upload_from(archive, 0);
}

Upload packed_upload(std::vector<datasets::PackEntry> entries) {
  auto packer = std::make_shared<datasets::Packer>(std::move(entries));
  Upload upload;
  upload.file_name = "dataset.tar.gz";
  upload.source = [packer](std::span<char> buffer) { return packer->read_some(buffer); };
  return upload;
}

Result<std::vector<datasets::PackEntry>> entries_as_they_are(const fs::path& directory) {
  std::error_code error;
  std::vector<datasets::PackEntry> entries;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (!name.starts_with('.')) {
      entries.push_back({entry->path(), std::move(name)});
    }
  }
  if (error) {
    return fail(ErrorCode::not_found,
                fmt::format("cannot list {}: {}", directory.string(), error.message()));
  }
  if (entries.empty()) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} is empty", directory.string()));
  }
  std::ranges::sort(entries, {}, &datasets::PackEntry::name);
  return entries;
}

Result<Json> send_resumably(Client& client,
                            const std::string& dataset_id,
                            const std::string& label,
                            const fs::path& archive) {
  ATHANOR_TRY(const auto whole, file_upload(archive));
  const auto size = whole.size.value_or(0);
  const auto uploads = fmt::format("/dataset/{}/uploads", dataset_id);
  const BegunUpload begun(state_home(), client.address() + uploads, archive);
  ATHANOR_TRY(const auto upload, begin_or_go_on(client, begun, uploads, size));
  const auto& path = upload.path;
  if (upload.offset > 0) {
    print_note(fmt::format("going on  {}  after {} of an earlier run",
                           label,
                           format_bytes(static_cast<double>(upload.offset))));
  }
  auto progress = ProgressLine::on_stderr();
  Patience patience;
  std::uint64_t offset = upload.offset;
  for (;;) {
    ATHANOR_TRY(auto rest, upload_from(archive, offset));
    rest.on_progress = [&, start = offset](std::uint64_t sent) {
      progress.update(describe(label, size, start + sent),
                      static_cast<long>((start + sent) / milestone_bytes));
    };
    const auto sent = client.append(path, offset, std::move(rest));
    if (sent || is_verdict(sent.error())) {
      begun.forget();
    }
    if (!sent && !is_passing(sent.error()) && sent.error().code != ErrorCode::conflict) {
      return fail(sent.error());
    }
    ATHANOR_TRY(const auto state, ask_state(client, path, patience));
    if (sent) {
      progress.finish(
          fmt::format("uploaded  {}  {}", label, format_bytes(static_cast<double>(size))));
      return state;
    }
    const auto stands_at = state.at("offset").get<std::uint64_t>();
    if (stands_at > offset) {
      patience.renew();
    } else if (!patience.wait()) {
      return fail(sent.error());
    }
    offset = stands_at;
  }
}

Result<Json> send_upload(Client& client,
                         const std::string& dataset_id,
                         const std::string& label,
                         Upload upload) {
  auto progress = ProgressLine::on_stderr();
  std::uint64_t total = 0;
  upload.on_progress = [&, size = upload.size](std::uint64_t sent) {
    total = sent;
    progress.update(describe(label, size, sent), static_cast<long>(sent / milestone_bytes));
  };
  ATHANOR_TRY(auto reply,
              client.upload(fmt::format("/dataset/{}/upload", dataset_id), std::move(upload)));
  progress.finish(fmt::format("uploaded  {}  {}", label, format_bytes(static_cast<double>(total))));
  return reply;
}

}  // namespace athanor::cli
