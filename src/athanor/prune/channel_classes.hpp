#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace athanor::prune {

/// One channel of one feature map, by its number in a ChannelClasses.
using Channel = std::size_t;
using Channels = std::vector<Channel>;

/// Channels of a network, in classes: what is of one class stays or goes together.
class ChannelClasses {
 public:
  /// New channels, each a class of its own.
  [[nodiscard]] Channels add(std::int64_t count);

  void unite(Channel first, Channel second);

  /// Unites the channels one by one; both lists have the same length.
  void unite(const Channels& first, const Channels& second);

  /// Unites what has the same place in each of `parts` equal parts, so that all lose the same.
  void unite_parts(const Channels& channels, std::int64_t parts);

  /// Keeps the class of `channel` from going; the first reason is remembered.
  void protect(Channel channel, const std::string& reason);
  void protect(const Channels& channels, const std::string& reason);

  /// The channel that stands for the class.
  [[nodiscard]] Channel class_of(Channel channel) const;

  /// Why the class stays; empty where it may go.
  [[nodiscard]] const std::string& protection(Channel channel) const;

 private:
  mutable std::vector<Channel> parents_;  ///< Shortened while they are followed.
  std::vector<std::string> protections_;  ///< Of the channels that stand for a class.
};

}  // namespace athanor::prune
