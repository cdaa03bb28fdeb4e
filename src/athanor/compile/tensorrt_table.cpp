#include "athanor/compile/tensorrt_table.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace athanor::compile {

namespace {

constexpr const char* tensorrt_header = "TRT-8503-EntropyCalibration2\n";
constexpr float tensorrt_steps = 127;

Result<std::string> tensorrt_line(const std::string& tensor, float threshold) {
  const float step = threshold / tensorrt_steps;
  if (!std::isnormal(step) || step < 0) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the range of {} is {}, which is no positive number; calibrate on "
                            "other pictures",
                            tensor,
                            threshold));
  }
  return fmt::format("{}: {:08x}\n", tensor, std::bit_cast<std::uint32_t>(step));
}

}  // namespace

Result<std::string> render_tensorrt_table(const ActivationRanges& ranges) {
  std::string lines;
  for (const auto& [tensor, range] : ranges) {
    if (tensor.find_first_of("\r\n") == std::string::npos) {
      ATHANOR_TRY(const auto line, tensorrt_line(tensor, range.threshold));
      lines += line;
    }
  }
  if (lines.empty()) {
    return fail(ErrorCode::invalid_argument, "there is no tensor whose range is known");
  }
  return tensorrt_header + lines;
}

}  // namespace athanor::compile
