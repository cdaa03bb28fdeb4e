#include "athanor/export/onnx_runner.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include "athanor/core/files.hpp"
#include "athanor/export/opencv_dialect.hpp"

namespace athanor::exporter {

namespace {

auto refused(std::string_view what, const cv::Exception& reason) {
  return fail(ErrorCode::unsupported, fmt::format("OpenCV cannot {}: {}", what, reason.err));
}

cv::Mat to_mat(const torch::Tensor& tensor) {
  std::vector<int> sizes;
  for (const auto size : tensor.sizes()) {
    sizes.push_back(static_cast<int>(size));
  }
  cv::Mat mat(sizes, CV_32F);
  const auto dense = tensor.detach().to(torch::kFloat32).contiguous();
  std::memcpy(mat.data, dense.data_ptr(), dense.nbytes());
  return mat;
}

torch::Tensor to_tensor(const cv::Mat& mat) {
  const std::vector<std::int64_t> sizes(mat.size.p, mat.size.p + mat.dims);
  const cv::Mat dense = mat.isContinuous() ? mat : mat.clone();
  auto tensor = torch::empty(sizes, torch::kFloat32);
  std::memcpy(tensor.data_ptr(), dense.data, tensor.nbytes());
  return tensor;
}

std::vector<torch::Tensor> run_net(cv::dnn::Net& net,
                                   const tensor::NamedTensors& inputs,
                                   const std::vector<std::string>& output_names) {
  for (const auto& [name, value] : inputs) {
    net.setInput(to_mat(value), name);
  }
  std::vector<cv::Mat> mats;
  net.forward(mats, output_names);
  std::vector<torch::Tensor> outputs;
  std::ranges::transform(mats, std::back_inserter(outputs), to_tensor);
  return outputs;
}

/// Runs picture by picture and puts the outputs together again.
std::vector<torch::Tensor> run_one_by_one(cv::dnn::Net& net,
                                          const tensor::NamedTensors& inputs,
                                          const std::vector<std::string>& output_names) {
  std::vector<std::vector<torch::Tensor>> parts(output_names.size());
  for (std::int64_t i = 0; i < inputs.at(0).value.size(0); ++i) {
    tensor::NamedTensors picture;
    for (const auto& [name, value] : inputs) {
      picture.push_back({name, value.narrow(0, i, 1)});
    }
    const auto outputs = run_net(net, picture, output_names);
    for (std::size_t output = 0; output < outputs.size(); ++output) {
      parts[output].push_back(outputs[output]);
    }
  }
  std::vector<torch::Tensor> whole;
  std::ranges::transform(
      parts, std::back_inserter(whole), [](const auto& part) { return torch::cat(part); });
  return whole;
}

}  // namespace

struct OnnxRunner::Impl {
  cv::dnn::Net net;
  OnnxInterface interface;
  bool one_by_one = false;
};

OnnxRunner::OnnxRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OnnxRunner::OnnxRunner(OnnxRunner&&) noexcept = default;
OnnxRunner& OnnxRunner::operator=(OnnxRunner&&) noexcept = default;
OnnxRunner::~OnnxRunner() = default;

Result<OnnxRunner> OnnxRunner::load(const std::filesystem::path& path) {
  // Failures come back as exceptions; the same text on stderr would be noise.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::setNumThreads(torch::get_num_threads());
  ATHANOR_TRY(auto bytes, read_file(path));
  auto interface = read_onnx_interface(bytes);
  if (!interface) {
    return fail(interface.error().within(path.filename().string()));
  }
  const auto model = for_opencv(std::move(bytes));
  try {
    auto impl = std::make_unique<Impl>();
    impl->net = cv::dnn::readNetFromONNX(model.bytes.data(), model.bytes.size());
    impl->interface = *std::move(interface);
    impl->one_by_one = model.one_by_one;
    return OnnxRunner(std::move(impl));
  } catch (const cv::Exception& error) {
    return refused("read " + path.filename().string(), error);
  }
}

const OnnxInterface& OnnxRunner::interface() const {
  return impl_->interface;
}

Result<tensor::NamedTensors> OnnxRunner::run(const tensor::NamedTensors& inputs,
                                             const std::vector<std::string>& output_names) {
  try {
    const auto run = impl_->one_by_one ? run_one_by_one : run_net;
    const auto tensors = run(impl_->net, inputs, output_names);
    tensor::NamedTensors outputs;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      outputs.push_back({output_names[i], tensors[i]});
    }
    return outputs;
  } catch (const cv::Exception& error) {
    return refused("run the network", error);
  }
}

}  // namespace athanor::exporter
