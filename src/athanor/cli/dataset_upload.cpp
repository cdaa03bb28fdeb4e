#include "athanor/cli/dataset_upload.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/cli/progress.hpp"
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

Result<Upload> file_upload(const fs::path& archive) {
  auto file = std::make_shared<UniqueFd>(::open(archive.c_str(), O_RDONLY | O_CLOEXEC));
  std::error_code error;
  const auto size = fs::file_size(archive, error);
  if (!file->valid() || error) {
    return fail(ErrorCode::not_found,
                fmt::format("cannot read {}; give an archive or a folder", archive.string()));
  }
  Upload upload;
  upload.file_name = archive.filename().string();
  upload.size = size;
  upload.source = [file, archive](std::span<char> buffer) -> Result<std::size_t> {
    const auto got = ::read(file->get(), buffer.data(), buffer.size());
    if (got < 0) {
      return fail(system_error(fmt::format("cannot read {}", archive.string()), errno));
    }
    return static_cast<std::size_t>(got);
  };
  return upload;
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
