#include "api/otlp.hpp"

#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <map>
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

/// A value without parts, as text.
std::optional<std::string> plain_value(json::object const& from)
{
    for (auto const* name : {"stringValue", "intValue", "doubleValue", "boolValue"}) {
        auto const* found = from.if_contains(name);
        if (!found) continue;
        if (auto const* text = found->if_string()) return net::clean_text({text->data(), text->size()});
        if (found->is_number() || found->is_bool()) return json::serialize(*found);
    }
    return std::nullopt;
}

std::string read_attribute(json::value const& from, std::string const& path, otlp_span& to)
{
    auto const* object = from.if_object();
    auto const* key = object ? object->if_contains("key") : nullptr;
    auto const* value = object ? object->if_contains("value") : nullptr;
    if (!key || !key->is_string()) return wrong(path + ".key", "must be a string");
    if (!value || !value->is_object()) return wrong(path + ".value", "must be an object");
    if (auto text = plain_value(value->get_object()))
        to.attributes.emplace_back(net::clean_text(std::string(key->get_string())), std::move(*text));
    return {};
}

std::string read_span(json::value const& from, std::string const& path, otlp_span& to)
{
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
    auto const* attributes = items(*object, "attributes");
    if (!attributes) return wrong(path + ".attributes", "must be an array");
    for (std::size_t i = 0; i < attributes->size(); ++i)
        if (auto bad = read_attribute((*attributes)[i], path + ".attributes[" + std::to_string(i) + "]", to);
            !bad.empty())
            return bad;
    return {};
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

constexpr std::string_view association = "traceloop.association.properties.";

/// What the attributes of a span say, sorted by what they are about.
class span_reading
{
public:
    explicit span_reading(otlp_span const& span)
    {
        for (auto const& [key, value] : span.attributes) {
            values_[key] = value;
            if (key.starts_with(association) && net::istarts_with(key.substr(association.size()), "Helicone-"))
                meta_[key.substr(association.size())] = value;
        }
        if (auto const user = text("llm.user"); user && !meta_.contains("Helicone-User-Id"))
            meta_["Helicone-User-Id"] = *user;
        meta_.erase("Helicone-Request-Id"); // each span is a call of its own
    }

    std::optional<std::string> text(std::string const& key) const
    {
        auto const found = values_.find(key);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }

    /// Adds an attribute under another name, if there is one.
    void put(json::object& to, std::string_view name, std::string const& key) const
    {
        if (auto const value = text(key)) to[name] = *value;
    }
    void put_number(json::object& to, std::string_view name, std::string const& key) const
    {
        auto const value = text(key);
        auto const number = value ? net::parse_number(*value) : std::nullopt;
        if (number) to[name] = *number;
    }

    json::object meta() const { return meta_; }
    json::object request() const;
    json::object response() const;

private:
    json::array messages() const;
    json::array choices() const;

    std::map<std::string, std::string, std::less<>> values_;
    json::object meta_;
};

/// "gen_ai.prompt.0."
std::string prefix_of(std::string_view list, std::size_t i) { return std::string(list) + std::to_string(i) + "."; }

json::array span_reading::messages() const
{
    json::array all;
    for (std::size_t i = 0;; ++i) {
        json::object message;
        auto const prefix = prefix_of("gen_ai.prompt.", i);
        put(message, "role", prefix + "role");
        put(message, "content", prefix + "content");
        if (message.empty()) return all;
        all.emplace_back(std::move(message));
    }
}

json::array span_reading::choices() const
{
    json::array all;
    for (std::size_t i = 0;; ++i) {
        json::object message, choice;
        auto const prefix = prefix_of("gen_ai.completion.", i);
        put(message, "role", prefix + "role");
        put(message, "content", prefix + "content");
        put(choice, "finish_reason", prefix + "finish_reason");
        if (message.empty() && choice.empty()) return all;
        choice["index"] = i;
        choice["message"] = std::move(message);
        all.emplace_back(std::move(choice));
    }
}

json::object span_reading::request() const
{
    json::object body;
    put(body, "model", "gen_ai.response.model");
    put(body, "model", "gen_ai.request.model");
    put_number(body, "max_tokens", "gen_ai.response.max_tokens");
    put_number(body, "max_tokens", "gen_ai.request.max_tokens");
    put(body, "type", "llm.request.type");
    body["messages"] = messages();
    return body;
}

json::object span_reading::response() const
{
    json::object body, usage;
    put(body, "model", "gen_ai.response.model");
    body["object"] = "chat.completion";
    body["choices"] = choices();
    // The names of the conventions' first versions, then today's.
    put_number(usage, "prompt_tokens", "gen_ai.usage.prompt_tokens");
    put_number(usage, "prompt_tokens", "gen_ai.usage.input_tokens");
    put_number(usage, "completion_tokens", "gen_ai.usage.completion_tokens");
    put_number(usage, "completion_tokens", "gen_ai.usage.output_tokens");
    put_number(usage, "total_tokens", "llm.usage.total_tokens");
    if (!usage.empty()) body["usage"] = std::move(usage);
    return body;
}

json::object time_of(std::uint64_t ns)
{
    json::object time;
    time["seconds"] = ns / 1'000'000'000;
    time["milliseconds"] = static_cast<double>(ns % 1'000'000'000) / 1e6;
    return time;
}

} // namespace

otlp_spans spans_of_json(json::value const& traces)
{
    std::vector<otlp_span> spans;
    auto const read_one = [&](json::value const& span, std::string const& path) {
        if (spans.size() == most_spans) return wrong(path, "more than " + std::to_string(most_spans) + " spans");
        return read_span(span, path, spans.emplace_back());
    };
    auto const read_scope = [&](json::value const& scope, std::string const& path) {
        if (!scope.is_object()) return wrong(path, "must be an object");
        return for_each_in(scope.get_object(), path, "spans", read_one);
    };
    auto const read_resource = [&](json::value const& resource, std::string const& path) {
        if (!resource.is_object()) return wrong(path, "must be an object");
        return for_each_in(resource.get_object(), path, "scopeSpans", read_scope);
    };
    auto const* whole = traces.if_object();
    if (!whole) return std::string("body: must be an object");
    if (auto bad = for_each_in(*whole, "", "resourceSpans", read_resource); !bad.empty()) return bad;
    return spans;
}

std::string async_log_of(otlp_span const& span)
{
    span_reading const reading(span);
    json::object request, response, log;
    request["url"] = "";
    request["json"] = reading.request();
    request["meta"] = reading.meta();
    response["json"] = reading.response();
    response["status"] = 200;
    response["headers"] = json::object();
    log["providerRequest"] = std::move(request);
    log["providerResponse"] = std::move(response);
    reading.put(log, "provider", "gen_ai.system");
    reading.put(log, "provider", "gen_ai.provider.name");
    if (span.started_ns > 0) {
        json::object timing;
        timing["startTime"] = time_of(span.started_ns);
        timing["endTime"] = time_of(std::max(span.started_ns, span.ended_ns));
        log["timing"] = std::move(timing);
    }
    return json::serialize(log);
}

} // namespace weir::api
