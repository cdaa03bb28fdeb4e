#include "athanor/crypto/seal_header.hpp"

#include <algorithm>
#include <cstring>
#include <sodium.h>
#include <span>

#include <fmt/format.h>

namespace athanor::crypto {

namespace {

constexpr std::string_view magic =
    "\x89"
    "ATHANOR";
constexpr std::uint32_t format_version = 1;
constexpr std::size_t version_at = 8;
constexpr std::size_t passes_at = 12;
constexpr std::size_t memory_at = 16;
constexpr std::size_t salt_at = 20;
constexpr std::size_t plain_bytes_at = 36;
constexpr std::size_t stream_at = 44;
constexpr std::size_t key_check_at = 68;
constexpr std::size_t checksum_at = 84;
constexpr std::size_t hash_bytes = 16;
/// More than any disk holds; sums of sizes below it do not overflow.
constexpr std::uint64_t largest_file = 1ULL << 60;

static_assert(sizeof(SealHeader::stream) == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(seal_chunk_overhead == crypto_secretstream_xchacha20poly1305_ABYTES);
static_assert(checksum_at + hash_bytes == seal_header_bytes);

template <class Number>
void append_number(std::string& text, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    text.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
}

template <class Number>
Number number_at(std::string_view text, std::size_t place) {
  Number value = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    value = static_cast<Number>(value << 8 | static_cast<unsigned char>(text[place + i]));
  }
  return value;
}

void append_bytes(std::string& text, std::span<const unsigned char> bytes) {
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// Without keys, a checksum.
std::string hash_of(std::string_view text, std::span<const unsigned char> key = {}) {
  std::array<unsigned char, hash_bytes> hash{};
  crypto_generichash(hash.data(),
                     hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(),
                     key.data(),
                     key.size());
  std::string bytes;
  append_bytes(bytes, hash);
  return bytes;
}

Status check_cost(const KeyRecipe& recipe) {
  constexpr std::uint32_t least_memory = crypto_pwhash_MEMLIMIT_MIN / limits::kib;
  constexpr std::uint32_t most_memory = limits::unseal_memory_bytes / limits::kib;
  if (recipe.passes > limits::unseal_passes || recipe.memory_kib > most_memory) {
    return fail(ErrorCode::too_large,
                fmt::format("the file asks for {} passes over {} KiB to be opened; at most {} over "
                            "{} KiB are made",
                            recipe.passes,
                            recipe.memory_kib,
                            limits::unseal_passes,
                            most_memory));
  }
  if (recipe.passes == 0 || recipe.memory_kib < least_memory) {
    return fail(ErrorCode::invalid_argument, "the file's header makes no sense");
  }
  return {};
}

}  // namespace

Result<SealHeader> parse_seal_header(std::string_view bytes) {
  if (bytes.substr(0, magic.size()) != magic.substr(0, bytes.size())) {
    return fail(ErrorCode::invalid_argument, "the file is not encrypted");
  }
  if (bytes.size() < seal_header_bytes) {
    return fail(ErrorCode::invalid_argument, "the file is cut off within its header");
  }
  if (const auto version = number_at<std::uint32_t>(bytes, version_at); version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("the file is encrypted in version {} of the format, this program reads "
                            "{}",
                            version,
                            format_version));
  }
  if (hash_of(bytes.substr(0, checksum_at)) != bytes.substr(checksum_at, hash_bytes)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the file is damaged within bytes 0 to {}", seal_header_bytes - 1));
  }
  SealHeader header;
  header.recipe.passes = number_at<std::uint32_t>(bytes, passes_at);
  header.recipe.memory_kib = number_at<std::uint32_t>(bytes, memory_at);
  header.plain_bytes = number_at<std::uint64_t>(bytes, plain_bytes_at);
  std::memcpy(header.recipe.salt.data(), bytes.data() + salt_at, header.recipe.salt.size());
  std::memcpy(header.stream.data(), bytes.data() + stream_at, header.stream.size());
  if (header.plain_bytes > largest_file) {
    return fail(ErrorCode::invalid_argument, "the file's header makes no sense");
  }
  ATHANOR_CHECK_OK(check_cost(header.recipe));
  return header;
}

std::string render_seal_header(const SealHeader& header, const DerivedKeys& keys) {
  std::string text(magic);
  append_number(text, format_version);
  append_number(text, header.recipe.passes);
  append_number(text, header.recipe.memory_kib);
  append_bytes(text, header.recipe.salt);
  append_number(text, header.plain_bytes);
  append_bytes(text, header.stream);
  text += hash_of(text, keys.check);
  text += hash_of(text);
  return text;
}

bool is_made_with(std::string_view header, const DerivedKeys& keys) {
  const auto hash = hash_of(header.substr(0, key_check_at), keys.check);
  return sodium_memcmp(hash.data(), header.data() + key_check_at, hash_bytes) == 0;
}

std::uint64_t chunks_of(std::uint64_t plain_bytes) {
  return std::max<std::uint64_t>(1, (plain_bytes + seal_chunk_bytes - 1) / seal_chunk_bytes);
}

std::uint64_t sealed_size(std::uint64_t plain_bytes) {
  return seal_header_bytes + plain_bytes + chunks_of(plain_bytes) * seal_chunk_overhead;
}

}  // namespace athanor::crypto
