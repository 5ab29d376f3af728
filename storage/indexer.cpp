#include "storage/indexer.hpp"

#include "log/log.hpp"
#include "storage/body_index.hpp"
#include "storage/row_groups.hpp"

#include <algorithm>
#include <utility>

namespace weir::storage
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Between two transactions, so that the recorder never waits for long: as long as the last one took, and no shorter
/// than this.
constexpr milliseconds least_indexer_rest{2};
constexpr milliseconds rest_after_failure{5000};

constexpr int indexer_checkpoint_pages = 4096; // in the write-ahead log, from which on this thread moves them, too

/// Transactions, if there is something to do; returns how many rows and blocks they were about.
result<std::size_t> step(indexer_options const& options, std::optional<connection>& db, background_priority& priority)
{
    if (!db) {
        auto opened = connection::open(options.path, connection::mode::read_write);
        if (!opened) return opened.error();
        db.emplace(std::move(*opened));
        // Texts that are forgotten are not to stand in free pages either (storage/pruning.cpp).
        auto const set = db->execute_script("PRAGMA synchronous=NORMAL;PRAGMA secure_delete=ON");
        if (!set) return set.error();
    }
    priority.lower();
    auto const grouped = group_some_rows(*db, [&] { priority.raise(); });
    priority.raise();
    auto const indexed = options.indexes_bodies ? index_some_bodies(*db) : std::size_t{0};
    if (!grouped || !indexed) return grouped ? indexed : grouped;
    if (db->wal_pages() >= indexer_checkpoint_pages)
        if (auto const moved = db->checkpoint(); !moved) return moved.error();
    return *grouped + *indexed;
}

} // namespace

indexer::indexer(indexer_options options)
    : options_(std::move(options))
    , task_(options_.interval, [this] { index_what_waits(); })
{
}

void indexer::index_what_waits()
{
    priority_.begin();
    for (auto rest = least_indexer_rest; task_.sleep(rest);) {
        if (options_.may_write && !options_.may_write()) return;
        auto const begun = steady_clock::now();
        auto const indexed = step(options_, db_, priority_);
        if (indexed) is_in_trouble_ = false;
        if (indexed && *indexed == 0) return;
        rest = std::max(least_indexer_rest, std::chrono::ceil<milliseconds>(steady_clock::now() - begun));
        if (indexed) continue;
        if (indexed.error() == errc::busy) return;
        if (!std::exchange(is_in_trouble_, true))
            log::warn("calls could not be indexed; it is tried again", {{"reason", indexed.error().message()}});
        db_.reset();
        rest = rest_after_failure;
    }
}

} // namespace weir::storage
