#include "athanor/predict/predictor.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/data/augmentation.hpp"
#include "athanor/data/image.hpp"

namespace athanor::predict {

namespace {

auto no_classifier(std::string_view what) {
  return fail(ErrorCode::unsupported,
              fmt::format("the engine is no classifier of pictures: {}", what));
}

Result<Json> metadata_of(const runtime::Engine& engine, const char* key) {
  const auto found = engine.metadata().find(key);
  if (found == engine.metadata().end()) {
    return no_classifier(fmt::format("its metadata have no \"{}\"", key));
  }
  return parse_json(found->second);
}

/// Whether the evaluations of the network cut pictures to their centre; exports tell it of networks
/// that can.
bool is_evaluated_on_crops(const runtime::Engine& engine) {
  const auto model = metadata_of(engine, "model");
  const auto* crop = model && model->is_object() ? find_path(*model, "center_crop") : nullptr;
  return crop != nullptr && *crop == true;
}

/// The names at "0", "1", ... of an object.
std::vector<std::string> classes_in_order(const Json& mapping) {
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    classes.push_back(mapping.at(std::to_string(i)).get<std::string>());
  }
  return classes;
}

Result<std::size_t> output_named(const runtime::Engine& engine, const std::string& name) {
  const auto found = std::ranges::find(engine.outputs(), name, &runtime::Port::name);
  if (found == engine.outputs().end()) {
    return no_classifier(fmt::format("it has no output {}", name));
  }
  return static_cast<std::size_t>(found - engine.outputs().begin());
}

std::vector<RankedLabel> ranked(const std::vector<std::string>& classes,
                                const std::vector<float>& probabilities,
                                std::size_t count) {
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(
      order, std::ranges::greater(), [&](std::size_t i) { return probabilities[i]; });
  order.resize(std::min(count, order.size()));
  std::vector<RankedLabel> ranks;
  for (const auto i : order) {
    ranks.push_back({classes[i], static_cast<double>(probabilities[i])});
  }
  return ranks;
}

}  // namespace

Predictor::Predictor(const runtime::Engine& engine,
                     const PredictorOptions& options,
                     std::vector<Question> questions,
                     const data::Preprocessing& preprocessing)
    : session_(engine, {.threads = options.threads}),
      options_(options),
      questions_(std::move(questions)),
      preprocessing_(preprocessing) {}

Result<std::vector<Predictor::Question>> Predictor::questions_of(const runtime::Engine& engine) {
  ATHANOR_TRY(const auto json, metadata_of(engine, "classes"));
  std::vector<Question> questions;
  try {
    if (json.is_array()) {
      questions.push_back({"", json.get<std::vector<std::string>>(), 0});
    } else {
      for (const auto& task : json.at("tasks")) {
        const auto name = task.get<std::string>();
        ATHANOR_TRY(const auto output, output_named(engine, name + "/Softmax"));
        questions.push_back({name, classes_in_order(json.at("class_mapping").at(name)), output});
      }
    }
  } catch (const Json::exception& error) {
    return no_classifier(error.what());
  }
  for (const auto& question : questions) {
    const auto& shape = engine.outputs()[question.output].shape;
    const auto classes = static_cast<std::int64_t>(question.classes.size());
    if (classes == 0 || shape.size() != 2 || shape[1] != classes) {
      return no_classifier(fmt::format(
          "an output {} does not answer for {} classes", runtime::to_text(shape), classes));
    }
  }
  return questions;
}

Result<Predictor> Predictor::create(runtime::Engine engine, const PredictorOptions& options) {
  ATHANOR_TRY(auto questions, questions_of(engine));
  ATHANOR_TRY(const auto json, metadata_of(engine, "preprocessing"));
  ATHANOR_TRY(const auto preprocessing, data::preprocessing_from_json(json));
  const auto picture = preprocessing.batch_shape(engine.inputs().front().shape.front());
  if (engine.inputs().size() != 1 || engine.inputs().front().shape != picture) {
    return no_classifier("its input is not what its preprocessing makes");
  }
  if (picture.front() != runtime::open_batch && picture.front() != 1) {
    return no_classifier(
        fmt::format("it takes {} pictures at once only; export it with an open "
                    "batch",
                    picture.front()));
  }
  auto settled = options;
  settled.center_crop = options.center_crop.value_or(is_evaluated_on_crops(engine));
  return Predictor(engine, settled, std::move(questions), preprocessing);
}

Result<std::vector<TaskAnswer>> Predictor::classify(const std::filesystem::path& picture) {
  const auto& target = preprocessing_;
  ATHANOR_TRY(const auto image, data::read_image(picture, target.channels));
  const auto channels = static_cast<std::int64_t>(target.channels);
  std::vector<float> pixels(static_cast<std::size_t>(channels * target.height * target.width));
  data::normalize(data::fit(image, *options_.center_crop, target), target, pixels.data());
  ATHANOR_TRY(const auto outputs,
              session_.run(runtime::TensorView{
                  pixels.data(), target.batch_shape(1), runtime::Layout::channels_last}));
  std::vector<TaskAnswer> answers;
  for (const auto& question : questions_) {
    answers.push_back(
        {question.task, ranked(question.classes, outputs[question.output].values, options_.top_k)});
  }
  return answers;
}

std::string to_line(const std::vector<TaskAnswer>& answers) {
  std::vector<std::string> parts;
  for (const auto& answer : answers) {
    std::vector<std::string> ranks;
    for (const auto& rank : answer.ranks) {
      ranks.push_back(fmt::format("{} {:.4f}", rank.label, rank.probability));
    }
    const auto prefix = answer.task.empty() ? std::string() : answer.task + ": ";
    parts.push_back(fmt::format("{}{}", prefix, fmt::join(ranks, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

Json to_json(const std::vector<TaskAnswer>& answers) {
  Json json = Json::object();
  for (const auto& answer : answers) {
    Json ranks = Json::array();
    for (const auto& rank : answer.ranks) {
      ranks.push_back({{"label", rank.label}, {"probability", rank.probability}});
    }
    if (answer.task.empty()) {
      json["predictions"] = std::move(ranks);
    } else {
      json["tasks"][answer.task] = std::move(ranks);
    }
  }
  return json;
}

}  // namespace athanor::predict
