#include "api/promptlayer/failure_body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <string_view>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

/// Takes the next part of a path such as `tags[0].name` or `metadata["a b"]` out of `path`, which begins with it.
json::value next_part(std::string_view& path)
{
    if (path.starts_with('.')) path.remove_prefix(1);
    if (path.starts_with('[')) {
        auto const is_quoted = path.starts_with("[\"");
        auto const end = path.find(']', is_quoted ? path.find("\"]") : 0);
        auto inner = path.substr(1, end == path.npos ? end : end - 1);
        path.remove_prefix(end == path.npos ? path.size() : end + 1);
        std::int64_t index = 0;
        if (auto const [stop, bad] = std::from_chars(inner.data(), inner.data() + inner.size(), index);
            bad == std::errc{} && stop == inner.data() + inner.size())
            return index;
        if (is_quoted && inner.size() >= 2) inner = inner.substr(1, inner.size() - 2);
        return json::value(json::string_view(inner));
    }
    auto const name = path.substr(0, path.find_first_of(".["));
    path.remove_prefix(name.size());
    return json::value(json::string_view(name));
}

/// Where and what of a text such as `tags[0]: expected a string, got a number`.
json::object detail_of(std::string_view text, std::string_view place)
{
    json::array where{json::string_view(place)};
    auto const colon = text.find(": ");
    auto what = text;
    if (colon != text.npos && text.substr(0, colon).find(' ') == text.npos) {
        what = text.substr(colon + 2);
        auto path = text.substr(0, colon);
        if (path == place) path = {};
        while (!path.empty()) where.push_back(next_part(path));
    }
    json::object detail;
    detail["loc"] = std::move(where);
    detail["msg"] = what;
    detail["type"] = what == "is required" ? "missing" : "value_error";
    return detail;
}

} // namespace

std::string failure_body(failure const& why)
{
    auto const text = text_for(why);
    json::object body;
    body["success"] = false;
    body["message"] = text;
    body["error"] =
        why.code == errc::forbidden ? text : text_for(failure(why.code)); // the code alone tells of web pages
    if (why.code == errc::unprocessable) body["detail"] = json::array{detail_of(text, why.place)};
    if (!why.trace_ids.empty()) body["trace_ids"] = json::array(why.trace_ids.begin(), why.trace_ids.end());
    return json::serialize(body);
}

} // namespace weir::api::promptlayer
