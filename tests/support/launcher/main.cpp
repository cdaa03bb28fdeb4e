// What `athanor launch-worker` is, without the rest of that program.
#include "athanor/jobs/launcher.hpp"

int main(int count, char** arguments) {
  return athanor::jobs::launch_worker({arguments + 2, arguments + count});
}
