#include "gateway/webhook_dispatcher.hpp"

#include "gateway/json_post.hpp"
#include "log/log.hpp"
#include "net/hmac.hpp"
#include "net/listed.hpp"
#include "net/unix_time.hpp"

#include <algorithm>

namespace weir::gateway
{

namespace asio = boost::asio;
using std::chrono::milliseconds;
using storage::result;

namespace
{

/// How often what is due is looked for when nothing ends.
constexpr milliseconds interval{250};
constexpr int looks_per_count = 4;

/// Deliveries under way: to one webhook, which may be slow, and to all.
constexpr std::size_t most_for_one = 8, most_for_all = 32;

/// A webhook that takes nothing for long loses deliveries beyond these.
constexpr std::int64_t most_waiting_for_one = 100'000;

} // namespace

webhook_dispatcher::webhook_dispatcher(webhook_options options, tls_client& tls, proxy_settings const& proxy,
                                       upstream_load& load, look_up names, metrics::registry& metrics)
    : options_(std::move(options))
    , loop_({.path = options_.path,
             .name = "webhooks",
             .interval = interval,
             .look = [this](storage::connection& db) { return look(db); },
             .cancel_all =
                 [this] {
                     for (auto* post : posts_) post->cancel();
                 }})
    , names_(loop_.io(), options_.dns_ttl, std::move(names))
    , connecting_{loop_.io(), loop_.watchdog(), names_, tls, proxy, load, {}}
    , deliveries_(metrics.counters("weir_webhook_deliveries_total", "Tries to tell a webhook of a call.", {"result"}))
{
    for (auto const* end : {"delivered", "failed", "given_up"}) deliveries_.with({end});
    metrics.gauge("weir_webhooks_pending", "Deliveries to webhooks that wait.",
                  [this] { return static_cast<double>(waiting_.load(std::memory_order_relaxed)); });
}

webhook_dispatcher::~webhook_dispatcher() { stop(); }

void webhook_dispatcher::start() { loop_.start(); }

void webhook_dispatcher::stop()
{
    loop_.stop();
    if (auto* db = loop_.db()) static_cast<void>(write_outcomes(*db)); // what cannot be written is sent again
}

milliseconds webhook_dispatcher::pause_after(int failures, milliseconds first)
{
    milliseconds pause = first;
    for (int i = 1; i < failures && pause < longest_pause; ++i) pause *= 5;
    return std::min<milliseconds>(pause, longest_pause);
}

result<void> webhook_dispatcher::look(storage::connection& db)
{
    if (auto const written = write_outcomes(db); !written) return written;
    if (looks_++ % looks_per_count == 0)
        if (auto const counted = count_waiting(db); !counted) return counted;
    auto const now = net::unix_now_us();
    auto const due = storage::webhooks_with_due_deliveries(db, now);
    if (!due) return due.error();
    for (auto const& to : *due)
        if (auto const started = start_due(db, to, now); !started) return started;
    return {};
}

/// Writes down what became of deliveries; those that cannot be written stay, so that none is made again.
result<void> webhook_dispatcher::write_outcomes(storage::connection& db)
{
    while (!outcomes_.empty()) {
        auto const& last = outcomes_.back();
        auto const written = last.next_try_us ? storage::postpone_delivery(db, last.delivery, *last.next_try_us)
                                              : storage::delete_delivery(db, last.delivery);
        if (!written) return written;
        for (auto& [webhook, deliveries] : under_way_) deliveries.erase(last.delivery);
        std::erase_if(under_way_, [](auto const& of) { return of.second.empty(); });
        outcomes_.pop_back();
    }
    return {};
}

result<void> webhook_dispatcher::count_waiting(storage::connection& db)
{
    auto const count = storage::count_deliveries(db);
    if (!count) return count.error();
    waiting_ = *count;
    if (*count <= most_waiting_for_one) return {};
    auto const dropped = storage::drop_excess_deliveries(db, most_waiting_for_one);
    if (!dropped) return dropped.error();
    if (*dropped == 0) return {};
    deliveries_.with({"given_up"}).add(static_cast<double>(*dropped));
    log::warn("too much waits for a webhook: some deliveries are given up",
              {{"deliveries", static_cast<long long>(*dropped)}});
    return {};
}

result<void> webhook_dispatcher::start_due(storage::connection& db, storage::webhook const& to, std::int64_t now)
{
    auto const found = under_way_.find(to.id);
    auto const mine = found == under_way_.end() ? 0 : found->second.size();
    if (mine >= most_for_one || sending_ >= most_for_all) return {};
    auto const due = storage::due_deliveries(db, to.id, now, static_cast<std::int64_t>(most_for_one + mine));
    if (!due) return due.error();
    for (auto const& what : *due) {
        auto& deliveries = under_way_[to.id];
        if (sending_ >= most_for_all || deliveries.size() >= most_for_one) return {};
        if (!deliveries.insert(what.id).second) continue;
        auto message = options_.message(db, to, what.row);
        if (message) {
            auto ended = [this, of = to.id, id = what.id](std::exception_ptr const& bug) { end_sending(of, id, bug); };
            ++sending_;
            loop_.spawn(deliver(to, what, std::move(*message)), std::move(ended));
        } else if (message.error() == storage::errc::not_found) {
            outcomes_.push_back({what.id, {}}); // the call was deleted before
        } else {
            deliveries.erase(what.id);
            return message.error();
        }
    }
    return {};
}

/// Says where a request goes; or why it may not go there, which may have changed since the webhook was made.
std::string webhook_dispatcher::address(storage::webhook const& to, post_request& request) const
{
    auto const at = net::parse_url(to.destination);
    if (!at) return "its URL cannot be read";
    auto permission = options_.may_send_to(at->at);
    request.to = at->at;
    request.any_address = permission.any_address;
    request.target = net::target_of_url(to.destination);
    return std::move(permission.problem);
}

asio::awaitable<void> webhook_dispatcher::deliver(storage::webhook to, storage::webhook_delivery what,
                                                  std::string message)
{
    post_result answer;
    post_request request;
    answer.problem = address(to, request);
    if (answer.problem.empty() && !loop_.is_stopping()) {
        request.fields = "Helicone-Signature: " + net::hmac_sha256(to.hmac_key, message) + "\r\n";
        request.body = std::move(message);
        request.until = net::clock::now() + options_.timeout;
        json_post post(connecting_);
        net::listed const in_list(posts_, post);
        answer = co_await post.run(std::move(request));
    }
    bool const was_cut_off = loop_.is_stopping() && answer.status == 0; // then it stays due
    if (!was_cut_off) settle(to, what, answer.status, answer.problem);
}

/// What follows when a delivery's coroutine is over. One that a fault ended stays due.
void webhook_dispatcher::end_sending(std::int64_t webhook, std::int64_t delivery, std::exception_ptr const& bug)
{
    --sending_;
    if (bug) under_way_[webhook].erase(delivery);
}

/// Decides what follows from an answer. Of the destination only the origin is logged: the rest may be secret.
void webhook_dispatcher::settle(storage::webhook const& to, storage::webhook_delivery const& what, unsigned status,
                                std::string const& problem)
{
    if (status / 100 == 2) {
        outcomes_.push_back({what.id, {}});
        deliveries_.with({"delivered"}).add();
        return;
    }
    auto const failures = what.attempts + 1;
    if (failures < most_attempts) {
        auto const pause = std::chrono::microseconds(pause_after(failures, options_.first_retry));
        outcomes_.push_back({what.id, net::unix_now_us() + pause.count()});
        deliveries_.with({"failed"}).add();
        return;
    }
    outcomes_.push_back({what.id, {}});
    deliveries_.with({"given_up"}).add();
    auto const at = net::parse_url(to.destination);
    log::warn("a webhook was not told of a call, and will not be",
              {{"webhook", std::to_string(to.id)},
               {"origin", at ? at->at.text() : ""},
               {"tries", failures},
               {"reason", status > 0 ? "status " + std::to_string(status) : problem}});
}

} // namespace weir::gateway
