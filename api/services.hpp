#pragma once

#include "api/failure.hpp"
#include "api/signed_links.hpp"
#include "api/store.hpp"
#include "api/types.hpp"
#include "evaluation/command.hpp"
#include "net/url.hpp"
#include "storage/keys.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::pricing
{
class price_table;
}

namespace weir::storage
{
class vault;
}

namespace weir::api
{

/// Who asks, and what their key allows.
struct caller {
    storage::organization_id organization = storage::default_organization;
    storage::key_permissions permissions = storage::key_permissions::read_write;
};

/// A call that somebody else carried, as they log it.
struct call_to_log {
    storage::organization_id organization{};
    std::string provider;  ///< weir's id of it, where the path names one
    std::string otherwise; ///< its id where nothing names one
    header_fields headers; ///< of the request: the Helicone-* ones count
    std::string json;      ///< what Helicone calls an AsyncLog; nobody has looked at it
};

/// What a judge is to be asked.
struct judge_question {
    storage::organization_id organization{};
    std::string evaluator;   ///< its name
    boost::json::value body; ///< a chat request of OpenAI's form, an object
};

/// What handlers may use. Each call has a copy of its own, in which `organization` is the caller's. An empty function
/// stands for its documented default, so that a test sets only what it needs.
struct services {
    api::store store;

    /// The same record, for users' own SQL: on threads of its own, since it may take long, and with a shorter deadline.
    api::store analysis;

    storage::organization_id organization = storage::default_organization;
    storage::key_permissions permissions = storage::key_permissions::read_write; ///< the caller's

    /// For keys of providers; none when there is no master key.
    storage::vault const* vault = nullptr;

    /// Whose call it is, by the value of its Authorization field (empty: it has none). Default: everybody's calls
    /// belong to the default organisation, and may do everything.
    std::function<boost::asio::awaitable<result<caller>>(std::string authorization)> identify;

    /// Signs links. Default: answers have none.
    std::shared_ptr<signed_links const> links;
    /// How the caller reached the admin side, without a slash at its end: what links begin with.
    std::string base_url;
    /// How clients reach the gateway, without a slash at its end. Default: nobody is told.
    std::string gateway_url;

    /// Records a call that somebody logs, and returns its public id. Default: each is refused.
    std::function<boost::asio::awaitable<result<std::string>>(call_to_log)> log_call;

    /// Asks a judge through the gateway, and returns the body of its answer. Default: no judge can be asked.
    std::function<boost::asio::awaitable<result<std::string>>(judge_question)> ask_judge;
    /// Tells whoever runs evaluators that calls wait for them. Must not block. Default: nobody runs any.
    std::function<void()> evaluate_now;
    /// Why an evaluator gave a call no score, the last time that it did; empty: not known. Default: never known.
    std::function<std::string(storage::uuid const&)> last_problem;

    /// The commands that evaluators may name.
    std::vector<std::string> commands;
    /// Runs one of them on a call that is given. Default: none can be run.
    std::function<boost::asio::awaitable<result<evaluation::score>>(evaluation::command_wish, evaluation::subject)>
        run_command;

    /// Whether whoever asks has gone away, so that nobody waits for the answer. Default: never.
    std::function<bool()> is_caller_gone;

    /// Why nothing may be sent to an origin; empty: it may. Default: nothing may be sent anywhere.
    std::function<std::string(net::origin const&)> may_send_to;

    /// Whether what experiments queue is run (`experiments.concurrency`).
    bool runs_experiments = true;

    /// The prices of now. Must not block. Default: none, and no models are known.
    std::function<std::shared_ptr<pricing::price_table const>()> prices;

    /// Default: the system's clock.
    std::function<std::chrono::system_clock::time_point()> now;
    /// The time now, in µs since 1970 UTC.
    std::int64_t now_us() const
    {
        auto const time = now ? now() : std::chrono::system_clock::now();
        return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    }

    /// Finds out why the process cannot do its work at the moment; empty when it can. Default: it can.
    std::function<boost::asio::awaitable<std::string>()> not_ready;

    /// The metrics in Prometheus' text format. Must not block. Default: none.
    std::function<std::string()> metrics;
};

} // namespace weir::api
