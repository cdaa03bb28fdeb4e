#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/secret.hpp"
#include "athanor/datasets/intake.hpp"

namespace athanor::cli {

/// Where the server is and who asks.
struct Connection {
  std::string url = "http://127.0.0.1:8000";
  /// Needed without an API key; with one it must be the key's user.
  std::optional<std::string> user;
  Secret<std::string> api_key;           ///< Empty where the server wants none.
  std::filesystem::path ca_certificate;  ///< Whom to trust instead of the system's authorities.
};

/// With `--auth none` any user id will do; this one keeps a single user's things together.
inline constexpr const char* default_user = "00000000-0000-0000-0000-000000000001";

/// A dataset archive on its way to the server.
struct Upload {
  std::string file_name;
  datasets::ByteSource source;
  std::optional<std::uint64_t> size;               ///< Unknown when it is packed on the fly.
  std::function<void(std::uint64_t)> on_progress;  ///< Bytes handed over so far.
};

/// The REST API over one kept-alive libcurl connection. Paths are relative to the user:
/// "/dataset", "/model/<id>/job". An API key is traded for a token before the first request, and
/// the token kept for later programs (token_cache.hpp). Errors carry the server's own text, or the
/// mend when no server answers. Not thread-safe.
class Client {
 public:
  explicit Client(Connection connection);
  ~Client();

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Of server and user: what paths are relative to. An API key's user is known after the first
  /// request.
  [[nodiscard]] std::string address() const;

  [[nodiscard]] Result<Json> get(std::string_view path);
  [[nodiscard]] Result<Json> post(std::string_view path, const Json& body);
  /// POST without a body, as cancel takes it.
  [[nodiscard]] Result<Json> post(std::string_view path);
  [[nodiscard]] Result<Json> patch(std::string_view path, const Json& body);
  [[nodiscard]] Result<Json> remove(std::string_view path);

  /// Streams a multipart upload; nothing is written to disk.
  [[nodiscard]] Result<Json> upload(std::string_view path, Upload upload);

  struct Streamed {
    bool no_content = false;  ///< HTTP status 204.
  };

  /// GETs a reply and hands it over as it comes, without any deadline but that of silence, until it
  /// ends or `take` returns false or an error. `last_event_id` is sent along unless it is empty.
  [[nodiscard]] Result<Streamed> stream(std::string_view path,
                                        const std::string& last_event_id,
                                        const std::function<Result<bool>(std::string_view)>& take);
  /// Begins an upload in pieces of `length` bytes (tus 1.0) below "/dataset/<id>/uploads"; its id.
  [[nodiscard]] Result<std::string> create_resumable(std::string_view path, std::uint64_t length);

  /// Adds all that `source` gives to such an upload, from `offset` on; `path` is its own. Returns
  /// when the server has taken the archive in; errors are as those of upload().
  [[nodiscard]] Status append(std::string_view path, std::uint64_t offset, Upload rest);

  /// Saves a reply to `target`, under a temporary name until it is whole. Returns its size.
  [[nodiscard]] Result<std::uint64_t> download(
      std::string_view path,
      const std::filesystem::path& target,
      const std::function<void(std::uint64_t)>& on_progress);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::cli
