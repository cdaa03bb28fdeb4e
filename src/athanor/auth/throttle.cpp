#include "athanor/auth/throttle.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

#include "athanor/core/limits.hpp"

namespace athanor::auth {

using std::chrono::seconds;

namespace {

seconds wait_after(unsigned failures_too_many) {
  constexpr unsigned most_doublings = 16;
  return std::min<seconds>(limits::login_longest_wait,
                           seconds(1 << std::min(failures_too_many, most_doublings)));
}

}  // namespace

seconds Throttle::wait_of(const std::string& subject, SteadyTime now) const {
  return state_.with([&](const State& state) {
    const auto found = state.by_subject.find(subject);
    if (found == state.by_subject.end() || found->second->next_try <= now) {
      return seconds(0);
    }
    return std::chrono::ceil<seconds>(found->second->next_try - now);
  });
}

void Throttle::failed(const std::string& subject, SteadyTime now) {
  state_.with([&](State& state) {
    auto& latest_first = state.latest_first;
    auto found = state.by_subject.find(subject);
    if (found == state.by_subject.end()) {
      latest_first.push_front({.subject = subject, .count = 0, .last = now, .next_try = now});
      found = state.by_subject.emplace(subject, latest_first.begin()).first;
    } else {
      latest_first.splice(latest_first.begin(), latest_first, found->second);
    }
    Failures& failures = *found->second;
    failures.count = now - failures.last > limits::login_failures_kept ? 1 : failures.count + 1;
    failures.last = now;
    if (failures.count > free_failures_) {
      failures.next_try = now + wait_after(failures.count - free_failures_ - 1);
    }
    if (latest_first.size() > limits::login_failures_tracked) {
      state.by_subject.erase(latest_first.back().subject);
      latest_first.pop_back();
    }
  });
}

void Throttle::succeeded(const std::string& subject) {
  state_.with([&](State& state) {
    if (const auto found = state.by_subject.find(subject); found != state.by_subject.end()) {
      state.latest_first.erase(found->second);
      state.by_subject.erase(found);
    }
  });
}

std::string network_of(std::string_view address) {
  std::array<unsigned char, 16> bytes{};
  const std::string text(address.substr(0, address.find('%')));  // Without an interface.
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    return std::string(address);
  }
  constexpr std::array<unsigned char, 12> mapped_ipv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped_ipv4.begin(), mapped_ipv4.end(), bytes.begin())) {
    std::array<char, INET_ADDRSTRLEN> ipv4{};
    inet_ntop(AF_INET, bytes.data() + mapped_ipv4.size(), ipv4.data(), ipv4.size());
    return ipv4.data();
  }
  std::memset(bytes.data() + 8, 0, 8);
  std::array<char, INET6_ADDRSTRLEN> network{};
  inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return std::string(network.data()) + "/64";
}

}  // namespace athanor::auth
