#include "athanor/api/signals.hpp"

#include <csignal>
#include <cstdlib>
#include <utility>

#include "athanor/core/log.hpp"

namespace athanor::api {

void Signals::on_end(std::function<void()> stop) {
  stop_ = std::move(stop);
  ends_.emplace(executor_, SIGTERM, SIGINT);
  ends_->async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    log::info("server", "stopping", {{"signal", signal}});
    wait_for_second_end();
    stop_();
  });
}

void Signals::wait_for_second_end() {
  ends_->async_wait([](const boost::system::error_code& error, int signal) {
    if (!error) {
      log::warning("server", "stopping at once", {{"signal", signal}});
      std::_Exit(128 + signal);
    }
  });
}

void Signals::on_hangup(std::function<void()> reload) {
  reload_ = std::move(reload);
  hangups_.emplace(executor_, SIGHUP);
  wait_for_hangup();
}

void Signals::wait_for_hangup() {
  hangups_->async_wait([this](const boost::system::error_code& error, int) {
    if (!error) {
      reload_();
      wait_for_hangup();
    }
  });
}

}  // namespace athanor::api
