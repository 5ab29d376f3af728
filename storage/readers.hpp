#pragma once

#include "storage/errors.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace weir::storage
{

class connection;

/// Threads that read the database, each with a connection of its own, so that no network thread ever touches SQLite.
class readers
{
public:
    using clock = std::chrono::steady_clock;

    /// Opens `count` read-only connections to the database at `path`, which must exist and be migrated. At most `limit`
    /// queries wait or run at once; one more answers errc::busy.
    readers(std::string const& path, std::size_t count, std::size_t limit);
    ~readers();

    /// Ends the threads. The caller's executors must still run or have nothing waiting here.
    void join();

    /// Runs `query(connection&)` on a reader thread and resumes the caller on its own executor with what it returned, a
    /// `result<T>`. Past `deadline`, or when the caller is cancelled, SQLite stops within some milliseconds and the
    /// answer is errc::timed_out or operation_aborted; the connection is good afterwards.
    template <class Query>
    auto run(Query query, clock::time_point deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Query&, connection&>>
    {
        using answer_type = std::invoke_result_t<Query&, connection&>;
        if (waiting_.fetch_add(1) >= limit_) {
            --waiting_;
            co_return answer_type(make_error_code(errc::busy));
        }
        auto start = [this, &query, deadline](auto handler) {
            auto leave = std::make_shared<permit>();
            leave->deadline = deadline;
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) slot.assign([leave](boost::asio::cancellation_type) { leave->cancelled = true; });
            auto home = boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                            boost::asio::execution::outstanding_work.tracked);
            boost::asio::post(
                threads_, [this, leave, slot, home, query = std::move(query), handler = std::move(handler)]() mutable {
                    answer_type answer{make_error_code(errc::failed)};
                    auto const refused =
                        run_with_connection(*leave, [&answer, &query](connection& db) { answer = query(db); });
                    if (refused) answer = refused;
                    --waiting_;
                    boost::asio::post(home, [slot, answer = std::move(answer), handler = std::move(handler)]() mutable {
                        slot.clear();
                        std::move(handler)(std::move(answer));
                    });
                });
        };
        co_return co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(answer_type)>(
            start, boost::asio::use_awaitable);
    }

private:
    /// One query's leave to run. SQLite asks every 2,000 steps, on the reader's own thread, so that no other query can
    /// be hit.
    struct permit {
        std::atomic<bool> cancelled = false;
        clock::time_point deadline;
        boost::system::error_code refused() const;
    };

    /// Calls `use` with a free connection; returns what refused it, before or during the call.
    boost::system::error_code run_with_connection(permit& leave, std::function<void(connection&)> const& use);

    struct idle_connections;
    std::unique_ptr<idle_connections> idle_;
    std::size_t const limit_;
    std::atomic<std::size_t> waiting_{0};
    boost::asio::thread_pool threads_;
};

} // namespace weir::storage
