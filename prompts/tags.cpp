#include "prompts/tags.hpp"

#include <algorithm>
#include <charconv>

namespace weir::prompts
{
namespace
{

constexpr std::string_view input_begin = "<helicone-prompt-input";
constexpr std::string_view input_end = "</helicone-prompt-input>";
constexpr std::string_view static_begin = "<helicone-prompt-static>";
constexpr std::string_view static_end = "</helicone-prompt-static>";
constexpr std::string_view asset_begin = "<helicone-asset-id";
constexpr std::string_view automatic_begin = "<helicone-auto-prompt-input";
constexpr std::string_view space = " \t\r\n\f\v";

std::size_t skip_space(std::string_view text, std::size_t at)
{
    return std::min(text.find_first_not_of(space, at), text.size());
}

/// The markup that opens an element, or is all of a placeholder.
struct opening {
    std::size_t begin = 0, end = 0;
    std::string_view key;
    bool closes_itself = false;
};

/// Reads the opening that begins with `name` at `begin`: white space, `key="…"`, white space, `>` or `/>`.
std::optional<opening> read_opening(std::string_view text, std::size_t begin, std::string_view name)
{
    constexpr std::string_view attribute = "key=\"";
    auto const after_name = begin + name.size();
    auto at = skip_space(text, after_name);
    if (at == after_name || text.substr(at, attribute.size()) != attribute) return std::nullopt;
    auto const key_begin = at + attribute.size();
    auto const key_end = text.find('"', key_begin);
    if (key_end == text.npos) return std::nullopt;
    opening found{.begin = begin, .key = text.substr(key_begin, key_end - key_begin)};
    at = skip_space(text, key_end + 1);
    found.closes_itself = text.substr(at, 1) == "/";
    if (found.closes_itself) ++at;
    if (text.substr(at, 1) != ">") return std::nullopt;
    found.end = at + 1;
    return found;
}

/// The first well-formed opening of one kind at or behind `from`.
std::optional<opening> find_opening(std::string_view text, std::size_t from, bool closes_itself,
                                    std::string_view name = input_begin)
{
    for (auto at = text.find(name, from); at != text.npos; at = text.find(name, at + 1)) {
        auto const found = read_opening(text, at, name);
        if (found && found->closes_itself == closes_itself) return found;
    }
    return std::nullopt;
}

struct automatic_tag {
    std::size_t begin = 0, end = 0, number = 0;
};

std::optional<automatic_tag> next_automatic(std::string_view text, std::size_t from)
{
    constexpr std::string_view attribute = "idx=";
    for (auto begin = text.find(automatic_begin, from); begin != text.npos;
         begin = text.find(automatic_begin, begin + 1)) {
        auto at = skip_space(text, begin + automatic_begin.size());
        if (text.substr(at, attribute.size()) != attribute) continue;
        at += attribute.size();
        automatic_tag found{.begin = begin};
        auto const [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), found.number);
        if (error != std::errc()) continue;
        at = skip_space(text, static_cast<std::size_t>(end - text.data()));
        if (text.substr(at, 2) != "/>") continue;
        found.end = at + 2;
        return found;
    }
    return std::nullopt;
}

/// An element with something in it: its two pieces of markup.
struct element {
    span_of_text open, close;
};

/// Where a next element may be looked for, once one was not closed: nowhere, since none behind it is either.
std::optional<element> next_input_element(std::string_view text, std::size_t from, std::string_view& key)
{
    auto const begin = find_opening(text, from, false);
    if (!begin) return std::nullopt;
    auto const end = text.find(input_end, begin->end);
    if (end == text.npos) return std::nullopt;
    key = begin->key;
    return element{{begin->begin, begin->end}, {end, end + input_end.size()}};
}

std::optional<element> next_static_element(std::string_view text, std::size_t from)
{
    auto const begin = text.find(static_begin, from);
    if (begin == text.npos) return std::nullopt;
    auto const end = text.find(static_end, begin + static_begin.size());
    if (end == text.npos) return std::nullopt;
    return element{{begin, begin + static_begin.size()}, {end, end + static_end.size()}};
}

} // namespace

std::optional<input_tag> next_input(std::string_view text, std::size_t from)
{
    std::string_view key;
    auto const found = next_input_element(text, from, key);
    if (!found) return std::nullopt;
    return input_tag{.whole = text.substr(found->open.begin, found->close.end - found->open.begin),
                     .key = key,
                     .value = text.substr(found->open.end, found->close.begin - found->open.end)};
}

std::optional<input_tag> next_placeholder(std::string_view text, std::size_t from)
{
    auto const found = find_opening(text, from, true);
    if (!found) return std::nullopt;
    return input_tag{.whole = text.substr(found->begin, found->end - found->begin), .key = found->key, .value = {}};
}

std::optional<asset_tag> next_asset(std::string_view text, std::size_t from)
{
    auto const found = find_opening(text, from, true, asset_begin);
    if (!found) return std::nullopt;
    return asset_tag{.whole = text.substr(found->begin, found->end - found->begin), .id = found->key};
}

std::string asset_markup(std::string_view id)
{
    return std::string(asset_begin) + " key=\"" + std::string(id) + "\"/>";
}

std::string with_assets(std::string_view text, std::function<std::string(std::string_view id)> const& image_of)
{
    std::string out;
    std::size_t copied = 0;
    for (auto tag = next_asset(text); tag; tag = next_asset(text, copied)) {
        auto const begin = static_cast<std::size_t>(tag->whole.data() - text.data());
        out.append(text.substr(copied, begin - copied)).append(image_of(tag->id));
        copied = begin + tag->whole.size();
    }
    return out.append(text.substr(copied));
}

bool has_static(std::string_view text) { return next_static_element(text, 0).has_value(); }

std::optional<std::size_t> automatic_input(std::string_view text)
{
    std::optional<std::size_t> last;
    for (auto found = next_automatic(text, 0); found; found = next_automatic(text, found->end)) last = found->number;
    return last;
}

std::string without_automatic_inputs(std::string_view text)
{
    std::string out;
    std::size_t copied = 0;
    for (auto found = next_automatic(text, 0); found; found = next_automatic(text, found->end)) {
        out += text.substr(copied, found->begin - copied);
        copied = found->end;
    }
    return out.append(text.substr(copied));
}

std::string automatic_placeholder(std::size_t number)
{
    return std::string(automatic_begin) + " idx=" + std::to_string(number) + " />";
}

std::vector<span_of_text> markup_of(std::string_view text)
{
    std::vector<span_of_text> all;
    std::string_view key;
    for (auto found = next_input_element(text, 0, key); found; found = next_input_element(text, found->close.end, key))
        all.insert(all.end(), {found->open, found->close});
    for (auto found = next_static_element(text, 0); found; found = next_static_element(text, found->close.end))
        all.insert(all.end(), {found->open, found->close});
    std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.begin < b.begin; });
    // A key may hold what looks like the other kind's markup: that goes with the element whose key it is.
    std::size_t end = 0;
    std::erase_if(all, [&end](span_of_text const& piece) {
        bool const is_within = piece.begin < end;
        if (!is_within) end = piece.end;
        return is_within;
    });
    return all;
}

std::string without_elements(std::string_view text)
{
    std::string out;
    std::size_t copied = 0;
    for (auto const& piece : markup_of(text)) {
        out += text.substr(copied, piece.begin - copied);
        copied = piece.end;
    }
    return out.append(text.substr(copied));
}

} // namespace weir::prompts
