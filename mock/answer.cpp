#include "mock/answer.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <cstdio>

namespace json = boost::json;

namespace weir::mock
{
namespace
{

struct error_words {
    unsigned status;
    std::string_view openai_type;
    std::string_view openai_code;
    std::string_view anthropic_type;
    std::string_view google_status;
};

constexpr error_words known_errors[] = {
    {400, "invalid_request_error", "", "invalid_request_error", "INVALID_ARGUMENT"},
    {401, "invalid_request_error", "invalid_api_key", "authentication_error", "UNAUTHENTICATED"},
    {403, "insufficient_permissions", "", "permission_error", "PERMISSION_DENIED"},
    {404, "invalid_request_error", "model_not_found", "not_found_error", "NOT_FOUND"},
    {408, "timeout", "", "timeout_error", "DEADLINE_EXCEEDED"},
    {409, "conflict", "", "invalid_request_error", "ABORTED"},
    {413, "invalid_request_error", "", "request_too_large", "INVALID_ARGUMENT"},
    {422, "invalid_request_error", "", "invalid_request_error", "INVALID_ARGUMENT"},
    {429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"},
    {500, "server_error", "", "api_error", "INTERNAL"},
    {503, "server_error", "", "api_error", "UNAVAILABLE"},
    {504, "server_error", "", "timeout_error", "DEADLINE_EXCEEDED"},
    {529, "server_error", "", "overloaded_error", "UNAVAILABLE"},
};

error_words words_for(unsigned status)
{
    for (auto const& known : known_errors)
        if (known.status == status) return known;
    if (status < 500) return {status, "invalid_request_error", "", "invalid_request_error", "FAILED_PRECONDITION"};
    return {status, "server_error", "", "api_error", "UNAVAILABLE"};
}

} // namespace

std::string const& binary_block()
{
    static std::string const block = [] {
        std::string bytes(64 * 1024, '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((i * 131 + i / 256) % 256);
        return bytes;
    }();
    return block;
}

answer json_answer(json::object const& body)
{
    answer result;
    result.body = json::serialize(body);
    return result;
}

answer binary_answer(std::string content_type, std::uint64_t bytes)
{
    answer result;
    result.content_type = std::move(content_type);
    result.fill_bytes = bytes;
    result.filler = 0;
    return result;
}

answer stream_answer(event_stream stream)
{
    answer result;
    result.content_type = stream.is_sse ? "text/event-stream; charset=utf-8" : "application/json; charset=UTF-8";
    if (stream.is_sse) result.headers.emplace_back("cache-control", "no-cache");
    result.stream = std::move(stream);
    return result;
}

json::object error_body(vendor of, unsigned status, std::string_view message)
{
    auto const words = words_for(status);
    auto const text = message.empty() ? "The mock provider was asked for " + std::to_string(status) + " " +
                                            std::string(reason_phrase(status)) + "."
                                      : std::string(message);
    if (of == vendor::anthropic)
        return {{"type", "error"},
                {"error", {{"type", words.anthropic_type}, {"message", text}}},
                {"request_id", stable_id("req_", text)}};
    if (of == vendor::gemini)
        return {{"error", {{"code", status}, {"message", text}, {"status", words.google_status}}}};
    json::value code = nullptr;
    if (!words.openai_code.empty()) code = words.openai_code;
    return {{"error", {{"message", text}, {"type", words.openai_type}, {"param", nullptr}, {"code", code}}}};
}

answer error_answer(vendor of, unsigned status, std::string_view message)
{
    auto result = json_answer(error_body(of, status, message));
    result.status = status;
    return result;
}

std::string sse(std::string_view name, std::string_view data)
{
    std::string event;
    event.reserve(name.size() + data.size() + 20);
    if (!name.empty()) event.append("event: ").append(name).append("\n");
    return event.append("data: ").append(data).append("\n\n");
}

std::string quoted(std::string_view text) { return json::serialize(json::string(text)); }

std::string stable_id(std::string_view prefix, std::string_view seed)
{
    std::uint64_t hash = 14695981039346656037u; // FNV-1a
    for (char const c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return std::string(prefix) + digits;
}

std::string_view reason_phrase(unsigned status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Mock";
    }
}

} // namespace weir::mock
