#include "athanor/cli/url_text.hpp"

#include <algorithm>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace athanor::cli {

namespace {

std::string escaped(std::string_view text) {
  if (text.empty()) {
    return "";  // libcurl takes 0 for a text that ends with NUL.
  }
  const std::unique_ptr<char, decltype(&curl_free)> encoded(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
  return encoded.get();
}

}  // namespace

std::string path_text(std::string_view name) {
  std::string path;
  for (std::size_t start = 0; start <= name.size();) {
    const auto end = std::min(name.find('/', start), name.size());
    path += (start == 0 ? "" : "/") + escaped(name.substr(start, end - start));
    start = end + 1;
  }
  return path;
}

std::string query_text(const QueryParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (value) {
      text += fmt::format("{}{}={}", text.empty() ? '?' : '&', name, escaped(*value));
    }
  }
  return text;
}

bool is_in_the_clear(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) {
    return false;
  }
  auto host = url.substr(scheme.size());
  host = host.substr(0, host.find_first_of("/?#"));
  host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0: nobody is named.
  if (host.starts_with("[::1]")) {
    return false;
  }
  host = host.substr(0, host.find(':'));
  const bool is_loopback =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
  return !is_loopback && host != "localhost";
}

}  // namespace athanor::cli
