#include "athanor/datasets/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "athanor/core/limits.hpp"
#include "athanor/core/utf8.hpp"

namespace athanor::datasets {

namespace {

/// Names that differ only in bytes that are no UTF-8 look the same in JSON, where a key must come
/// but once.
std::string as_key(const std::string& name) {
  return is_utf8(name) ? name : parse_json(to_text(Json(name)))->get<std::string>();
}

}  // namespace

void Findings::add(Fault fault) {
  ++total_;
  ++kinds_[fault.kind];
  if (listed_.size() < limits::report_faults) {
    listed_.push_back(std::move(fault));
  }
}

void Findings::count(const std::string& group, const std::string& name, std::uint64_t by) {
  auto& names = counts_[group];
  const auto key = as_key(name);
  if (!names.contains(key)) {
    if (names.size() >= limits::report_names || names_ >= limits::report_names_in_all) {
      names["..."] += by;
      return;
    }
    ++names_;
  }
  names[key] += by;
}

Json Findings::counts(const std::string& group) const {
  Json counts = Json::object();
  if (const auto found = counts_.find(group); found != counts_.end()) {
    for (const auto& [name, count] : found->second) {
      append_member(counts, name, count);
    }
  }
  return counts;
}

std::vector<std::string> Findings::groups() const {
  std::vector<std::string> names;
  for (const auto& entry : counts_) {
    names.push_back(entry.first);
  }
  return names;
}

Json Findings::to_json() const {
  auto sorted = listed_;  // Folders are read in no order.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  Json listed = Json::array();
  for (const auto& fault : sorted) {
    listed.push_back({{"kind", fault.kind},
                      {"severity", "warning"},
                      {"file", fault.file},
                      {"line", fault.line ? Json(*fault.line) : Json(nullptr)},
                      {"message", fault.message},
                      {"mend", fault.mend}});
  }
  Json kinds = Json::object();
  for (const auto& [kind, count] : kinds_) {
    append_member(kinds, kind, count);
  }
  return {{"total", total_}, {"by_kind", std::move(kinds)}, {"listed", std::move(listed)}};
}

std::string below(const std::filesystem::path& root, const std::filesystem::path& file) {
  return file.lexically_relative(root).generic_string();
}

}  // namespace athanor::datasets
