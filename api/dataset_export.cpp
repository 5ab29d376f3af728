#include "api/dataset_export.hpp"

#include "api/csv.hpp"
#include "api/dataset_form.hpp"
#include "api/read_json.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"
#include "prompts/json_text.hpp"
#include "storage/dataset_rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

/// What of an answer's message stays: vendors add more, which training refuses.
constexpr std::string_view answer_members[] = {"role",       "content",       "name",  "refusal",
                                               "tool_calls", "function_call", "weight"};

/// The object that a text is, if it is one.
std::optional<json::object> object_in(std::string_view text)
{
    json::value parsed;
    if (net::trimmed(text).empty() || parse_json(text, parsed, "") || !parsed.is_object()) return std::nullopt;
    return std::move(parsed.as_object());
}

/// `choices[0].message` of a chat's answer, without what training does not know.
std::optional<json::object> answer_of(json::object const& response)
{
    auto const* choices = response.if_contains("choices");
    if (!choices || !choices->is_array() || choices->as_array().empty()) return std::nullopt;
    auto const* choice = choices->as_array().front().if_object();
    auto const* message = choice ? choice->if_contains("message") : nullptr;
    if (!message || !message->is_object()) return std::nullopt;
    json::object answer;
    for (auto const name : answer_members)
        if (auto const* member = message->as_object().if_contains(name);
            member && (!member->is_null() || name == "content"))
            answer[name] = *member;
    return answer;
}

/// A row as a line of fine-tuning; none when it is not a chat in OpenAI's form.
std::optional<std::string> training_line(std::string_view request_text, std::string_view response_text)
{
    auto request = object_in(request_text), response = object_in(response_text);
    if (!request || !response) return std::nullopt;
    auto* messages = request->if_contains("messages");
    auto answer = answer_of(*response);
    if (!messages || !messages->is_array() || !answer) return std::nullopt;
    json::object line;
    line["messages"] = std::move(*messages);
    line["messages"].as_array().push_back(std::move(*answer));
    if (!problem_with_messages(&line["messages"]).empty()) return std::nullopt;
    for (auto const name : kept_members)
        if (auto* member = request->if_contains(name)) line[name] = std::move(*member);
    return to_json(json::value(std::move(line)));
}

void append_record(storage::uuid const& origin, std::string_view request, std::string_view response, std::string& to)
{
    append_csv_field(origin.text(), to);
    to += ',';
    append_csv_field(request, to);
    to += ',';
    append_csv_field(response, to);
    to += "\r\n";
}

} // namespace

storage::result<std::string> dataset_export::step(storage::connection& db)
{
    constexpr std::size_t enough = 1024 * 1024; // bytes of a step
    std::string text;
    if (!std::exchange(has_begun_, true) && format_ == export_format::csv)
        text.append(origin_column)
            .append(",")
            .append(request_column)
            .append(",")
            .append(response_column)
            .append("\r\n");
    auto const add = [this, &text](storage::uuid const& origin, storage::row_bodies const& content) {
        auto const plain = prompts::without_markup(content.request);
        std::string_view const request = plain ? *plain : content.request;
        if (format_ == export_format::csv)
            append_record(origin, request, content.response, text);
        else if (auto const line = training_line(request, content.response))
            text.append(*line).append("\n");
        return text.size() < enough;
    };
    auto const more = storage::walk_rows(db, dataset_, after_, add);
    if (!more) return more.error();
    is_done_ = !*more;
    return text;
}

} // namespace weir::api
