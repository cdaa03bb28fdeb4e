#pragma once

#include <span>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::cli {

/// Where torchvision's own weights are published.
inline constexpr std::string_view torchvision_address = "https://download.pytorch.org/models";

/// A file with ImageNet weights of torchvision.
struct TorchvisionFile {
  std::string_view backbone;  ///< "resnet18"
  std::string_view name;      ///< "resnet18-f37072fd.pth"

  /// What the SHA-256 of the file begins with: the eight digits that end its name.
  [[nodiscard]] std::string_view sha256_prefix() const;
};

/// IMAGENET1K_V1 of every backbone, by torchvision 0.14: the later recipes classify ImageNet better
/// but were not made to start from.
[[nodiscard]] std::span<const TorchvisionFile> torchvision_files();

/// By torchvision's name or by that of our backbone, which differ for squeezenet alone. not_found,
/// with all names, where torchvision has no such weights.
[[nodiscard]] Result<TorchvisionFile> find_torchvision_file(std::string_view backbone);

}  // namespace athanor::cli
