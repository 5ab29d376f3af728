#pragma once

#include "storage/connection.hpp"
#include "storage/errors.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace weir::storage
{

/// Threads that use the database, each with a connection of its own, so that no network thread ever touches SQLite.
class query_threads
{
public:
    using clock = std::chrono::steady_clock;
    using job = std::function<void(connection&)>;

    /// `count` connections to the database at `path`, which must exist and be migrated; they are opened when they are
    /// needed first. At most `limit` jobs wait or run at once; one more is refused with errc::busy.
    query_threads(std::string const& path, connection::mode how, std::size_t count, std::size_t limit);
    ~query_threads();

    /// Ends the threads. The caller's executors must still run or have nothing waiting here.
    void join();

    /// Runs `query(connection&)` on a thread and resumes the caller on its own executor with what it returned, a
    /// `result<T>`. Where connections only read, all that it reads is of one instant. Past `deadline`, or when the
    /// caller is cancelled, SQLite stops within some milliseconds and the answer is errc::timed_out or
    /// operation_aborted; the connection is good afterwards.
    template <class Query>
    auto ask(Query query, clock::time_point deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Query&, connection&>>
    {
        using answer_type = std::invoke_result_t<Query&, connection&>;
        answer_type answer{make_error_code(errc::failed)};
        job const what = [&answer, &query](connection& db) { answer = query(db); };
        auto const ran = co_await run(what, deadline);
        if (!ran) co_return ran.error();
        co_return answer;
    }

    /// As `ask`, for a job that keeps its answer itself. The error says why it did not run, or that its caller had
    /// gone.
    boost::asio::awaitable<result<void>> run(job what, clock::time_point deadline);

private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

} // namespace weir::storage
