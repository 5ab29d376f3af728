#include "gateway/formats/cut_body.hpp"
#include "gateway/formats/format.hpp"
#include "gateway/formats/json_values.hpp"
#include "net/text.hpp"

namespace weir::gateway::formats
{
namespace
{

/// The segment of `path` behind `mark`, up to the next '/'.
std::string_view segment_behind(std::string_view path, std::string_view mark)
{
    auto const at = path.find(mark);
    if (at == path.npos) return {};
    auto const rest = path.substr(at + mark.size());
    return rest.substr(0, rest.find('/'));
}

std::string model_in_path(std::string_view path)
{
    // Google's verb stands behind the last colon; elsewhere a colon belongs to the model's name.
    for (std::string_view mark : {"/models/", "/tunedModels/"}) {
        auto const segment = segment_behind(path, mark);
        if (auto const colon = segment.rfind(':'); colon != segment.npos && colon > 0)
            return net::percent_decoded(segment.substr(0, colon));
    }
    for (std::string_view mark : {"/engines/", "/deployments/", "/model/"})
        if (auto const segment = segment_behind(path, mark); !segment.empty()) return net::percent_decoded(segment);
    return {};
}

bool has_parameter(std::string_view query, std::string_view wanted)
{
    while (!query.empty()) {
        auto const end = query.find('&');
        if (query.substr(0, end) == wanted) return true;
        query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    }
    return false;
}

bool path_streams(std::string_view path)
{
    for (std::string_view mark :
         {":streamGenerateContent", ":streamRawPredict", "invoke-with-response-stream", "/converse-stream"})
        if (path.find(mark) != path.npos) return true;
    return false;
}

/// SDKs put what is short before or behind the messages, which are what makes a body too long to be kept.
void read_cut_request(call_view const& call, request_reading& into)
{
    into.model = first_string_member(call.request_body, "model");
    if (into.model.empty()) into.model = last_string_member(call.request_tail, "model");
    into.wants_stream = has_true_member(call.request_body, "stream") || has_true_member(call.request_tail, "stream");
    for (std::string_view key : {"user", "user_id", "safety_identifier"}) {
        if (into.user.empty()) into.user = first_string_member(call.request_body, key);
        if (into.user.empty()) into.user = last_string_member(call.request_tail, key);
    }
}

} // namespace

request_reading read_request(call_view const& call)
{
    request_reading result;
    auto const* body = call.request ? call.request->if_object() : nullptr;

    if (call.request)
        result.model = clean_text(text_at(body, "model"), most_name_bytes);
    else
        read_cut_request(call, result);
    if (auto const* setup = object_at(body, "setup"); setup && result.model.empty()) // Gemini Live's first message
        result.model = clean_text(text_at(setup, "model"), most_name_bytes);
    if (result.model.empty()) result.model = clean_text(model_in_path(call.path), most_name_bytes);
    result.wants_stream |= true_at(body, "stream") || has_parameter(call.query, "alt=sse") || path_streams(call.path);

    for (auto user :
         {text_at(body, "user"), text_at(object_at(body, "metadata"), "user_id"), text_at(body, "safety_identifier")})
        if (result.user.empty()) result.user = clean_text(user, most_name_bytes);
    return result;
}

} // namespace weir::gateway::formats
