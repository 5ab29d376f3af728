#pragma once

#include "storage/errors.hpp"
#include "storage/ids.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Who is told of recorded calls, and what is still to be told.
namespace weir::storage
{

class connection;

/// One who is told of an organisation's calls.
struct webhook {
    std::int64_t id = 0;
    organization_id organization = default_organization;
    std::string destination; ///< a URL
    std::string version;     ///< of what is sent
    std::string config;      ///< JSON: `{"sampleRate", "propertyFilters": [{"key", "value"}], "includeData"}`
    std::string hmac_key;    ///< secret, shared with the receiver
    std::int64_t created_us = 0;
};

/// One organisation has at most so many.
inline constexpr std::int64_t most_webhooks = 50;

/// Adds one, whatever its id; errc::conflict when the organisation has as many as may be.
result<void> add_webhook(connection& db, webhook const& what);

/// Those of one organisation, oldest first.
result<std::vector<webhook>> list_webhooks(connection& db, organization_id organization);

/// Deletes one with its deliveries; errc::not_found when the organisation has none of that id.
result<void> delete_webhook(connection& db, organization_id organization, std::int64_t id);

/// Organisations with webhooks.
result<std::set<organization_id>> organizations_with_webhooks(connection& db);

/// Notes for each of the organisation's webhooks whether a call is to be told: by its share of calls and by the
/// properties that a call must have. A call with the property Helicone-Webhook-Enabled = false is told to nobody.
/// Inside the transaction that writes the call.
result<void> add_deliveries(connection& db, request_record const& of, std::int64_t now_us);

/// A call that a webhook is to be told of.
struct webhook_delivery {
    std::int64_t id = 0, webhook_id = 0;
    row_id row{};
    int attempts = 0; ///< that failed
};

/// The webhooks of all organisations for which something is due, by id.
result<std::vector<webhook>> webhooks_with_due_deliveries(connection& db, std::int64_t now_us);

/// What is due for one webhook, the longest waiting first; at most `limit`.
result<std::vector<webhook_delivery>> due_deliveries(connection& db, std::int64_t webhook_id, std::int64_t now_us,
                                                     std::int64_t limit);

/// Forgets a delivery: it was made, or given up.
result<void> delete_delivery(connection& db, std::int64_t id);

/// Puts a delivery off after another failure.
result<void> postpone_delivery(connection& db, std::int64_t id, std::int64_t next_try_us);

/// Forgets, of each webhook that has more than `most` deliveries, those that are due first; returns how many.
result<std::int64_t> drop_excess_deliveries(connection& db, std::int64_t most);

/// How many deliveries wait.
result<std::int64_t> count_deliveries(connection& db);

} // namespace weir::storage
