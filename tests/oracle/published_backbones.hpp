#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "athanor/backbones/backbone.hpp"

namespace athanor::oracle {

/// A backbone as published, head included.
struct PublishedBackbone {
  std::string name;  ///< "resnet18", "vgg16_bn"
  backbones::BackboneOptions options;
};

/// For GoogleTest's messages.
void PrintTo(const PublishedBackbone& subject, std::ostream* stream);

/// Every backbone of the catalogue in every depth, a vgg without and with batch norm, as an import
/// of weights takes the names.
[[nodiscard]] std::vector<PublishedBackbone> published_backbones();

}  // namespace athanor::oracle
