#include "athanor/core/json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor {

namespace {

/// Builds the value from the parser's events. The library's own builder lets duplicate keys and any
/// depth through, and looks through all members of an object for every new one.
class StrictBuilder : public Json::json_sax_t {
 public:
  bool null() override { return add(nullptr); }

  bool boolean(bool value) override { return add(value); }

  bool number_integer(Json::number_integer_t value) override { return add(value); }

  bool number_unsigned(Json::number_unsigned_t value) override { return add(value); }

  bool number_float(Json::number_float_t value, const std::string& /*text*/) override {
    return add(value);
  }

  bool string(std::string& value) override { return add(std::move(value)); }

  bool binary(Json::binary_t& /*value*/) override { return refuse(": binary data"); }

  bool start_object(std::size_t /*size*/) override { return open({}); }

  bool end_object() override {
    auto members = std::move(open_.back().members);
    open_.pop_back();
    if (const auto* twice = find_twice(members)) {
      return refuse(fmt::format(": the key \"{}\" is given twice in one object", *twice));
    }
    Json object = object_with_room_for(members.size());
    for (auto& [name, value] : members) {
      append_member(object, std::move(name), std::move(value));
    }
    return add(std::move(object));
  }

  bool start_array(std::size_t /*size*/) override { return open({.array = Json::array()}); }

  bool end_array() override {
    Json array = std::move(open_.back().array);
    open_.pop_back();
    return add(std::move(array));
  }

  bool key(std::string& name) override {
    open_.back().members.emplace_back(std::move(name), nullptr);
    return true;
  }

  bool parse_error(std::size_t position,
                   const std::string& /*token*/,
                   const Json::exception& error) override {
    const bool range = dynamic_cast<const Json::out_of_range*>(&error) != nullptr;
    return refuse(range ? ": a number is out of range"
                        : fmt::format(" at byte {}: expected a valid value", position));
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

  [[nodiscard]] Json take() { return std::move(root_); }

 private:
  using Members = std::vector<std::pair<std::string, Json>>;

  /// An object or array that is not closed yet.
  struct Level {
    Json array = {};  ///< Null for an object.
    Members members = {};
  };

  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  /// A name that two members have.
  static const std::string* find_twice(const Members& members) {
    std::vector<const std::string*> names;
    names.reserve(members.size());
    for (const auto& member : members) {
      names.push_back(&member.first);
    }
    const auto name_of = [](const std::string* name) -> const std::string& { return *name; };
    std::ranges::sort(names, {}, name_of);
    const auto twice = std::ranges::adjacent_find(names, {}, name_of);
    return twice != names.end() ? *twice : nullptr;
  }

  bool open(Level level) {
    if (open_.size() == limits::json_depth) {
      return refuse(fmt::format(": nested deeper than {} levels", limits::json_depth));
    }
    open_.push_back(std::move(level));
    return true;
  }

  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = open_.back(); level.array.is_array()) {
      level.array.push_back(std::move(value));
    } else {
      level.members.back().second = std::move(value);
    }
    return true;
  }

  std::vector<Level> open_;
  Json root_;
  std::string problem_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
  StrictBuilder builder;
  if (!Json::sax_parse(text, &builder)) {
    return fail(ErrorCode::invalid_argument, "malformed JSON" + builder.problem());
  }
  return builder.take();
}

void append_member(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

Json object_with_room_for(std::size_t members) {
  Json object = Json::object();
  object.get_ref<Json::object_t&>().reserve(members);
  return object;
}

std::string to_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_pretty_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

const Json* find_path(const Json& root, std::string_view dotted_path) {
  const Json* node = &root;
  while (true) {
    const auto dot = dotted_path.find('.');
    if (!node->is_object()) {
      return nullptr;
    }
    const auto found = node->find(std::string(dotted_path.substr(0, dot)));
    if (found == node->end()) {
      return nullptr;
    }
    node = &*found;
    if (dot == std::string_view::npos) {
      return node;
    }
    dotted_path.remove_prefix(dot + 1);
  }
}

void set_path(Json& root, std::string_view dotted_path, Json value) {
  Json* node = &root;
  while (true) {
    const auto dot = dotted_path.find('.');
    if (!node->is_object()) {
      *node = Json::object();
    }
    Json& child = (*node)[std::string(dotted_path.substr(0, dot))];
    if (dot == std::string_view::npos) {
      child = std::move(value);
      return;
    }
    node = &child;
    dotted_path.remove_prefix(dot + 1);
  }
}

}  // namespace athanor
