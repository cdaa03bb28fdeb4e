#include "athanor/engine/conversion.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/compile/engine_builder.hpp"
#include "athanor/contract/model_files.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/calibration.hpp"
#include "athanor/engine/comparison_pictures.hpp"
#include "athanor/engine/conversion_options.hpp"
#include "athanor/engine/conversion_readme.hpp"
#include "athanor/engine/deployed_engine.hpp"
#include "athanor/engine/engine_speed.hpp"
#include "athanor/engine/int8_candidates.hpp"
#include "athanor/export/parity.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char* precision_file = "precision.json";
constexpr const char* readme_file = "README.md";

void write_artifact(const Job& job, const char* name, const std::string& content) {
  throw_if_failed(write_file_atomic(job.artifacts / name, content));
}

FinishedModel exported_model_of(const Network& network, const Job& job) {
  if (job.request.parent && job.request.parent->action != "export") {
    throw std::invalid_argument(fmt::format("convert follows an export, but job {} is a {}",
                                            job.request.parent->job_id,
                                            job.request.parent->action));
  }
  return parent_model(network, job);
}

std::string read_onnx(const Job& job) {
  const auto& parent = *job.request.parent;
  auto bytes = read_file(parent.artifacts / exported_file);
  if (!bytes) {
    throw std::invalid_argument(fmt::format(
        "the parent job {} has no {}: run the export again", parent.job_id, exported_file));
  }
  return *std::move(bytes);
}

/// Whether an export wrote this file for those who read the outputs of its model.
bool holds_labels(const fs::path& file) {
  const auto name = file.filename().string();
  return name == "class_mapping.json" ||
         (file.extension() == ".txt" && !name.starts_with("nvinfer"));
}

/// The old spelling of the shapes names the pictures too; they are those of the model.
void check_picture(const ConversionOptions& options, const data::Preprocessing& preprocessing) {
  const auto picture = preprocessing.picture_shape();
  if (!options.picture.empty() && options.picture != picture) {
    throw std::invalid_argument(fmt::format("p: the model takes pictures of {}, not of {}",
                                            fmt::join(picture, "x"),
                                            fmt::join(options.picture, "x")));
  }
}

/// One conversion on its way.
class Conversion {
 public:
  Conversion(const Network& network, const Job& job)
      : network_(network),
        job_(job),
        options_(read_conversion_options(job.request.spec)),
        original_(exported_model_of(network, job)),
        onnx_(read_onnx(job)),
        preprocessing_(preprocessing_of(original_.model)) {
    check_picture(options_, preprocessing_);
  }

  Report run() {
    const torch::NoGradGuard no_grad;
    const auto bytes = options_.precision == runtime::Precision::int8 ? in_int8() : in_float();
    const auto engine = value_or_throw(runtime::Engine::from_bytes(bytes));
    tell_speed(engine);
    write_artifact(job_, contract::engine_file, bytes);
    copy_labels();
    write_artifact(job_, readme_file, describe_engine(engine, preprocessing_));
    report_.message = fmt::format(
        "Converted {} to an {} engine", exported_file, runtime::name_of(engine.precision()));
    return std::move(report_);
  }

 private:
  [[nodiscard]] compile::BuildOptions build_options() const {
    return {.precision = runtime::Precision::fp32,
            .threads = options_.threads.value_or(job_.request.threads),
            .max_batch = options_.max_batch};
  }

  /// The bytes of a float engine, proven to compute what the ONNX file does.
  std::string in_float() {
    auto bytes = value_or_throw(builder_->build(onnx_, build_options()));
    const auto converted = value_or_throw(converted_model(bytes));
    const auto parity = compare(converted);
    if (!parity.within_tolerance()) {
      throw std::runtime_error(
          fmt::format("the engine computes other values than {}: they differ by {:.3g}, {:.3g} is "
                      "allowed",
                      exported_file,
                      parity.largest_difference,
                      parity.tolerance));
    }
    report_.stats["tolerance"] = fmt::format("{:.3g}", parity.tolerance);
    if (job_.request.eval_dataset) {
      const auto original = network_.measure(job_, original_);
      tell_metrics(original, network_.measure(job_, converted));
    }
    return bytes;
  }

  /// The bytes of an int8 engine that holds the budget.
  std::string in_int8() {
    (void)require_dataset(job_.request.eval_dataset, "eval_dataset");
    if (!runtime::has_fast_int8()) {
      job_.log(
          "Warning: this processor has no instruction for products of bytes (VNNI), so that an "
          "int8 engine is no faster than one in fp32");
    }
    auto build = build_options();
    build.calibration = calibrate(job_, onnx_, preprocessing_, options_.calibration);
    write_artifact(job_, calibration_file, compile::render_calibration_table(*build.calibration));
    const auto original = network_.measure(job_, original_);
    const auto measure = [this](const FinishedModel& model) {
      return network_.measure(job_, model).value;
    };
    Int8Candidates candidates(*builder_, onnx_, build, pictures_, expected_, measure, job_);
    const auto plan = find_precision(
        candidates, {.float_metric = 100 * original.value, .points = options_.accuracy_budget});
    auto bytes = candidates.build(plan.in_float);
    tell_precision(plan, candidates.layers().size());
    (void)compare(value_or_throw(converted_model(bytes)));
    tell_metrics(original, {original.name, plan.metric / 100});
    return bytes;
  }

  /// How far a converted model is from the original, which it tells.
  exporter::Parity compare(const FinishedModel& converted) {
    const auto parity =
        value_or_throw(exporter::compare_outputs(expected_, converted.run(pictures_)));
    job_.log(fmt::format("The outputs differ from those of {} by {:.3g} at most, on {} pictures",
                         exported_file,
                         parity.largest_difference,
                         pictures_.size(0)));
    report_.stats["largest_difference"] = fmt::format("{:.3g}", parity.largest_difference);
    report_.stats["compared_pictures"] = std::to_string(pictures_.size(0));
    return parity;
  }

  void copy_labels() const {
    for (const auto& entry : fs::directory_iterator(job_.request.parent->artifacts)) {
      if (entry.is_regular_file() && holds_labels(entry.path())) {
        fs::copy_file(entry.path(),
                      job_.artifacts / entry.path().filename(),
                      fs::copy_options::overwrite_existing);
      }
    }
  }

  void tell_metrics(const Metric& original, const Metric& converted) {
    report_.kpi[converted.name] = converted.value;
    report_.stats[original.name + "_of_onnx"] = fmt::format("{:.4f}", original.value);
    report_.stats[converted.name + "_of_engine"] = fmt::format("{:.4f}", converted.value);
  }

  void tell_precision(const PrecisionPlan& plan, std::size_t layers) {
    Json errors = Json::object();
    for (const auto& [layer, output_error] : plan.errors) {
      errors[layer] = output_error;
    }
    const Json precision = {{"layers_in_float", plan.in_float},
                            {"output_errors", std::move(errors)},
                            {"accuracy_budget", options_.accuracy_budget}};
    write_artifact(job_, precision_file, to_pretty_text(precision) + "\n");
    report_.stats["layers_in_float"] = fmt::format("{} of {}", plan.in_float.size(), layers);
    if (!plan.in_float.empty()) {
      job_.log(fmt::format("These layers stay in float: {}", fmt::join(plan.in_float, ", ")));
    }
  }

  void tell_speed(const runtime::Engine& engine) {
    runtime::Session session(engine);
    std::vector<EngineSpeed> speeds;
    for (const auto batch : batches_to_time(engine)) {
      speeds.push_back(time_engine(session, repeated_to(batch, pictures_)));
    }
    report_.stats["precision"] = std::string(runtime::name_of(engine.precision()));
    report_.stats["threads"] = std::to_string(engine.threads());
    report_.stats.update(to_stats(speeds));
    tell_workspace(speeds.back());
  }

  /// The memory that layers take is what it is; no other layer would do with less.
  void tell_workspace(const EngineSpeed& speed) {
    if (!options_.workspace_bytes) {
      return;
    }
    const auto allowed = static_cast<double>(*options_.workspace_bytes);
    const auto taken = static_cast<double>(speed.memory.scratch);
    report_.stats["workspace"] = fmt::format("{:.0f} of {:.0f} bytes", taken, allowed);
    if (taken > allowed) {
      job_.log(
          fmt::format("Warning: layers take {:.0f} bytes while they run on batches of {}, more "
                      "than max_workspace_size",
                      taken,
                      speed.batch));
    }
  }

  const Network& network_;
  const Job& job_;
  ConversionOptions options_;
  FinishedModel original_;
  std::string onnx_;
  data::Preprocessing preprocessing_;
  std::unique_ptr<compile::EngineBuilder> builder_ = compile::make_onednn_builder();
  torch::Tensor pictures_ = comparison_pictures(job_, preprocessing_);
  tensor::NamedTensors expected_ = original_.run(pictures_);
  Report report_;
};

}  // namespace

Report convert_model(const Network& network, const Job& job) {
  return Conversion(network, job).run();
}

}  // namespace athanor::engine
