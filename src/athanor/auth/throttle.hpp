#pragma once

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "athanor/core/guarded.hpp"

namespace athanor::auth {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Makes those who fail wait: after some free failures each one doubles the wait, from a second to
/// limits::login_longest_wait. Remembers limits::login_failures_tracked subjects, the latest ones,
/// each for limits::login_failures_kept. Thread-safe.
class Throttle {
 public:
  explicit Throttle(unsigned free_failures) : free_failures_(free_failures) {}

  /// How long the subject has to wait; zero if it may try now.
  [[nodiscard]] std::chrono::seconds wait_of(const std::string& subject, SteadyTime now) const;

  void failed(const std::string& subject, SteadyTime now);
  void succeeded(const std::string& subject);

 private:
  struct Failures {
    std::string subject;
    unsigned count = 0;
    SteadyTime last;
    SteadyTime next_try;
  };

  struct State {
    std::list<Failures> latest_first;
    std::unordered_map<std::string, std::list<Failures>::iterator> by_subject;
  };

  unsigned free_failures_;
  Guarded<State> state_;
};

/// What one peer is to the throttle: an IPv4 address, or the /64 network of an IPv6 one, since
/// whoever has one address of such a network has them all.
[[nodiscard]] std::string network_of(std::string_view address);

}  // namespace athanor::auth
