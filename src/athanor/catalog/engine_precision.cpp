#include "athanor/catalog/engine_precision.hpp"

#include <array>
#include <string_view>

namespace athanor::catalog {

namespace {

constexpr std::array<std::string_view, 2> paths{"t", "data_type"};

const Json* find_precision(const Json& spec, std::string_view path) {
  const auto* value = find_path(spec, path);
  return value != nullptr && value->is_string() ? value : nullptr;
}

}  // namespace

std::string engine_precision(const Json& spec) {
  for (const auto path : paths) {
    if (const auto* value = find_precision(spec, path)) {
      return value->get<std::string>();
    }
  }
  return "fp32";
}

Status check_engine_precision(const Json& spec) {
  if (engine_precision(spec) != "fp16") {
    return {};
  }
  // oneDNN 2.6 makes no half-precision primitive for any CPU, not even for those with AVX512-FP16.
  const std::string path(find_precision(spec, paths[0]) != nullptr ? paths[0] : paths[1]);
  return fail(ErrorCode::unsupported,
              path +
                  ": engines of this machine do not compute in fp16, for which oneDNN 2.6 has no "
                  "kernels on CPUs; take fp32, or int8 for speed");
}

}  // namespace athanor::catalog
