#pragma once

#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/resolver.hpp"
#include "metrics/registry.hpp"
#include "net/url.hpp"
#include "storage/connection.hpp"
#include "storage/webhooks.hpp"
#include "storage/work_loop.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weir::gateway
{

class json_post;
struct post_request;

/// The body that a webhook is sent about a call; errc::not_found when the call is gone.
using webhook_message_maker =
    std::function<storage::result<std::string>(storage::connection&, storage::webhook const&, storage::row_id)>;

/// Whether a webhook may be sent to an origin.
struct webhook_permission {
    bool any_address = false; ///< also to private addresses
    std::string problem;      ///< why not; empty: it may
};

struct webhook_options {
    std::string path; ///< the database, which must be migrated
    std::chrono::milliseconds first_retry{10'000};
    std::chrono::milliseconds timeout{120'000};
    std::chrono::milliseconds dns_ttl{30'000};
    webhook_message_maker message;
    std::function<webhook_permission(net::origin const&)> may_send_to; ///< on the dispatcher's thread
};

/// Tells webhooks of calls: takes what the recorder noted, sends it, and again later when that fails. At least once
/// each; what is under way when weir stops is sent again after the next start. A thread and a connection to the
/// database of its own.
class webhook_dispatcher
{
public:
    /// A delivery is given up after so many tries. Each pause is five times as long as the one before, up to the
    /// longest; with the usual first one that is most of a day.
    static constexpr int most_attempts = 8;
    static constexpr std::chrono::hours longest_pause{12};

    webhook_dispatcher(webhook_options options, tls_client& tls, proxy_settings const& proxy, upstream_load& load,
                       look_up names, metrics::registry& metrics);

    /// Stops, as stop() does.
    ~webhook_dispatcher();

    void start();

    /// Ends what is under way; it stays due.
    void stop();

    /// The pause after so many failures.
    static std::chrono::milliseconds pause_after(int failures, std::chrono::milliseconds first);

private:
    /// What became of a delivery and is still to be written down.
    struct outcome {
        std::int64_t delivery = 0;
        std::optional<std::int64_t> next_try_us; ///< none: it is done with
    };

    boost::asio::awaitable<void> deliver(storage::webhook to, storage::webhook_delivery what, std::string message);
    storage::result<void> look(storage::connection& db);
    storage::result<void> start_due(storage::connection& db, storage::webhook const& to, std::int64_t now_us);
    storage::result<void> write_outcomes(storage::connection& db);
    storage::result<void> count_waiting(storage::connection& db);
    std::string address(storage::webhook const& to, post_request& request) const;
    void end_sending(std::int64_t webhook, std::int64_t delivery, std::exception_ptr const& bug);
    void settle(storage::webhook const& to, storage::webhook_delivery const& what, unsigned status,
                std::string const& problem);

    webhook_options const options_;
    storage::work_loop loop_;
    resolver names_;
    connect_context connecting_;
    std::map<std::int64_t, std::set<std::int64_t>> under_way_; ///< deliveries of each webhook, also those in outcomes_
    std::vector<outcome> outcomes_;
    std::size_t sending_ = 0; ///< deliveries whose coroutines run
    std::set<json_post*> posts_;
    int looks_ = 0;
    std::atomic<std::int64_t> waiting_{0};
    metrics::family<metrics::counter>& deliveries_;
};

} // namespace weir::gateway
