// TracesData as protobuf: the numbers of opentelemetry/proto/{trace,common}/v1.
#include "api/otlp.hpp"
#include "api/protobuf.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>

#include <bit>

namespace json = boost::json;

namespace weir::api
{
namespace
{

/// How deep values of attributes may be nested.
constexpr int most_nested = 32;

/// Calls `use` with each field of a message. False when its bytes, or those of a part, are no protobuf.
template <class Use>
bool for_each_field(std::string_view message, Use use)
{
    protobuf_reader reader(message);
    while (reader.next())
        if (!use(reader)) return false;
    return reader.is_good();
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (auto const byte : bytes) {
        auto const value = static_cast<unsigned char>(byte);
        text += digits[value >> 4U];
        text += digits[value & 15U];
    }
    return text;
}

bool read_attribute(std::string_view message, json::object& to, int depth);

/// An AnyValue.
bool read_value(std::string_view message, json::value& to, int depth)
{
    if (depth == most_nested) return false;
    return for_each_field(message, [&](protobuf_reader const& value) {
        switch (value.field()) {
        case 1: to = net::clean_text(value.bytes()); return true;
        case 2: to = value.number() != 0; return true;
        case 3: to = static_cast<std::int64_t>(value.number()); return true;
        case 4: to = std::bit_cast<double>(value.number()); return true;
        case 5:
            to.emplace_array();
            return for_each_field(value.bytes(), [&](protobuf_reader const& part) {
                return part.field() != 1 || read_value(part.bytes(), to.get_array().emplace_back(nullptr), depth + 1);
            });
        case 6:
            to.emplace_object();
            return for_each_field(value.bytes(), [&](protobuf_reader const& part) {
                return part.field() != 1 || read_attribute(part.bytes(), to.get_object(), depth + 1);
            });
        case 7: to = hex(value.bytes()); return true;
        default: return true;
        }
    });
}

/// A KeyValue.
bool read_attribute(std::string_view message, json::object& to, int depth)
{
    std::string key;
    json::value value;
    bool const good = for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 1) key = net::clean_text(part.bytes());
        return part.field() != 2 || read_value(part.bytes(), value, depth);
    });
    if (good) to[key] = std::move(value);
    return good;
}

bool read_event(std::string_view message, json::array& to)
{
    json::object event, attributes;
    event["time"] = "0";
    event["name"] = "";
    bool const good = for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 1) event["time"] = std::to_string(part.number());
        if (part.field() == 2) event["name"] = net::clean_text(part.bytes());
        return part.field() != 3 || read_attribute(part.bytes(), attributes, 0);
    });
    event["attributes"] = std::move(attributes);
    to.push_back(std::move(event));
    return good;
}

bool read_link(std::string_view message, json::array& to)
{
    json::object link, attributes;
    bool const good = for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 1) link["trace_id"] = hex(part.bytes());
        if (part.field() == 2) link["span_id"] = hex(part.bytes());
        return part.field() != 4 || read_attribute(part.bytes(), attributes, 0);
    });
    link["attributes"] = std::move(attributes);
    to.push_back(std::move(link));
    return good;
}

bool read_status(std::string_view message, otlp_span& to)
{
    return for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 2) to.status_message = net::clean_text(part.bytes());
        if (part.field() == 3) to.status = part.number();
        return true;
    });
}

bool read_span(std::string_view message, otlp_span& to)
{
    return for_each_field(message, [&](protobuf_reader const& part) {
        switch (part.field()) {
        case 1: to.trace_id = hex(part.bytes()); return true;
        case 2: to.span_id = hex(part.bytes()); return true;
        case 4: to.parent_id = hex(part.bytes()); return true;
        case 5: to.name = net::clean_text(part.bytes()); return true;
        case 6: to.kind = part.number(); return true;
        case 7: to.started_ns = part.number(); return true;
        case 8: to.ended_ns = part.number(); return true;
        case 9: return read_attribute(part.bytes(), to.attributes, 0);
        case 11: return read_event(part.bytes(), to.events);
        case 13: return read_link(part.bytes(), to.links);
        case 15: return read_status(part.bytes(), to);
        default: return true;
        }
    });
}

/// The attributes of the resource in a ResourceSpans message, wherever in it they stand.
bool read_resource(std::string_view message, json::object& to)
{
    return for_each_field(message, [&](protobuf_reader const& part) {
        return part.field() != 1 || for_each_field(part.bytes(), [&](protobuf_reader const& inner) {
                   return inner.field() != 1 || read_attribute(inner.bytes(), to, 0);
               });
    });
}

} // namespace

otlp_spans spans_of_protobuf(std::string_view bytes)
{
    std::vector<otlp_span> spans;
    bool are_too_many = false;
    std::shared_ptr<json::object const> made_by;
    auto const read_scope = [&](protobuf_reader const& part) { // of ScopeSpans
        if (part.field() != 2) return true;
        are_too_many |= spans.size() == most_spans;
        if (are_too_many) return false;
        auto& to = spans.emplace_back();
        to.resource = made_by;
        return read_span(part.bytes(), to);
    };
    auto const read_scopes = [&](protobuf_reader const& part) { // of ResourceSpans
        return part.field() != 2 || for_each_field(part.bytes(), read_scope);
    };
    bool const good = for_each_field(bytes, [&](protobuf_reader const& part) {
        if (part.field() != 1) return true;
        json::object attributes;
        if (!read_resource(part.bytes(), attributes)) return false;
        made_by = std::make_shared<json::object const>(std::move(attributes));
        return for_each_field(part.bytes(), read_scopes);
    });
    if (are_too_many) return "body: more than " + std::to_string(most_spans) + " spans";
    if (!good) return std::string("body: is no TracesData message");
    return spans;
}

} // namespace weir::api
