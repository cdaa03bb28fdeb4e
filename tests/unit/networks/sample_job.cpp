#include "sample_job.hpp"

#include <stdexcept>

#include "support/clear_content.hpp"
#include <opencv2/core.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"
#include "athanor/networks/registry.hpp"
#include "athanor/spec/schema.hpp"

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
  if (network == "classification" && action == "train") {
    set_path(spec, "train_config.n_epochs", 3);
    set_path(spec, "train_config.batch_size_per_gpu", 8);
    set_path(spec, "train_config.enable_random_crop", false);
    set_path(spec, "train_config.mixup_alpha", 0.0);
    set_path(spec, "train_config.lr_config.step.learning_rate", 0.05);
    set_path(spec, "train_config.lr_config.step.step_size", 100);
    set_path(spec, "train_config.preprocess_mode", "torch");
    set_path(spec, "model_config.input_image_size", "3,16,16");
    set_path(spec, "model_config.n_layers", 10);
    set_path(spec, "athanor.stem", "small");
    set_path(spec, "athanor.width", 0.125);
  }
  return spec;
}

contract::DatasetInput make_dataset(const std::filesystem::path& root, std::string_view network) {
  if (network != "classification") {
    throw std::logic_error("no sample data for " + std::string(network));
  }
  make_image_classification(root);
  return {"dataset", "image_classification", "default", root};
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
}

engine::Report SampleJob::run() {
  std::filesystem::create_directories(artifacts());
  engine::StatusWriter status(dir_.path() / contract::status_file);
  const engine::Job job{
      request, artifacts(), status, {}, [this](std::string_view line) { log.emplace_back(line); }};
  return engine::run_action(*find_network(request.network), job);
}

std::string SampleJob::artifact(const std::string& name) const {
  return read_file(artifacts() / name).value();
}

std::vector<contract::StatusLine> SampleJob::epoch_lines() const {
  std::vector<contract::StatusLine> lines;
  const auto text = read_file(dir_.path() / contract::status_file).value();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    auto line = contract::parse_status_line(text.substr(begin, end - begin)).value();
    if (line.epoch) {
      lines.push_back(std::move(line));
    }
    begin = end + 1;
  }
  return lines;
}

void SampleJob::set_parent(const SampleJob& parent) {
  request.parent = contract::ParentInput{"parent", parent.request.action, parent.artifacts()};
}

std::string newest_weights(const SampleJob& job) {
  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), {}).value();
  return athanor::testing::clear_content(checkpoint.weights, checkpoint.key).value();
}

}  // namespace athanor::networks::testing
