#include "schema_check.hpp"

#include "api/endpoints.hpp"
#include "api/openapi.hpp"
#include "net/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

json::object const& referred(json::value const& document, json::value const& reference)
{
    auto const name = std::string_view(reference.as_string()).substr(std::string_view("#/components/schemas/").size());
    return document.at("components").at("schemas").at(name).as_object();
}

class checker
{
public:
    explicit checker(json::value const& document)
        : document_(document)
    {
    }

    void check(json::object const& schema, json::value const& value, std::string const& where)
    {
        if (auto const* reference = schema.if_contains("$ref"))
            return check(referred(document_, *reference), value, where);
        if (value.is_null() && allows_null(schema)) return;
        if (auto const* all = schema.if_contains("allOf"))
            for (auto const& each : all->as_array()) check(each.as_object(), value, where);
        if (auto const* any = schema.if_contains("anyOf")) check_any(any->as_array(), value, where);
        if (auto const* words = schema.if_contains("enum"); words && !contains(words->as_array(), value))
            depart(where, json::serialize(value) + " is not one of " + json::serialize(*words));
        if (auto const* type = schema.if_contains("type")) check_type(schema, type->as_string(), value, where);
    }

    std::vector<std::string> found;

private:
    void depart(std::string const& where, std::string const& what) { found.push_back(where + ": " + what); }

    static bool allows_null(json::object const& schema)
    {
        auto const* nullable = schema.if_contains("nullable");
        return nullable && nullable->as_bool();
    }

    static bool contains(json::array const& words, json::value const& value)
    {
        return std::ranges::find(words, value) != words.end();
    }

    /// What the schema calls a value.
    static std::string_view name_of(json::value const& value)
    {
        switch (value.kind()) {
        case json::kind::null: return "null";
        case json::kind::bool_: return "boolean";
        case json::kind::int64:
        case json::kind::uint64: return "integer";
        case json::kind::double_: return "number";
        case json::kind::string: return "string";
        case json::kind::array: return "array";
        case json::kind::object: return "object";
        }
        return "";
    }

    void check_type(json::object const& schema, std::string_view type, json::value const& value,
                    std::string const& where)
    {
        auto const is = name_of(value);
        if (is != type && !(type == "number" && is == "integer"))
            return depart(where, std::string(type) + " is " + std::string(is));
        if (value.is_object()) check_members(schema, value.get_object(), where);
        if (value.is_array())
            for (auto const& item : value.get_array()) check(schema.at("items").as_object(), item, where + "[]");
    }

    void check_members(json::object const& schema, json::object const& value, std::string const& where)
    {
        if (auto const* required = schema.if_contains("required"))
            for (auto const& name : required->as_array())
                if (!value.contains(name.as_string())) depart(where + "." + std::string(name.as_string()), "missing");
        auto const* properties = schema.if_contains("properties");
        auto const* more = schema.if_contains("additionalProperties");
        for (auto const& [name, member] : value) {
            auto const* known = properties ? properties->as_object().if_contains(name) : nullptr;
            if (known)
                check(known->as_object(), member, where + "." + std::string(name));
            else if (more && more->is_object())
                check(more->get_object(), member, where + "{}");
            else if (properties || (more && !more->as_bool())) // weir's members are all described
                depart(where + "." + std::string(name), "added");
        }
    }

    /// The departures are those of the choice that comes nearest.
    void check_any(json::array const& choices, json::value const& value, std::string const& where)
    {
        std::optional<std::vector<std::string>> nearest;
        for (auto const& choice : choices) {
            checker one(document_);
            one.check(choice.as_object(), value, where);
            if (!nearest || one.found.size() < nearest->size()) nearest = std::move(one.found);
        }
        if (nearest) found.insert(found.end(), nearest->begin(), nearest->end());
    }

    json::value const& document_;
};

/// The schema of an operation's success; none where the document has no such operation, or no body.
json::value const* schema_of_success(json::value const& document, endpoint const& of)
{
    auto const* path = document.at("paths").as_object().if_contains(described_path(of));
    auto const* operation = path ? path->as_object().if_contains(net::to_lower(name_of(of.method))) : nullptr;
    if (!operation) return nullptr;
    auto const* success = operation->at("responses").as_object().if_contains(std::to_string(of.statuses.front()));
    auto const* content = success ? success->as_object().if_contains("content") : nullptr;
    auto const* as_json = content ? content->as_object().if_contains("application/json") : nullptr;
    return as_json ? &as_json->at("schema") : nullptr;
}

/// What a success of Helicone's may be: its documents have it beside the failure's form.
json::value const& success_alone(json::value const& document, json::value const& schema)
{
    auto const* reference = schema.as_object().if_contains("$ref");
    auto const& whole = reference ? referred(document, *reference) : schema.as_object();
    auto const* choices = whole.if_contains("anyOf");
    return choices ? choices->as_array().front() : schema;
}

/// Whether it follows from a difference of the documents: a value where weir's has anything, a null where it may be.
bool follows_from_known(std::string_view departure)
{
    if (is_explained(departure)) return true;
    auto const is = departure.rfind(" is ");
    if (is == departure.npos) return false;
    auto const schema = std::string(departure.substr(0, is)); // "data[].description: string"
    if (is_explained(schema + " is any")) return true;
    return departure.substr(is) == " is null" && is_explained(schema.substr(0, schema.rfind(':')) + ": nullable");
}

json::value const& own_document()
{
    static json::value const document(openapi_document(all_endpoints()));
    return document;
}

} // namespace

json::value const& published_document()
{
    static json::value const document = [] {
        std::ifstream file(WEIR_TEST_DATA "/helicone-openapi.json");
        if (!file.good()) throw std::runtime_error("no helicone-openapi.json");
        return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    }();
    return document;
}

bool matches_pattern(std::string_view text, std::string_view pattern)
{
    auto const star = pattern.find('*');
    if (star == pattern.npos) return text == pattern;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    text.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    for (std::size_t i = 0; i <= text.size(); ++i)
        if (matches_pattern(text.substr(i), pattern)) return true;
    return false;
}

bool is_explained(std::string_view difference)
{
    return std::ranges::any_of(known_differences(), [difference](api::difference const& known) {
        return matches_pattern(difference, known.where);
    });
}

std::vector<std::string> departures(json::value const& document, json::value const& schema, json::value const& value,
                                    std::string const& where)
{
    checker one(document);
    one.check(schema.as_object(), value, where);
    return std::move(one.found);
}

std::vector<std::string> problems_of_answer(endpoint const& of, std::string_view body)
{
    auto const where = net::to_lower(name_of(of.method)) + " " + std::string(of.path) + " 200";
    if (of.form == reply_form::empty) return body.empty() ? std::vector<std::string>{} : std::vector{where + ": body"};
    if (of.form == reply_form::text) return {};
    json::parse_options options;
    options.max_depth = 256;
    auto const value = json::parse(body, {}, options);
    auto found = departures(own_document(), *schema_of_success(own_document(), of), value, where);
    if (auto const* theirs = schema_of_success(published_document(), of)) {
        auto more = departures(published_document(), success_alone(published_document(), *theirs), value, where);
        std::erase_if(more, follows_from_known);
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

} // namespace weir::api::test
