#include "mock/pieces.hpp"

#include <algorithm>

namespace weir::mock
{

pieces::pieces(answer const& of, knobs const& asked)
    : of_(of)
    , asked_(asked)
    , encoder_(asked.encoded)
{
}

std::optional<pieces::piece> pieces::next()
{
    if (ended_) return std::nullopt;
    auto found = of_.stream ? next_event() : next_plain();
    if (found) {
        found->bytes = encoder_.encode(std::move(found->bytes));
        return found;
    }
    ended_ = true;
    piece rest{encoder_.finish(), false};
    if (rest.bytes.empty()) return std::nullopt;
    return rest;
}

std::optional<pieces::piece> pieces::next_event()
{
    auto const& stream = *of_.stream;
    auto const with_last = !asked_.no_done && !stream.last.empty();
    auto const end = stream.before.size() + stream.count + stream.after.size() + (with_last ? 1 : 0);
    auto const fails_at =
        asked_.error_event ? std::min(stream.before.size() + std::min(*asked_.error_event, stream.count), end) : end;
    auto const i = at_++;
    if (i > fails_at || (i == fails_at && !asked_.error_event)) return std::nullopt;
    if (i == fails_at) return piece{dressed(stream.error, true), false};

    auto const is_last = i + 1 == end;
    auto index = i;
    if (index < stream.before.size()) return piece{dressed(stream.before[index], is_last), false};
    index -= stream.before.size();
    if (index < stream.count) return piece{dressed(stream.content(index), is_last), true};
    index -= stream.count;
    if (index < stream.after.size()) return piece{dressed(stream.after[index], is_last), false};
    return piece{dressed(stream.last, is_last), false};
}

std::string pieces::dressed(std::string event, bool is_last) const
{
    if (!of_.stream->is_sse) return event;
    if (is_last && asked_.no_last_blank) event.pop_back();
    if (asked_.comments) event.insert(0, ": keep-alive\n\n");
    auto const& line_end = asked_.line_end.empty() ? of_.stream->line_end : asked_.line_end;
    if (line_end == "\n") return event;
    std::string result;
    for (char const c : event) {
        if (c == '\n')
            result += line_end;
        else
            result += c;
    }
    return result;
}

std::optional<pieces::piece> pieces::next_plain()
{
    auto const total = of_.body.size() + of_.fill_bytes;
    auto const fill_end = of_.fill_at + of_.fill_bytes;
    if (at_ >= total) return std::nullopt;
    piece found;
    if (of_.fill_bytes == 0) {
        found.bytes = of_.body;
    } else if (at_ < of_.fill_at) {
        found.bytes = of_.body.substr(0, of_.fill_at);
    } else if (at_ < fill_end) {
        auto const& block = binary_block();
        auto const count = std::min<std::uint64_t>(block.size(), fill_end - at_);
        found.bytes = of_.filler ? std::string(count, of_.filler) : block.substr(0, count);
    } else {
        found.bytes = of_.body.substr(of_.fill_at);
    }
    at_ += found.bytes.size();
    return found;
}

std::uint64_t length_of(answer const& of, knobs const& asked)
{
    auto const encodes = asked.encoded != encoding::none && asked.encoded != encoding::gzip_label_only;
    if (!of.stream && !encodes) return of.body.size() + of.fill_bytes;
    pieces all(of, asked);
    std::uint64_t length = 0;
    while (auto const piece = all.next()) length += piece->bytes.size();
    return length;
}

} // namespace weir::mock
