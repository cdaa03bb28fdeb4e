#include "athanor/auth/token.hpp"

#include <array>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/auth/base64.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/temporary_files.hpp"

namespace athanor::auth {

namespace {

constexpr const char* secret_file = "token.key";
constexpr std::size_t signing_secret_bytes = crypto_auth_hmacsha256_KEYBYTES;
constexpr const char* issuer = "athanor";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string mac_of(const Secret<std::string>& secret, std::string_view text) {
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(mac.data()),
                         bytes_of(text),
                         text.size(),
                         bytes_of(secret.expose()));
  return mac;
}

/// Every token has this header. Others are refused without a look at what they name, so there is
/// no algorithm to be talked into.
const std::string& token_header() {
  static const std::string header = to_base64url(R"({"alg":"HS256","typ":"JWT"})");
  return header;
}

long long seconds_of(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::optional<Claims> read_claims(std::string_view encoded) {
  const auto text = from_base64url(encoded);
  const auto claims =
      text ? parse_json(*text) : Result<Json>(fail(ErrorCode::invalid_argument, "no base64url"));
  if (!claims || !claims->is_object() || claims->value("iss", "") != issuer) {
    return std::nullopt;
  }
  const auto user = Uuid::parse(claims->value("sub", ""));
  if (!user) {
    return std::nullopt;
  }
  return Claims{
      *user, claims->value("key", ""), TimePoint(std::chrono::seconds(claims->value("exp", 0LL)))};
}

/// Makes the secret's file whole or not at all; the first of several servers wins.
Status make_secret(const std::filesystem::path& path) {
  std::string secret(signing_secret_bytes, '\0');
  randombytes_buf(secret.data(), secret.size());
  // Named so that the next start removes it should this one end before it does.
  const auto draft = path.string() + temporary_infix + Uuid::random().to_string();
  ATHANOR_CHECK_OK(write_file_atomic(draft, secret));
  const int failed = ::link(draft.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(draft.c_str());
  if (failed != 0 && failed != EEXIST) {
    return fail(system_error(fmt::format("cannot create {}", secret_file), failed));
  }
  return sync_path(path.parent_path());
}

}  // namespace

std::string TokenSigner::sign(const Claims& claims, TimePoint now) const {
  Json body = {{"iss", issuer},
               {"sub", claims.user.to_string()},
               {"iat", seconds_of(now)},
               {"exp", seconds_of(claims.expires)}};
  if (!claims.key_id.empty()) {
    body["key"] = claims.key_id;
  }
  const auto signed_part = fmt::format("{}.{}", token_header(), to_base64url(to_text(body)));
  return fmt::format("{}.{}", signed_part, to_base64url(mac_of(secret_, signed_part)));
}

std::optional<Claims> TokenSigner::verify(std::string_view token, TimePoint now) const {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (token.size() > limits::token_bytes || first == last || first == token.npos ||
      token.substr(0, first) != token_header()) {
    return std::nullopt;
  }
  const auto mac = from_base64url(token.substr(last + 1));
  const auto signed_part = token.substr(0, last);
  if (!mac || mac->size() != crypto_auth_hmacsha256_BYTES ||
      crypto_auth_hmacsha256_verify(
          bytes_of(*mac), bytes_of(signed_part), signed_part.size(), bytes_of(secret_.expose())) !=
          0) {
    return std::nullopt;
  }
  auto claims = read_claims(signed_part.substr(first + 1));
  return claims && now < claims->expires ? claims : std::nullopt;
}

std::string TokenSigner::fingerprint(std::string_view text) const {
  // No token is signed for a text with this prefix, so neither serves as the other.
  return to_base64url(mac_of(secret_, "fingerprint:" + std::string(text)));
}

Result<TokenSigner> open_signer(const std::filesystem::path& data_folder) {
  const auto path = data_folder / secret_file;

  struct stat status {};

  if (::stat(path.c_str(), &status) != 0) {
    ATHANOR_CHECK_OK(make_secret(path));
  } else if ((status.st_mode & 077) != 0) {
    return fail(ErrorCode::forbidden,
                fmt::format("{} may be read by others: remove it, which ends all tokens, or, if "
                            "nobody has, chmod 600 it",
                            path.string()));
  }
  ATHANOR_TRY(auto secret, read_file(path, signing_secret_bytes));
  if (secret.size() != signing_secret_bytes) {
    return fail(ErrorCode::io,
                fmt::format("{} is damaged: remove it, which ends all tokens", path.string()));
  }
  return TokenSigner(Secret(std::move(secret)));
}

}  // namespace athanor::auth
