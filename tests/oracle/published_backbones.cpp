#include "published_backbones.hpp"

#include <ostream>
#include <utility>

#include "athanor/catalog/backbones.hpp"
#include "athanor/pretrained/backbone_name.hpp"

namespace athanor::oracle {

namespace {

PublishedBackbone published_backbone(std::string name) {
  auto options = pretrained::options_of_backbone(name).value();
  return {std::move(name), std::move(options)};
}

}  // namespace

void PrintTo(const PublishedBackbone& subject, std::ostream* stream) {
  *stream << subject.name;
}

std::vector<PublishedBackbone> published_backbones() {
  std::vector<PublishedBackbone> all;
  for (const auto& info : catalog::backbones()) {
    auto name = std::string(info.arch);
    if (info.n_layers != 0) {
      name += std::to_string(info.n_layers);
    }
    all.push_back(published_backbone(name));
    if (info.arch == "vgg") {
      all.push_back(published_backbone(name + "_bn"));
    }
  }
  return all;
}

}  // namespace athanor::oracle
