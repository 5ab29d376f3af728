#include "api/run_wait.hpp"

#include "storage/connection.hpp"
#include "storage/requests.hpp"
#include "storage/runs.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace asio = boost::asio;

namespace weir::api
{
namespace
{

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{50};
/// How long a run that failed waits for its last call to be written down.
constexpr std::chrono::seconds recorder_patience{2};

struct run_state {
    storage::run run;
    bool is_recorded = false; ///< whether the call of its last attempt is
};

storage::result<run_state> look_at(storage::connection& db, storage::organization_id whose, std::int64_t id)
{
    auto const run = storage::find_run(db, whose, id);
    if (!run) return run.error();
    auto const row = storage::find_row(db, whose, run->request_id);
    if (!row && row.error() != storage::errc::not_found) return row.error();
    return run_state{*run, row.has_value()};
}

/// What a store answers that has more to do than it can at the moment.
bool may_pass(boost::system::error_code why) { return why == storage::errc::busy || why == storage::errc::timed_out; }

/// What a run has come to, if it has come to anything. `since_end`: how long it is known to have ended.
std::optional<result<storage::uuid>> outcome_of(run_state const& state, steady_clock::duration since_end)
{
    auto const& run = state.run;
    if (run.status == "completed") return run.request_id;
    if (run.status == "cancelled") return conflict("the run was cancelled");
    if (run.status != "failed") return std::nullopt;
    if (state.is_recorded) return run.request_id; // the record has the provider's refusal
    if (since_end < recorder_patience) return std::nullopt;
    return conflict("Failed to run hypothesis: " + run.error);
}

} // namespace

asio::awaitable<bool> pause(std::chrono::milliseconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !error;
}

asio::awaitable<result<storage::uuid>> wait_for_run(std::int64_t run, services& with,
                                                    std::chrono::milliseconds patience)
{
    auto const until = steady_clock::now() + patience;
    std::optional<steady_clock::time_point> ended;
    auto const look = [whose = with.organization, run](storage::connection& db) { return look_at(db, whose, run); };
    while (steady_clock::now() < until) {
        auto const state = co_await with.store.read(look);
        if (!state && !may_pass(state.error())) co_return state.error();
        if (state) {
            if (!ended && state->run.status == "failed") ended = steady_clock::now();
            auto const outcome = outcome_of(*state, ended ? steady_clock::now() - *ended : steady_clock::duration());
            if (outcome) co_return *outcome;
        }
        bool const go_on = co_await pause(between_looks);
        if (!go_on) co_return failure(errc::not_ready);
    }
    failure const late(errc::not_ready,
                       "the run has not ended yet; it goes on, and the experiment's progress tells when");
    co_return late;
}

} // namespace weir::api
