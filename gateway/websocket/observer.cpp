#include "gateway/websocket/observer.hpp"

#include <algorithm>

namespace weir::gateway::websocket
{
namespace
{

/// The end of a long event, in which its usage stands.
constexpr std::size_t tail_bytes = 16 * 1024;

/// Whether a binary message that begins like this is JSON.
bool begins_json(std::string_view text)
{
    constexpr std::string_view follows = "\"}\t\r\n ";
    return text.starts_with('{') && (text.size() == 1 || follows.find(text[1]) != follows.npos);
}

} // namespace

observer::~observer()
{
    if (budget_) budget_->give_back(counted_);
}

void observer::read_events(formats::realtime_tally& events, capture_budget& budget)
{
    events_ = &events;
    budget_ = &budget;
}

void observer::see(std::string_view bytes, std::int64_t at_us)
{
    bytes_ += bytes.size();
    for (;;) {
        auto const p = frames_.next(bytes);
        if (!p) return;
        if (is_text(*p)) take_text(*p, at_us);
        if (p->of == kind::close) take_close(*p);
        if (p->last && (p->of == kind::text || p->of == kind::binary)) ++messages_;
    }
}

void observer::end(std::int64_t at_us)
{
    if (kept_) kept_->writer.end(at_us);
}

bool observer::is_text(piece const& p)
{
    if (p.of != kind::binary) return p.of == kind::text;
    if (p.first) {
        std::string beginning;
        piece{p.of, p.first, p.last, p.bytes.substr(0, 2), p.mask}.append_to(beginning);
        binary_is_text_ = begins_json(beginning);
    }
    return binary_is_text_;
}

void observer::take_text(piece const& p, std::int64_t at_us)
{
    if (kept_ && !kept_->into.is_cut() && !kept_->into.is_refused()) {
        std::string text;
        p.append_to(text);
        kept_->writer.add(text, p.first, p.last, at_us);
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
    if (p.last) {
        events_->take(event_, tail_);
        std::string().swap(event_); // an assignment would keep the memory
        std::string().swap(tail_);
    }
    count_memory();
}

void observer::count_memory()
{
    auto const now = event_.capacity() + tail_.capacity();
    budget_->add(static_cast<std::int64_t>(now) - static_cast<std::int64_t>(counted_));
    counted_ = now;
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
