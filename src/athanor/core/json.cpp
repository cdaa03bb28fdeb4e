#include "athanor/core/json.hpp"

#include <set>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor {

namespace {

using Event = Json::parse_event_t;

/// The parser's callback: refuses what the library itself lets through.
class StrictReader {
 public:
  bool operator()(int /*depth*/, Event event, Json& value) {
    if (event == Event::object_start || event == Event::array_start) {
      open_.emplace_back();
      if (open_.size() > limits::json_depth && problem_.empty()) {
        problem_ = fmt::format("nested deeper than {} levels", limits::json_depth);
      }
    } else if (event == Event::object_end || event == Event::array_end) {
      open_.pop_back();
    } else if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!open_.back().insert(key).second && problem_.empty()) {
        problem_ = fmt::format("the key \"{}\" is given twice in one object", key);
      }
    }
    // Discarding keeps memory flat once the text is known to be refused.
    return problem_.empty();
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string problem_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
  StrictReader reader;
  try {
    Json value = Json::parse(text, std::ref(reader));
    if (!reader.problem().empty()) {
      return fail(ErrorCode::invalid_argument, "malformed JSON: " + reader.problem());
    }
    return value;
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("malformed JSON at byte {}: expected a valid value", error.byte));
  } catch (const Json::exception&) {
    return fail(ErrorCode::invalid_argument, "malformed JSON: a number is out of range");
  }
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
