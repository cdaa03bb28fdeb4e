#include "athanor/compile/onnx_file.hpp"

#include <cstddef>
#include <limits>

namespace athanor::compile {

Result<onnx::ModelProto> parse_onnx(std::string_view bytes) {
  onnx::ModelProto file;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::invalid_argument,
                "the ONNX file is not usable: it is damaged or no ONNX file");
  }
  return file;
}

}  // namespace athanor::compile
