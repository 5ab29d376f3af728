#include "gateway/stream_usage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace weir::gateway
{

namespace json = boost::json;

namespace
{

/// Walks over JSON text without building anything.
class json_cursor
{
public:
    explicit json_cursor(std::string_view text)
        : text_(text)
    {
    }

    std::size_t position() const { return at_; }

    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    bool skip(char expected)
    {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != expected) return false;
        ++at_;
        return true;
    }

    /// The text of a string, escapes as they stand; none when there is no string.
    std::optional<std::string_view> string()
    {
        if (!skip('"')) return std::nullopt;
        auto const begin = at_;
        for (;;) {
            at_ = text_.find_first_of("\"\\", at_);
            if (at_ == text_.npos) return std::nullopt;
            if (text_[at_] == '"') return text_.substr(begin, at_++ - begin);
            at_ += 2;
            if (at_ > text_.size()) return std::nullopt;
        }
    }

    /// A whole value of any kind; none when the text ends within it.
    std::optional<std::string_view> value()
    {
        skip_space();
        auto const begin = at_;
        if (at_ < text_.size() && text_[at_] == '"') {
            if (!string()) return std::nullopt;
            return text_.substr(begin, at_ - begin);
        }
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            char const c = text_[at_];
            if (c == '"') {
                if (!string()) return std::nullopt;
                continue;
            }
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++at_;
        }
        if (depth != 0 || at_ == begin) return std::nullopt;
        auto const end = text_.find_last_not_of(" \t\r\n", at_ - 1) + 1;
        return text_.substr(begin, end - begin);
    }

    bool at_end()
    {
        skip_space();
        return at_ == text_.size();
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// The value of a member, and how often the member stands there.
struct found_member {
    std::string_view value;
    int count = 0;
};

/// Looks for two members of an object; false when the text is not plainly one object.
bool find_members(std::string_view object, std::string_view first_name, found_member& first,
                  std::string_view second_name, found_member& second)
{
    json_cursor at(object);
    if (!at.skip('{')) return false;
    if (at.skip('}')) return at.at_end();
    do {
        auto const name = at.string();
        if (!name || !at.skip(':')) return false;
        if (name->find('\\') != name->npos) return false; // perhaps one of the two in disguise
        auto const value = at.value();
        if (!value) return false;
        for (auto [wanted, member] : {std::pair{first_name, &first}, {second_name, &second}}) {
            if (*name != wanted) continue;
            member->value = *value;
            ++member->count;
        }
    } while (at.skip(','));
    return at.skip('}') && at.at_end();
}

} // namespace

std::optional<body_edit> ask_for_usage(std::string_view body)
{
    if (body.find("\"stream\"") == body.npos) return std::nullopt;
    found_member stream, options;
    if (!find_members(body, "stream", stream, "stream_options", options)) return std::nullopt;
    if (stream.value != "true" || stream.count != 1 || options.count > 1) return std::nullopt;
    auto const offset = [&](std::string_view part) { return static_cast<std::size_t>(part.data() - body.data()); };

    if (options.count == 0) return body_edit{body.find('{') + 1, 0, R"("stream_options":{"include_usage":true},)"};
    if (options.value == "null") return body_edit{offset(options.value), 4, R"({"include_usage":true})"};

    found_member usage, none;
    if (!find_members(options.value, "include_usage", usage, {}, none) || usage.count > 1) return std::nullopt;
    if (usage.count == 0) {
        bool const is_empty = options.value.find('"') == options.value.npos;
        return body_edit{offset(options.value) + 1, 0,
                         is_empty ? R"("include_usage":true)" : R"("include_usage":true,)"};
    }
    if (usage.value != "false" && usage.value != "null") return std::nullopt;
    return body_edit{offset(usage.value), usage.value.size(), "true"};
}

namespace
{

/// The value behind `data:` of an event with one such line; empty for any other event.
std::string_view data_of(std::string_view event)
{
    auto const at = event.find("data:");
    if (at == event.npos || (at > 0 && event[at - 1] != '\n' && event[at - 1] != '\r')) return {};
    auto const begin = at + 5;
    return event.substr(begin, event.find_first_of("\r\n", begin) - begin);
}

bool is_usage_event(std::string_view event)
{
    // Cheap first: with usage asked for, every chunk carries "usage":null, but only this one has no choices.
    auto const choices = event.find("\"choices\"");
    if (choices == event.npos) return false;
    auto const after = event.find_first_not_of(" :", choices + 9);
    if (after == event.npos || event[after] != '[') return false;
    auto const closing = event.find_first_not_of(' ', after + 1);
    if (closing == event.npos || event[closing] != ']') return false;

    auto const data = data_of(event);
    json::error_code error;
    auto const value = json::parse(json::string_view(data.data(), data.size()), error);
    if (error || !value.is_object()) return false;
    auto const* empty = value.get_object().if_contains("choices");
    auto const* usage = value.get_object().if_contains("usage");
    return empty && empty->is_array() && empty->get_array().empty() && usage && usage->is_object();
}

} // namespace

void event_sieve::put(std::string_view bytes, std::string& out)
{
    while (!bytes.empty()) {
        auto const text = std::min(bytes.find_first_of("\r\n"), bytes.size());
        if (text > 0) {
            (passing_ ? out : held_) += bytes.substr(0, text);
            line_empty_ = after_cr_ = ended_ = false;
            bytes.remove_prefix(text);
        } else {
            char const c = bytes.front();
            bytes.remove_prefix(1);
            if (std::exchange(after_cr_, c == '\r') && c == '\n') {
                // The second half of a CRLF goes where its CR went.
                if (ended_) {
                    if (!dropped_last_) out += c;
                } else {
                    (passing_ ? out : held_) += c;
                }
            } else {
                (passing_ ? out : held_) += c;
                ended_ = std::exchange(line_empty_, true);
                if (ended_) end_event(out);
            }
        }
        if (held_.size() > most_held) {
            out += held_;
            std::string().swap(held_); // an assignment would keep the memory
            passing_ = true;
        }
    }
}

void event_sieve::end_event(std::string& out)
{
    dropped_last_ = !passing_ && is_usage_event(held_);
    if (!dropped_last_) out += held_;
    held_.clear();
    passing_ = false;
}

void event_sieve::finish(std::string& out)
{
    out += held_;
    held_.clear();
}

} // namespace weir::gateway
