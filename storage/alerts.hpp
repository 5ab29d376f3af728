#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Rules that say when somebody wants to be told of failures or costs, and when that was.
namespace weir::storage
{

class connection;

struct alert_wish {
    std::string name;
    std::string metric; ///< "response.status" or "cost"
    double threshold = 0;
    std::int64_t time_window_ms = 0;
    std::vector<std::string> emails, slack_channels;
    std::optional<std::int64_t> minimum_request_count;
};

struct alert : alert_wish {
    uuid id;
    std::string organization_public_id;
    std::int64_t time_block_duration_ms = 0;
    std::string status; ///< "resolved" or "triggered"
    std::int64_t created_us = 0, updated_us = 0;
};

/// One time that an alert was triggered.
struct alert_event {
    uuid id, alert_id;
    std::string organization_public_id;
    std::string alert_name, alert_metric;
    std::int64_t started_us = 0;
    std::optional<std::int64_t> ended_us;
    std::string triggered_value, status;
    std::int64_t created_us = 0, updated_us = 0;
};

/// One organisation has at most so many.
inline constexpr std::int64_t most_alerts = 100;

/// Makes an alert, which is resolved at first; errc::conflict when the organisation has as many as may be.
result<uuid> create_alert(connection& db, organization_id organization, alert_wish const& wish, std::int64_t now_us);

/// The alerts of an organisation that were not deleted, newest first, `most` at the most; and of their events as many.
result<std::vector<alert>> list_alerts(connection& db, organization_id organization, std::int64_t most);
result<std::vector<alert_event>> list_alert_events(connection& db, organization_id organization, std::int64_t most);

/// errc::not_found when the organisation has no such alert. The rows stay.
result<void> delete_alert(connection& db, organization_id organization, uuid id, std::int64_t now_us);

} // namespace weir::storage
