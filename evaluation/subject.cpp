#include "evaluation/subject.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace weir::evaluation
{
namespace
{

json::value const* member(json::value const* of, std::string_view key)
{
    auto const* const object = of ? of->if_object() : nullptr;
    return object ? object->if_contains({key.data(), key.size()}) : nullptr;
}

json::value const* first(json::value const* of)
{
    auto const* const array = of ? of->if_array() : nullptr;
    return array && !array->empty() ? &array->front() : nullptr;
}

/// A text, or the texts of parts one behind the other; none when there is neither.
bool append_text(std::string& to, json::value const* content)
{
    if (!content) return false;
    if (auto const* const text = content->if_string()) {
        to.append(text->data(), text->size());
        return true;
    }
    bool any = false;
    if (auto const* const parts = content->if_array())
        for (auto const& part : *parts)
            if (auto const* const text = member(&part, "text"); text && text->is_string())
                any = append_text(to, text) || any;
    return any;
}

/// The Responses API's messages stand among other items.
bool append_output(std::string& to, json::value const* output)
{
    bool any = false;
    if (auto const* const items = output ? output->if_array() : nullptr)
        for (auto const& item : *items) any = append_text(to, member(&item, "content")) || any;
    return any;
}

} // namespace

std::string score_name(std::string_view evaluator_name)
{
    std::string out;
    for (char const c : evaluator_name) {
        bool const upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += upper ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!out.ends_with('_'))
            out += '_';
    }
    return out;
}

std::string answer_text(json::value const& response)
{
    std::string out;
    auto const* const choice = first(member(&response, "choices"));
    if (append_text(out, member(member(choice, "message"), "content")) || append_text(out, member(choice, "text")) ||
        append_text(out, member(&response, "content")) || append_output(out, member(&response, "output")) ||
        append_text(out, member(member(first(member(&response, "candidates")), "content"), "parts")))
        return out;
    if (auto const* const text = response.if_string()) return {text->data(), text->size()};
    return json::serialize(response);
}

} // namespace weir::evaluation
