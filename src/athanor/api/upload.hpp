#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "athanor/api/call.hpp"

namespace athanor::api {

/// Fills a staging folder with the files of an archive.
using Receive = std::function<Awaitable<Status>(const std::filesystem::path& staging)>;

/// The way of every archive to the data of the call's dataset: a place among the uploads, staging,
/// `receive`, the dataset's turn, merge, checks, report, swap. What the dataset holds then, in a
/// sentence.
[[nodiscard]] Awaitable<Result<std::string>> take_in(Services& services,
                                                     const Call& call,
                                                     const Receive& receive);

/// What the reply to an upload says.
[[nodiscard]] std::string upload_message(const std::string& summary);

/// Operation 1.7: socket → multipart → archive reader → staging → layout checks → swap. Memory
/// stays flat and no copy of the archive touches the disk; a failure leaves the former data.
[[nodiscard]] Awaitable<Result<http::Response>> upload_dataset(Services& services, Call call);

}  // namespace athanor::api
