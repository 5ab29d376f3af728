#pragma once

#include "storage/recorder.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir
{

/// Has the recorder try the store, and resumes the caller on its own executor with why it cannot be written; empty when
/// it can. Waits 2 s for that at most, then tells what is known. The executor has one thread.
boost::asio::awaitable<std::string> trouble_of(storage::recorder& recorder);

} // namespace weir
