#include "storage/pruning.hpp"

#include "storage/body_index.hpp"
#include "storage/connection.hpp"
#include "storage/row_groups.hpp"
#include "storage/uuid_sql.hpp"

#include <algorithm>

namespace weir::storage
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace
{

/// How long a transaction is meant to take, and the rest after it: that many times as long, and no shorter than this.
constexpr milliseconds transaction_time{4};
constexpr int rest_factor = 4;
constexpr milliseconds least_rest{10};

/// Rows, or blocks of bodies, that one transaction deletes. It starts with the least, since bodies may be large.
constexpr std::int64_t least_rows = 10, most_rows = 2000;

/// Pages in the write-ahead log from which on they are moved into the database, and from which on nothing is added
/// until they have been (8 and 32 MiB).
constexpr int checkpoint_pages = 1024, most_log_pages = 4096;

/// How long it waits when it may not write, and how long it tries while another process holds the lock.
constexpr milliseconds wait_time{100};
constexpr std::chrono::seconds lock_patience{30};

/// By the key of the table, whose planner makes nothing of the pair alone.
#define WEIR_OF_OLD_ROWS                                                                                               \
    " organization_id IN (SELECT organization_id FROM request WHERE id<=?1)"                                           \
    " AND request_id IN (SELECT request_id FROM request WHERE id<=?1)"                                                 \
    " AND (organization_id,request_id) IN (SELECT organization_id,request_id FROM request WHERE id<=?1)"

/// What goes with the rows up to an id. All that hangs on a row has its id; what several rows share has the greatest of
/// theirs.
constexpr struct {
    bool of_requests; ///< what it deletes counts as requests
    std::string_view sql;
} deletions[] = {
    {false, "DELETE FROM score_value WHERE" WEIR_OF_OLD_ROWS},
    {false, "DELETE FROM feedback WHERE" WEIR_OF_OLD_ROWS},
    {false, "DELETE FROM tracked_request WHERE" WEIR_OF_OLD_ROWS},
    {false, "DELETE FROM request_group_member WHERE" WEIR_OF_OLD_ROWS},
    {false, "DELETE FROM tag WHERE organization_id IN (SELECT organization_id FROM request WHERE id<=?1)"
            " AND entity_type='request'"
            " AND entity_id IN (SELECT " WEIR_UUID_TEXT("request_id") " FROM request WHERE id<=?1)"
                                                                      " AND (organization_id,entity_id) IN"
                                                                      " (SELECT organization_id," WEIR_UUID_TEXT(
                                                                          "request_id") " FROM request WHERE id<=?1)"},
    {false, "DELETE FROM number WHERE organization_id IN (SELECT organization_id FROM request WHERE id<=?1)"
            " AND kind='request' AND thing IN (SELECT request_id FROM request WHERE id<=?1)"
            " AND (organization_id,thing) IN (SELECT organization_id,request_id FROM request WHERE id<=?1)"},
    {false, "DELETE FROM span WHERE id IN (SELECT s.id FROM span AS s WHERE s.created_us<="
            "(SELECT max(created_us) FROM request WHERE id<=?1) LIMIT 1000)"},
    {true, "DELETE FROM request WHERE id<=?1"},
    // Inputs that a dataset or an experiment has are theirs, and a run that waits needs them.
    {false, "DELETE FROM prompt_input WHERE organization_id IN (SELECT id FROM organization) AND source_row_id<=?1"
            " AND experiment_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM experiment_dataset_row AS d WHERE d.input_number=prompt_input.number)"
            " AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.input_number=prompt_input.number"
            " AND r.status IN ('queued','running'))"},
    {false, "DELETE FROM body_block WHERE id<=?1"},
};

/// Whether a step did something, or there was nothing left to do.
enum class step_outcome : std::uint8_t { worked, idle };

class pruning
{
public:
    pruning(connection& db, row_id before, pruning_pace const& pace)
        : db_(db)
        , before_(before)
        , pace_(pace)
    {
    }

    result<pruned> run()
    {
        auto done = db_.execute_script("PRAGMA synchronous=NORMAL;PRAGMA secure_delete=ON");
        if (done) done = repeat([this] { return delete_some(); });
        if (done) done = repeat([this] { return give_back_some(); });
        if (done) done = finish();
        if (!done) return done.error();
        return done_;
    }

private:
    using duration = steady_clock::duration;

    /// Repeats a step, with rests between, until it is idle.
    template <class Step>
    result<void> repeat(Step step)
    {
        for (auto locked_since = steady_clock::now(); !ended_;) {
            auto const begun = steady_clock::now();
            if (pace_.may_write && !pace_.may_write()) {
                locked_since = begun;
                pause(wait_time);
                continue;
            }
            auto const outcome = step();
            if (!outcome) {
                if (outcome.error() != errc::busy || begun - locked_since > lock_patience) return outcome.error();
                pause(wait_time);
                continue;
            }
            if (*outcome == step_outcome::idle) return {};
            if (pace_.report) pace_.report(done_);
            pause(std::max<duration>(least_rest, rest_factor * taken_));
            if (auto const shortened = shorten_log(); !shortened) return shortened;
            locked_since = steady_clock::now();
        }
        return {};
    }

    void pause(duration time) { ended_ = ended_ || !pace_.pause(std::chrono::ceil<milliseconds>(time)); }

    result<step_outcome> delete_some()
    {
        auto const last = end_of_step();
        if (!last) return last.error();
        if (!*last) return step_outcome::idle;
        auto begun = transaction::begin(db_);
        if (!begun) return begun.error();
        auto const started = steady_clock::now();
        std::int64_t requests = 0;
        if (auto const unindexed = unindex_bodies(db_, row_id{**last}); !unindexed) return unindexed.error();
        if (auto const ungrouped = ungroup_rows(db_, row_id{**last}); !ungrouped) return ungrouped.error();
        for (auto const& [of_requests, sql] : deletions) {
            if (auto const deleted = db_.execute(sql, **last); !deleted) return deleted.error();
            if (of_requests) requests = db_.changes();
        }
        if (auto const committed = begun->commit(); !committed) return committed.error();
        taken_ = steady_clock::now() - started;
        done_.requests += requests;
        done_.before = row_id{**last + 1};
        if (taken_ > transaction_time) rows_ = std::max(rows_ / 2, least_rows);
        if (taken_ < transaction_time / 2) rows_ = std::min(rows_ * 2, most_rows);
        return step_outcome::worked;
    }

    /// The last id that the next transaction deletes; none when nothing is left. Looked up before the transaction: it
    /// must not hold the lock while old pages come from the disk.
    result<std::optional<std::int64_t>> end_of_step()
    {
        auto found = db_.query("SELECT min("
                               "coalesce((SELECT id FROM request WHERE id<?1 ORDER BY id LIMIT 1 OFFSET ?2),?1-1),"
                               "coalesce((SELECT id FROM body_block WHERE id<?1 ORDER BY id LIMIT 1 OFFSET ?2),?1-1)) "
                               "WHERE EXISTS (SELECT 1 FROM request WHERE id<?1)"
                               " OR EXISTS (SELECT 1 FROM body_block WHERE id<?1)",
                               before_, rows_);
        if (!found) return found.error();
        std::optional<std::int64_t> last;
        if (found->next()) last = found->get<std::int64_t>(0);
        if (found->error()) return found->error();
        return last;
    }

    result<step_outcome> give_back_some()
    {
        auto const free = free_pages();
        if (!free) return free.error();
        if (*free <= 0) return step_outcome::idle;
        auto begun = transaction::begin(db_);
        if (!begun) return begun.error();
        auto const started = steady_clock::now();
        auto const pages = number("PRAGMA page_count");
        if (auto const moved = cut_pages(*free, started + transaction_time); !moved) return moved.error();
        auto const pages_left = number("PRAGMA page_count");
        if (!pages || !pages_left) return pages ? pages_left.error() : pages.error();
        if (auto const committed = begun->commit(); !committed) return committed.error();
        taken_ = steady_clock::now() - started;
        done_.bytes_given += (*pages - *pages_left) * page_bytes_;
        done_.bytes_left = std::max<std::int64_t>(0, *free - (*pages - *pages_left)) * page_bytes_;
        return *pages_left < *pages ? step_outcome::worked : step_outcome::idle;
    }

    /// How many of the file's pages are free beyond those that may stay so.
    result<std::int64_t> free_pages()
    {
        auto const free = number("PRAGMA freelist_count"), pages = number("PRAGMA page_count"),
                   bytes = number("PRAGMA page_size");
        for (auto const* each : {&free, &pages, &bytes})
            if (!*each) return each->error();
        page_bytes_ = *bytes;
        return pace_.keep_free_divisor > 0 ? *free - *pages / pace_.keep_free_divisor : *free;
    }

    /// Cuts that many pages off the file, or as many as there is time for; each moves a page from the end into a gap.
    result<void> cut_pages(std::int64_t count, steady_clock::time_point until)
    {
        auto cut = db_.query("PRAGMA incremental_vacuum");
        if (!cut) return cut.error();
        while (count > 0 && steady_clock::now() < until && cut->next()) --count;
        if (cut->error()) return cut->error();
        return {};
    }

    result<std::int64_t> number(std::string_view pragma)
    {
        auto found = db_.query(pragma);
        if (!found) return found.error();
        if (!found->next()) return found->error() ? found->error() : make_error_code(errc::failed);
        return found->get<std::int64_t>(0);
    }

    /// A reader or another writer may keep the log from being used from its beginning again: then it waits for a moment
    /// in which there is none.
    result<void> shorten_log()
    {
        auto pages = db_.wal_pages();
        if (pages < checkpoint_pages) return {};
        if (auto const moved = db_.checkpoint(); !moved) return moved;
        while (pages > most_log_pages && !ended_) {
            auto const left = db_.empty_log();
            if (!left) return left.error();
            pages = *left;
            if (pages > most_log_pages) pause(wait_time);
        }
        return {};
    }

    /// The file becomes shorter when the log has been moved into it.
    result<void> finish()
    {
        if (done_.requests == 0 && done_.bytes_given == 0) return {};
        if (auto const moved = db_.checkpoint(); !moved) return moved;
        if (auto const emptied = db_.empty_log(); !emptied) return emptied.error();
        return {};
    }

    connection& db_;
    row_id const before_;
    pruning_pace const& pace_;
    pruned done_;
    std::int64_t rows_ = least_rows, page_bytes_ = 0;
    duration taken_{}; ///< by the last transaction
    bool ended_ = false;
};

} // namespace

result<pruned> prune(connection& db, row_id before, pruning_pace const& pace)
{
    return pruning(db, before, pace).run();
}

} // namespace weir::storage
