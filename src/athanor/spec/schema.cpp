#include "athanor/spec/schema.hpp"

#include <algorithm>
#include <cstdint>

#include "athanor/spec/branch.hpp"

namespace athanor::spec {

namespace {

using Rows = std::span<const Parameter>;

std::string_view schema_type(Type type) {
  switch (type) {
    case Type::object:
      return "object";
    case Type::list:
      return "array";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::string:
      return "string";
  }
  return "string";
}

/// Bounds and options of integer rows print as integers.
Json number_as(Type type, double value) {
  return type == Type::integer ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json option_as(Type type, std::string_view text) {
  return type == Type::string ? Json(text) : Json::parse(text);
}

bool visible_flag(const Branch& branch, bool Parameter::*flag) {
  const auto flagged = [flag](const Parameter& row) { return row.*flag && !row.hidden; };
  return flagged(branch.row) || std::ranges::any_of(branch.below, flagged);
}

void put_text(Json& node, const char* key, std::string_view text) {
  if (!text.empty()) {
    node[key] = text;
  }
}

void put_json(Json& node, const char* key, std::string_view text) {
  if (!text.empty()) {
    node[key] = Json::parse(text);
  }
}

void put_list(Json& node, const char* key, Json list) {
  if (!list.empty()) {
    node[key] = std::move(list);
  }
}

/// The keys that are flagged or lead to a flagged row.
Json flagged_keys(Rows rows, bool Parameter::*flag) {
  Json keys = Json::array();
  for_each_branch(rows, [&](const Branch& branch) {
    if (!branch.row.hidden && visible_flag(branch, flag)) {
      keys.push_back(branch.name());
    }
  });
  return keys;
}

bool is_searched(const Parameter& row) {
  return row.automl == AutomlUse::searched && !row.hidden;
}

Json searched_children(Rows rows) {
  Json paths = Json::array();
  for_each_branch(rows, [&](const Branch& branch) {
    if (is_searched(branch.row)) {
      paths.push_back(branch.row.path);
    }
  });
  return paths;
}

/// Null when the row has none of its own.
Json own_default(const Parameter& row) {
  return row.default_json.empty() ? Json(nullptr) : Json::parse(row.default_json);
}

/// What is the same for leaves and groups: type and words.
Json described(const Parameter& row) {
  Json node = {{"type", schema_type(row.type)}};
  put_text(node, "title", row.title);
  put_text(node, "description", row.description);
  put_json(node, "examples", row.examples_json);
  return node;
}

/// Builds the nodes of one table for one resource.
class SchemaBuilder {
 public:
  explicit SchemaBuilder(const SchemaContext& context) : context_(context) {}

  Json root(Rows rows) const {
    Json node = {{"type", "object"}};
    fill_object(node, rows, Json::object());
    Json searched = Json::array();
    for (const Parameter& row : rows) {
      if (is_searched(row)) {
        searched.push_back(row.path);
      }
    }
    put_list(
        node, "automl_default_parameters", std::move(searched));  // In place of the root's own.
    return node;
  }

 private:
  Json node(const Branch& branch) const {
    const Parameter& row = branch.row;
    if (row.constant) {
      return {{"const", Json::parse(row.default_json)}};
    }
    if (row.type == Type::object) {
      Json object = described(row);
      fill_object(object, branch.below, own_default(row));
      return object;
    }
    return row.type == Type::list ? list(branch) : leaf(row);
  }

  /// Adds properties, the lists of flagged keys, and the default: that of the properties over
  /// `base`, which is null when there is none but theirs.
  void fill_object(Json& object, Rows rows, Json base) const {
    Json properties = Json::object();
    for_each_branch(rows, [&](const Branch& branch) {
      if (branch.row.hidden) {
        return;
      }
      const std::string name(branch.name());
      Json child = node(branch);
      for (const char* key : {"default", "const"}) {
        if (const auto found = child.find(key); found != child.end()) {
          base[name] = *found;
        }
      }
      properties[name] = std::move(child);
    });
    if (!base.is_null()) {
      object["default"] = std::move(base);
    }
    put_list(object, "required", flagged_keys(rows, &Parameter::required));
    put_list(object, "popular", flagged_keys(rows, &Parameter::popular));
    put_list(object, "automl_default_parameters", searched_children(rows));
    object["properties"] = std::move(properties);
  }

  Json list(const Branch& branch) const {
    const Parameter& row = branch.row;
    Json node = described(row);
    Json items = {{"type", schema_type(row.item)}};
    Json item_default = Json::object();
    if (!branch.below.empty()) {
      fill_object(items, branch.below, Json(nullptr));
      item_default = items.value("default", Json::object());
    }
    if (Json value = list_default(branch, item_default); !value.is_null()) {
      node["default"] = std::move(value);
    }
    node["items"] = std::move(items);
    mark_ignored(node, visible_flag(branch, &Parameter::effective));
    return node;
  }

  /// The row's default, or what stands in for it where a training starts from weights.
  Json leaf_default(const Parameter& row) const {
    if (context_.pretrained && !row.ptm_json.empty()) {
      return Json::parse(row.ptm_json);
    }
    const auto* told = row.ptm_property.empty() ? nullptr : told_by_weights(row);
    return told != nullptr ? *told : own_default(row);
  }

  /// nullptr where the weights do not tell.
  const Json* told_by_weights(const Parameter& row) const {
    const auto& properties = context_.pretrained_properties;
    if (const auto told = properties.find(row.ptm_property); told != properties.end()) {
      return &*told;
    }
    for (const auto& spec : context_.pretrained_specs) {
      const auto* trained = find_path(spec, row.path);
      if (trained != nullptr && !trained->is_null()) {
        return trained;
      }
    }
    return nullptr;
  }

  Json leaf(const Parameter& row) const {
    Json node = described(row);
    if (Json value = leaf_default(row); !value.is_null()) {
      node["default"] = std::move(value);
    }
    if (row.minimum) {
      node["minimum"] = number_as(row.type, *row.minimum);
    }
    if (row.maximum) {
      node["maximum"] = number_as(row.type, *row.maximum);
    }
    for (const std::string_view option : row.options) {
      node["enum"].push_back(option_as(row.type, option));
    }
    put_text(node, "pattern", row.regex);
    mark_ignored(node, row.effective);
    return node;
  }

  static void mark_ignored(Json& node, bool effective) {
    if (!effective) {
      node["x-athanor"] = "ignored";
    }
  }

  Json list_default(const Branch& branch, const Json& item) const {
    if (!context_.classes.empty()) {
      if (Json patched = per_class(branch.row.path, item); !patched.is_null()) {
        return patched;
      }
    }
    if (Json own = own_default(branch.row); !own.is_null() || branch.below.empty()) {
      return own;
    }
    return item.empty() ? Json::array() : Json::array({item});
  }

  /// The four lists that follow the classes of the train datasets; null for any other.
  Json per_class(std::string_view path, const Json& item) const {
    const bool boxes = path == "bbox_handler_config.classwise_bbox_handler_config";
    Json list = Json::array();
    for (const std::string& name : context_.classes) {
      Json entry = item;
      if (path == "inferencer_config.target_classes") {
        entry = name;
      } else if (path == "dataset_config.target_class_mapping") {
        entry = {{"key", name}, {"value", name}};
      } else if (path == "classwise_config" || boxes) {
        entry["key"] = name;
      } else {
        return nullptr;
      }
      if (boxes) {
        entry["value"]["output_map"] = name;
      }
      list.push_back(std::move(entry));
    }
    return list;
  }

  const SchemaContext& context_;
};

}  // namespace

Json schema(const Table& table, const SchemaContext& context) {
  return SchemaBuilder(context).root(table.parameters);
}

Json defaults(const Table& table, const SchemaContext& context) {
  return schema(table, context).at("default");
}

}  // namespace athanor::spec
