#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace weir::test
{

/// How long anything in a test may take before the test fails: generous, since a loaded machine under a sanitizer is
/// slow, and never waited for when all is well.
inline constexpr std::chrono::seconds patience{60};

/// What was waited for did not come.
struct late : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Asks until `holds` is true; throws `late` when it never is.
template <class Condition>
void eventually(Condition holds, std::string const& what = "a condition that should have become true")
{
    auto const until = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) throw late("waited in vain for " + what);
        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // between two questions, not for timing
    }
}

} // namespace weir::test
