#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/crypto/passphrase.hpp"
#include "athanor/tensor/named_tensors.hpp"

/// The format of all weights: no code in it, unlike a pickle.
namespace athanor::tensor {

/// What a safetensors file holds.
struct TensorFile {
  NamedTensors tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads a whole file. Half-precision tensors (F16, BF16) become F32. A file that is malformed,
/// truncated or too long is invalid_argument, one that is missing not_found; no byte of the header
/// is trusted.
[[nodiscard]] Result<TensorFile> read_safetensors(const std::filesystem::path& path);

/// The same for a file that is encrypted, as all of a job's weights are; further errors are those
/// of crypto::SealedReader. Tensors are decrypted in place.
[[nodiscard]] Result<TensorFile> read_safetensors(const std::filesystem::path& path,
                                                  const crypto::Passphrase& key);

/// Writes under a temporary name, syncs and renames. Tensors keep their order and type; types that
/// the format lacks are invalid_argument. Takes the memory of one tensor at the most.
[[nodiscard]] Status write_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// The same, encrypted on the way.
[[nodiscard]] Status write_safetensors(const std::filesystem::path& path,
                                       const TensorFile& file,
                                       const crypto::Passphrase& key);

}  // namespace athanor::tensor
