#include "athanor/datasets/labels/table.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "athanor/core/csv.hpp"
#include "athanor/datasets/line_reader.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets::labels {

namespace {

namespace fs = std::filesystem;

/// A file of this name below `folder`; names that lead elsewhere are none.
bool is_file_below(const fs::path& folder, const std::string& name) {
  const auto parsed = parse_member_name(name);
  return parsed && !parsed->empty() && fs::is_regular_file(folder / to_string(*parsed));
}

class TableCheck {
 public:
  TableCheck(const fs::path& root, const fs::path& pictures, std::string name, Findings& findings)
      : root_(root), pictures_(pictures), name_(std::move(name)), findings_(findings) {}

  void run() {
    LineReader lines(root_ / name_);
    while (lines.next()) {
      if (lines.line().empty()) {
        continue;
      }
      const auto fields = csv_fields(lines.line());
      if (!fields) {
        add("table_row", lines.number(), "its quotes do not match", "close every quote");
      } else if (header_.empty()) {
        read_header(*fields, lines.number());
      } else {
        check_row(*fields, lines.number());
      }
    }
    if (rows_ == 0) {
      add("table_row", 1, "it has no rows", "add a header and one row for each picture");
    }
  }

 private:
  void read_header(const std::vector<std::string>& fields, std::uint64_t line) {
    header_ = fields;
    if (fields.size() < 2) {
      add("table_row",
          line,
          "the header names no task",
          "name the file's column and one column for each task, with commas between them");
    }
  }

  void check_row(const std::vector<std::string>& fields, std::uint64_t line) {
    ++rows_;
    if (fields.size() != header_.size()) {
      add("table_row",
          line,
          fmt::format("{} columns instead of {}", fields.size(), header_.size()),
          "give every column of the header a value");
      return;
    }
    if (!is_file_below(pictures_, fields.front())) {
      add("row_without_picture",
          line,
          fmt::format("{}/{} is not there", pictures_.filename().string(), shown(fields.front())),
          "add the picture or remove the row");
    }
    for (std::size_t i = 1; i < fields.size(); ++i) {
      findings_.count(fmt::format("{} {}", name_, shown(header_[i])), shown(fields[i]));
    }
  }

  void add(std::string kind, std::uint64_t line, std::string message, std::string mend) {
    findings_.add({std::move(kind), name_, line, std::move(message), std::move(mend)});
  }

  const fs::path& root_;
  const fs::path& pictures_;
  std::string name_;
  Findings& findings_;
  std::vector<std::string> header_;
  std::uint64_t rows_ = 0;
};

std::set<std::string> class_folders(const fs::path& pictures) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(pictures)) {
    if (entry.is_directory()) {
      names.insert(entry.path().filename().string());
    }
  }
  return names;
}

}  // namespace

void check_tables(const fs::path& root, const fs::path& pictures, Findings& findings) {
  for (const auto* name : {"train.csv", "val.csv"}) {
    if (fs::is_regular_file(root / name)) {
      TableCheck(root, pictures, name, findings).run();
    }
  }
}

void check_class_list(const fs::path& root, const fs::path& pictures, Findings& findings) {
  const std::string name = "classes.txt";
  if (!fs::is_regular_file(root / name)) {
    return;
  }
  auto unlisted = class_folders(pictures);
  LineReader lines(root / name);
  while (lines.next()) {
    const auto& listed = lines.line();
    if (!listed.empty() && unlisted.erase(listed) == 0) {
      findings.add({"class_without_folder",
                    name,
                    lines.number(),
                    fmt::format("\"{}\" has no folder in {}/, or is listed twice",
                                shown(listed),
                                pictures.filename().string()),
                    "add pictures of the class or take it off the list"});
    }
  }
  for (const auto& folder : unlisted) {
    findings.add({"class_not_listed",
                  name,
                  std::nullopt,
                  fmt::format("the class \"{}\" is not listed", shown(folder)),
                  "add it to the list; the folders decide"});
  }
}

void check_speech(const fs::path& root, Findings& findings) {
  const std::string name = "metadata.csv";
  LineReader lines(root / name);
  while (lines.next()) {
    const std::string& line = lines.line();
    const auto bar = line.find('|');
    if (line.empty()) {
      continue;
    }
    findings.count("recordings", "listed");
    if (bar == line.npos || bar + 1 == line.size()) {
      findings.add({"table_row",
                    name,
                    lines.number(),
                    "the text is missing",
                    "write id|text or id|text|normalised text"});
    } else if (!is_file_below(root / "wavs", line.substr(0, bar) + ".wav")) {
      findings.add({"row_without_recording",
                    name,
                    lines.number(),
                    fmt::format("wavs/{}.wav is not there", shown(line.substr(0, bar))),
                    "add the recording or remove the row"});
    }
  }
}

}  // namespace athanor::datasets::labels
