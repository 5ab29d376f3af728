#include "api/promptlayer/tracking.hpp"

#include "api/logging.hpp"
#include "api/run_wait.hpp"
#include "storage/connection.hpp"
#include "storage/judgements.hpp"
#include "storage/numbers.hpp"
#include "storage/properties.hpp"
#include "storage/request_groups.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

using std::chrono::milliseconds;

/// The row of a call that went through the gateway may be committed a little later than its client tracks it: when to
/// look for it, each after the one before. Not for calls that ended longer ago than `recently_us`.
constexpr std::array looks{milliseconds(0), milliseconds(25), milliseconds(50), milliseconds(75)};
constexpr std::int64_t recently_us = 5'000'000;

template <class Enum>
std::string described_name(Enum value)
{
    std::string name;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto each) {
        if (each.value == value) name = each.name;
    });
    return name;
}

/// A status of the record for a call that failed, where the kind of failure tells one.
int status_of(call_to_track const& call)
{
    constexpr int ok = 200, unauthorized = 401, too_many = 429;
    if (call.status != call_status::ERROR) return ok;
    if (!call.error_type) return storage::status::unknown;
    switch (*call.error_type) {
    case call_error_type::PROVIDER_TIMEOUT: return storage::status::timeout;
    case call_error_type::PROVIDER_QUOTA_LIMIT:
    case call_error_type::PROVIDER_RATE_LIMIT: return too_many;
    case call_error_type::PROVIDER_AUTH_ERROR: return unauthorized;
    default: return storage::status::unknown;
    }
}

json::object time_of(std::int64_t us)
{
    constexpr std::int64_t us_of_second = 1'000'000;
    constexpr double us_of_millisecond = 1e3;
    return {{"seconds", us / us_of_second},
            {"milliseconds", static_cast<double>(us % us_of_second) / us_of_millisecond}};
}

/// The call as logs by hand have it (docs/logging.md).
std::string log_of(call_to_track const& call)
{
    json::object meta, request, response, timing, log;
    for (auto const& [key, value] : call.metadata) meta["Helicone-Property-" + key] = value;
    request["url"] = "";
    request["json"] = call.request;
    request["meta"] = std::move(meta);
    response["status"] = status_of(call);
    response["headers"] = json::object();
    if (!call.response.is_null()) response["json"] = call.response;
    if (call.cost) response["cost"] = *call.cost;
    if (call.error_type || call.error_message) {
        json::object error;
        if (call.error_type) error["type"] = name_of(*call.error_type);
        if (call.error_message) error["message"] = *call.error_message;
        response["error"] = std::move(error);
    }
    timing["startTime"] = time_of(call.started_us);
    timing["endTime"] = time_of(call.ended_us);
    log["providerRequest"] = std::move(request);
    log["providerResponse"] = std::move(response);
    log["timing"] = std::move(timing);
    if (!call.provider.empty()) log["provider"] = call.provider;
    return json::serialize(log);
}

std::string text_in(json::value const& of, std::string_view name)
{
    auto const* object = of.if_object();
    auto const* found = object ? object->if_contains(name) : nullptr;
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// The call as it would have gone through the gateway; none where its answer says no id.
std::optional<storage::seen_call> seen_as(call_to_track const& call)
{
    auto id = text_in(call.response, "id");
    if (id.empty()) id = text_in(call.response, "responseId");
    if (id.empty()) return std::nullopt;
    auto model = text_in(call.response, "model");
    if (model.empty()) model = text_in(call.response, "modelVersion");
    return storage::seen_call{std::move(id), std::move(model), call.started_us, call.ended_us};
}

/// Takes a call that the gateway has recorded for one that is tracked: no other will find it. None where others, of
/// the same answer, have taken what there was.
storage::result<std::optional<storage::uuid>> claim_relayed(storage::connection& db, storage::organization_id whose,
                                                            storage::seen_call const& seen, call_status status,
                                                            std::int64_t now)
{
    auto const found = storage::find_relayed_call(db, whose, seen);
    if (!found && found.error() == storage::errc::not_found) return std::optional<storage::uuid>();
    if (!found) return found.error();
    storage::tracked_request claim;
    claim.status = name_of(status);
    if (auto const done = storage::put_tracked(db, whose, *found, claim, now); !done) return done.error();
    return std::optional(*found);
}

/// The call that the gateway has recorded, which is claimed; none when it has not recorded it.
asio::awaitable<result<std::optional<storage::uuid>>> find_relayed(call_to_track& call, services& with)
{
    using found_call = std::optional<storage::uuid>;
    auto const seen = seen_as(call);
    if (!seen) co_return found_call();
    bool const is_recent = with.now_us() - call.ended_us < recently_us;
    auto const look = [whose = with.organization, seen = *seen](storage::connection& db) {
        return storage::find_relayed_call(db, whose, seen);
    };
    for (auto const after : looks) {
        if (after.count() > 0) {
            bool const go_on = co_await pause(after);
            if (!go_on) co_return failure(errc::not_ready);
        }
        auto const found = co_await with.store.read(look);
        if (found) {
            auto const claim = [whose = with.organization, seen = *seen, status = call.status, now = with.now_us()](
                                   storage::connection& db) { return claim_relayed(db, whose, seen, status, now); };
            co_return co_await with.store.write(claim);
        }
        if (found.error() != storage::errc::not_found) co_return found.error();
        if (!is_recent) break;
    }
    co_return found_call();
}

/// What must be known before a call is recorded.
storage::result<std::optional<storage::uuid>> version_of(storage::connection& db, storage::organization_id whose,
                                                         std::optional<storage::version_reference> const& prompt)
{
    if (!prompt) return std::optional<storage::uuid>();
    auto const found = storage::find_referred_version(db, whose, *prompt);
    if (found) return std::optional(*found);
    if (found.error() == storage::errc::not_found) return std::optional<storage::uuid>();
    return found.error();
}

/// Writes down what is said of a call beside what its log has.
storage::result<tracked_call> write_down(storage::connection& db, storage::organization_id whose,
                                         call_to_track const& call, std::optional<storage::uuid> const& version,
                                         tracked_call made, bool was_relayed, std::int64_t now)
{
    storage::tracked_request said;
    said.prompt_version = version;
    said.inputs = call.inputs;
    said.function_name = call.function_name;
    said.status = name_of(call.status);
    if (call.error_type) said.error_type = name_of(*call.error_type);
    said.error_message = call.error_message;
    said.span_id = call.span_id;
    if (auto const done = storage::put_tracked(db, whose, made.id, said, now); !done) return done.error();
    if (auto const done = storage::add_request_tags(db, whose, made.id, call.tags, now); !done) return done.error();
    if (was_relayed)
        for (auto const& [key, value] : call.metadata)
            if (auto const done = storage::set_property(db, whose, made.id, key, value); !done) return done.error();
    if (call.group)
        if (auto const done = storage::add_to_request_group(db, whose, *call.group, made.id); !done)
            return done.error();
    if (call.score)
        if (auto const done = storage::add_scores(db, whose, made.id, {&*call.score, 1}, now); !done)
            return done.error();
    auto const number = storage::number_of(db, whose, storage::numbered::request, made.id);
    if (!number) return number.error();
    made.number = *number;
    if (!version) return made;
    auto numbered = storage::number_version(db, whose, *version);
    if (!numbered) return numbered.error();
    made.version = std::move(*numbered);
    return made;
}

} // namespace

std::string name_of(call_status status) { return described_name(status); }

std::string name_of(call_error_type type) { return described_name(type); }

asio::awaitable<result<tracked_call>> track(call_to_track call, services& with)
{
    auto const look = [whose = with.organization, prompt = call.prompt](storage::connection& db) {
        return version_of(db, whose, prompt);
    };
    auto const version = co_await with.store.read(look);
    if (!version) co_return version.error();
    tracked_call made;
    made.lacks_prompt = call.prompt && !*version;
    if (made.lacks_prompt && call.must_know_prompt) co_return not_found("there is no such prompt, or version of it");
    if (call.group) {
        auto const known = [whose = with.organization, group = *call.group](storage::connection& db) {
            return storage::find_request_group(db, whose, group);
        };
        auto const found = co_await with.store.read(known);
        if (!found && found.error() == storage::errc::not_found) co_return invalid("group_id: there is no such group");
        if (!found) co_return found.error();
    }

    auto const relayed = co_await find_relayed(call, with);
    if (!relayed) co_return relayed.error();
    bool const was_relayed = relayed->has_value();
    if (was_relayed) {
        made.id = **relayed;
    } else {
        call_to_log log;
        log.otherwise = "custom";
        log.json = log_of(call);
        auto const logged = co_await log_call(std::move(log), with);
        if (!logged) co_return logged.error();
        auto const id = storage::uuid::parse(*logged);
        if (!id) co_return failure(boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable));
        made.id = *id;
    }
    call.request = nullptr;
    call.response = nullptr;
    auto const write = [whose = with.organization, call = std::move(call), version = *version, made, was_relayed,
                        now = with.now_us()](storage::connection& db) {
        return write_down(db, whose, call, version, made, was_relayed, now);
    };
    auto done = co_await with.store.write(write);
    if (!done) co_return done.error();
    co_return std::move(*done);
}

result<std::optional<std::string>> inputs_of(std::optional<json::value> const& given)
{
    if (!given || given->is_null() || given->is_array()) return std::optional<std::string>();
    if (!given->is_object()) return unprocessable("prompt_input_variables: expected an object");
    return std::optional(json::serialize(*given));
}

} // namespace weir::api::promptlayer
