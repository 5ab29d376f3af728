#define BOOST_TEST_MODULE weir
#include <boost/test/unit_test.hpp>

#include <csignal>

namespace
{

/// As in weir itself: a peer may end before it has read what it is told.
struct without_sigpipe {
    without_sigpipe() { std::signal(SIGPIPE, SIG_IGN); }
};

} // namespace

BOOST_TEST_GLOBAL_CONFIGURATION(without_sigpipe);
