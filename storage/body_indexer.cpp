#include "storage/body_indexer.hpp"

#include "log/log.hpp"
#include "storage/body_index.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Between two transactions, so that the recorder never waits for long: as long as the last one took, and no shorter
/// than this.
constexpr milliseconds least_rest{2};
constexpr milliseconds rest_after_failure{5000};

constexpr int checkpoint_pages = 1024; // in the write-ahead log, from which on they are moved into the database

/// One transaction, if there is something to do; returns how many blocks it indexed.
result<std::size_t> step(std::string const& path, std::optional<connection>& db)
{
    if (!db) {
        auto opened = connection::open(path, connection::mode::read_write);
        if (!opened) return opened.error();
        db.emplace(std::move(*opened));
        if (auto const set = db->execute_script("PRAGMA synchronous=NORMAL"); !set) return set.error();
    }
    auto const indexed = index_some_bodies(*db);
    if (indexed && db->wal_pages() >= checkpoint_pages)
        if (auto const moved = db->checkpoint(); !moved) return moved.error();
    return indexed;
}

} // namespace

body_indexer::body_indexer(body_indexer_options options)
    : options_(std::move(options))
    , task_(options_.interval, [this] { index_what_waits(); })
{
}

void body_indexer::index_what_waits()
{
    for (auto rest = least_rest; task_.sleep(rest);) {
        if (options_.may_write && !options_.may_write()) return;
        auto const begun = steady_clock::now();
        auto const indexed = step(options_.path, db_);
        if (indexed && *indexed == 0) return;
        rest = std::max(least_rest, std::chrono::ceil<milliseconds>(steady_clock::now() - begun));
        if (indexed) continue;
        if (indexed.error() == errc::busy) return;
        log::warn("bodies could not be indexed; it is tried again", {{"reason", indexed.error().message()}});
        db_.reset();
        rest = rest_after_failure;
    }
}

} // namespace weir::storage
