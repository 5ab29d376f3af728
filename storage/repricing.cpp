#include "storage/repricing.hpp"

#include "storage/connection.hpp"
#include "storage/requests.hpp"

#include <algorithm>
#include <vector>

namespace weir::storage
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Rows of one transaction: some milliseconds.
constexpr std::size_t most_changes = 200;
constexpr milliseconds least_repricing_rest{10}, repricing_wait{100};
constexpr std::chrono::seconds repricing_patience{30};
constexpr int repricing_checkpoint_pages =
    1024; // in the write-ahead log, from which on they are moved into the database

struct change {
    row_id id;
    organization_id organization;
    std::int64_t created_us;
    std::string model, provider;
    int status;
    std::optional<std::int64_t> nanos_before;
    pricing::cost now;
};

class repricing_run
{
public:
    repricing_run(connection& db, repricing const& how)
        : db_(db)
        , how_(how)
    {
    }

    result<repriced> all()
    {
        auto const last = last_row_id(db_);
        if (!last) return last.error();
        walk_position at{.after = {}, .last = *last};
        while (!at.is_done()) {
            changes_.clear();
            auto const walked =
                walk_records(db_, how_.what, at, [this](request_record const& row) { return look_at(row); });
            if (!walked) return walked.error();
            if (!how_.is_dry && !changes_.empty())
                if (auto const written = write_patiently(); !written) return written.error();
            done_.reached = at.after;
            if (how_.report) how_.report(done_);
        }
        if (auto const moved = db_.checkpoint(); !moved && !how_.is_dry) return moved.error();
        return done_;
    }

private:
    /// Whether there is room for another change.
    bool look_at(request_record const& row)
    {
        ++done_.calls;
        auto const now = how_.price(row);
        if (!now || !now->nanos) {
            ++done_.left;
            return true;
        }
        bool const was_approximate = row.cost_flags == approximate;
        if (now->nanos == row.cost.nanos && now->source == row.cost.source && now->approximate == was_approximate)
            return true;
        ++done_.changed;
        done_.nanos_before += row.cost.nanos.value_or(0);
        done_.nanos_after += *now->nanos;
        changes_.push_back(
            {row.id, row.organization, row.created_us, row.model, row.provider, row.status, row.cost.nanos, *now});
        return changes_.size() < most_changes;
    }

    result<void> write_patiently()
    {
        for (auto const first = steady_clock::now();;) {
            auto const begun = steady_clock::now();
            auto const written = write();
            auto const taken = std::chrono::ceil<milliseconds>(steady_clock::now() - begun);
            if (written) {
                how_.pause(std::max(least_repricing_rest, taken));
                if (db_.wal_pages() >= repricing_checkpoint_pages) return db_.checkpoint();
                return {};
            }
            if (written.error() != errc::busy || steady_clock::now() - first > repricing_patience) return written;
            how_.pause(repricing_wait);
        }
    }

    result<void> write()
    {
        auto begun = transaction::begin(db_);
        if (!begun) return begun.error();
        for (auto const& one : changes_)
            if (auto const written = write(one); !written) return written;
        return begun->commit();
    }

    result<void> write(change const& one)
    {
        auto const flags = one.now.approximate ? std::optional(approximate) : std::nullopt;
        if (auto const updated =
                db_.execute("UPDATE request SET cost_nanos=?1,cost_source=?2,cost_flags=?3,price_table_version=?4"
                            " WHERE id=?5 AND cost_nanos IS ?6 AND status=?7",
                            *one.now.nanos, pricing::name_of(one.now.source), flags, how_.version, one.id,
                            one.nanos_before, one.status);
            !updated)
            return updated;
        if (db_.changes() == 0) return {}; // pruned, or written anew
        constexpr std::int64_t quarter_us = 900'000'000;
        return db_.execute("UPDATE traffic SET cost_nanos=cost_nanos+?1 WHERE organization_id=?2 AND quarter=?3"
                           " AND model=?4 AND provider=?5 AND status=?6",
                           *one.now.nanos - one.nanos_before.value_or(0), one.organization, one.created_us / quarter_us,
                           one.model, one.provider, one.status);
    }

    static constexpr std::string_view approximate = "approximate"; // as the recorder writes it

    connection& db_;
    repricing const& how_;
    repriced done_;
    std::vector<change> changes_;
};

} // namespace

result<repriced> reprice(connection& db, repricing const& how) { return repricing_run(db, how).all(); }

} // namespace weir::storage
