#include "athanor/export/onnx_runner.hpp"

#include <cstring>

#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include "athanor/core/files.hpp"

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

}  // namespace

struct OnnxRunner::Impl {
  cv::dnn::Net net;
};

OnnxRunner::OnnxRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OnnxRunner::OnnxRunner(OnnxRunner&&) noexcept = default;
OnnxRunner& OnnxRunner::operator=(OnnxRunner&&) noexcept = default;
OnnxRunner::~OnnxRunner() = default;

Result<OnnxRunner> OnnxRunner::load(const std::filesystem::path& path) {
  // Failures come back as exceptions; the same text on stderr would be noise.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  ATHANOR_TRY(const auto bytes, read_file(path));
  try {
    auto impl = std::make_unique<Impl>();
    impl->net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
    return OnnxRunner(std::move(impl));
  } catch (const cv::Exception& error) {
    return refused("read " + path.filename().string(), error);
  }
}

Result<tensor::NamedTensors> OnnxRunner::run(const tensor::NamedTensors& inputs,
                                             const std::vector<std::string>& output_names) {
  try {
    for (const auto& [name, value] : inputs) {
      impl_->net.setInput(to_mat(value), name);
    }
    std::vector<cv::Mat> mats;
    impl_->net.forward(mats, output_names);
    tensor::NamedTensors outputs;
    for (std::size_t i = 0; i < mats.size(); ++i) {
      outputs.push_back({output_names[i], to_tensor(mats[i])});
    }
    return outputs;
  } catch (const cv::Exception& error) {
    return refused("run the network", error);
  }
}

}  // namespace athanor::exporter
