#include "athanor/auth/loggable_path.hpp"

#include <algorithm>
#include <string_view>

namespace athanor::auth {

namespace {

constexpr std::string_view mask = "***";

bool is_login(std::string_view segment) {
  constexpr std::string_view login = "login";
  return std::equal(segment.begin(), segment.end(), login.begin(), login.end(), [](char c, char l) {
    return (c | 0x20) == l;
  });
}

/// The beginnings of API keys and of every JSON Web Token, whose first bytes are {".
bool looks_secret(std::string_view segment) {
  return segment.starts_with("ath_") || segment.starts_with("eyJ");
}

}  // namespace

std::string loggable_path(const std::string& path) {
  std::string loggable;
  std::string_view rest = path;
  while (true) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    loggable += looks_secret(segment) ? mask : segment;
    if (slash == rest.npos) {
      return loggable;
    }
    rest.remove_prefix(slash + 1);
    loggable += '/';
    if (is_login(segment) && !rest.empty()) {
      return loggable.append(mask);
    }
  }
}

}  // namespace athanor::auth
