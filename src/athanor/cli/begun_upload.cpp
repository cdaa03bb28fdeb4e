#include "athanor/cli/begun_upload.hpp"

#include <chrono>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

#include "athanor/core/digest.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view note_prefix = "upload-";
constexpr std::size_t largest_note = 4 * limits::kib;
/// A server removes an upload that gets no bytes long before.
constexpr auto note_lifetime = std::chrono::hours(24 * 30);

/// The archive as it is now; empty where it cannot be looked at.
std::string state_of_archive(const fs::path& archive) {
  struct stat status {};

  std::error_code error;
  const auto path = fs::canonical(archive, error);
  if (error || ::stat(path.c_str(), &status) != 0) {
    return "";
  }
  return fmt::format("{}\n{}\n{}.{:09}",
                     path.string(),
                     status.st_size,
                     status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

/// Those of uploads that nobody went on with.
void remove_old_notes(const fs::path& folder) {
  const auto oldest = fs::file_time_type::clock::now() - note_lifetime;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    const auto changed = entry->last_write_time(unknown);
    if (!unknown && changed < oldest &&
        entry->path().filename().string().starts_with(note_prefix)) {
      fs::remove(entry->path(), unknown);
    }
  }
}

}  // namespace

BegunUpload::BegunUpload(const fs::path& folder,
                         std::string_view uploads,
                         const fs::path& archive) {
  const auto state = state_of_archive(archive);
  if (folder.is_absolute() && !state.empty()) {
    file_ = folder /
            fmt::format("{}{}.json", note_prefix, digest(fmt::format("{}\n{}", uploads, state)));
  }
}

std::optional<std::string> BegunUpload::load() const {
  const auto text = read_file(file_, largest_note);
  const auto note = text ? parse_json(*text) : Result<Json>(fail(text.error()));
  if (!note || !note->is_object()) {
    return std::nullopt;
  }
  const auto id = note->find("upload");
  if (id == note->end() || !id->is_string() || !Uuid::parse(id->get_ref<const std::string&>())) {
    return std::nullopt;
  }
  return id->get<std::string>();
}

Status BegunUpload::store(const std::string& id) const {
  if (file_.empty()) {
    return fail(ErrorCode::not_found, "neither XDG_STATE_HOME nor HOME names a folder");
  }
  ATHANOR_CHECK_OK(make_private_folder(file_.parent_path()));
  remove_old_notes(file_.parent_path());
  return write_file_atomic(file_, to_text({{"upload", id}}) + "\n");
}

void BegunUpload::forget() const {
  std::error_code missing;
  fs::remove(file_, missing);
}

}  // namespace athanor::cli
