#include "athanor/http/detail/target.hpp"

namespace athanor::http::detail {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string collapse_slashes(std::string_view path) {
  std::string collapsed;
  collapsed.reserve(path.size());
  for (const char c : path) {
    if (c != '/' || collapsed.empty() || collapsed.back() != '/') {
      collapsed.push_back(c);
    }
  }
  return collapsed;
}

/// "/prefix/rest" becomes "/rest" and "/prefix" becomes "/".
void remove_prefix_segment(std::string& path, std::string_view prefix) {
  if (prefix.empty() || path.compare(1, prefix.size(), prefix) != 0) {
    return;
  }
  const std::size_t end = 1 + prefix.size();
  if (path.size() == end) {
    path.resize(1);
  } else if (path[end] == '/') {
    path.erase(0, end);
  }
}

std::string_view without_authority(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) {
    return target;
  }
  const auto path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

bool parse_query(std::string_view text, Target& target) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), Plus::space);
    auto value = equals == std::string_view::npos
                     ? std::string()
                     : percent_decode(pair.substr(equals + 1), Plus::space);
    if (!name || !value) {
      return false;
    }
    if (!pair.empty()) {
      target.query.emplace_back(std::move(*name), std::move(*value));
    }
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0 || high + low == 0) {
        return std::nullopt;
      }
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

std::optional<Target> parse_target(std::string_view target, std::string_view optional_prefix) {
  target = without_authority(target);
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  if (!target.starts_with('/')) {
    return std::nullopt;
  }
  Target parsed;
  parsed.raw_path = collapse_slashes(target.substr(0, question));
  remove_prefix_segment(parsed.raw_path, optional_prefix);
  auto path = percent_decode(parsed.raw_path, Plus::literal);
  if (!path) {
    return std::nullopt;
  }
  parsed.path = std::move(*path);
  if (question != std::string_view::npos && !parse_query(target.substr(question + 1), parsed)) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace athanor::http::detail
