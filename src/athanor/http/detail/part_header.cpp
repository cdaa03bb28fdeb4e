#include "athanor/http/detail/part_header.hpp"

#include <optional>
#include <strings.h>

#include <boost/beast/http/rfc7230.hpp>
#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/http/detail/target.hpp"

namespace athanor::http::detail {

namespace {

constexpr std::size_t max_filename_bytes = 255;

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// "form-data" of "form-data; name=x".
std::string_view main_value(std::string_view value) {
  return trim(value.substr(0, value.find(';')));
}

/// A parameter of a field value ("; name=x; filename=\"y\""), unquoted.
std::optional<std::string> parameter(std::string_view value, std::string_view name) {
  const auto semicolon = value.find(';');
  if (semicolon == std::string_view::npos) {
    return std::nullopt;
  }
  value.remove_prefix(semicolon);
  for (const auto& [key, text] : boost::beast::http::param_list({value.data(), value.size()})) {
    if (same({key.data(), key.size()}, name)) {
      return std::string(text.data(), text.size());
    }
  }
  return std::nullopt;
}

/// RFC 8187: "UTF-8''na%C3%AFve.tar". Other character sets are left alone.
std::optional<std::string> extended_value(std::string_view value) {
  const auto language = value.find('\'');
  const auto text = language == std::string_view::npos ? language : value.find('\'', language + 1);
  if (text == std::string_view::npos || !same(value.substr(0, language), "UTF-8")) {
    return std::nullopt;
  }
  return percent_decode(value.substr(text + 1), Plus::literal);
}

std::optional<std::string> filename_of(std::string_view disposition) {
  if (const auto extended = parameter(disposition, "filename*")) {
    if (auto name = extended_value(*extended)) {
      return sanitised_filename(*name);
    }
  }
  if (const auto plain = parameter(disposition, "filename")) {
    return sanitised_filename(*plain);
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  if (!same(main_value(content_type), "multipart/form-data")) {
    return fail(ErrorCode::invalid_argument,
                "send the file as multipart/form-data, for example: curl -F file=@data.tar.gz URL");
  }
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty()) {
    return fail(ErrorCode::invalid_argument, "the Content-Type names no boundary");
  }
  if (boundary->size() > limits::multipart_boundary) {
    return fail(ErrorCode::too_large,
                fmt::format("the multipart boundary is longer than {} characters",
                            limits::multipart_boundary));
  }
  return *std::move(boundary);
}

std::string sanitised_filename(std::string_view name) {
  const auto folder = name.find_last_of("/\\");
  if (folder != std::string_view::npos) {
    name.remove_prefix(folder + 1);
  }
  std::string clean;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && clean.size() < max_filename_bytes) {
      clean.push_back(c);
    }
  }
  return clean == "." || clean == ".." ? std::string() : clean;
}

Status PartHeaderParser::add_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return fail(ErrorCode::invalid_argument, "malformed multipart body: a part header has no name");
  }
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (same(name, "Content-Disposition")) {
    return add_disposition(value);
  }
  if (same(name, "Content-Type")) {
    header_.content_type = value;
  }
  return {};
}

Result<PartHeader> PartHeaderParser::finish() && {
  if (!has_name_) {
    return fail(ErrorCode::invalid_argument,
                "a part lacks its name: Content-Disposition: form-data; name=\"file\"");
  }
  return std::move(header_);
}

Status PartHeaderParser::add_disposition(std::string_view value) {
  auto name = parameter(value, "name");
  if (!same(main_value(value), "form-data") || !name || has_name_) {
    return fail(ErrorCode::invalid_argument,
                "a part needs one Content-Disposition of the form: form-data; name=\"file\"");
  }
  has_name_ = true;
  header_.name = *std::move(name);
  header_.filename = filename_of(value);
  return {};
}

}  // namespace athanor::http::detail
