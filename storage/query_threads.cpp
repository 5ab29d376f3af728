#include "storage/query_threads.hpp"

#include "log/log.hpp"
#include "storage/mapped_files.hpp"
#include "storage/sql_functions.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <mutex>
#include <vector>

namespace asio = boost::asio;

namespace weir::storage
{

using boost::system::error_code;

namespace
{

/// One job's leave to run. SQLite asks every 2,000 steps, on the job's own thread, so that no other can be hit.
struct permit {
    std::atomic<bool> cancelled = false;
    query_threads::clock::time_point deadline;

    error_code refused() const
    {
        if (cancelled.load(std::memory_order_relaxed)) return asio::error::operation_aborted;
        if (query_threads::clock::now() > deadline) return errc::timed_out;
        return {};
    }
};

} // namespace

struct query_threads::implementation {
    implementation(std::string const& p, connection::mode mode, std::size_t count, std::size_t most)
        : path(p)
        , how(mode)
        , limit(most)
        , threads(count)
    {
    }

    result<connection> take();
    void give_back(connection db);
    result<void> begin(connection& db) const;
    bool end(connection& db) const;
    result<void> run(permit const& leave, job const& what);

    std::string const path;
    connection::mode const how;
    std::size_t const limit;
    std::atomic<std::size_t> waiting{0};

    /// The connections that no job has now. As many as threads, so one is always free; the mutex is only ever taken on
    /// those threads.
    std::mutex mutex;
    std::vector<connection> free;

    asio::thread_pool threads;
};

result<connection> query_threads::implementation::take()
{
    {
        std::scoped_lock const lock(mutex);
        if (!free.empty()) {
            auto db = std::move(free.back());
            free.pop_back();
            return db;
        }
    }
    auto db = connection::open(path, how);
    if (!db) return db;
    static_cast<void>(db->execute_script(how == connection::mode::read_only
                                             ? "PRAGMA query_only=1;PRAGMA cache_size=-8192;PRAGMA mmap_size=2147418112"
                                             : "PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON"));
    if (auto const added = add_sql_functions(*db); !added) return added.error();
    return db;
}

void query_threads::implementation::give_back(connection db)
{
    std::scoped_lock const lock(mutex);
    free.push_back(std::move(db));
}

/// A reader sees the database as it is when it reads first, until it has read everything.
result<void> query_threads::implementation::begin(connection& db) const
{
    if (how != connection::mode::read_only) return {};
    return db.execute("BEGIN");
}

/// False: the connection is not to be used again.
bool query_threads::implementation::end(connection& db) const
{
    return how != connection::mode::read_only || db.execute("COMMIT").has_value();
}

result<void> query_threads::implementation::run(permit const& leave, job const& what)
{
    if (auto const refused = leave.refused()) // before it began: others took all the time
        return refused == errc::timed_out ? make_error_code(errc::busy) : refused;
    try {
        auto db = take();
        if (!db) return db.error();
        db->set_progress([](void* p) { return static_cast<permit const*>(p)->refused() ? 1 : 0; },
                         const_cast<permit*>(&leave)); // handed back as it was
        if (auto const begun = begin(*db); !begun) return begun.error();
        what(*db);
        db->set_progress(nullptr, nullptr);
        if (has_misread(db->handle())) return make_error_code(errc::io);
        if (end(*db)) give_back(std::move(*db));
    } catch (std::exception const& fault) { // of weir's own, or of memory; the connection is given up
        log::error("a query failed by a fault of weir's own", {{"reason", fault.what()}});
        return make_error_code(errc::failed);
    }
    if (leave.cancelled) return make_error_code(asio::error::operation_aborted);
    return {};
}

query_threads::query_threads(std::string const& path, connection::mode how, std::size_t count, std::size_t limit)
    : self_(std::make_unique<implementation>(path, how, count, limit))
{
}

query_threads::~query_threads() { join(); }

void query_threads::join()
{
    self_->threads.stop();
    self_->threads.join();
}

asio::awaitable<result<void>> query_threads::run(job what, clock::time_point deadline)
{
    auto* const self = self_.get();
    if (self->waiting.fetch_add(1) >= self->limit) {
        --self->waiting;
        co_return make_error_code(errc::busy);
    }
    auto start = [self, &what, deadline](auto handler) {
        auto leave = std::make_shared<permit>();
        leave->deadline = deadline;
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) slot.assign([leave](asio::cancellation_type) { leave->cancelled = true; });
        auto home = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
        asio::post(self->threads, [self, leave, slot, home, &what, handler = std::move(handler)]() mutable {
            auto const outcome = self->run(*leave, what);
            --self->waiting;
            asio::post(home, [slot, outcome, handler = std::move(handler)]() mutable {
                slot.clear();
                std::move(handler)(outcome);
            });
        });
    };
    co_return co_await asio::async_initiate<asio::use_awaitable_t<> const, void(result<void>)>(start,
                                                                                               asio::use_awaitable);
}

} // namespace weir::storage
