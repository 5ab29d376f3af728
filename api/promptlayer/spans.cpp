#include "api/promptlayer/spans.hpp"

#include "api/run_wait.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

namespace asio = boost::asio;

namespace weir::api::promptlayer
{
namespace
{

/// What the record says of spans before they are kept.
struct known_spans {
    std::set<std::string> closed_traces;
    std::vector<std::optional<storage::uuid>> calls; ///< of each span: the one that was tracked for it
};

storage::result<known_spans> look_up(storage::connection& db, storage::organization_id whose,
                                     std::vector<storage::span> const& spans)
{
    known_spans known;
    for (auto const& span : spans) {
        auto const closed = storage::is_trace_closed(db, whose, span.trace_id);
        if (!closed) return closed.error();
        if (*closed) known.closed_traces.insert(span.trace_id);
        auto const before = storage::find_span(db, whose, span.trace_id, span.span_id);
        if (!before && before.error() != storage::errc::not_found) return before.error();
        known.calls.push_back(before ? before->request : std::nullopt);
    }
    return known;
}

storage::result<std::vector<kept_span>> write_down(storage::connection& db, storage::organization_id whose,
                                                   std::vector<storage::span> const& spans, bool closes_traces,
                                                   std::int64_t now)
{
    std::vector<kept_span> all;
    for (auto const& span : spans) {
        auto const id = storage::put_span(db, whose, span, now);
        if (!id) return id.error();
        kept_span kept;
        static_cast<storage::span&>(kept.what) = span;
        kept.what.id = *id;
        if (span.request) {
            auto const number = storage::number_of(db, whose, storage::numbered::request, *span.request);
            if (!number) return number.error();
            kept.request = *number;
        }
        if (closes_traces)
            if (auto const done = storage::close_trace(db, whose, span.trace_id, now); !done) return done.error();
        all.push_back(std::move(kept));
    }
    return all;
}

using span_key = std::tuple<storage::organization_id, std::string, std::string>;

/// Spans whose calls are on their way into the record. One that is sent again meanwhile waits until its call is known,
/// or it would be recorded twice.
class spans_under_way
{
public:
    explicit spans_under_way(std::set<span_key> keys)
        : keys_(std::move(keys))
    {
    }
    spans_under_way(spans_under_way const&) = delete;
    spans_under_way& operator=(spans_under_way const&) = delete;
    ~spans_under_way()
    {
        if (!entered_) return;
        std::scoped_lock const lock(mutex);
        for (auto const& key : keys_) all.erase(key);
    }

    /// Whether none of them was under way; they are now.
    bool enter()
    {
        std::scoped_lock const lock(mutex);
        if (std::ranges::any_of(keys_, [](span_key const& key) { return all.contains(key); })) return false;
        all.insert(keys_.begin(), keys_.end());
        entered_ = true;
        return true;
    }

private:
    static inline std::mutex mutex;
    static inline std::set<span_key> all; ///< of this process, which has the record for itself

    std::set<span_key> keys_;
    bool entered_ = false;
};

} // namespace

asio::awaitable<result<kept_spans>> keep_spans(std::vector<told_span> spans, bool closes_traces, services& with)
{
    constexpr std::chrono::milliseconds between_looks{20}, longest_wait{30'000};
    std::vector<storage::span> told;
    std::set<span_key> keys;
    for (auto const& span : spans) {
        told.push_back(span.what);
        if (span.call) keys.emplace(with.organization, span.what.trace_id, span.what.span_id);
    }
    spans_under_way under_way(std::move(keys));
    auto const until = std::chrono::steady_clock::now() + longest_wait;
    while (!under_way.enter()) {
        if (std::chrono::steady_clock::now() > until) co_return failure(errc::not_ready, "the spans are being kept");
        bool const go_on = co_await pause(between_looks);
        if (!go_on) co_return failure(errc::not_ready);
    }
    auto const look = [whose = with.organization, told](storage::connection& db) { return look_up(db, whose, told); };
    auto const known = co_await with.store.read(look);
    if (!known) co_return known.error();

    kept_spans answer;
    std::vector<storage::span> open;
    std::map<std::pair<std::string, std::string>, std::optional<storage::uuid>> tracked_here; // one may come twice
    for (std::size_t i = 0; i < spans.size(); ++i) {
        auto& span = spans[i].what;
        if (known->closed_traces.contains(span.trace_id)) {
            answer.rejected_spans.push_back(span.span_id);
            continue;
        }
        auto& before = tracked_here[{span.trace_id, span.span_id}];
        span.request = known->calls[i] ? known->calls[i] : before;
        if (spans[i].call && !span.request) {
            auto const tracked = co_await track(std::move(*spans[i].call), with);
            bool const lacks_prompt = !tracked && status_for(tracked.error().code) == 404;
            if (!tracked && !lacks_prompt) co_return tracked.error();
            if (tracked) span.request = tracked->id;
        }
        before = span.request;
        open.push_back(std::move(span));
    }
    answer.rejected_traces.assign(known->closed_traces.begin(), known->closed_traces.end());
    auto const write = [whose = with.organization, open = std::move(open), closes_traces, now = with.now_us()](
                           storage::connection& db) { return write_down(db, whose, open, closes_traces, now); };
    auto kept = co_await with.store.write(write);
    if (!kept) co_return kept.error();
    answer.kept = std::move(*kept);
    co_return answer;
}

} // namespace weir::api::promptlayer
