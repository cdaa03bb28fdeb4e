#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"

namespace athanor::datasets {

/// Something in a dataset that its owner should mend. Training goes on without it.
struct Fault {
  std::string kind;                                  ///< Stable name for programs: "empty_file".
  std::string file;                                  ///< Below the dataset's root.
  std::optional<std::uint64_t> line = std::nullopt;  ///< From 1.
  std::string message;
  std::string mend;
};

/// What a look through a dataset gathers: counts by name, and faults of which the first
/// limits::report_faults are kept and all are counted.
class Findings {
 public:
  void add(Fault fault);

  /// Adds to a counter: count("objects", "car"). Names over limits::report_names in one group, or
  /// over limits::report_names_in_all, are counted together as "..." in their group.
  void count(const std::string& group, const std::string& name, std::uint64_t by = 1);

  [[nodiscard]] std::uint64_t faults() const { return total_; }

  [[nodiscard]] const std::vector<Fault>& listed() const { return listed_; }

  /// {"name": count} of a group; an empty object where nothing was counted.
  [[nodiscard]] Json counts(const std::string& group) const;

  /// The groups that have counts.
  [[nodiscard]] std::vector<std::string> groups() const;

  /// {"total", "by_kind", "listed"}
  [[nodiscard]] Json to_json() const;

 private:
  std::uint64_t total_ = 0;
  std::map<std::string, std::uint64_t> kinds_;
  std::vector<Fault> listed_;
  std::size_t names_ = 0;  ///< That have a count of their own.
  std::map<std::string, std::map<std::string, std::uint64_t>> counts_;
};

/// A name from inside a dataset as text that JSON can hold.
[[nodiscard]] std::string below(const std::filesystem::path& root,
                                const std::filesystem::path& file);

}  // namespace athanor::datasets
