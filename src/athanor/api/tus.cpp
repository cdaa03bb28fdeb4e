#include "athanor/api/tus.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "athanor/auth/base64.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/http/router.hpp"

namespace athanor::api {

namespace {

const EVP_MD* algorithm_named(std::string_view name) {
  return name == "sha1" ? EVP_sha1() : name == "sha256" ? EVP_sha256() : nullptr;
}

bool is_metadata_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
}

Status bad_metadata(std::string_view why) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("Upload-Metadata: {}; write key and value in Base64 with a space between "
                          "them, and commas between such pairs",
                          why));
}

}  // namespace

bool is_tus_path(std::string_view path) {
  // /api/v1/user/{user_id}/dataset/{dataset_id}/uploads/{upload_id}
  const auto segments = http::path_segments(path).value_or(std::vector<std::string>());
  return (segments.size() == 7 || segments.size() == 8) && segments[4] == "dataset" &&
         segments[6] == "uploads";
}

std::optional<std::uint64_t> parse_byte_count(std::string_view field) {
  std::uint64_t number = 0;
  const char* const end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

Status check_upload_metadata(std::string_view field) {
  if (field.size() > limits::upload_metadata_bytes) {
    return bad_metadata(fmt::format("it has more than {} bytes", limits::upload_metadata_bytes));
  }
  std::set<std::string_view> keys;
  for (bool more = true; more;) {
    const auto comma = field.find(',');
    auto pair = field.substr(0, comma);
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const auto space = pair.find(' ');
    const auto key = pair.substr(0, space);
    const auto value = space == pair.npos ? std::string_view() : pair.substr(space + 1);
    if (!is_metadata_key(key) || !auth::from_base64(value)) {
      return bad_metadata("a pair is malformed");
    }
    if (!keys.insert(key).second) {
      return bad_metadata("a key comes twice");
    }
    more = comma != field.npos;
    field.remove_prefix(more ? comma + 1 : field.size());
  }
  return {};
}

UploadChecksum::UploadChecksum(const EVP_MD* algorithm, std::string promised)
    : context_(EVP_MD_CTX_new()), promised_(std::move(promised)) {
  EVP_DigestInit_ex(context_.get(), algorithm, nullptr);
}

Result<UploadChecksum> UploadChecksum::parse(std::string_view field) {
  const auto space = std::min(field.find(' '), field.size());
  const auto* const algorithm = algorithm_named(field.substr(0, space));
  const auto promised = auth::from_base64(field.substr(std::min(space + 1, field.size())));
  if (algorithm == nullptr || !promised ||
      promised->size() != static_cast<std::size_t>(EVP_MD_get_size(algorithm))) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Upload-Checksum must be an algorithm ({}), a space and the checksum "
                            "of the body in Base64",
                            tus_checksum_algorithms));
  }
  return UploadChecksum(algorithm, *promised);
}

void UploadChecksum::add(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

bool UploadChecksum::holds() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), size) == promised_;
}

}  // namespace athanor::api
