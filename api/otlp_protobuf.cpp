// TracesData as protobuf: the numbers of opentelemetry/proto/{trace,common}/v1.
#include "api/otlp.hpp"
#include "api/protobuf.hpp"
#include "net/text.hpp"

#include <array>
#include <bit>
#include <charconv>

namespace weir::api
{
namespace
{

/// Calls `use` with each field of a message. False when its bytes, or those of a part, are no protobuf.
template <class Use>
bool for_each_field(std::string_view message, Use use)
{
    protobuf_reader reader(message);
    while (reader.next())
        if (!use(reader)) return false;
    return reader.is_good();
}

std::string text_of(double value)
{
    std::array<char, 32> digits;
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

/// An AnyValue; `is_plain` is set when it is one that has no parts.
bool read_value(std::string_view message, std::string& to, bool& is_plain)
{
    return for_each_field(message, [&](protobuf_reader const& value) {
        is_plain = value.field() >= 1 && value.field() <= 4;
        switch (value.field()) {
        case 1: to = net::clean_text(value.bytes()); break;
        case 2: to = value.number() != 0 ? "true" : "false"; break;
        case 3: to = std::to_string(static_cast<std::int64_t>(value.number())); break;
        case 4: to = text_of(std::bit_cast<double>(value.number())); break;
        default: break;
        }
        return true;
    });
}

bool read_attribute(std::string_view message, otlp_span& to)
{
    std::string key, value;
    bool is_plain = false;
    bool const good = for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 1) key = net::clean_text(part.bytes());
        return part.field() != 2 || read_value(part.bytes(), value, is_plain);
    });
    if (good && is_plain) to.attributes.emplace_back(std::move(key), std::move(value));
    return good;
}

bool read_span(std::string_view message, otlp_span& to)
{
    return for_each_field(message, [&](protobuf_reader const& part) {
        if (part.field() == 7) to.started_ns = part.number();
        if (part.field() == 8) to.ended_ns = part.number();
        return part.field() != 9 || read_attribute(part.bytes(), to);
    });
}

} // namespace

otlp_spans spans_of_protobuf(std::string_view bytes)
{
    std::vector<otlp_span> spans;
    bool are_too_many = false;
    auto const read_scope = [&](protobuf_reader const& part) { // of ScopeSpans
        if (part.field() != 2) return true;
        are_too_many |= spans.size() == most_spans;
        return !are_too_many && read_span(part.bytes(), spans.emplace_back());
    };
    auto const read_resource = [&](protobuf_reader const& part) { // of ResourceSpans
        return part.field() != 2 || for_each_field(part.bytes(), read_scope);
    };
    bool const good = for_each_field(bytes, [&](protobuf_reader const& part) {
        return part.field() != 1 || for_each_field(part.bytes(), read_resource);
    });
    if (are_too_many) return "body: more than " + std::to_string(most_spans) + " spans";
    if (!good) return std::string("body: is no TracesData message");
    return spans;
}

} // namespace weir::api
