#include "gateway/websocket/observer.hpp"

#include "gateway/websocket/transcript.hpp"

#include <algorithm>

namespace weir::gateway::websocket
{
namespace
{

/// The end of a long event, in which its usage stands.
constexpr std::size_t tail_bytes = 16 * 1024;

} // namespace

void observer::see(std::string_view bytes, std::int64_t at_us)
{
    bytes_ += bytes.size();
    for (;;) {
        auto const p = frames_.next(bytes);
        if (!p) return;
        if (p->of == kind::text) take_text(*p, at_us);
        if (p->of == kind::close) take_close(*p);
        if (p->last && (p->of == kind::text || p->of == kind::binary)) ++messages_;
    }
}

void observer::take_text(piece const& p, std::int64_t at_us)
{
    if (!transcript_.is_cut() && !transcript_.is_refused()) {
        std::string text;
        p.append_to(text);
        if (p.last) text += message_end;
        transcript_.add(text, at_us);
    }
    if (events_) take_event(p);
}

void observer::take_event(piece const& p)
{
    constexpr auto most = formats::realtime_tally::most_event_bytes;
    if (p.first && p.last && p.bytes.size() <= most) { // as nearly all are: nothing is copied
        events_->take(p.bytes);
        return;
    }
    auto const room = most - std::min(most, event_.size());
    event_ += p.bytes.substr(0, room);
    if (p.bytes.size() > room) {
        tail_ += p.bytes.substr(room);
        if (tail_.size() > 2 * tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
    }
    if (!p.last) return;
    events_->take(event_, tail_);
    event_ = {};
    tail_ = {};
}

void observer::take_close(piece const& p)
{
    p.append_to(close_);
    if (!p.last) return;
    closed_.emplace();
    if (close_.size() < 2) return;
    closed_->code = static_cast<unsigned char>(close_[0]) << 8U | static_cast<unsigned char>(close_[1]);
    closed_->reason = close_.substr(2);
}

} // namespace weir::gateway::websocket
