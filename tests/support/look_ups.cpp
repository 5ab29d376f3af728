// The C library's look-up of names, with the program's own before it.
#include "tests/support/look_ups.hpp"

#include <atomic>

#include <dlfcn.h>
#include <netdb.h>

namespace
{

std::atomic<std::thread::id> asked_last;
std::atomic<std::thread::id> held_by; ///< nobody: the default

} // namespace

extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints, addrinfo** found)
{
    static auto const usual = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    auto const me = std::this_thread::get_id();
    asked_last = me;
    auto const holder = held_by.load();
    if (holder != std::thread::id() && holder != me) held_by.wait(holder); // else it would wait for itself
    return usual(name, service, hints, found);
}

namespace weir::test
{

held_look_ups::held_look_ups() { held_by = std::this_thread::get_id(); }

held_look_ups::~held_look_ups()
{
    held_by = std::thread::id();
    held_by.notify_all();
}

std::thread::id last_look_up_by() { return asked_last; }

} // namespace weir::test
