#include "athanor/engine/tuning.hpp"

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"

namespace athanor::engine {

namespace {

constexpr const char* tuning_file = "tuning.json";

template <class T>
void take_member(const Json& json, const char* key, std::optional<T>& target) {
  if (const auto found = json.find(key); found != json.end()) {
    target = found->get<T>();
  }
}

}  // namespace

Result<Tuning> read_tuning(const std::filesystem::path& artifacts) {
  const auto json = read_json_file(artifacts / tuning_file);
  if (!json) {
    return json.error().code == ErrorCode::not_found ? Result<Tuning>(Tuning{})
                                                     : fail(json.error());
  }
  Tuning tuning;
  try {
    take_member(*json, "batch_size", tuning.batch_size);
    take_member(*json, "learning_rate", tuning.learning_rate);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", tuning_file, error.what()));
  }
  return tuning;
}

Status write_tuning(const std::filesystem::path& artifacts, const Tuning& tuning) {
  Json json = Json::object();
  if (tuning.batch_size) {
    json["batch_size"] = *tuning.batch_size;
  }
  if (tuning.learning_rate) {
    json["learning_rate"] = *tuning.learning_rate;
  }
  return write_json_file(artifacts / tuning_file, json);
}

}  // namespace athanor::engine
