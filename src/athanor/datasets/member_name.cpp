#include "athanor/datasets/member_name.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/core/utf8.hpp"
#include "athanor/datasets/name_form.hpp"

namespace athanor::datasets {

namespace {

constexpr std::array<std::string_view, 9> root_folders = {
    "images", "image", "masks", "labels", "label", "wavs", "mels", "JPEGImages", "Annotations"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Why no file may have this name, or nothing.
std::string_view fault_of(std::string_view name) {
  if (name.empty()) {
    return "is empty";
  }
  if (name.size() > limits::archive_path_bytes) {
    return "is too long";
  }
  if (name.front() == '/') {
    return "is absolute; pack the files with relative names";
  }
  if (name.find('\\') != name.npos) {
    return "holds a backslash; pack the files with forward slashes";
  }
  if (!is_utf8(name)) {
    return "is not UTF-8; rename the file";
  }
  return holds_control(name) ? "holds control characters" : "";
}

std::string_view fault_of_part(std::string_view part) {
  if (part == "..") {
    return "leads out of the dataset with \"..\"";
  }
  return part.size() > limits::archive_name_bytes ? "has a part that is too long" : "";
}

tl::unexpected<Error> refuse(std::string_view name, std::string_view fault) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("the archive is refused: the name \"{}\" {}", shown(name), fault));
}

bool is_root_folder(std::string_view part) {
  return part.starts_with("images_") ||
         std::find(root_folders.begin(), root_folders.end(), part) != root_folders.end();
}

}  // namespace

Result<MemberName> parse_member_name(std::string_view name) {
  if (const auto fault = fault_of(name); !fault.empty()) {
    return refuse(name, fault);
  }
  MemberName parts;
  for (std::size_t start = 0; start < name.size();) {
    const auto end = std::min(name.find('/', start), name.size());
    const auto part = name.substr(start, end - start);
    start = end + 1;
    if (const auto fault = fault_of_part(part); !fault.empty()) {
      return refuse(name, fault);
    }
    if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

std::string to_string(const MemberName& name) {
  std::string text;
  for (const auto& part : name) {
    text += text.empty() ? part : "/" + part;
  }
  return text;
}

bool is_finder_metadata(const MemberName& name) {
  return !name.empty() && (name.front() == "__MACOSX" || name.back() == ".DS_Store" ||
                           name.back().starts_with("._"));
}

std::optional<std::size_t> folders_before_root(const MemberName& name) {
  const auto found = std::find_if(name.begin(), name.end(), is_root_folder);
  if (found == name.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - name.begin());
}

std::string shown(std::string_view name) {
  constexpr std::size_t longest = 80;
  std::string text(name.substr(0, longest));
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return name.size() > longest ? text + "..." : text;
}

}  // namespace athanor::datasets
