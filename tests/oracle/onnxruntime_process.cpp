#include "onnxruntime_process.hpp"

#include <stdexcept>
#include <string>

#include "oracle_process.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>

#include "athanor/tensor/safetensors.hpp"

namespace athanor::oracle {

namespace {

/// As onnxruntime_compare.mjs reads them.
void write_run(const OnnxRun& run, const std::filesystem::path& path) {
  tensor::TensorFile file;
  for (const auto& [name, value] : run.inputs) {
    file.tensors.push_back({"input." + name, value});
  }
  for (const auto& [name, value] : run.outputs) {
    file.tensors.push_back({"output." + name, value});
  }
  if (const auto written = tensor::write_safetensors(path, file); !written) {
    throw std::runtime_error(written.error().message);
  }
}

}  // namespace

bool is_onnxruntime_installed() {
  return std::filesystem::exists(std::filesystem::path(ATHANOR_ONNXRUNTIME_FOLDER) /
                                 "node_modules");
}

bool onnxruntime_agrees(const std::filesystem::path& model, const std::vector<OnnxRun>& runs) {
  const testing::TempDir folder;
  std::vector<std::string> command{
      "node", ATHANOR_ONNXRUNTIME_FOLDER "/onnxruntime_compare.mjs", model.string()};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    command.push_back((folder.path() / fmt::format("{}.safetensors", i)).string());
    write_run(runs[i], command.back());
  }
  return run_process(command) == 0;
}

}  // namespace athanor::oracle
