#include "net/deadline.hpp"

#include <algorithm>

namespace weir::net
{

deadline::deadline(watchdog& on, void (*passed)(void*), void* with)
    : on_(on)
    , passed_(passed)
    , with_(with)
{
    on.add(*this);
}

watchdog::watchdog(boost::asio::io_context& on)
    : timer_(on)
{
}

void watchdog::stop()
{
    stopped_ = true;
    timer_.cancel();
}

void watchdog::add(deadline& d)
{
    deadlines_.push_back(d);
    if (!ticking_ && !stopped_) wait();
}

void watchdog::wait()
{
    ticking_ = true;
    timer_.expires_after(tick);
    timer_.async_wait([this](boost::system::error_code error) {
        ticking_ = false;
        if (error || stopped_) return;
        look();
        bool const goes_on = ticked && ticked();
        if ((goes_on || !deadlines_.empty()) && !ticking_) wait();
    });
}

void watchdog::look()
{
    auto const now = clock::now();
    if (now < earliest_) return;
    earliest_ = clock::time_point::max();
    // What `passed` does is cancel an operation or post a handler, which runs later: no deadline goes while this loops.
    for (auto& d : deadlines_) {
        earliest_ = std::min(earliest_, d.when_);
        if (d.when_ > now) continue;
        d.fired_ = true;
        d.passed_(d.with_);
    }
}

} // namespace weir::net
