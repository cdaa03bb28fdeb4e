#include <algorithm>

#include "athanor/spec/branch.hpp"
#include "athanor/spec/coercion.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::spec {

namespace {

using Rows = std::span<const Parameter>;

bool holds_objects(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_object(); });
}

/// A scalar as its row has it: numeric strings as numbers, options in the table's spelling.
Json normalised_scalar(const Parameter& row, const Json& value) {
  if (row.type == Type::string) {
    const auto option = named_option(row, value);
    return option ? Json(*option) : value;
  }
  return coerced(row.type, value).value_or(value);
}

Json normalised(const std::optional<Branch>& branch, const Json& value) {
  if (!branch) {
    return value;
  }
  const Parameter& row = branch->row;
  if (!value.is_array() || !(row.repeated || row.type == Type::list)) {
    return normalised_scalar(row, value);
  }
  Json list = Json::array();
  for (const Json& item : value) {
    list.push_back(row.type == Type::list ? coerced(row.item, item).value_or(item)
                                          : normalised_scalar(row, item));
  }
  return list;
}

Json merged(Rows rows, const Json& base, const Json& user);

/// The user's items, each over the default of the same index; the length is the user's.
Json merged_items(Rows rows, const Json& base, const Json& user) {
  Json list = Json::array();
  for (std::size_t i = 0; i < user.size(); ++i) {
    const Json under = base.is_array() && i < base.size() ? base[i] : Json::object();
    list.push_back(merged(rows, under, user[i]));
  }
  return list;
}

Json merged_value(const std::optional<Branch>& branch, const Json& base, const Json& user) {
  const Rows below = branch ? branch->below : Rows{};
  if (user.is_object()) {
    return merged(below, base, user);
  }
  return holds_objects(user) ? merged_items(below, base, user) : normalised(branch, user);
}

Json merged(Rows rows, const Json& base, const Json& user) {
  Json result = base.is_object() ? base : Json::object();
  for (const auto& [key, value] : user.items()) {
    if (value.is_null()) {
      continue;
    }
    const auto branch = find_branch(rows, key);
    if (base.is_object() && base.contains(key)) {
      result[key] = merged_value(branch, base.at(key), value);
    } else {
      append_member(result, key, merged_value(branch, Json(), value));
    }
  }
  return result;
}

/// Rows that follow another take its value where the user gave them none.
void apply_follows(const Table& table, const Json& user, Json& spec) {
  for (const Parameter& row : table.parameters) {
    const Json* own = find_path(user, row.path);
    if (row.follows.empty() || (own != nullptr && !own->is_null())) {
      continue;
    }
    if (const Json* leader = find_path(spec, row.follows)) {
      set_path(spec, row.path, Json(*leader));
    }
  }
}

/// Walks a user's spec beside the defaults and notes what is changed to no effect.
class IgnoredFinder {
 public:
  void walk(Rows rows, const Json& base, const Json& user, const std::string& path) {
    for (const auto& [key, value] : user.items()) {
      const std::string here = path.empty() ? key : path + "." + key;
      const auto branch = find_branch(rows, key);
      const auto known = base.is_object() ? base.find(key) : base.end();
      const Json under = base.is_object() && known != base.end() ? *known : Json();
      visit(branch, under, value, here);
    }
  }

  std::vector<std::string> paths;

 private:
  void visit(const std::optional<Branch>& branch,
             const Json& base,
             const Json& user,
             const std::string& path) {
    if (user.is_null() || (user.is_structured() && user.empty())) {
      return;
    }
    if (branch && branch->row.type == Type::object && user.is_object() && !branch->below.empty()) {
      walk(branch->below, base, user, path);
      return;
    }
    const bool effective = branch && (branch->row.effective || any_effective(branch->below));
    if (!effective && normalised(branch, user) != base) {
      paths.push_back(path);
    }
  }

  static bool any_effective(Rows rows) { return std::ranges::any_of(rows, &Parameter::effective); }
};

}  // namespace

Json harden(const Table& table, const Json& defaults, const Json& user) {
  Json spec = merged(table.parameters, defaults, user);
  apply_follows(table, user, spec);
  return spec;
}

std::vector<std::string> ignored_parameters(const Table& table,
                                            const Json& defaults,
                                            const Json& user) {
  IgnoredFinder finder;
  finder.walk(table.parameters, defaults, user, "");
  return std::move(finder.paths);
}

}  // namespace athanor::spec
