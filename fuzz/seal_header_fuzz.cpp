#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sodium.h>
#include <string>
#include <string_view>
#include <sys/mman.h>

#include "athanor/core/files.hpp"
#include "athanor/crypto/seal_header.hpp"
#include "athanor/crypto/sealed_reader.hpp"

namespace crypto = athanor::crypto;

namespace {

/// The checksum keeps accidents out, not attackers, who can compute it as well.
void mend_checksum(std::string& file) {
  constexpr std::size_t checked = crypto::seal_header_bytes - 16;
  auto* bytes = reinterpret_cast<unsigned char*>(file.data());
  crypto_generichash(bytes + checked, 16, bytes, checked, nullptr, 0);
}

bool is_cheap(const crypto::KeyRecipe& recipe) {
  return recipe.passes <= 2 && recipe.memory_kib <= 64;
}

/// Nobody here knows a key that fits.
void read_whole(const std::string& file) {
  static const crypto::Passphrase passphrase(athanor::Secret(std::string("another")));
  const athanor::UniqueFd memory(::memfd_create("sealed", MFD_CLOEXEC));
  if (!athanor::write_all(memory.get(), file)) {
    return;
  }
  if (crypto::SealedReader::open("/proc/self/fd/" + std::to_string(memory.get()), passphrase)) {
    std::abort();
  }
}

}  // namespace

// A whole file goes in. A header that is accepted keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (size >= crypto::seal_header_bytes) {
    mend_checksum(file);
  }
  const auto header = crypto::parse_seal_header(file);
  if (!header) {
    return 0;
  }
  if (header->recipe.passes > athanor::limits::unseal_passes ||
      header->recipe.memory_kib > athanor::limits::unseal_memory_bytes / athanor::limits::kib ||
      crypto::sealed_size(header->plain_bytes) <= header->plain_bytes) {
    std::abort();
  }
  if (is_cheap(header->recipe)) {
    read_whole(file);
  }
  return 0;
}
