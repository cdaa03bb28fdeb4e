#include <sodium.h>
#include <string>
#include <string_view>
#include <sys/mman.h>

#include "target.hpp"

#include "athanor/core/files.hpp"
#include "athanor/crypto/seal_header.hpp"
#include "athanor/crypto/sealed_reader.hpp"

namespace athanor::fuzz {
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
  static const crypto::Passphrase passphrase(Secret(std::string("another")));
  const UniqueFd memory(::memfd_create("sealed", MFD_CLOEXEC));
  if (!write_all(memory.get(), file)) {
    return;
  }
  require(!crypto::SealedReader::open("/proc/self/fd/" + std::to_string(memory.get()), passphrase),
          "no file opens with another passphrase");
}

}  // namespace

/// The input is a whole file.
void seal_header(std::string_view input) {
  std::string file(input);
  if (file.size() >= crypto::seal_header_bytes) {
    mend_checksum(file);
  }
  const auto header = crypto::parse_seal_header(file);
  if (!header) {
    return;
  }
  require(header->recipe.passes <= limits::unseal_passes &&
              header->recipe.memory_kib <= limits::unseal_memory_bytes / limits::kib,
          "a key costs no more than the limits allow");
  require(crypto::sealed_size(header->plain_bytes) > header->plain_bytes,
          "sealed files are larger than what they hold");
  if (is_cheap(header->recipe)) {
    read_whole(file);
  }
}

}  // namespace athanor::fuzz
