#include "athanor/backup/manifest.hpp"

#include <charconv>

#include <fmt/format.h>

namespace athanor::backup {

namespace {

constexpr std::string_view first_line = "athanor-backup 1";
constexpr std::size_t digest_digits = 64;

/// "DIGEST SIZE NAME"
Result<std::pair<std::string, FileDigest>> parse_line(std::string_view line) {
  const auto digest = line.substr(0, line.find(' '));
  const auto rest = line.substr(std::min(digest.size() + 1, line.size()));
  const auto size = rest.substr(0, rest.find(' '));
  const auto name = rest.substr(std::min(size.size() + 1, rest.size()));
  FileDigest file{0, std::string(digest)};
  const auto [stop, error] = std::from_chars(size.data(), size.data() + size.size(), file.size);
  if (digest.size() != digest_digits || error != std::errc() || stop != size.data() + size.size() ||
      name.empty()) {
    return fail(ErrorCode::invalid_argument, "not of the form DIGEST SIZE NAME");
  }
  return std::pair(std::string(name), std::move(file));
}

}  // namespace

std::string to_text(const Manifest& manifest) {
  std::string text = fmt::format("{}\n", first_line);
  for (const auto& [name, file] : manifest) {
    text += fmt::format("{} {} {}\n", file.blake2b, file.size, name);
  }
  return text;
}

Result<Manifest> parse_manifest(std::string_view text) {
  Manifest manifest;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (number == 1) {
      if (line != first_line) {
        return fail(ErrorCode::unsupported,
                    fmt::format("the manifest does not begin with \"{}\": the backup is of another "
                                "version or none of ours",
                                first_line));
      }
      continue;
    }
    auto file = parse_line(line);
    if (!file) {
      return fail(file.error().within(fmt::format("{}:{}", manifest_name, number)));
    }
    manifest.insert(*std::move(file));
  }
  return manifest;
}

std::string difference(const Manifest& promised, const Manifest& found) {
  for (const auto& [name, file] : promised) {
    const auto other = found.find(name);
    if (other == found.end()) {
      return name + " is missing";
    }
    if (other->second != file) {
      return name + " has other content than the manifest says";
    }
  }
  for (const auto& [name, file] : found) {
    if (!promised.contains(name)) {
      return name + " is not in the manifest";
    }
  }
  return "";
}

}  // namespace athanor::backup
