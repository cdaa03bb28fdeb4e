#include "athanor/runtime/machine.hpp"

#include <array>
#include <sys/utsname.h>
#include <utility>

#include <fmt/format.h>
#include <oneapi/dnnl/dnnl.hpp>

namespace athanor::runtime {

namespace {

constexpr std::array<std::pair<Precision, std::string_view>, 3> precision_names{{
    {Precision::fp32, "fp32"},
    {Precision::fp16, "fp16"},
    {Precision::int8, "int8"},
}};

constexpr const char* mend = "make the engine anew with convert on this machine";

std::string isa_name() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "generic";
  }
}

Machine find_machine() {
  utsname system{};
  const bool known = uname(&system) == 0;
  const auto* onednn = dnnl_version();
  return {known ? system.machine : "unknown",
          isa_name(),
          fmt::format("{}.{}.{}", onednn->major, onednn->minor, onednn->patch),
          ATHANOR_VERSION};
}

Status expect_same(std::string_view what, const std::string& theirs, const std::string& ours) {
  if (theirs == ours) {
    return {};
  }
  return fail(
      ErrorCode::unsupported,
      fmt::format("the engine was made for {} {}, here it is {}: {}", what, theirs, ours, mend));
}

}  // namespace

std::string_view name_of(Precision precision) {
  for (const auto& [candidate, name] : precision_names) {
    if (candidate == precision) {
      return name;
    }
  }
  return "fp32";
}

Result<Precision> parse_precision(std::string_view name) {
  for (const auto& [precision, candidate] : precision_names) {
    if (candidate == name) {
      return precision;
    }
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("\"{}\" is no precision; use fp32, fp16 or int8", name));
}

const Machine& this_machine() {
  static const Machine machine = find_machine();
  return machine;
}

bool has_fast_int8() {
  const auto& isa = this_machine().isa;
  return isa == "avx2_vnni" || isa == "avx512_core_vnni" || isa == "avx512_core_bf16" ||
         isa == "avx512_core_amx";
}

Status check_precision(Precision precision) {
  if (precision != Precision::fp16) {
    return {};
  }
  return fail(
      ErrorCode::unsupported,
      fmt::format("oneDNN {} has no fp16 arithmetic for this processor ({}): choose fp32 or "
                  "int8",
                  this_machine().onednn,
                  this_machine().isa));
}

Status check_machine(const Machine& made_for) {
  const auto& here = this_machine();
  ATHANOR_CHECK_OK(expect_same("Athanor", made_for.athanor, here.athanor));
  ATHANOR_CHECK_OK(expect_same("oneDNN", made_for.onednn, here.onednn));
  ATHANOR_CHECK_OK(expect_same("the architecture", made_for.architecture, here.architecture));
  return expect_same("a processor with", made_for.isa, here.isa);
}

Json to_json(const Machine& machine) {
  return {{"architecture", machine.architecture},
          {"isa", machine.isa},
          {"onednn", machine.onednn},
          {"athanor", machine.athanor}};
}

Result<Machine> machine_from_json(const Json& json) {
  try {
    return Machine{json.at("architecture").get<std::string>(),
                   json.at("isa").get<std::string>(),
                   json.at("onednn").get<std::string>(),
                   json.at("athanor").get<std::string>()};
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("machine: {}", error.what()));
  }
}

}  // namespace athanor::runtime
