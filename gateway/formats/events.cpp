#include "gateway/formats/events.hpp"

#include "gateway/formats/json_values.hpp"

namespace weir::gateway::formats
{

event_reader event_reader::from_middle(framing how, std::string_view bytes)
{
    event_reader reader{how, bytes};
    reader.skip_to_boundary();
    return reader;
}

bool event_reader::next(event& into)
{
    switch (how_) {
    case framing::sse: return next_sse(into);
    case framing::json_array: return next_element(into);
    case framing::lines: return next_line(into);
    case framing::none: break;
    }
    return false;
}

/// A line ends with LF, CRLF or CR; the last one with the bytes.
std::string_view event_reader::take_line()
{
    auto const begin = at_;
    while (at_ < bytes_.size() && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
    auto const line = bytes_.substr(begin, at_ - begin);
    if (at_ < bytes_.size()) at_ += bytes_.substr(at_, 2) == "\r\n" ? 2 : 1;
    return line;
}

void event_reader::skip_to_boundary()
{
    // Neither SSE data nor a JSON string can hold a bare line end, so these lines are never inside an event.
    auto const is_boundary = [this](std::string_view line) {
        switch (how_) {
        case framing::sse: return line.empty();
        case framing::json_array: return trimmed(line) == ",";
        default: return true;
        }
    };
    while (at_ < bytes_.size())
        if (is_boundary(take_line())) return;
}

bool event_reader::next_sse(event& into)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (at_ == 0 && bytes_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();

    std::size_t data_lines = 0;
    into = {};
    while (at_ < bytes_.size()) {
        auto const line = take_line();
        if (line.empty()) {
            if (data_lines > 0) break;
            into.name = {}; // an event without data is none
            continue;
        }
        auto const colon = line.find(':');
        auto const field = line.substr(0, colon);
        auto value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);

        if (field == "event") into.name = value;
        if (field != "data") continue; // a comment has an empty field name
        if (++data_lines == 1) {
            into.data = value;
            continue;
        }
        if (data_lines == 2) joined_ = into.data;
        joined_.append(1, '\n').append(value);
    }
    if (data_lines > 1) into.data = joined_;
    into.end = at_;
    return data_lines > 0;
}

bool event_reader::next_element(event& into)
{
    for (bool between = true; between && at_ < bytes_.size();) {
        auto const c = bytes_[at_];
        if (c == ']') array_closed_ = true;
        between = c != '{';
        if (between) ++at_; // brackets, commas, white space; an element that is no object has nothing to say
    }
    auto const begin = at_;
    std::size_t depth = 0;
    bool in_string = false;
    for (; at_ < bytes_.size(); ++at_) {
        auto const c = bytes_[at_];
        if (in_string) {
            if (c == '\\')
                ++at_;
            else
                in_string = c != '"';
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            ++depth;
        else if ((c == '}' || c == ']') && --depth == 0) {
            ++at_;
            into = {.name = {}, .data = bytes_.substr(begin, at_ - begin), .end = at_};
            return true;
        }
    }
    at_ = bytes_.size();
    return false;
}

bool event_reader::next_line(event& into)
{
    while (at_ < bytes_.size()) {
        auto const line = trimmed(take_line());
        if (line.empty()) continue;
        into = {.name = {}, .data = line, .end = at_};
        return true;
    }
    return false;
}

} // namespace weir::gateway::formats
