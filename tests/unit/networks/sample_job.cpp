#include "sample_job.hpp"

#include <stdexcept>
#include <utility>

#include "support/clear_content.hpp"
#include "support/epoch_lines.hpp"
#include "support/paths.hpp"
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"
#include "athanor/networks/registry.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::networks::testing {

namespace {

void make_image_classification(const std::filesystem::path& root) {
  cv::RNG random(3);
  for (const auto& [name, mean] : {std::pair{"bright", 160}, std::pair{"dark", 96}}) {
    const auto folder = root / "images_train" / name;
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 12; ++i) {
      cv::Mat image(16, 16, CV_8UC3);
      random.fill(image, cv::RNG::NORMAL, mean, 30);
      (void)data::write_image(folder / (std::to_string(i) + ".png"), image);
    }
  }
}

/// Pictures of two shades and two tints, and tables that tell them. One label is missing.
void make_two_tasks(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "images_train");
  cv::RNG random(4);
  std::string rows = "fname,tint,shade\n";
  for (int i = 0; i < 24; ++i) {
    const bool bright = i % 2 == 0;
    const bool red = i % 4 < 2;
    const double mean = bright ? 150 : 90;
    cv::Mat image(16, 16, CV_8UC3);
    random.fill(image,
                cv::RNG::NORMAL,
                cv::Scalar(red ? mean - 60 : mean + 60, mean, red ? mean + 60 : mean - 60),
                cv::Scalar::all(20));
    const auto name = std::to_string(i) + ".png";
    (void)data::write_image(root / "images_train" / name, image);
    rows += name + "," +
            (i == 7 ? ""
             : red  ? "red"
                    : "blue") +
            "," + (bright ? "bright" : "dark") + "\n";
  }
  for (const auto* table : {"train.csv", "val.csv"}) {
    (void)write_file_atomic(root / table, rows);
  }
}

void shrink_classification(Json& spec) {
  set_path(spec, "train_config.n_epochs", 3);
  set_path(spec, "train_config.batch_size_per_gpu", 8);
  set_path(spec, "train_config.enable_random_crop", false);
  set_path(spec, "train_config.mixup_alpha", 0.0);
  set_path(spec, "train_config.lr_config.step.learning_rate", 0.05);
  set_path(spec, "train_config.lr_config.step.step_size", 100);
  set_path(spec, "train_config.preprocess_mode", "torch");
}

void shrink_multitask(Json& spec) {
  const std::string schedule = "training_config.learning_rate.soft_start_annealing_schedule.";
  set_path(spec, "training_config.num_epochs", 3);
  set_path(spec, "training_config.batch_size_per_gpu", 8);
  set_path(spec, schedule + "min_learning_rate", 1e-4);
  set_path(spec, schedule + "max_learning_rate", 0.02);
}

}  // namespace

Json default_spec(std::string_view network, std::string_view action) {
  const auto* table = spec::find_table(network, action);
  if (table == nullptr) {
    throw std::logic_error("no table for " + std::string(action));
  }
  return spec::defaults(*table);
}

Json small_spec(std::string_view network, std::string_view action) {
  auto spec = default_spec(network, action);
  if (action == "train" || action == "retrain") {
    if (network == "classification") {
      shrink_classification(spec);
    } else if (network == "multitask_classification") {
      shrink_multitask(spec);
    }
    set_path(spec, "model_config.input_image_size", "3,16,16");
    set_path(spec, "model_config.n_layers", 10);
    set_path(spec, "athanor.stem", "small");
    set_path(spec, "athanor.width", 0.125);
  }
  if (action == "prune") {
    // Layers are narrow, and few steps leave their filters much alike.
    set_path(spec, "pruning_threshold", 0.9);
    set_path(spec, "pruning_granularity", 2);
    set_path(spec, "min_num_filters", 2);
  }
  return spec;
}

CommonPaths common_paths(std::string_view network) {
  if (network == "multitask_classification") {
    return {"training_config.num_epochs", "training_config.n_workers", "random_seed"};
  }
  return {"train_config.n_epochs", "train_config.n_workers", "train_config.random_seed"};
}

contract::DatasetInput make_dataset(const std::filesystem::path& root, std::string_view network) {
  if (network == "classification") {
    make_image_classification(root);
    return {"dataset", "image_classification", "default", root};
  }
  if (network == "multitask_classification") {
    make_two_tasks(root);
    return {"dataset", "image_classification", "custom", root};
  }
  throw std::logic_error("no sample data for " + std::string(network));
}

std::vector<std::string> add_pictures_of_every_kind(const std::filesystem::path& folder) {
  (void)data::write_image(folder / "deep.png", cv::Mat(20, 9, CV_16UC3, cv::Scalar::all(9)));
  (void)data::write_image(folder / "gray.png", cv::Mat(9, 20, CV_8UC1, cv::Scalar(9)));
  (void)data::write_image(folder / "alpha.png", cv::Mat(9, 9, CV_8UC4, cv::Scalar::all(9)));
  std::filesystem::copy(athanor::testing::source_folder() / "tests/golden/pictures/cmyk.jpg",
                        folder / "cmyk.jpg");
  return {"deep.png", "gray.png", "alpha.png", "cmyk.jpg"};
}

const crypto::Passphrase& no_key() {
  static const crypto::Passphrase key;
  return key;
}

SampleJob::SampleJob(std::string_view network, std::string_view action) {
  request.job_id = "job";
  request.network = network;
  request.action = action;
  request.spec = small_spec(network, action);
  const auto dataset = make_dataset(dir_.path() / "dataset", network);
  request.train_datasets = {dataset};
  request.eval_dataset = dataset;
  request.inference_dataset = dataset;
  request.calibration_dataset = dataset;
}

engine::Report SampleJob::run(std::stop_token stop) {
  std::filesystem::create_directories(artifacts());
  engine::StatusWriter status(dir_.path() / contract::status_file);
  engine::Job job{request, artifacts(), status, std::move(stop), [this](std::string_view line) {
                    log.emplace_back(line);
                  }};
  job.own_key = no_key();
  job.parent_key = parent_key;
  return engine::run_action(*find_network(request.network), job);
}

void SampleJob::run_until_stopped() {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)run(stop.get_token()), engine::Stopped);
  ++request.attempt;
}

std::string SampleJob::artifact(const std::string& name) const {
  return read_file(artifacts() / name).value();
}

std::vector<contract::StatusLine> SampleJob::epoch_lines() const {
  return athanor::testing::epoch_lines(dir_.path() / contract::status_file);
}

void SampleJob::set_parent(const SampleJob& parent) {
  request.parent = contract::ParentInput{"parent", parent.request.action, parent.artifacts()};
}

double first_loss_of(const SampleJob& job) {
  return job.epoch_lines().front().graphical.at("loss").get<double>();
}

std::string failure_of(SampleJob& job) {
  try {
    (void)job.run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

void use_backbone(SampleJob& job, const std::string& arch, std::int64_t n_layers) {
  set_path(job.request.spec, "model_config.arch", arch);
  set_path(job.request.spec, "model_config.n_layers", n_layers);
  // The statistics have few steps to become those of the data; others blow deep networks up.
  set_path(job.request.spec, "model_config.batch_norm_config.momentum", 0.1);
  // Forecasts have tests of their own, and take more steps than these trainings.
  job.request.preflight = false;
}

std::unique_ptr<SampleJob> trained_with(const backbones::BackboneOptions& backbone,
                                        std::string_view network,
                                        const SampleJob* parent) {
  auto job = std::make_unique<SampleJob>(network, parent == nullptr ? "train" : "retrain");
  use_backbone(*job, backbone.arch, backbone.n_layers);
  set_path(job->request.spec, "model_config.activation.activation_type", "swish");
  set_path(job->request.spec, common_paths(network).epochs, 1);
  if (parent != nullptr) {
    job->set_parent(*parent);
  }
  EXPECT_EQ(failure_of(*job), "") << job->request.action;
  return job;
}

std::unique_ptr<SampleJob> done(std::string_view action, const SampleJob& parent) {
  auto job = std::make_unique<SampleJob>(parent.request.network, action);
  job->set_parent(parent);
  EXPECT_EQ(failure_of(*job), "") << action << " behind a " << parent.request.action;
  return job;
}

std::unique_ptr<SampleJob> converted(const SampleJob& parent, const char* precision) {
  auto job = std::make_unique<SampleJob>(parent.request.network, "convert");
  job->set_parent(parent);
  set_path(job->request.spec, "data_type", precision);
  set_path(job->request.spec, "max_batch_size", 1);  // One batch to time.
  set_path(job->request.spec, "athanor.accuracy_budget", 100.0);
  EXPECT_EQ(failure_of(*job), "") << precision;
  return job;
}

std::string newest_weights(const SampleJob& job) {
  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), no_key()).value();
  return athanor::testing::clear_content(checkpoint.weights, checkpoint.key).value();
}

torch::Tensor newest_weight(const SampleJob& job, std::string_view name) {
  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), no_key()).value();
  const auto file = tensor::read_safetensors(checkpoint.weights, checkpoint.key).value();
  const auto* found = tensor::find_tensor(file.tensors, name);
  if (found == nullptr) {
    throw std::logic_error("the weights lack " + std::string(name));
  }
  return *found;
}

}  // namespace athanor::networks::testing
