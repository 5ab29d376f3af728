#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <functional>
#include <string>

/// Whether what alerts wait for has come.
namespace weir::storage
{

class connection;

/// An alert that was triggered, or is no longer.
struct alert_change {
    uuid id;
    organization_id organization{};
    std::string name, metric;
    double threshold = 0;
    double value = 0; ///< what its metric is now
    bool is_triggered = false;
};

/// Looks at the calls of each alert's window, up to `now_us`, and writes down which alerts are triggered by now and
/// which no longer, with what is to be known of it in their history. Each change is a transaction of its own, after
/// which `tell` is called.
///
/// `response.status` is the share of calls, in per cent, that came to 4xx, 5xx or a timeout, of at least
/// `minimum_request_count` calls; `cost` what the calls cost, in US dollars. Either triggers from the threshold on.
result<void> evaluate_alerts(connection& db, std::int64_t now_us, std::function<void(alert_change const&)> const& tell);

/// How many alerts of all organisations are triggered.
result<std::int64_t> count_triggered_alerts(connection& db);

/// Of one alert so many events are kept, the newest.
inline constexpr std::int64_t most_events_of_alert = 1000;

} // namespace weir::storage
