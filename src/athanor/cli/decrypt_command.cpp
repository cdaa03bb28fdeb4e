#include "athanor/cli/decrypt_command.hpp"

#include <fmt/format.h>

#include "athanor/cli/job_commands.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/terminal.hpp"
#include "athanor/cli/url_text.hpp"
#include "athanor/core/temporary_files.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/crypto/key_file.hpp"
#include "athanor/crypto/sealed_reader.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

/// A file that is gone with its owner.
class ScratchFile {
 public:
  explicit ScratchFile(const fs::path& beside)
      : path_(beside.string() + temporary_infix + Uuid::random().to_string()) {}

  ~ScratchFile() {
    std::error_code gone;
    fs::remove(path_, gone);
  }

  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<Secret<std::string>> read_key(const DecryptOptions& options) {
  if (options.key_file.empty()) {
    return ask_secret("Encryption key");
  }
  auto key = crypto::read_key_file(options.key_file);
  return key ? key : fail(key.error().within("--key-file"));
}

/// What the model's record says now.
Result<Secret<std::string>> key_of_owner(Client& client, const std::string& job_path) {
  const auto owner_path = job_path.substr(0, job_path.find("/job/"));
  ATHANOR_TRY(const auto record, client.get(owner_path));
  const auto key = record.find("encryption_key");
  if (key == record.end() || !key->is_string()) {
    return fail(ErrorCode::not_found, "the job's owner has no encryption key; name a --key-file");
  }
  return Secret(key->get<std::string>());
}

Status decrypt_artifact(Context& context, const DecryptOptions& options) {
  const JobOwner owner{options.model, std::nullopt};
  ATHANOR_TRY(const auto path, locate_job(context.client, owner, *options.job));
  ATHANOR_TRY(const auto key,
              options.key_file.empty() ? key_of_owner(context.client, path) : read_key(options));
  const ScratchFile sealed(options.output);
  const auto source = path + "/artifacts/" + path_text(options.file);
  ATHANOR_TRY([[maybe_unused]] const auto size,
              context.client.download(source, sealed.path(), [](std::uint64_t) {}));
  auto done = crypto::unseal(sealed.path(), options.output, crypto::Passphrase(key));
  if (!done && done.error().code == ErrorCode::forbidden && options.key_file.empty()) {
    return fail(ErrorCode::forbidden,
                options.file +
                    ": the model has another encryption key now than when the job was posted; "
                    "name the former one with --key-file");
  }
  return done;
}

Status decrypt_file(const DecryptOptions& options) {
  ATHANOR_TRY(const auto key, read_key(options));
  return crypto::unseal(options.file, options.output, crypto::Passphrase(key));
}

}  // namespace

Result<ExitCode> model_decrypt(Context& context, const DecryptOptions& options) {
  ATHANOR_CHECK_OK(options.job ? decrypt_artifact(context, options) : decrypt_file(options));
  print_note(fmt::format("{} is in the clear in {}", options.file, options.output.string()));
  return ExitCode::ok;
}

}  // namespace athanor::cli
