#include "athanor/runtime/engine_file.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/digest.hpp"
#include "athanor/core/json_number.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::runtime {

static_assert(std::endian::native == std::endian::little, "engine files are little-endian");

namespace {

constexpr std::string_view magic = "ATHENGIN";
constexpr std::size_t digest_bytes = 64;
constexpr std::size_t header_bytes = 8 + 4 + 4 + 8 + digest_bytes;

auto damaged(std::string_view what) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("the engine file is damaged: {}; make it anew with convert", what));
}

template <class Number>
void put(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
Number take(std::string_view& bytes) {
  Number number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::string content_digest(std::string_view description, std::string_view weights) {
  Digest digest;
  digest.add(description);
  digest.add(weights);
  return digest.hex();
}

// Readers of JSON members; they throw, and model_from_description() catches.

class BadDescription : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::int64_t integer(const Json& json) {
  const auto number = integer_of<std::int64_t>(json);
  if (!number) {
    throw BadDescription(
        fmt::format("{} is no integer in range", athanor::to_text(json).substr(0, 40)));
  }
  return *number;
}

std::size_t natural(const Json& json) {
  const auto number = integer(json);
  if (number < 0) {
    throw BadDescription(fmt::format("{} is negative", number));
  }
  return static_cast<std::size_t>(number);
}

float number(const Json& json) {
  if (!json.is_number()) {
    throw BadDescription(fmt::format("{} is no number", athanor::to_text(json).substr(0, 40)));
  }
  const auto wide = json.get<double>();
  if (!(wide >= std::numeric_limits<float>::lowest() &&
        wide <= std::numeric_limits<float>::max())) {
    throw BadDescription(fmt::format("{} is beyond float", wide));
  }
  return static_cast<float>(wide);
}

std::vector<std::int64_t> integers(const Json& json) {
  if (!json.is_array()) {
    throw BadDescription("a list of integers is none");
  }
  std::vector<std::int64_t> numbers;
  for (const auto& item : json) {
    numbers.push_back(integer(item));
  }
  return numbers;
}

std::vector<std::size_t> indices(const Json& json) {
  std::vector<std::size_t> numbers;
  for (const auto value : integers(json)) {
    numbers.push_back(natural(Json(value)));
  }
  return numbers;
}

Pair pair(const Json& json) {
  const auto numbers = integers(json);
  if (numbers.size() != 2) {
    throw BadDescription("a pair has not two numbers");
  }
  return {numbers[0], numbers[1]};
}

/// The enumerator whose name is `text`, of those up to and with `last`.
template <class Enum>
Enum named(const Json& json, Enum last, std::string_view (*name)(Enum)) {
  const auto text = json.get<std::string>();
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Enum>(i)) == text) {
      return static_cast<Enum>(i);
    }
  }
  throw BadDescription(fmt::format("\"{}\" is not known", text));
}

std::string_view name_of_type(ElementType type) {
  static constexpr std::string_view names[] = {"f32", "s8", "u8"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view name_of_pool(PoolKind kind) {
  static constexpr std::string_view names[] = {"max", "average", "average_with_padding"};
  return names[static_cast<std::size_t>(kind)];
}

Json function_to_json(const Elementwise& step) {
  return {{"function", name_of(step.function)}, {"alpha", step.alpha}, {"beta", step.beta}};
}

Elementwise function_from_json(const Json& json) {
  return {named(json.at("function"), Function::abs, &name_of),
          number(json.at("alpha")),
          number(json.at("beta"))};
}

struct OperationWriter {
  Json operator()(const Convolution& rule) const {
    return {{"strides", rule.strides},
            {"dilations", rule.dilations},
            {"pad_begin", rule.pad_begin},
            {"pad_end", rule.pad_end},
            {"groups", rule.groups}};
  }

  Json operator()(const Linear& /*rule*/) const { return Json::object(); }

  Json operator()(const MatMul& /*rule*/) const { return Json::object(); }

  Json operator()(const Pool& rule) const {
    return {{"kind", name_of_pool(rule.kind)},
            {"window", rule.window},
            {"strides", rule.strides},
            {"dilations", rule.dilations},
            {"pad_begin", rule.pad_begin},
            {"pad_end", rule.pad_end},
            {"ceil_mode", rule.ceil_mode}};
  }

  Json operator()(const Elementwise& rule) const { return function_to_json(rule); }

  Json operator()(const Binary& rule) const { return {{"operation", name_of(rule.operation)}}; }

  Json operator()(const Softmax& rule) const {
    return {{"axis", rule.axis}, {"logarithm", rule.logarithm}};
  }

  Json operator()(const Concat& rule) const { return {{"axis", rule.axis}}; }

  Json operator()(const Reshape& rule) const { return {{"target", rule.target}}; }

  Json operator()(const Transpose& rule) const { return {{"order", rule.order}}; }

  Json operator()(const Slice& rule) const {
    return {{"axis", rule.axis}, {"begin", rule.begin}, {"end", rule.end}};
  }

  Json operator()(const Mean& rule) const { return {{"axes", rule.axes}}; }
};

Convolution convolution_from_json(const Json& json) {
  return {pair(json.at("strides")),
          pair(json.at("dilations")),
          pair(json.at("pad_begin")),
          pair(json.at("pad_end")),
          integer(json.at("groups"))};
}

Pool pool_from_json(const Json& json) {
  return {named(json.at("kind"), PoolKind::average_with_padding, &name_of_pool),
          pair(json.at("window")),
          pair(json.at("strides")),
          pair(json.at("dilations")),
          pair(json.at("pad_begin")),
          pair(json.at("pad_end")),
          json.at("ceil_mode").get<bool>()};
}

Operation operation_from_json(const std::string& name, const Json& json) {
  using Reader = Operation (*)(const Json&);
  static const std::pair<std::string_view, Reader> readers[] = {
      {"convolution", [](const Json& j) -> Operation { return convolution_from_json(j); }},
      {"linear", [](const Json&) -> Operation { return Linear{}; }},
      {"matmul", [](const Json&) -> Operation { return MatMul{}; }},
      {"pool", [](const Json& j) -> Operation { return pool_from_json(j); }},
      {"elementwise", [](const Json& j) -> Operation { return function_from_json(j); }},
      {"binary",
       [](const Json& j) -> Operation {
         return Binary{named(j.at("operation"), Arithmetic::divide, &name_of)};
       }},
      {"softmax",
       [](const Json& j) -> Operation {
         return Softmax{integer(j.at("axis")), j.at("logarithm").get<bool>()};
       }},
      {"concat", [](const Json& j) -> Operation { return Concat{integer(j.at("axis"))}; }},
      {"reshape", [](const Json& j) -> Operation { return Reshape{integers(j.at("target"))}; }},
      {"transpose", [](const Json& j) -> Operation { return Transpose{integers(j.at("order"))}; }},
      {"slice",
       [](const Json& j) -> Operation {
         return Slice{integer(j.at("axis")), integer(j.at("begin")), integer(j.at("end"))};
       }},
      {"mean", [](const Json& j) -> Operation { return Mean{integers(j.at("axes"))}; }},
  };
  for (const auto& [candidate, read] : readers) {
    if (candidate == name) {
      return read(json);
    }
  }
  throw BadDescription(fmt::format("there is no operation \"{}\"", name));
}

Json value_to_json(const Value& value) {
  Json json = {{"name", value.name},
               {"shape", value.shape},
               {"type", name_of_type(value.type)},
               {"scale", value.scale}};
  if (value.constant) {
    json["constant"] = {value.constant->offset, value.constant->bytes};
  }
  return json;
}

Value value_from_json(const Json& json) {
  Value value;
  value.name = json.at("name").get<std::string>();
  value.shape = integers(json.at("shape"));
  value.type = named(json.at("type"), ElementType::u8, &name_of_type);
  value.scale = number(json.at("scale"));
  if (json.contains("constant")) {
    const auto [offset, bytes] = pair(json.at("constant"));
    value.constant = Extent{natural(Json(offset)), natural(Json(bytes))};
  }
  return value;
}

Json fused_to_json(const Fused& step) {
  if (const auto* add = std::get_if<AddValue>(&step)) {
    return {{"add", add->value}};
  }
  return function_to_json(std::get<Elementwise>(step));
}

Fused fused_from_json(const Json& json) {
  if (json.contains("add")) {
    return AddValue{natural(json.at("add"))};
  }
  return function_from_json(json);
}

Json layer_to_json(const Layer& layer) {
  Json json = {{"name", layer.name},
               {"operation", name_of(layer.operation)},
               {"inputs", layer.inputs},
               {"output", layer.output}};
  json["options"] = std::visit(OperationWriter{}, layer.operation);
  json["fused"] = Json::array();
  for (const auto& step : layer.fused) {
    json["fused"].push_back(fused_to_json(step));
  }
  if (layer.quantisation) {
    json["int8"] = {{"input_type", name_of_type(layer.quantisation->input_type)},
                    {"input_scale", layer.quantisation->input_scale},
                    {"weight_scales", layer.quantisation->weight_scales}};
  }
  return json;
}

Quantisation quantisation_from_json(const Json& json) {
  Quantisation quantisation;
  quantisation.input_type = named(json.at("input_type"), ElementType::u8, &name_of_type);
  quantisation.input_scale = number(json.at("input_scale"));
  for (const auto& scale : json.at("weight_scales")) {
    quantisation.weight_scales.push_back(number(scale));
  }
  return quantisation;
}

Layer layer_from_json(const Json& json) {
  Layer layer;
  layer.name = json.at("name").get<std::string>();
  layer.operation =
      operation_from_json(json.at("operation").get<std::string>(), json.at("options"));
  layer.inputs = indices(json.at("inputs"));
  layer.output = natural(json.at("output"));
  for (const auto& step : json.at("fused")) {
    layer.fused.push_back(fused_from_json(step));
  }
  if (json.contains("int8")) {
    layer.quantisation = quantisation_from_json(json.at("int8"));
  }
  return layer;
}

EngineModel read_model(const Json& json) {
  EngineModel model;
  auto machine = machine_from_json(json.at("machine"));
  if (!machine) {
    throw BadDescription(machine.error().message);
  }
  model.machine = *std::move(machine);
  model.threads = static_cast<int>(std::min<std::int64_t>(integer(json.at("threads")), 1 << 20));
  model.max_batch = integer(json.at("max_batch"));
  for (const auto& [key, value] : json.at("metadata").items()) {
    model.metadata[key] = value.get<std::string>();
  }
  for (const auto& value : json.at("tensors")) {
    model.values.push_back(value_from_json(value));
  }
  for (const auto& layer : json.at("layers")) {
    model.layers.push_back(layer_from_json(layer));
  }
  model.inputs = indices(json.at("inputs"));
  model.outputs = indices(json.at("outputs"));
  return model;
}

}  // namespace

Json description_of(const EngineModel& model) {
  Json json = {{"machine", to_json(model.machine)},
               {"threads", model.threads},
               {"max_batch", model.max_batch},
               {"metadata", model.metadata},
               {"inputs", model.inputs},
               {"outputs", model.outputs}};
  json["tensors"] = Json::array();
  for (const auto& value : model.values) {
    json["tensors"].push_back(value_to_json(value));
  }
  json["layers"] = Json::array();
  for (const auto& layer : model.layers) {
    json["layers"].push_back(layer_to_json(layer));
  }
  return json;
}

Result<EngineModel> model_from_description(const Json& json) {
  try {
    return read_model(json);
  } catch (const BadDescription& error) {
    return damaged(error.what());
  } catch (const Json::exception& error) {
    return damaged(error.what());
  }
}

std::string render_engine_file(const EngineModel& model) {
  const auto description = athanor::to_text(description_of(model));
  std::string bytes(magic);
  bytes.reserve(header_bytes + description.size() + model.weights.size());
  put(bytes, engine_format_version);
  put(bytes, static_cast<std::uint32_t>(description.size()));
  put(bytes, static_cast<std::uint64_t>(model.weights.size()));
  bytes += content_digest(description, model.weights);
  bytes += description;
  bytes += model.weights;
  return bytes;
}

Result<EngineModel> parse_engine_file(std::string_view bytes) {
  if (bytes.size() < header_bytes || !bytes.starts_with(magic)) {
    return fail(ErrorCode::invalid_argument,
                "this is no engine file: name a model.engine that convert made");
  }
  bytes.remove_prefix(magic.size());
  const auto version = take<std::uint32_t>(bytes);
  if (version != engine_format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("the engine has format version {}, this program reads {}: make the "
                            "engine anew with convert",
                            version,
                            engine_format_version));
  }
  const std::uint64_t description_bytes = take<std::uint32_t>(bytes);
  const auto weight_bytes = take<std::uint64_t>(bytes);
  const auto digest = bytes.substr(0, digest_bytes);
  bytes.remove_prefix(digest_bytes);
  if (description_bytes > bytes.size() || weight_bytes != bytes.size() - description_bytes) {
    return damaged("it is cut short or too long");
  }
  const auto description = bytes.substr(0, description_bytes);
  const auto weights = bytes.substr(description_bytes);
  if (content_digest(description, weights) != digest) {
    return damaged("its digest differs");
  }
  ATHANOR_TRY(const auto json, parse_json(description));
  ATHANOR_TRY(auto model, model_from_description(json));
  ATHANOR_CHECK_OK(check_machine(model.machine));
  model.weights = weights;
  if (const auto status = check_model(model); !status) {
    return damaged(status.error().message);
  }
  return model;
}

}  // namespace athanor::runtime
