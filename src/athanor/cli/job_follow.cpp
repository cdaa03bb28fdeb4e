#include "athanor/cli/job_follow.hpp"

#include <fmt/format.h>

#include "athanor/cli/output.hpp"
#include "athanor/cli/stream_commands.hpp"

namespace athanor::cli {

namespace {

const Json& result_of(const Json& job) {
  static const Json empty = Json::object();
  const auto found = job.find("result");
  return found != job.end() && found->is_object() ? *found : empty;
}

std::string message_of(const Json& job) {
  const Json* message = find_path(job, "result.detailed_status.message");
  return message != nullptr && message->is_string() ? message->get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& record, std::string_view key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number() ? std::optional(found->get<double>())
                                                     : std::nullopt;
}

/// The newest value of a graphical metric.
std::optional<double> last_value(const Json& result, std::string_view metric) {
  const auto graphical = result.find("graphical");
  if (graphical == result.end()) {
    return std::nullopt;
  }
  for (const auto& curve : *graphical) {
    const auto values = curve.find("values");
    if (curve.value("metric", "") == metric && values != curve.end() && values->is_array() &&
        !values->empty() && values->back().is_number()) {
      return values->back().get<double>();
    }
  }
  return std::nullopt;
}

/// "0:00:25.118000" without the fraction.
std::string whole_seconds(const std::string& timedelta) {
  return timedelta.substr(0, timedelta.find('.'));
}

std::string metrics_text(const Json& result) {
  std::string text;
  for (const char* metric : {"loss", "validation_loss", "validation_accuracy"}) {
    if (const auto value = last_value(result, metric)) {
      text += fmt::format("  {} {:.4f}", metric, *value);
    }
  }
  if (const auto eta = result.find("eta"); eta != result.end() && eta->is_string()) {
    text += fmt::format("  {} left", whole_seconds(eta->get<std::string>()));
  }
  return text;
}

}  // namespace

std::string job_path(const std::string& owner_path, const std::string& job_id) {
  return fmt::format("{}/job/{}", owner_path, job_id);
}

bool has_ended(const Json& job) {
  const auto status = text_of(job, "status");
  return status == "Done" || status == "Error";
}

ProgressState progress_of(const Json& job) {
  const Json& result = result_of(job);
  ProgressState state{text_of(job, "action"), {}, {}};
  const auto max_epoch = number_of(result, "max_epoch");
  const auto epoch = number_of(result, "epoch");
  if (!max_epoch || *max_epoch <= 0) {
    const auto message = message_of(job);
    state.details = message.empty() ? text_of(job, "status") : message;
    return state;
  }
  state.fraction = number_of(result, "cur_epoch").value_or(epoch.value_or(0)) / *max_epoch;
  state.details =
      fmt::format("epoch {:.0f}/{:.0f}{}", epoch.value_or(0), *max_epoch, metrics_text(result));
  return state;
}

Json kpi_of(const Json& job, std::string_view metric) {
  const auto kpi = result_of(job).find("kpi");
  if (kpi != result_of(job).end() && kpi->is_array()) {
    for (const auto& item : *kpi) {
      if (item.value("metric", "") == metric) {
        return item.value("value", Json());
      }
    }
  }
  return nullptr;
}

Result<Json> follow_job(Client& client, const std::string& path) {
  auto progress = ProgressLine::on_stderr();
  const auto show = [&progress](const ServerEvent& event) {
    const auto data = parse_json(event.data);
    if (!data || !data->is_object() || !data->contains("job")) {
      return true;
    }
    const Json& job = data->at("job");
    if (has_ended(job)) {
      return false;
    }
    const auto epoch = number_of(result_of(job), "epoch").value_or(0);
    progress.update(progress_of(job), static_cast<long>(epoch));
    return true;
  };
  ATHANOR_CHECK_OK(follow_events(client, path + "/events", show));
  return client.get(path);
}

std::string summary_of(const Json& job) {
  std::string text = fmt::format("{:<10}{}", text_of(job, "action"), text_of(job, "status"));
  if (exit_code_of_job(job) != ExitCode::ok) {
    return text + ": " + message_of(job);
  }
  const auto kpi = result_of(job).find("kpi");
  if (kpi != result_of(job).end() && kpi->is_array()) {
    for (const auto& item : *kpi) {
      const auto value = number_of(item, "value");
      text += fmt::format(
          "  {} {}", text_of(item, "metric"), value ? fmt::format("{:.4f}", *value) : "-");
    }
  }
  return text;
}

ExitCode exit_code_of_job(const Json& job) {
  return text_of(job, "status") == "Done" ? ExitCode::ok : ExitCode::job_failed;
}

}  // namespace athanor::cli
