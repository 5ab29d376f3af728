#include "storage/retention.hpp"

#include "log/log.hpp"
#include "storage/connection.hpp"
#include "storage/pruning.hpp"

namespace weir::storage
{
namespace
{

/// A twentieth of the file may stay free.
constexpr int keep_free_divisor = 20;

} // namespace

retention::retention(retention_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , keep_for_(options_.keep_for.count())
    , pruned_(metrics.single_counter("weir_records_pruned_total", "Calls deleted because of their age."))
    , task_(options_.interval, [this] {
        std::chrono::days const age(keep_for_.load());
        if (age.count() > 0) prune_older_than(age);
    })
{
}

void retention::prune_older_than(std::chrono::days age)
{
    pruned done;
    pruning_pace pace;
    pace.pause = [this](std::chrono::milliseconds time) { return task_.sleep(time); };
    pace.may_write = options_.may_write;
    pace.report = [&](pruned const& so_far) {
        pruned_.add(static_cast<double>(so_far.requests - done.requests));
        done = so_far;
    };
    pace.keep_free_divisor = keep_free_divisor;

    result<void> outcome;
    if (auto db = connection::open(options_.path, connection::mode::read_write); !db)
        outcome = db.error();
    else if (auto const all = prune(*db, first_row_id(std::chrono::system_clock::now() - age), pace); !all)
        outcome = all.error();
    if (!outcome)
        log::warn("old calls could not be deleted; it is tried again later", {{"reason", outcome.error().message()}});
    if (done.requests > 0)
        log::info("deleted old calls", {{"calls", static_cast<long long>(done.requests)},
                                        {"bytes_given_back", static_cast<long long>(done.bytes_given)}});
}

} // namespace weir::storage
