#pragma once

#include "net/deadline.hpp"
#include "storage/connection.hpp"
#include "storage/errors.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace weir::storage
{

/// What a work_loop is about.
struct work_loop_options {
    std::string path;                              ///< the database, which must be migrated
    std::string name;                              ///< for the log: "webhooks"
    std::chrono::milliseconds interval{};          ///< between two looks when no work ends
    std::function<result<void>(connection&)> look; ///< looks for work and begins it
    std::function<void()> cancel_all;              ///< ends what is under way early
};

/// A thread that looks into the database for work, at intervals and whenever some of it ends, and that does it in
/// coroutines. What `look` cannot read or write is logged once and tried again with a new connection. The functions and
/// the coroutines run on this thread alone.
class work_loop
{
public:
    explicit work_loop(work_loop_options options);
    work_loop(work_loop const&) = delete;
    work_loop& operator=(work_loop const&) = delete;

    /// Stops, as stop() does.
    ~work_loop();

    void start();

    /// Ends the work that is under way, and waits for its end. Afterwards db() may be used by the caller.
    void stop();

    /// Looks at once instead of when it would have. Any thread.
    void look_now();

    // On the thread:

    /// Does a piece of work; `ended` is told when it is over, before the next look, and by which exception, if by one.
    void spawn(boost::asio::awaitable<void> work, std::function<void(std::exception_ptr const&)> ended);

    /// Has the next look follow this one without a pause.
    void look_on() { goes_on_ = true; }

    /// Null while the database cannot be used.
    connection* db() { return db_ ? &*db_ : nullptr; }
    boost::asio::io_context& io() { return io_; }
    net::watchdog& watchdog() { return watchdog_; }

    /// Any thread.
    bool is_stopping() const { return stopping_; }

private:
    boost::asio::awaitable<void> poll();
    void look();
    result<void> open_and_look();
    void finish_if_stopped();

    work_loop_options const options_;
    boost::asio::io_context io_{1};
    net::watchdog watchdog_;
    boost::asio::steady_timer timer_;
    std::optional<connection> db_;
    std::size_t working_ = 0; ///< coroutines that run
    bool goes_on_ = false;
    bool failing_ = false; ///< the database; said once
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace weir::storage
