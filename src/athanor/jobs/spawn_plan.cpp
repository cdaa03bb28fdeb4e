#include "athanor/jobs/spawn_plan.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/contract/job_keys.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/jobs/worker_lock.hpp"

namespace athanor::jobs {

namespace {

static_assert(worker_lock_fd == STDERR_FILENO + 1 && contract::job_keys_fd == worker_lock_fd + 1);

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

SpawnPlan::SpawnPlan(int output, std::optional<Inheritance> inheritance) {
  posix_spawn_file_actions_init(&actions_);
  posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
  if (inheritance) {
    posix_spawn_file_actions_adddup2(&actions_, inheritance->lock, worker_lock_fd);
    posix_spawn_file_actions_adddup2(&actions_, inheritance->keys, contract::job_keys_fd);
  }
  const int last = inheritance ? contract::job_keys_fd : STDERR_FILENO;
  posix_spawn_file_actions_addclosefrom_np(&actions_, last + 1);

  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_init(&attributes_);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setflags(
      &attributes_,
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
}

SpawnPlan::~SpawnPlan() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

Result<pid_t> SpawnPlan::spawn(std::vector<std::string> arguments,
                               std::vector<std::string> environment) const {
  pid_t pid = 0;
  const int error = posix_spawn(&pid,
                                arguments.front().c_str(),
                                &actions_,
                                &attributes_,
                                pointers_to(arguments).data(),
                                pointers_to(environment).data());
  if (error != 0) {
    const auto name = std::filesystem::path(arguments.front()).filename().string();
    return fail(system_error(fmt::format("cannot start the worker program {}", name), error));
  }
  return pid;
}

std::vector<std::string> worker_environment(int threads) {
  constexpr std::array inherited{
      "PATH",
      "HOME",
      "LANG",
      "LC_ALL",
      "TMPDIR",
      "LD_LIBRARY_PATH",
      kill_point_variable,
      // By these whoever runs the server says which kernels the math libraries are to take.
      "ATEN_CPU_CAPABILITY",
      "DNNL_MAX_CPU_ISA",
      "ONEDNN_MAX_CPU_ISA",
      "OPENBLAS_CORETYPE",
      "OPENBLAS_L2_SIZE",
  };
  std::vector<std::string> variables;
  for (const char* name : inherited) {
    if (const char* value = std::getenv(name)) {  // NOLINT(concurrency-mt-unsafe): never set here.
      variables.push_back(fmt::format("{}={}", name, value));
    }
  }
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
    variables.push_back(fmt::format("{}={}", name, threads));
  }
  // By default OpenMP's threads spin while they wait for each other: on a busy machine two of
  // them were measured to be twenty times slower than one.
  variables.emplace_back("OMP_WAIT_POLICY=PASSIVE");
  // LibTorch's warnings, of its profiler for one, are nothing that a user of a job could mend.
  variables.emplace_back("GLOG_minloglevel=2");
  // OpenCV refuses larger pictures by their header, before it decodes them.
  variables.push_back(fmt::format("OPENCV_IO_MAX_IMAGE_PIXELS={}", limits::image_pixels));
  return variables;
}

}  // namespace athanor::jobs
