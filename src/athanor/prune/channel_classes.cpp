#include "athanor/prune/channel_classes.hpp"

#include <numeric>
#include <utility>

namespace athanor::prune {

Channels ChannelClasses::add(std::int64_t count) {
  Channels added(static_cast<std::size_t>(count));
  std::iota(added.begin(), added.end(), parents_.size());
  parents_.insert(parents_.end(), added.begin(), added.end());
  protections_.resize(parents_.size());
  return added;
}

void ChannelClasses::unite(Channel first, Channel second) {
  first = class_of(first);
  second = class_of(second);
  if (first == second) {
    return;
  }
  parents_[second] = first;
  if (protections_[first].empty()) {
    protections_[first] = std::move(protections_[second]);
  }
}

void ChannelClasses::unite(const Channels& first, const Channels& second) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    unite(first[i], second.at(i));
  }
}

void ChannelClasses::unite_parts(const Channels& channels, std::int64_t parts) {
  const auto length = channels.size() / static_cast<std::size_t>(parts);
  for (std::size_t i = length; i < channels.size(); ++i) {
    unite(channels[i % length], channels[i]);
  }
}

void ChannelClasses::protect(Channel channel, const std::string& reason) {
  auto& protection = protections_[class_of(channel)];
  if (protection.empty()) {
    protection = reason;
  }
}

void ChannelClasses::protect(const Channels& channels, const std::string& reason) {
  for (const auto channel : channels) {
    protect(channel, reason);
  }
}

Channel ChannelClasses::class_of(Channel channel) const {
  while (parents_[channel] != channel) {
    parents_[channel] = parents_[parents_[channel]];
    channel = parents_[channel];
  }
  return channel;
}

const std::string& ChannelClasses::protection(Channel channel) const {
  return protections_[class_of(channel)];
}

}  // namespace athanor::prune
