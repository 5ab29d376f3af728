#include "gateway/call_log.hpp"

#include "config/built_in_providers.hpp"
#include "gateway/call_headers.hpp"
#include "gateway/exchange.hpp"
#include "net/nothrow.hpp"
#include "net/text.hpp"
#include "net/unix_time.hpp"
#include "storage/ids.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <new>

namespace weir::gateway
{

namespace asio = boost::asio;
using net::nothrow;
using std::chrono::microseconds;
using std::chrono::system_clock;

namespace
{

/// The path of calls that did not pass through weir, as Helicone writes it.
constexpr std::string_view unknown_path = "async-unknown-path";

log_outcome refused(errc code, std::string why) { return refusal{code, std::move(why)}; }

/// What the submitter waits for. Shared, since whichever side gives up first must not take it along.
struct commit_wait {
    explicit commit_wait(asio::any_io_executor const& on)
        : timer(on)
    {
    }

    asio::steady_timer timer;
    log_outcome outcome = refused(errc::overloaded, "the call was not recorded in time (storage.commit_timeout)");
};

config::wire_format format_of(std::string_view provider)
{
    for (auto const& known : config::built_in_providers())
        if (known.name == provider) return known.kind;
    return config::wire_format::openai;
}

/// Where a told call went, as far as it is known.
route route_of(submission const& from, told_call const& call)
{
    route to;
    auto const at = net::parse_url(call.url);
    if (at) {
        to.to = at->at;
        to.target = net::target_of_url(call.url);
    }
    auto const* host = at ? config::provider_of_host(at->at.host) : nullptr;
    if (!from.provider.empty())
        to.provider = from.provider;
    else if (!call.provider.empty())
        to.provider = config::provider_id(call.provider);
    else
        to.provider = host ? std::string(host->name) : from.otherwise;
    to.format = format_of(to.provider);
    return to;
}

/// The fields that a log may set: those that weir itself reads, but for its key.
void add_fields(header_list const& from, net::message_head& to)
{
    for (auto const& [name, value] : from)
        if (net::istarts_with(name, "Helicone-") && !net::iequals(name, "Helicone-Auth"))
            to.fields.emplace_back(name, value);
}

/// A call on its way into the record, which somebody else carried. It is an exchange like any, once it has been read.
class told_exchange final : public storage::pending_record
{
public:
    told_exchange(record_maker& maker, capture_budget& captures, std::size_t max_body, submission what,
                  std::shared_ptr<commit_wait> wait)
        : what_(std::move(what))
        , size_(sizeof *this + what_.json.size())
        , max_body_(max_body)
        , exchange_(maker, captures)
        , wait_(std::move(wait))
    {
    }

    bool read() override;
    std::pair<storage::request_record, storage::bodies> make() override { return exchange_.make(); }
    void settle(boost::system::error_code error) noexcept override;
    std::size_t bytes() const override { return size_; }
    bool is_awaited() const override { return true; }

private:
    void fill(storage::request_record& row);
    void tell(boost::system::error_code error);

    submission what_;
    std::size_t const size_, max_body_;
    told_call told_;
    exchange exchange_;
    std::shared_ptr<commit_wait> wait_;
    storage::uuid request_id_;
    refusal problem_;
};

bool told_exchange::read()
{
    auto told = read_told_call(what_.json, net::unix_now_us());
    what_.json.clear();
    if (!told) {
        problem_ = told.error();
        return false;
    }
    told_ = std::move(*told);
    exchange_.was_told = true;
    exchange_.head.method = "POST";
    exchange_.head.target = unknown_path;
    if (!told_.model_of_kind.empty())
        exchange_.head.fields.emplace_back("Helicone-Model-Override", told_.model_of_kind);
    add_fields(told_.headers, exchange_.head); // the later ones win
    add_fields(what_.fields, exchange_.head);
    exchange_.sent_to = route_of(what_, told_);
    exchange_.response_ended = true;
    exchange_.upstream_status = told_.status > 0 ? told_.status : told_.response.empty() ? 0 : 200;
    exchange_.request.begin("application/json", "", max_body_);
    exchange_.request.add(told_.request, 0);
    exchange_.response.begin(told_.response_type, "", max_body_);
    exchange_.response.add(told_.response, 0);
    fill(exchange_.row);
    return true;
}

void told_exchange::fill(storage::request_record& row)
{
    auto const chosen = read_relay_headers(exchange_.head).request_id;
    row.id = storage::logged_row_id(system_clock::time_point(microseconds(told_.started_us)), storage::random_bits());
    row.id_may_be_taken = true;
    row.client_chose_id = chosen.has_value();
    row.request_id = chosen ? *chosen : storage::public_id(row.id, storage::random_bits());
    row.organization = what_.who.organization;
    row.api_key_id = what_.who.api_key_id;
    row.created_us = told_.started_us;
    row.ended_us = told_.ended_us;
    row.time_to_first_token_us = told_.first_token_us;
    row.status = told_.status;
    row.error_type = told_.error_type;
    row.error_message = told_.error_message;
    exchange_.told_cost_nanos = told_.cost_nanos;
    request_id_ = row.request_id;
}

void told_exchange::settle(boost::system::error_code error) noexcept
{
    try {
        tell(error);
    } catch (std::bad_alloc const&) { // who waits is told, when their patience ends, that they were told nothing
    }
}

void told_exchange::tell(boost::system::error_code error)
{
    log_outcome outcome(request_id_);
    if (problem_)
        outcome = std::move(problem_);
    else if (error)
        outcome = refused(errc::overloaded, "the call could not be recorded: " + error.message());
    auto tell = [wait = wait_, outcome = std::move(outcome)]() mutable {
        wait->outcome = std::move(outcome);
        wait->timer.expires_at(asio::steady_timer::time_point::min());
    };
    asio::post(wait_->timer.get_executor(), std::move(tell));
}

} // namespace

asio::awaitable<log_outcome> call_log::take(submission what)
{
    if (what.json.size() > most_bytes) co_return refused(errc::request_too_large, "the log is larger than 10 MiB");
    if (!records_) co_return refused(errc::overloaded, "nothing is recorded here (storage.record)");
    auto const executor = co_await asio::this_coro::executor;
    auto const wait = std::make_shared<commit_wait>(executor);
    wait->timer.expires_after(patience_.load());
    recorder_.push(std::make_unique<told_exchange>(maker_, captures_, max_body_, std::move(what), wait));
    co_await wait->timer.async_wait(nothrow);
    co_return wait->outcome;
}

} // namespace weir::gateway
