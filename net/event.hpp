#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace weir::net
{

/// Lets one coroutine wait for something that a handler of the same thread brings about. Costs no system call.
class event
{
public:
    /// Returns at once when `set` was called since the last wait.
    boost::asio::awaitable<void> wait()
    {
        if (std::exchange(set_, false)) co_return;
        co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void()>(
            [this](waiter handler) { waiting_.emplace(std::move(handler)); }, boost::asio::use_awaitable);
    }

    /// Resumes who waits, before it returns; else the next wait returns at once. For completion handlers, which
    /// end right after.
    void set()
    {
        if (!waiting_) {
            set_ = true;
            return;
        }
        auto handler = std::move(*waiting_);
        waiting_.reset();
        std::move(handler)();
    }

    /// The same, but who waits resumes later, from its executor: for callers that the waiting one may destroy.
    void set_later()
    {
        if (!waiting_) {
            set_ = true;
            return;
        }
        auto handler = std::move(*waiting_);
        waiting_.reset();
        boost::asio::post(std::move(handler));
    }

    bool is_waited_for() const { return waiting_.has_value(); }
    void clear() { set_ = false; }

private:
    using waiter = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;
    std::optional<waiter> waiting_;
    bool set_ = false;
};

} // namespace weir::net
