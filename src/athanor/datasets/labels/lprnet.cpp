#include "athanor/datasets/labels/lprnet.hpp"

#include <set>
#include <string>

#include <fmt/format.h>

#include "athanor/datasets/labels/pairs.hpp"
#include "athanor/datasets/line_reader.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets::labels {

namespace {

namespace fs = std::filesystem;

/// Bytes of the UTF-8 character that starts with `first`.
std::size_t character_bytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Longer lines are no character, and more than Unicode has are not listed in earnest.
std::set<std::string> known_characters(const fs::path& file) {
  constexpr std::size_t longest_character = 4;
  constexpr std::size_t code_points = 0x110000;
  std::set<std::string> known;
  LineReader lines(file);
  while (lines.next() && known.size() < code_points) {
    if (!lines.line().empty() && lines.line().size() <= longest_character) {
      known.insert(lines.line());
    }
  }
  return known;
}

class PlateCheck {
 public:
  PlateCheck(const fs::path& root, Findings& findings)
      : root_(root), findings_(findings), known_(known_characters(root / "characters.txt")) {}

  void check(const fs::path& file) {
    LineReader lines(file);
    const bool has_text = lines.next() && !lines.line().empty();
    if (!has_text) {
      add(file, 1, "the plate's text is missing", "write the text of the plate into the file");
      return;
    }
    check_text(file, lines.line());
    while (lines.next()) {
      if (!lines.line().empty()) {
        add(file, lines.number(), "more than one line of text", "keep one plate in one file");
        return;
      }
    }
  }

 private:
  void check_text(const fs::path& file, const std::string& text) {
    for (std::size_t i = 0; i < text.size();) {
      const std::string character = text.substr(i, character_bytes(text[i]));
      i += character.size();
      findings_.count("characters", shown(character));
      if (!known_.contains(character)) {
        add(file,
            1,
            fmt::format("\"{}\" is not in characters.txt", shown(character)),
            "add the character there, one a line, or correct the label");
      }
    }
  }

  void add(const fs::path& file, std::uint64_t line, std::string message, std::string mend) {
    findings_.add({.kind = "label_line",
                   .file = below(root_, file),
                   .line = line,
                   .message = std::move(message),
                   .mend = std::move(mend)});
  }

  const fs::path& root_;
  Findings& findings_;
  std::set<std::string> known_;
};

}  // namespace

void check_lprnet(const fs::path& root, Findings& findings) {
  PlateCheck plates(root, findings);
  for (const auto& entry : fs::recursive_directory_iterator(root / "label")) {
    if (entry.is_regular_file() && entry.path().extension() == ".txt") {
      plates.check(entry.path());
    }
  }
  check_pairs(root, {"image", "label", ".txt", "label file"}, findings);
}

}  // namespace athanor::datasets::labels
