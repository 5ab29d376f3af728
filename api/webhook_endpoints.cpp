#include "api/endpoints.hpp"
#include "api/sampling_config.hpp"
#include "api/webhook_types.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"
#include "net/url.hpp"
#include "storage/webhooks.hpp"

#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct new_webhook_request {
    webhook_data body;
};
BOOST_DESCRIBE_STRUCT(new_webhook_request, (), (body))

struct webhook_by_id_request {
    std::string webhookId;
};
BOOST_DESCRIBE_STRUCT(webhook_by_id_request, (), (webhookId))

namespace
{

/// Of what is sent, as the reference counts it.
constexpr std::string_view version = "2024-10-22";

std::string new_key()
{
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
    return net::to_hex({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
}

/// Why nothing may be sent there, or nothing.
std::optional<failure> why_not(std::string const& destination, services& with)
{
    constexpr std::size_t longest = 2048;
    auto const url = destination.size() <= longest ? net::parse_url(destination) : std::nullopt;
    if (!url) return invalid("destination: must be an absolute https URL without user information");
    if (!with.may_send_to) return failure(errc::not_ready, "nothing sends webhooks here");
    if (auto const problem = with.may_send_to(url->at); !problem.empty()) return invalid("destination: " + problem);
    return {};
}

asio::awaitable<result<std::vector<null>>> add_webhook(new_webhook_request asked, services& with)
{
    auto config = read_sampling_config(asked.body.config);
    if (!config) co_return config.error();
    if (auto const why = why_not(asked.body.destination, with)) co_return *why;
    webhook_config kept;
    kept.sampleRate = config->sampleRate;
    kept.propertyFilters = std::move(config->propertyFilters);
    kept.includeData = asked.body.includeData.value_or(true);

    storage::webhook made;
    made.organization = with.organization;
    made.destination = asked.body.destination;
    made.version = version;
    made.config = to_json(kept);
    made.hmac_key = new_key();
    made.created_us = with.now_us();
    auto const query = [made = std::move(made)](storage::connection& db) { return storage::add_webhook(db, made); };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::conflict)
        co_return conflict("there are " + std::to_string(storage::most_webhooks) +
                           " webhooks already: delete one first");
    if (!done) co_return done.error();
    co_return std::vector<null>();
}

asio::awaitable<result<std::vector<shown_webhook>>> list_webhooks(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::list_webhooks(db, whose);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<shown_webhook> shown;
    for (auto const& w : *found)
        shown.push_back({.id = std::to_string(w.id),
                         .created_at = net::time_text(w.created_us),
                         .destination = w.destination,
                         .version = w.version,
                         .config = w.config,
                         .hmac_key = storage::may_write(with.permissions) ? w.hmac_key : std::string()});
    co_return shown;
}

asio::awaitable<result<null>> remove_webhook(webhook_by_id_request asked, services& with)
{
    auto const id = net::parse_number(asked.webhookId);
    if (!id || *id > INT64_MAX) co_return not_found("Webhook not found");
    auto const query = [whose = with.organization, id = static_cast<std::int64_t>(*id)](storage::connection& db) {
        return storage::delete_webhook(db, whose, id);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::not_found) co_return not_found("Webhook not found");
    if (!done) co_return done.error();
    co_return null{};
}

constexpr endpoint webhook_entries[] = {
    changes(post<add_webhook>("/v1/webhooks", "NewWebhook", "Has a receiver told of recorded calls")),
    get<list_webhooks>("/v1/webhooks", "GetWebhooks", "Who is told of recorded calls"),
    delete_<remove_webhook>("/v1/webhooks/{webhookId}", "DeleteWebhook", "Tells a receiver no more"),
};
static_assert(each_is_unique(webhook_entries));

} // namespace

constinit group const webhook_endpoints{"Webhooks", webhook_entries};

} // namespace weir::api
