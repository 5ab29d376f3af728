#include "api/openapi.hpp"

#include "api/endpoints.hpp"
#include "net/text.hpp"
#include "schema_check.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace json = boost::json;

/// Compares weir's OpenAPI document with Helicone's, operation by operation, as types and not as text: references are
/// followed, and `anyOf` of words is one list of words.
namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(openapi_)

namespace
{

struct comparison {
    json::value const& theirs;
    json::value const& ours;
    std::vector<std::string> differences;
    std::set<std::pair<void const*, void const*>> compared; ///< pairs of schemas; recursive types end here

    void differ(std::string const& where, std::string const& what) { differences.push_back(where + ": " + what); }

    static json::object const& resolved(json::value const& document, json::value const& schema, bool& nullable)
    {
        auto const* at = &schema.as_object();
        for (;;) {
            if (auto const* n = at->if_contains("nullable")) nullable |= n->as_bool();
            json::value const* next = at->if_contains("$ref");
            if (auto const* all = at->if_contains("allOf"))
                next = all->as_array().front().if_object()->if_contains("$ref");
            if (!next) return *at;
            auto const name =
                std::string_view(next->as_string()).substr(std::string_view("#/components/schemas/").size());
            at = &document.at("components").at("schemas").at(name).as_object();
        }
    }

    /// The words of an enum, or of an anyOf of nothing but enums.
    static std::set<std::string> words(json::value const& document, json::object const& schema)
    {
        std::set<std::string> found;
        if (auto const* values = schema.if_contains("enum"))
            for (auto const& v : values->as_array()) found.insert(json::serialize(v));
        if (auto const* any = schema.if_contains("anyOf"))
            for (auto const& choice : any->as_array()) {
                bool ignored = false;
                auto const inner = words(document, resolved(document, choice, ignored));
                if (inner.empty()) return {};
                found.insert(inner.begin(), inner.end());
            }
        return found;
    }

    static std::string type_of(json::value const& document, json::object const& schema)
    {
        if (auto const* type = schema.if_contains("type")) return std::string(type->as_string());
        if (!words(document, schema).empty()) return "string";
        return schema.contains("anyOf") ? "anyOf" : "any";
    }

    static std::set<std::string> names(json::object const& schema, std::string_view key)
    {
        std::set<std::string> found;
        auto const* list = schema.if_contains(key);
        if (!list) return found;
        if (auto const* array = list->if_array())
            for (auto const& name : *array) found.insert(std::string(name.as_string()));
        if (auto const* object = list->if_object())
            for (auto const& member : *object) found.insert(std::string(member.key()));
        return found;
    }

    void members(std::string const& where, json::object const& a, json::object const& b, bool answer)
    {
        if (names(a, "required") != names(b, "required")) {
            for (auto const& name : names(a, "required"))
                if (!names(b, "required").contains(name)) differ(where + "." + name, "not required");
            for (auto const& name : names(b, "required"))
                if (!names(a, "required").contains(name)) differ(where + "." + name, "required");
        }
        auto const theirs_named = names(a, "properties"), ours_named = names(b, "properties");
        for (auto const& name : ours_named)
            if (!theirs_named.contains(name)) differ(where + "." + name, "added");
        for (auto const& name : theirs_named)
            if (!ours_named.contains(name))
                differ(where + "." + name, "missing");
            else
                schemas(where + "." + name, a.at("properties").at(name), b.at("properties").at(name), answer);

        auto const *open_a = a.if_contains("additionalProperties"), *open_b = b.if_contains("additionalProperties");
        auto const is_map = [](json::value const* open) { return open && open->is_object(); };
        auto const is_closed = [](json::value const* open) { return open && open->is_bool() && !open->as_bool(); };
        if (is_map(open_a) != is_map(open_b)) differ(where, is_map(open_a) ? "not a map" : "a map");
        if (is_closed(open_a) != is_closed(open_b)) differ(where, is_closed(open_a) ? "open" : "closed");
        if (is_map(open_a) && is_map(open_b)) schemas(where + "{}", *open_a, *open_b, answer);
    }

    void choices(std::string const& where, json::object const& a, json::object const& b, bool answer)
    {
        auto const &many_a = a.at("anyOf").as_array(), &many_b = b.at("anyOf").as_array();
        if (many_a.size() != many_b.size()) return differ(where, "another number of choices");
        for (std::size_t i = 0; i < many_a.size(); ++i)
            schemas(where + "|" + std::to_string(i), many_a[i], many_b[i], answer);
    }

    void schemas(std::string const& where, json::value const& a_schema, json::value const& b_schema, bool answer)
    {
        bool a_null = false, b_null = false;
        auto const& a = resolved(theirs, a_schema, a_null);
        auto const& b = resolved(ours, b_schema, b_null);
        if (a_null != b_null) differ(where, b_null ? "nullable" : "not nullable");
        if (!compared.insert({&a, &b}).second) return;

        auto const a_type = type_of(theirs, a), b_type = type_of(ours, b);
        // An answer's integer is a number; a question's number need not be an integer.
        if (a_type != b_type && !(answer && a_type == "number" && b_type == "integer"))
            return differ(where, a_type + " is " + b_type);
        if (words(theirs, a) != words(ours, b)) differ(where, "other words");
        if (a_type == "object") members(where, a, b, answer);
        if (a_type == "array") schemas(where + "[]", a.at("items"), b.at("items"), answer);
        if (a_type == "anyOf") choices(where, a, b, answer);
    }

    void parameters(std::string const& where, json::object const& a, json::object const& b)
    {
        std::set<std::string> met;
        for (auto const& theirs_one : a.at("parameters").as_array()) {
            auto const name = std::string(theirs_one.at("name").as_string());
            met.insert(name);
            auto const& all = b.at("parameters").as_array();
            auto const found =
                std::ranges::find_if(all, [&](json::value const& p) { return p.at("name") == theirs_one.at("name"); });
            if (found == all.end()) {
                differ(where + " " + name, "missing");
                continue;
            }
            if (found->at("in") != theirs_one.at("in")) differ(where + " " + name, "in another place");
            if (found->at("required") != theirs_one.at("required")) differ(where + " " + name, "required otherwise");
            schemas(where + " " + name, theirs_one.at("schema"), found->at("schema"), false);
        }
        for (auto const& own : b.at("parameters").as_array())
            if (!met.contains(std::string(own.at("name").as_string())))
                differ(where + " " + std::string(own.at("name").as_string()), "added");
    }

    static json::value const& schema_in(json::value const& content)
    {
        return content.at("content").at("application/json").at("schema");
    }

    void responses(std::string const& where, json::object const& a, json::object const& b)
    {
        for (auto const& status : names(a, "responses")) {
            auto const here = where + " " + status;
            if (!names(b, "responses").contains(status)) {
                differ(here, "missing");
                continue;
            }
            bool ignored = false;
            bool const is_empty = !a.at("responses").at(status).as_object().contains("content");
            if (is_empty != !b.at("responses").at(status).as_object().contains("content")) {
                differ(here, is_empty ? "has content" : "has no content");
                continue;
            }
            if (is_empty) continue;
            auto const* schema = &schema_in(a.at("responses").at(status));
            auto const& whole = resolved(theirs, *schema, ignored);
            if (auto const* any = whole.if_contains("anyOf")) { // success or error: the success is compared
                differ(here, "the success alone");
                schema = &any->as_array().front();
            }
            schemas(here, *schema, schema_in(b.at("responses").at(status)), true);
        }
        for (auto const& status : names(b, "responses"))
            if (!names(a, "responses").contains(status)) differ(where + " " + status, "added");
    }

    void operation(std::string const& where, json::object const& a, json::object const& b)
    {
        if (a.at("operationId") != b.at("operationId")) differ(where, "another operationId");
        if (a.at("tags") != b.at("tags")) differ(where, "other tags");
        if (a.at("security") != b.at("security")) differ(where, "other security");
        parameters(where, a, b);
        if (a.contains("requestBody") != b.contains("requestBody"))
            differ(where + " body", b.contains("requestBody") ? "added" : "missing");
        else if (a.contains("requestBody")) {
            if (a.at("requestBody").at("required") != b.at("requestBody").at("required"))
                differ(where + " body", "required otherwise");
            schemas(where + " body", schema_in(a.at("requestBody")), schema_in(b.at("requestBody")), false);
        }
        responses(where, a, b);
    }

    void documents()
    {
        for (auto const& path : theirs.at("paths").as_object())
            for (auto const& method : path.value().as_object()) {
                auto const where = std::string(method.key()) + " " + std::string(path.key());
                compared.clear();
                auto const* found = ours.at("paths").as_object().if_contains(path.key());
                if (!found || !found->as_object().contains(method.key()))
                    differ(where, "missing");
                else
                    operation(where, method.value().as_object(), found->at(method.key()).as_object());
            }
    }
};

std::vector<std::string> all_differences()
{
    auto const ours = json::value(openapi_document(all_endpoints()));
    comparison both{published_document(), ours, {}, {}};
    both.documents();
    return both.differences;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_difference_from_the_published_document_is_explained)
{
    for (auto const& found : all_differences()) {
        BOOST_TEST(is_explained(found), "not explained: " << found);
    }
}

BOOST_AUTO_TEST_CASE(each_explained_difference_is_there)
{
    auto const found = all_differences();
    for (auto const& d : known_differences()) {
        BOOST_TEST(!d.why.empty());
        BOOST_TEST(std::ranges::any_of(found, [&d](std::string const& f) { return matches_pattern(f, d.where); }),
                   "no longer so: " << d.where);
    }
}

BOOST_AUTO_TEST_CASE(every_reference_leads_somewhere)
{
    auto const document = json::parse(openapi_text());
    auto const& components = document.at("components").at("schemas").as_object();
    auto const text = openapi_text();
    std::string_view const prefix = "\"#/components/schemas/";
    for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix, at + 1)) {
        auto const name = text.substr(at + prefix.size(), text.find('"', at + prefix.size()) - at - prefix.size());
        BOOST_TEST(components.contains(name), name);
    }
}

BOOST_AUTO_TEST_CASE(every_endpoint_is_described)
{
    auto const document = json::parse(openapi_text());
    for (auto const& g : all_endpoints())
        for (auto const& e : g.endpoints)
            BOOST_TEST(document.at("paths").as_object().contains(described_path(e)), e.path);
}

BOOST_AUTO_TEST_CASE(an_endpoint_asks_for_a_key_unless_it_is_open)
{
    auto const document = json::parse(openapi_text());
    BOOST_TEST(document.at("components").at("securitySchemes").as_object().contains("api_key"));
    for (auto const& g : all_endpoints())
        for (auto const& e : g.endpoints) {
            auto const method = net::to_lower(name_of(e.method));
            auto const& described = document.at("paths").at(described_path(e)).at(method).as_object();
            BOOST_TEST(described.contains("security") != g.is_open, e.path);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
