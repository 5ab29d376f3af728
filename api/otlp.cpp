#include "api/otlp.hpp"

#include "api/otlp_messages.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>

namespace json = boost::json;

namespace weir::api
{
namespace
{

constexpr std::string_view association = "traceloop.association.properties.";

/// What the attributes of a span say, sorted by what they are about.
class span_reading
{
public:
    explicit span_reading(otlp_span const& span)
        : attributes_(span.attributes)
    {
        for (auto const& [key, value] : attributes_)
            if (std::string_view const name = key;
                name.starts_with(association) && net::istarts_with(name.substr(association.size()), "Helicone-"))
                meta_[name.substr(association.size())] = attribute_text(value);
        if (auto const user = text("llm.user"); user && !meta_.contains("Helicone-User-Id"))
            meta_["Helicone-User-Id"] = *user;
        meta_.erase("Helicone-Request-Id"); // each span is a call of its own
    }

    std::optional<std::string> text(std::string const& key) const
    {
        auto const* found = attributes_.if_contains(key);
        return found && !found->is_null() ? std::optional(attribute_text(*found)) : std::nullopt;
    }

    json::value value(std::string_view key) const
    {
        auto const* found = attributes_.if_contains(key);
        return found ? *found : json::value();
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

    json::object const& attributes_;
    json::object meta_;
};

/// "gen_ai.prompt.0."
std::string prefix_of(std::string_view list, std::size_t i) { return std::string(list) + std::to_string(i) + "."; }

json::array span_reading::messages() const
{
    auto all = system_message_of(value("gen_ai.system_instructions"));
    for (auto& message : chat_messages_of(value("gen_ai.input.messages"))) all.push_back(std::move(message));
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
    auto all = choices_of(value("gen_ai.output.messages"));
    if (!all.empty()) return all;
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
    put(body, "id", "gen_ai.response.id");
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

std::string attribute_text(json::value const& value)
{
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

bool tells_of_call(otlp_span const& span)
{
    constexpr std::string_view calls[] = {"chat", "text_completion", "generate_content", "embeddings"};
    span_reading const reading(span);
    if (!reading.text("gen_ai.request.model") && !reading.text("gen_ai.response.model")) return false;
    auto const operation = reading.text("gen_ai.operation.name");
    return !operation || std::ranges::find(calls, *operation) != std::end(calls);
}

told_call call_of(otlp_span const& span)
{
    span_reading const reading(span);
    told_call told;
    auto const provider = reading.text("gen_ai.provider.name");
    told.provider = provider ? *provider : reading.text("gen_ai.system").value_or("");
    told.request = reading.request();
    told.response = reading.response();
    told.meta = reading.meta();
    return told;
}

std::string async_log_of(otlp_span const& span)
{
    auto told = call_of(span);
    json::object request, response, log;
    request["url"] = "";
    request["json"] = std::move(told.request);
    request["meta"] = std::move(told.meta);
    response["json"] = std::move(told.response);
    response["status"] = 200;
    response["headers"] = json::object();
    log["providerRequest"] = std::move(request);
    log["providerResponse"] = std::move(response);
    if (!told.provider.empty()) log["provider"] = std::move(told.provider);
    if (span.started_ns > 0) {
        json::object timing;
        timing["startTime"] = time_of(span.started_ns);
        timing["endTime"] = time_of(std::max(span.started_ns, span.ended_ns));
        log["timing"] = std::move(timing);
    }
    return json::serialize(log);
}

} // namespace weir::api
