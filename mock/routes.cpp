#include "mock/routes.hpp"

#include "mock/anthropic.hpp"
#include "mock/gemini.hpp"
#include "mock/openai.hpp"

namespace weir::mock
{
namespace
{

/// What of a path says which call it is: the part after the first version, Azure's after the deployment's name.
std::string_view call_in(std::string_view path)
{
    for (std::string_view const version : {"/v1beta/openai/", "/v1/", "/v1beta/", "/v1alpha/"})
        if (auto const at = path.find(version); at != std::string_view::npos) return path.substr(at + version.size());
    constexpr std::string_view azure = "/openai/deployments/";
    if (auto const at = path.find(azure); at != std::string_view::npos) {
        auto const name_end = path.find('/', at + azure.size());
        return name_end == std::string_view::npos ? std::string_view{} : path.substr(name_end + 1);
    }
    return path.empty() ? path : path.substr(1);
}

answer not_found(request const& from, vendor of)
{
    return error_answer(of, 404, "The mock provider has no " + from.method + " " + std::string(from.path()) + ".");
}

answer gemini_answer(request const& from, knobs const& asked)
{
    auto const path = from.path();
    constexpr std::string_view models = "models/";
    auto const at = path.rfind(models);
    auto const verb = path.rfind(':');
    if (from.method == "POST" && at != std::string_view::npos && verb != std::string_view::npos && verb > at) {
        auto const name = path.substr(at + models.size(), verb - at - models.size());
        return gemini::call(from, percent_decoded(name), path.substr(verb + 1), asked);
    }
    if (from.method == "GET" && path.ends_with("/models")) return gemini::models();
    if (from.method == "GET" && at != std::string_view::npos) return gemini::model(path.substr(at + models.size()));
    return not_found(from, vendor::gemini);
}

answer anthropic_answer(request const& from, knobs const& asked)
{
    auto const call = call_in(from.path());
    if (from.method == "POST" && call == "messages") return anthropic::messages(from, asked);
    if (from.method == "POST" && call == "messages/count_tokens") return anthropic::count_tokens(from);
    if (from.method == "GET" && call == "models") return anthropic::models();
    if (from.method == "GET" && call.starts_with("models/")) return anthropic::model(call.substr(7));
    return not_found(from, vendor::anthropic);
}

answer openai_answer(request const& from, knobs const& asked)
{
    auto const call = call_in(from.path());
    if (from.method == "POST") {
        if (call == "chat/completions") return openai::chat(from, asked);
        if (call == "responses") return openai::responses(from, asked);
        if (call == "completions") return openai::completions(from, asked);
        if (call == "embeddings") return openai::embeddings(from);
        if (call == "audio/transcriptions" || call == "audio/translations") return openai::transcription(from);
        if (call == "audio/speech") return openai::speech(from, asked);
        if (call == "images/generations") return openai::images(from);
        if (call == "moderations") return openai::moderations(from);
        if (call == "files") return openai::upload(from);
    }
    if (from.method == "GET" || from.method == "HEAD") {
        if (call == "models") return openai::models();
        if (call.starts_with("models/")) return openai::model(call.substr(7));
        if (call.starts_with("files/") && call.ends_with("/content"))
            return binary_answer("application/octet-stream", asked.body_bytes.value_or(4096));
    }
    return not_found(from, vendor::openai);
}

answer html_answer(unsigned status)
{
    answer page;
    page.status = status;
    page.content_type = "text/html";
    page.body = "<html>\r\n<head><title>" + std::to_string(status) + " " + std::string(reason_phrase(status)) +
                "</title></head>\r\n<body><center><h1>" + std::to_string(status) + " " +
                std::string(reason_phrase(status)) + "</h1></center><hr><center>nginx</center></body>\r\n</html>\r\n";
    return page;
}

answer chosen(request const& from, vendor of, knobs const& asked)
{
    if (asked.html) return html_answer(asked.status ? asked.status : 502);
    if (asked.status >= 300 && asked.status != 304) return error_answer(of, asked.status, "");
    if (has_invalid_credential(from)) return error_answer(of, 401, "Incorrect API key provided: invalid.");
    if (asked.content_type == "application/octet-stream" && asked.body_bytes)
        return binary_answer(asked.content_type, *asked.body_bytes);
    switch (of) {
    case vendor::anthropic: return anthropic_answer(from, asked);
    case vendor::gemini: return gemini_answer(from, asked);
    default: return openai_answer(from, asked);
    }
}

/// Makes room in a body for what `body-bytes` asks: at the mark in its text, else as white space at its end.
void make_room(answer& of, std::uint64_t wanted_bytes)
{
    of.fill_at = of.body.find(fill_mark);
    if (of.fill_at != std::string::npos) {
        of.body.erase(of.fill_at, fill_mark.size());
    } else {
        of.fill_at = of.body.size();
        of.filler = ' ';
    }
    if (wanted_bytes > of.body.size()) of.fill_bytes = wanted_bytes - of.body.size();
}

/// What SDKs look for beside the body.
void add_vendor_headers(request const& from, vendor of, answer& to)
{
    if (of == vendor::gemini) return;
    auto id = stable_id("req_mock_", from.body.substr(0, 1024));
    if (of == vendor::anthropic) {
        to.headers.emplace_back("request-id", std::move(id));
        to.headers.emplace_back("anthropic-ratelimit-requests-remaining", "9999");
        return;
    }
    to.headers.emplace_back("x-request-id", std::move(id));
    to.headers.emplace_back("openai-processing-ms", "1");
    to.headers.emplace_back("x-ratelimit-remaining-requests", "9999");
}

} // namespace

knobs knobs_for(request const& from, knobs const& defaults, std::string& problem)
{
    auto asked = defaults;
    constexpr std::string_view header_prefix = "x-mock-";
    auto const take = [&asked, &problem](std::string_view name, std::string_view value) {
        auto const wrong = asked.set(name, value);
        if (problem.empty()) problem = wrong;
    };
    for (auto const& [name, value] : from.headers)
        if (name.size() > header_prefix.size() &&
            equals_lower(std::string_view(name).substr(0, header_prefix.size()), header_prefix))
            take(to_lower(std::string_view(name).substr(header_prefix.size())), value);
    each_parameter(from.query(), [&take](std::string_view name, std::string_view value) {
        if (name.starts_with("mock-")) take(name.substr(5), percent_decoded(value));
    });
    return asked;
}

answer answer_for(request const& from, knobs const& asked)
{
    auto const of = vendor_of(from);
    auto result = chosen(from, of, asked);
    if (asked.body_bytes && !result.stream && result.filler != 0) make_room(result, *asked.body_bytes);
    if (asked.status && asked.status < 300) result.status = asked.status;
    if (asked.status == 304) result.status = 304;
    if (asked.shaped == shape::empty) {
        result.body.clear();
        result.fill_bytes = 0;
        result.stream.reset();
    }
    if (!asked.content_type.empty()) result.content_type = asked.content_type;
    add_vendor_headers(from, of, result);
    return result;
}

} // namespace weir::mock
