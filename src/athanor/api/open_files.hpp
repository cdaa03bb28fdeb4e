#pragma once

namespace athanor::api {

/// Raises this process's limit on open files as far as it may without privileges, to the hard one,
/// as LimitNOFILE of the systemd unit does; each client and event stream takes a descriptor. The
/// log says what it got, with a warning where that is less than limits::connections need.
void raise_open_files_limit();

}  // namespace athanor::api
