#include "storage/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <algorithm>
#include <charconv>

namespace weir::storage
{

namespace json = boost::json;

std::string to_json(text_pairs const& pairs)
{
    std::string out = "{";
    for (auto const& [name, value] : pairs) {
        if (out.size() > 1) out += ',';
        out += json::serialize(json::string_view(name.data(), name.size()));
        out += ':';
        out += json::serialize(json::string_view(value.data(), value.size()));
    }
    return out + '}';
}

void put_property(text_pairs& to, std::string_view name, std::string_view value)
{
    auto const known = std::ranges::find(to, name, &text_pairs::value_type::first);
    if (known == to.end())
        to.emplace_back(name, value);
    else
        known->second = value;
}

text_pairs pairs_of_json(std::string_view text)
{
    text_pairs out;
    json::error_code error;
    auto const value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_object()) return out;
    for (auto const& member : value.get_object()) {
        auto const* content = member.value().if_string();
        if (content) out.emplace_back(std::string(member.key()), std::string(content->data(), content->size()));
    }
    return out;
}

std::string json_of_texts(std::vector<std::string> const& texts)
{
    json::array all;
    for (auto const& text : texts) all.emplace_back(text);
    return json::serialize(all);
}

std::vector<std::string> texts_of_json(std::string_view text)
{
    std::vector<std::string> out;
    json::error_code error;
    auto const value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_array()) return out;
    for (auto const& element : value.get_array())
        if (auto const* content = element.if_string()) out.emplace_back(content->data(), content->size());
    return out;
}

std::string json_of_rows(std::span<row_id const> rows)
{
    std::string list;
    for (auto const row : rows) {
        list += list.empty() ? '[' : ',';
        list += std::to_string(static_cast<std::int64_t>(row));
    }
    return list.empty() ? "[]" : list + ']';
}

std::optional<std::vector<row_id>> rows_of_json(std::string_view json)
{
    std::vector<row_id> rows;
    if (json == "[]") return rows;
    for (char before = '['; json.starts_with(before); before = ',') {
        json.remove_prefix(1);
        std::int64_t id = 0;
        auto const [end, error] = std::from_chars(json.data(), json.data() + json.size(), id);
        if (error != std::errc()) return std::nullopt;
        rows.push_back(row_id{id});
        json.remove_prefix(static_cast<std::size_t>(end - json.data()));
    }
    if (json != "]") return std::nullopt;
    return rows;
}

} // namespace weir::storage
