#pragma once

#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::runtime {

/// In which numbers an engine computes.
enum class Precision { fp32, fp16, int8 };

/// "fp32", "fp16", "int8"
[[nodiscard]] std::string_view name_of(Precision precision);

/// The precision of that name in lower case; anything else is an error that lists them.
[[nodiscard]] Result<Precision> parse_precision(std::string_view name);

/// What an engine is made for; it runs only where all of it is the same.
struct Machine {
  std::string architecture;  ///< "x86_64"
  std::string isa;           ///< The widest instruction set that oneDNN uses here: "avx512_core".
  std::string onednn;        ///< "2.6.3"
  std::string athanor;       ///< "0.1.0"

  bool operator==(const Machine&) const = default;
};

/// The machine and versions that this process runs on.
[[nodiscard]] const Machine& this_machine();

/// Whether int8 products come from an instruction of their own (VNNI, AMX) and so are fast.
/// Elsewhere int8 engines work, but are no faster than fp32.
[[nodiscard]] bool has_fast_int8();

/// Good where engines of this precision run here; unsupported with the reason and the mend
/// otherwise. fp16 is: oneDNN 2.6 has no arithmetic for it on processors.
[[nodiscard]] Status check_precision(Precision precision);

/// Good where `made_for` is this machine; otherwise unsupported, naming what differs and how to
/// make the engine anew.
[[nodiscard]] Status check_machine(const Machine& made_for);

[[nodiscard]] Json to_json(const Machine& machine);
[[nodiscard]] Result<Machine> machine_from_json(const Json& json);

}  // namespace athanor::runtime
