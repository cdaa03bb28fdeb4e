#include "athanor/prune/topology.hpp"

#include <fmt/format.h>

namespace athanor::prune {

namespace {

/// A member that may be missing; anything but a number of channels is an error.
Result<std::int64_t> width_of(const Json& widths, const char* key) {
  if (widths.is_object() && !widths.contains(key)) {
    return std::int64_t{0};
  }
  const auto* width = find_path(widths, key);
  if (width == nullptr || !width->is_number_integer() || *width < 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no number of channels: {}", key, to_text(widths)));
  }
  return width->get<std::int64_t>();
}

}  // namespace

Json to_json(const Topology& topology) {
  Json json = Json::object();
  for (const auto& [name, widths] : topology) {
    auto& layer = json[name] = Json::object();
    if (widths.in > 0) {
      layer["in"] = widths.in;
    }
    if (widths.out > 0) {
      layer["out"] = widths.out;
    }
  }
  return json;
}

Result<Topology> topology_of(const Json& description) {
  Topology topology;
  const auto found = description.find(topology_key);
  if (found == description.end()) {
    return topology;
  }
  for (const auto& [name, widths] : found->items()) {
    auto in = width_of(widths, "in");
    auto out = width_of(widths, "out");
    if (!in || !out) {
      return fail((in ? out : in).error().within(fmt::format("the topology's layer {}", name)));
    }
    topology[name] = {*in, *out};
  }
  return topology;
}

void merge(const Topology& changed, Topology& topology) {
  for (const auto& [name, widths] : changed) {
    auto& known = topology[name];
    known.in = widths.in > 0 ? widths.in : known.in;
    known.out = widths.out > 0 ? widths.out : known.out;
  }
}

void describe(const Topology& topology, Json& description) {
  if (!topology.empty()) {
    description[topology_key] = to_json(topology);
  }
}

Status shape_module(torch::nn::Module& module, const Topology& topology) {
  const auto layers = adjustable_layers(module);
  for (const auto& [name, widths] : topology) {
    const auto found = layers.find(name);
    if (found == layers.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the topology names the layer {}, which the network lacks", name));
    }
    if (const auto status = set_widths(*found->second, widths); !status) {
      return fail(status.error().within(fmt::format("the topology's layer {}", name)));
    }
  }
  return {};
}

}  // namespace athanor::prune
