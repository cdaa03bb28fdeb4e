#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "athanor/core/error.hpp"

/// The header fields of the tus protocol 1.0 (https://tus.io/protocols/resumable-upload).
namespace athanor::api {

inline constexpr const char* tus_version = "1.0.0";
inline constexpr const char* tus_extensions = "creation,expiration,termination,checksum";
inline constexpr const char* tus_checksum_algorithms = "sha1,sha256";
/// Names the method that a POST stands for.
inline constexpr const char* tus_method_override = "X-HTTP-Method-Override";
/// The status of a PATCH whose body is not what its checksum promises.
inline constexpr int tus_checksum_mismatch = 460;

/// Whether a path is that of a dataset's uploads in pieces or of one of them.
[[nodiscard]] bool is_tus_path(std::string_view path);

/// Upload-Length and Upload-Offset: digits alone; nullopt for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_byte_count(std::string_view field);

/// Whether Upload-Metadata has its form: "name bmFtZS50YXI=,is_private", every key once, values in
/// Base64 or none. Its content is kept for the client and means nothing to the server.
[[nodiscard]] Status check_upload_metadata(std::string_view field);

/// What Upload-Checksum promises of a body, and what came of it.
class UploadChecksum {
 public:
  /// Of "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=". Errors name the algorithms and the form.
  [[nodiscard]] static Result<UploadChecksum> parse(std::string_view field);

  void add(std::string_view bytes);

  /// Whether all that was added keeps the promise; ends it.
  [[nodiscard]] bool holds();

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  UploadChecksum(const EVP_MD* algorithm, std::string promised);

  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  std::string promised_;
};

}  // namespace athanor::api
