#include "athanor/cli/torchvision_files.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace athanor::cli {

namespace {

constexpr std::size_t prefix_digits = 8;
constexpr std::string_view suffix = ".pth";

constexpr TorchvisionFile files[] = {
    {"resnet18", "resnet18-f37072fd.pth"},
    {"resnet34", "resnet34-b627a593.pth"},
    {"resnet50", "resnet50-0676ba61.pth"},
    {"resnet101", "resnet101-63fe2227.pth"},
    {"resnet152", "resnet152-394f9c45.pth"},
    {"vgg16", "vgg16-397923af.pth"},
    {"vgg19", "vgg19-dcbb9e9d.pth"},
    {"vgg16_bn", "vgg16_bn-6c64b313.pth"},
    {"vgg19_bn", "vgg19_bn-c79401a0.pth"},
    {"mobilenet_v2", "mobilenet_v2-b0353104.pth"},
    {"squeezenet1_0", "squeezenet1_0-b66bff10.pth"},
    {"googlenet", "googlenet-1378be20.pth"},
    {"alexnet", "alexnet-owt-7be5be79.pth"},
    {"efficientnet_b0", "efficientnet_b0_rwightman-3dd342df.pth"},
    {"efficientnet_b1", "efficientnet_b1_rwightman-533bc792.pth"},
    {"efficientnet_b2", "efficientnet_b2_rwightman-bcdf34b7.pth"},
    {"efficientnet_b3", "efficientnet_b3_rwightman-cf984f9c.pth"},
    {"efficientnet_b4", "efficientnet_b4_rwightman-7eb33cd5.pth"},
    {"efficientnet_b5", "efficientnet_b5_lukemelas-b6417697.pth"},
    {"efficientnet_b6", "efficientnet_b6_lukemelas-c76e70fd.pth"},
};

}  // namespace

std::string_view TorchvisionFile::sha256_prefix() const {
  return name.substr(name.size() - suffix.size() - prefix_digits, prefix_digits);
}

std::span<const TorchvisionFile> torchvision_files() {
  return files;
}

Result<TorchvisionFile> find_torchvision_file(std::string_view backbone) {
  // torchvision has two squeezenets; the backbone of that name is the first one.
  const std::string_view name = backbone == "squeezenet" ? "squeezenet1_0" : backbone;
  const auto* found = std::ranges::find(files, name, &TorchvisionFile::backbone);
  if (found == std::end(files)) {
    std::string names;
    for (const auto& file : files) {
      names += (names.empty() ? "" : ", ") + std::string(file.backbone);
    }
    return fail(ErrorCode::not_found,
                fmt::format("torchvision's weights of \"{}\" are not known here; choose one of {}",
                            backbone,
                            names));
  }
  return *found;
}

}  // namespace athanor::cli
