#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <functional>

namespace weir::net
{

using clock = std::chrono::steady_clock;

class watchdog;

/// A point in time after which something is ended. Setting it costs a store, not a timer: a watchdog looks at the
/// deadlines of its thread when the earliest may have passed. On that thread only.
///
/// Once it has passed, `passed` is called at each tick until the deadline is set anew or off: what it ends may have
/// been between two operations, where there is nothing to cancel. Who loops over operations that never have to wait
/// asks `fired` too.
class deadline : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
    deadline(watchdog& on, void (*passed)(void*), void* with);
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    inline void at(clock::time_point when);
    void after(clock::duration wait) { at(clock::now() + wait); }
    void off()
    {
        when_ = clock::time_point::max();
        fired_ = false;
    }

    /// Whether the time has passed and `passed` was called, since it was last set.
    bool fired() const { return fired_; }

private:
    friend class watchdog;
    watchdog& on_;
    clock::time_point when_ = clock::time_point::max();
    bool fired_ = false;
    void (*passed_)(void*);
    void* with_;
};

/// Sees every `tick` whether a deadline of one thread may have passed, then looks at all and calls those that have. A
/// deadline is thus met late by up to one tick. Idle while there are no deadlines.
class watchdog
{
public:
    static constexpr std::chrono::milliseconds tick{50};

    explicit watchdog(boost::asio::io_context& on);

    /// Called at each tick, if set; while it returns true the ticking goes on though there is no deadline.
    std::function<bool()> ticked;

    /// Ends the ticking, so that the context can run out of work.
    void stop();

private:
    friend class deadline;
    void add(deadline& d);
    void wait();
    void look();

    boost::asio::steady_timer timer_;
    boost::intrusive::list<deadline, boost::intrusive::constant_time_size<false>> deadlines_;
    clock::time_point earliest_ = clock::time_point::max(); ///< none passes before
    bool ticking_ = false;
    bool stopped_ = false;
};

inline void deadline::at(clock::time_point when)
{
    when_ = when;
    fired_ = false;
    if (when < on_.earliest_) on_.earliest_ = when;
}

} // namespace weir::net
