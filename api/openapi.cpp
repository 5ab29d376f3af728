#include "api/openapi.hpp"

#include "api/endpoints.hpp"
#include "api/schema.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace json = boost::json;

namespace weir::api
{
namespace
{

json::object content(std::string_view type, json::object schema)
{
    json::object described, by_type;
    described["schema"] = std::move(schema);
    by_type[type] = std::move(described);
    return by_type;
}

json::object envelope(json::object data, json::object error)
{
    json::object properties, schema;
    properties["data"] = std::move(data);
    properties["error"] = std::move(error);
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    schema["required"] = json::array({"data", "error"});
    schema["additionalProperties"] = false;
    return schema;
}

json::object failure_schema()
{
    static constexpr auto only_null = shape_of<null>;
    schemas inline_only;
    return envelope(inline_only.of(only_null), inline_only.of(shape_of<std::string>));
}

json::object promptlayer_failure_schema()
{
    return json::parse(R"({"type":"object","required":["success","message","error"],"additionalProperties":false,
        "properties":{"success":{"type":"boolean"},"message":{"type":"string"},"error":{"type":"string"},
        "trace_ids":{"type":"array","items":{"type":"string"}},"detail":{"type":"array","items":{"type":"object","required":["loc","msg","type"],"properties":{
            "loc":{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"integer"}]}},
            "msg":{"type":"string"},"type":{"type":"string"}}}}}})")
        .as_object();
}

json::object success_response(endpoint const& e, schemas& types)
{
    json::object response;
    response["description"] = e.form == reply_form::empty ? "No content" : "Ok";
    switch (e.form) {
    case reply_form::envelope:
        response["content"] = content("application/json", envelope(types.of(*e.answer), types.of(shape_of<null>)));
        break;
    case reply_form::bare: response["content"] = content("application/json", types.of(*e.answer)); break;
    case reply_form::text: response["content"] = content("text/plain", types.of(shape_of<std::string>)); break;
    case reply_form::pieces: response["content"] = content("*/*", types.of(shape_of<std::string>)); break;
    case reply_form::empty: break;
    }
    return response;
}

json::object responses(endpoint const& e, dialect speaks, schemas& types)
{
    json::object failed, reference, by_status;
    reference["$ref"] =
        speaks == dialect::promptlayer ? "#/components/schemas/PromptLayerFailure" : "#/components/schemas/Failure";
    failed["description"] = "What went wrong; the status says whose fault it is";
    failed["content"] = content("application/json", std::move(reference));
    for (auto const status : e.statuses) by_status[std::to_string(status)] = success_response(e, types);
    by_status["default"] = std::move(failed);
    return by_status;
}

json::object operation(endpoint const& e, group const& of, schemas& types)
{
    json::object described;
    json::array parameters;
    for (auto const& f : e.request->fields) {
        auto const part = part_of(e, f);
        if (part == request_part::headers) continue;
        if (part == request_part::body) {
            json::object body;
            body["required"] = f.required;
            body["content"] = content("application/json", types.of(*f.of));
            described["requestBody"] = std::move(body);
            continue;
        }
        json::object parameter;
        auto const in_path = part == request_part::path;
        parameter["in"] = in_path ? "path" : "query";
        parameter["name"] = f.name;
        parameter["required"] = in_path || f.required;
        parameter["schema"] = types.of(*f.of);
        parameters.emplace_back(std::move(parameter));
    }
    described["operationId"] = e.operation;
    described["summary"] = e.summary;
    described["tags"] = json::array({of.tag});
    bool const is_promptlayer = of.speaks == dialect::promptlayer;
    if (!of.is_open)
        described["security"] =
            json::parse(is_promptlayer ? R"([{"x_api_key":[]},{"api_key":[]}])" : R"([{"api_key":[]}])");
    described["parameters"] = std::move(parameters);
    described["responses"] = responses(e, of.speaks, types);
    return described;
}

} // namespace

json::object openapi_document(std::span<group const> groups)
{
    schemas types;
    json::object paths;
    for (auto const& g : groups)
        for (auto const& e : g.endpoints) {
            auto& path = paths[described_path(e)];
            if (!path.is_object()) path.emplace_object();
            path.get_object()[net::to_lower(name_of(e.method))] = operation(e, g, types);
        }

    json::object document, info, components;
    info["title"] = "weir: the admin side";
    info["version"] = WEIR_VERSION;
    auto all = types.components();
    all["Failure"] = failure_schema();
    all["PromptLayerFailure"] = promptlayer_failure_schema();
    components["schemas"] = std::move(all);
    components["securitySchemes"] = json::parse(R"({"api_key":{"type":"apiKey","name":"authorization","in":"header"},
            "x_api_key":{"type":"apiKey","name":"X-API-KEY","in":"header"}})");
    document["openapi"] = "3.0.3";
    document["info"] = std::move(info);
    document["paths"] = std::move(paths);
    document["components"] = std::move(components);
    return document;
}

std::string const& openapi_text()
{
    static std::string const text = json::serialize(openapi_document(all_endpoints()));
    return text;
}

} // namespace weir::api
