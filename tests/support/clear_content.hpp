#pragma once

#include <filesystem>
#include <string>

#include "athanor/crypto/sealed_reader.hpp"

namespace athanor::testing {

/// What an encrypted file holds.
[[nodiscard]] inline Result<std::string> clear_content(const std::filesystem::path& file,
                                                       const crypto::Passphrase& key) {
  ATHANOR_TRY(auto reader, crypto::SealedReader::open(file, key));
  std::string content(reader.size(), '\0');
  ATHANOR_CHECK_OK(reader.read(content.data(), content.size()));
  return content;
}

}  // namespace athanor::testing
