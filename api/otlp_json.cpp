// TracesData as JSON, by protobuf's rules for it: 64-bit numbers are texts, ids hexadecimal.
#include "api/otlp.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace json = boost::json;

namespace weir::api
{
namespace
{

json::array const no_items;

std::string wrong(std::string const& path, std::string_view what) { return path + ": " + std::string(what); }

/// The array of that name; none when it is something else. Protobuf's JSON leaves out an array without items.
json::array const* items(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    if (!found || found->is_null()) return &no_items;
    return found->if_array();
}

/// A 64-bit number, which protobuf's JSON writes as text.
std::optional<std::uint64_t> unsigned_of(json::value const& from)
{
    if (auto const* text = from.if_string()) return net::parse_number({text->data(), text->size()});
    boost::system::error_code too_large;
    auto const number = from.to_number<std::uint64_t>(too_large);
    return too_large ? std::nullopt : std::optional(number);
}

/// A number that may also be written as one of these names, the first for 0.
template <std::size_t N>
std::optional<std::uint64_t> enumerator_of(json::value const& from, std::array<std::string_view, N> const& names)
{
    auto const* text = from.if_string();
    if (!text) return unsigned_of(from);
    auto const found = std::ranges::find(names, std::string_view(*text));
    if (found == names.end()) return std::nullopt;
    return static_cast<std::uint64_t>(found - names.begin());
}

std::string clean_string(json::value const& from)
{
    auto const* text = from.if_string();
    return text ? net::clean_text({text->data(), text->size()}) : std::string();
}

json::object attributes_in(json::array const& from);

/// An AnyValue; null where it is none.
json::value value_of(json::value const& from)
{
    auto const* object = from.if_object();
    if (!object || object->empty()) return nullptr;
    std::string_view const name = object->begin()->key();
    auto const& value = object->begin()->value();
    if (name == "stringValue" || name == "bytesValue") return json::value(clean_string(value));
    if (name == "intValue" && value.is_string()) {
        boost::system::error_code no_number;
        auto number = json::parse(value.get_string(), no_number);
        return !no_number && number.is_number() ? number : json::value(clean_string(value));
    }
    if (name == "intValue" || name == "doubleValue" || name == "boolValue")
        return value.is_number() || value.is_bool() ? value : json::value(clean_string(value));
    auto const* parts = value.is_object() ? items(value.get_object(), "values") : nullptr;
    if (!parts) return nullptr;
    if (name == "kvlistValue") return attributes_in(*parts);
    if (name != "arrayValue") return nullptr;
    json::array all;
    for (auto const& part : *parts) all.push_back(value_of(part));
    return all;
}

/// Those that are well formed.
json::object attributes_in(json::array const& from)
{
    json::object all;
    for (auto const& one : from) {
        auto const* object = one.if_object();
        auto const* key = object ? object->if_contains("key") : nullptr;
        auto const* value = object ? object->if_contains("value") : nullptr;
        if (key && key->is_string() && value) all[clean_string(*key)] = value_of(*value);
    }
    return all;
}

std::string read_attributes(json::object const& of, std::string const& path, json::object& to)
{
    auto const* attributes = items(of, "attributes");
    if (!attributes) return wrong(path + ".attributes", "must be an array");
    for (std::size_t i = 0; i < attributes->size(); ++i) {
        auto const here = path + ".attributes[" + std::to_string(i) + "]";
        auto const* object = (*attributes)[i].if_object();
        auto const* key = object ? object->if_contains("key") : nullptr;
        auto const* value = object ? object->if_contains("value") : nullptr;
        if (!key || !key->is_string()) return wrong(here + ".key", "must be a string");
        if (!value || !value->is_object()) return wrong(here + ".value", "must be an object");
    }
    to = attributes_in(*attributes);
    return {};
}

std::string text_member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found ? clean_string(*found) : std::string();
}

/// Events and links: what has no attributes of the right form has none.
json::object part_of_span(json::value const& from)
{
    json::object to;
    auto const* object = from.if_object();
    auto const* attributes = object ? items(*object, "attributes") : nullptr;
    to["attributes"] = attributes ? attributes_in(*attributes) : json::object();
    return to;
}

void read_parts(json::object const& of, otlp_span& to)
{
    if (auto const* events = items(of, "events"))
        for (auto const& event : *events) {
            if (!event.is_object()) continue;
            auto part = part_of_span(event);
            part["name"] = text_member(event.get_object(), "name");
            auto const* time = event.get_object().if_contains("timeUnixNano");
            part["time"] = std::to_string(time ? unsigned_of(*time).value_or(0) : 0);
            to.events.push_back(std::move(part));
        }
    if (auto const* links = items(of, "links"))
        for (auto const& link : *links) {
            if (!link.is_object()) continue;
            auto part = part_of_span(link);
            part["trace_id"] = net::to_lower(text_member(link.get_object(), "traceId"));
            part["span_id"] = net::to_lower(text_member(link.get_object(), "spanId"));
            to.links.push_back(std::move(part));
        }
}

std::string read_status(json::object const& of, std::string const& path, otlp_span& to)
{
    constexpr std::array<std::string_view, 3> codes{"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    auto const* status = of.if_contains("status");
    if (!status || status->is_null()) return {};
    if (!status->is_object()) return wrong(path + ".status", "must be an object");
    to.status_message = text_member(status->get_object(), "message");
    auto const* code = status->get_object().if_contains("code");
    if (!code) return {};
    auto const number = enumerator_of(*code, codes);
    if (!number) return wrong(path + ".status.code", "must be a status code of OpenTelemetry");
    to.status = *number;
    return {};
}

std::string read_span(json::value const& from, std::string const& path, otlp_span& to)
{
    constexpr std::array<std::string_view, 6> kinds{"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                                    "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                                    "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
    auto const* object = from.if_object();
    if (!object) return wrong(path, "must be an object");
    for (auto const& [name, member] :
         {std::pair{"startTimeUnixNano", &otlp_span::started_ns}, std::pair{"endTimeUnixNano", &otlp_span::ended_ns}}) {
        auto const* told = object->if_contains(name);
        if (!told) continue;
        auto const time = unsigned_of(*told);
        if (!time) return wrong(path + "." + name, "must be nanoseconds since 1970");
        to.*member = *time;
    }
    if (auto const* kind = object->if_contains("kind")) {
        auto const number = enumerator_of(*kind, kinds);
        if (!number) return wrong(path + ".kind", "must be a span kind of OpenTelemetry");
        to.kind = *number;
    }
    to.trace_id = net::to_lower(text_member(*object, "traceId"));
    to.span_id = net::to_lower(text_member(*object, "spanId"));
    to.parent_id = net::to_lower(text_member(*object, "parentSpanId"));
    to.name = text_member(*object, "name");
    read_parts(*object, to);
    if (auto bad = read_status(*object, path, to); !bad.empty()) return bad;
    return read_attributes(*object, path, to.attributes);
}

/// Calls `use` with each object of the array `name`, and its path, until one of them says what is wrong.
template <class Use>
std::string for_each_in(json::object const& of, std::string const& path, std::string_view name, Use use)
{
    auto const here = (path.empty() ? "" : path + ".") + std::string(name);
    auto const* found = items(of, name);
    if (!found) return wrong(here, "must be an array");
    for (std::size_t i = 0; i < found->size(); ++i)
        if (auto bad = use((*found)[i], here + "[" + std::to_string(i) + "]"); !bad.empty()) return bad;
    return {};
}

} // namespace

otlp_spans spans_of_json(json::value const& traces)
{
    std::vector<otlp_span> spans;
    std::shared_ptr<json::object const> made_by;
    auto const read_one = [&](json::value const& span, std::string const& path) {
        if (spans.size() == most_spans) return wrong(path, "more than " + std::to_string(most_spans) + " spans");
        auto& to = spans.emplace_back();
        to.resource = made_by;
        return read_span(span, path, to);
    };
    auto const read_scope = [&](json::value const& scope, std::string const& path) {
        if (!scope.is_object()) return wrong(path, "must be an object");
        return for_each_in(scope.get_object(), path, "spans", read_one);
    };
    auto const read_resource = [&](json::value const& resource, std::string const& path) {
        if (!resource.is_object()) return wrong(path, "must be an object");
        json::object attributes;
        auto const* described = resource.get_object().if_contains("resource");
        if (described && described->is_object())
            if (auto bad = read_attributes(described->get_object(), path + ".resource", attributes); !bad.empty())
                return bad;
        made_by = std::make_shared<json::object const>(std::move(attributes));
        return for_each_in(resource.get_object(), path, "scopeSpans", read_scope);
    };
    auto const* whole = traces.if_object();
    if (!whole) return std::string("body: must be an object");
    if (auto bad = for_each_in(*whole, "", "resourceSpans", read_resource); !bad.empty()) return bad;
    return spans;
}

} // namespace weir::api
