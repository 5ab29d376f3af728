#include "gateway/formats/errors.hpp"

#include <initializer_list>
#include <string>

namespace weir::gateway::formats
{
namespace
{

constexpr std::size_t most_plain_bytes = 300;

/// A member that is a text, or a number written as one: vendors use both for codes.
std::string word_at(json::object const* from, std::string_view key)
{
    if (auto const text = text_at(from, key); !text.empty()) return clean_text(text, most_name_bytes);
    auto const number = count_at(from, key);
    return number ? std::to_string(*number) : std::string{};
}

std::string first_word(json::object const* from, std::initializer_list<std::string_view> keys)
{
    for (auto key : keys)
        if (auto word = word_at(from, key); !word.empty()) return word;
    return {};
}

/// FastAPI's and Mistral's `detail`: a text, or a list of `{loc, msg, type}`.
bool read_detail(json::object const* from, reading& into)
{
    if (auto const text = text_at(from, "detail"); !text.empty()) {
        into.error_message = clean_text(text, most_message_bytes);
        return true;
    }
    auto const* entries = array_at(from, "detail");
    if (!entries || entries->empty()) return false;
    for (auto const& entry : *entries) {
        auto const* object = entry.if_object();
        if (into.error_type.empty()) into.error_type = word_at(object, "type");
        if (into.error_message.size() >= most_message_bytes) break;
        if (!into.error_message.empty()) into.error_message += "; ";
        into.error_message += clean_text(text_at(object, "msg"), most_message_bytes);
    }
    return true;
}

/// The members of an error object, wherever it stands. OpenAI's and Anthropic's type, Google's status, else the code.
bool read_members(json::object const* error, reading& into)
{
    auto const type = first_word(error, {"type", "status", "__type", "code"});
    auto const message = text_at(error, "message");
    if (type.empty() && message.empty()) return false;
    into.error_type = type;
    into.error_message = clean_text(message, most_message_bytes);
    return true;
}

/// `message` as Mistral sends it for a body that does not validate: an object with `detail`.
bool read_nested_detail(json::object const* from, reading& into)
{
    return read_detail(object_at(from, "message"), into) || read_detail(from, into);
}

} // namespace

bool read_stated_error(json::object const& body, reading& into)
{
    if (auto const* error = object_at(&body, "error")) return read_members(error, into);
    if (auto const text = text_at(&body, "error"); !text.empty()) { // Ollama, xAI
        into.error_type = word_at(&body, "code");
        into.error_message = clean_text(text, most_message_bytes);
        return true;
    }
    if (auto const* groq = object_at(&body, "x_groq"); groq && groq->contains("error"))
        return read_stated_error({{"error", *groq->if_contains("error")}}, into);

    if (text_at(&body, "type") != "error" && text_at(&body, "object") != "error") return false;
    // OpenAI's Responses: an event of type "error"; Mistral: an object of that name. Neither word is the error's own.
    into.error_type = word_at(&body, "code");
    if (auto const type = text_at(&body, "type"); type != "error" && !type.empty())
        into.error_type = clean_text(type, most_name_bytes);
    into.error_message = clean_text(text_at(&body, "message"), most_message_bytes);
    if (into.error_message.empty()) read_nested_detail(&body, into);
    return true;
}

void read_failure(json::value const* body, std::string_view text, reading& into)
{
    if (auto const* list = body ? body->if_array() : nullptr; list && !list->empty()) body = &list->front();
    auto const* object = body ? body->if_object() : nullptr;
    if (object && (read_stated_error(*object, into) || read_nested_detail(object, into) || read_members(object, into)))
        if (!into.error_message.empty()) return;
    into.error_message = clean_text(trimmed(text), most_plain_bytes);
}

} // namespace weir::gateway::formats
