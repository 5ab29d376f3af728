#pragma once

#include <thread>

/// What a test can do to its whole program's look-ups of host names by the system, and learn of them.
namespace weir::test
{

/// While it is there, the system answers nobody but the thread that has made it. One at a time.
class held_look_ups
{
public:
    held_look_ups();
    held_look_ups(held_look_ups const&) = delete;
    held_look_ups& operator=(held_look_ups const&) = delete;
    ~held_look_ups();
};

/// The thread that has asked the system last; none yet: the default.
std::thread::id last_look_up_by();

} // namespace weir::test
