#include "api/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>

namespace json = boost::json;

namespace weir::api
{
namespace
{

json::object typed(std::string_view type, std::string_view format = {})
{
    json::object schema;
    schema["type"] = type;
    if (!format.empty()) schema["format"] = format;
    return schema;
}

json::object word_schema(shape const& what)
{
    auto schema = typed("string");
    json::array words;
    for (auto const word : what.words) words.emplace_back(word);
    schema["enum"] = std::move(words);
    return schema;
}

} // namespace

std::string component_name(std::string_view type)
{
    std::string name;
    bool capital = true;
    for (char const c : type) {
        if (c == '_') {
            capital = true;
            continue;
        }
        name += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        capital = false;
    }
    return name;
}

json::object schemas::reference(shape const& what)
{
    auto const name = component_name(what.type);
    auto const [known, is_new] = named_.try_emplace(name, &what);
    if (known->second != &what) throw std::logic_error("two types share the name " + name + " in the OpenAPI document");
    if (is_new) { // the name is entered before the members are walked, so that a recursive type ends
        components_[name] = nullptr;
        auto schema = what.is == kind::word ? word_schema(what) : object_schema(what);
        components_[name] = std::move(schema);
    }
    json::object schema;
    schema["$ref"] = "#/components/schemas/" + name;
    return schema;
}

json::object schemas::object_schema(shape const& what)
{
    auto schema = typed("object");
    json::object properties;
    json::array required;
    for (auto const& f : what.fields) {
        properties[f.name] = of(*f.of);
        if (f.required) required.emplace_back(f.name);
    }
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    if (!what.is_open) schema["additionalProperties"] = false;
    return schema;
}

json::object schemas::nullable_schema(shape const& inner)
{
    auto schema = of(inner);
    if (schema.contains("$ref")) { // readers ignore what stands beside a $ref
        json::array all;
        all.emplace_back(std::move(schema));
        schema = json::object();
        schema["allOf"] = std::move(all);
    }
    schema["nullable"] = true;
    return schema;
}

json::object schemas::of(shape const& what)
{
    switch (what.is) {
    case kind::null: {
        json::object schema = typed("number"); // 3.0 has no type for null
        schema["enum"] = json::array({nullptr});
        schema["nullable"] = true;
        return schema;
    }
    case kind::boolean: return typed("boolean");
    case kind::literal_true: {
        auto schema = typed("boolean");
        schema["enum"] = json::array({true});
        return schema;
    }
    case kind::integer: return typed("integer", what.format);
    case kind::number: return typed("number", what.format);
    case kind::string: return typed("string", what.format);
    case kind::any:
    case kind::raw:
    case kind::bytes:
    case kind::file: return {};
    case kind::word:
    case kind::object: return reference(what);
    case kind::optional:
    case kind::boxed: return of(*what.inner);
    case kind::nullable: return nullable_schema(*what.inner);
    case kind::array: {
        auto schema = typed("array");
        schema["items"] = of(*what.inner);
        return schema;
    }
    case kind::map: {
        auto schema = typed("object");
        schema["additionalProperties"] = of(*what.inner);
        return schema;
    }
    case kind::variant: {
        json::array choices;
        for (auto const* choice : what.choices) choices.emplace_back(of(*choice));
        json::object schema;
        schema["anyOf"] = std::move(choices);
        return schema;
    }
    }
    return {};
}

} // namespace weir::api
