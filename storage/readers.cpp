#include "storage/readers.hpp"

#include "storage/connection.hpp"
#include "storage/sql_functions.hpp"

#include <mutex>
#include <vector>

namespace weir::storage
{

using boost::system::error_code;

/// The connections that no query has now. As many as threads, so one is always free; the mutex is only ever taken on
/// reader threads.
struct readers::idle_connections {
    std::string path;
    std::mutex mutex;
    std::vector<connection> free;

    result<connection> take()
    {
        {
            std::scoped_lock const lock(mutex);
            if (!free.empty()) {
                auto db = std::move(free.back());
                free.pop_back();
                return db;
            }
        }
        auto db = connection::open(path, connection::mode::read_only);
        if (!db) return db;
        static_cast<void>(
            db->execute_script("PRAGMA query_only=1;PRAGMA cache_size=-8192;PRAGMA mmap_size=1073741824"));
        if (auto const added = add_sql_functions(*db); !added) return added.error();
        return db;
    }

    void give_back(connection db)
    {
        std::scoped_lock const lock(mutex);
        free.push_back(std::move(db));
    }
};

readers::readers(std::string const& path, std::size_t count, std::size_t limit)
    : idle_(std::make_unique<idle_connections>())
    , limit_(limit)
    , threads_(count)
{
    idle_->path = path;
}

readers::~readers() { join(); }

void readers::join()
{
    threads_.stop();
    threads_.join();
}

error_code readers::permit::refused() const
{
    if (cancelled.load(std::memory_order_relaxed)) return boost::asio::error::operation_aborted;
    if (clock::now() > deadline) return errc::timed_out;
    return {};
}

error_code readers::run_with_connection(permit& leave, std::function<void(connection&)> const& use)
{
    if (auto const refused = leave.refused()) return refused;
    auto db = idle_->take();
    if (!db) return db.error();
    db->set_progress([](void* p) { return static_cast<permit*>(p)->refused() ? 1 : 0; }, &leave);
    use(*db);
    db->set_progress(nullptr, nullptr);
    idle_->give_back(std::move(*db));
    return leave.cancelled ? make_error_code(boost::asio::error::operation_aborted) : error_code{};
}

} // namespace weir::storage
