#include "api/promptlayer/spans.hpp"

#include "storage/connection.hpp"
#include "storage/numbers.hpp"

#include <set>

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

} // namespace

asio::awaitable<result<kept_spans>> keep_spans(std::vector<told_span> spans, bool closes_traces, services& with)
{
    std::vector<storage::span> told;
    for (auto const& span : spans) told.push_back(span.what);
    auto const look = [whose = with.organization, told](storage::connection& db) { return look_up(db, whose, told); };
    auto const known = co_await with.store.read(look);
    if (!known) co_return known.error();

    kept_spans answer;
    std::vector<storage::span> open;
    for (std::size_t i = 0; i < spans.size(); ++i) {
        auto& span = spans[i].what;
        if (known->closed_traces.contains(span.trace_id)) {
            answer.rejected_spans.push_back(span.span_id);
            continue;
        }
        span.request = known->calls[i];
        if (spans[i].call && !span.request) {
            auto const tracked = co_await track(std::move(*spans[i].call), with);
            bool const lacks_prompt = !tracked && status_for(tracked.error().code) == 404;
            if (!tracked && !lacks_prompt) co_return tracked.error();
            if (tracked) span.request = tracked->id;
        }
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
