#include "evaluation/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#define VALIJSON_USE_EXCEPTIONS 1 // else a wrong schema ends the process
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <span>
#include <string_view>

namespace weir::evaluation
{
namespace
{

namespace json = boost::json;

/// Of a schema with its references resolved.
constexpr std::size_t most_values = 20'000, most_schema_depth = 48;

/// What the validator runs without a bound on its time, or divides by without a look; not served.
constexpr std::string_view unserved[] = {"pattern", "patternProperties", "uniqueItems", "multipleOf"};

/// What says nothing of whether a value is accepted. `format` is one of these in draft 7, if one likes, and the
/// validator's own reading of it breaks on long texts and on what is no text.
constexpr std::string_view annotations[] = {"definitions", "$defs", "$id", "id", "format"};

bool is_one_of(std::string_view name, std::span<std::string_view const> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A schema in which what references name stands in their place: the validator follows them without noticing that it
/// goes in circles.
class resolver
{
public:
    resolver(json::value const& root, std::string& problem)
        : root_(root)
        , problem_(problem)
    {
    }

    /// `is_schema`: not the object of `properties` or `dependencies`, whose members may have any name.
    json::value resolve(json::value const& from, bool is_schema, std::size_t depth)
    {
        if (!problem_.empty()) return {};
        if (++values_ > most_values || depth > most_schema_depth) {
            problem_ = "is too large, or refers to itself, which is not served";
            return {};
        }
        if (auto const* const array = from.if_array()) {
            json::array out;
            for (auto const& element : *array) out.push_back(resolve(element, is_schema, depth + 1));
            return out;
        }
        auto const* const object = from.if_object();
        if (!object) return from;
        if (auto const* const reference = is_schema ? object->if_contains("$ref") : nullptr)
            return resolve_reference(*reference, depth);
        json::object out;
        for (auto const& member : *object) {
            std::string_view const name(member.key().data(), member.key().size());
            if (is_schema && is_one_of(name, unserved)) {
                problem_ = "has " + std::string(name) + ", which is not served";
                return {};
            }
            if (is_schema && is_one_of(name, annotations)) continue;
            bool const is_data = is_schema && (name == "enum" || name == "const" || name == "default" ||
                                               name == "examples" || name == "required");
            auto const& value = member.value();
            bool const has_names = name == "properties" || name == "dependencies";
            out.emplace(member.key(), is_data ? value : resolve(value, !is_schema || !has_names, depth + 1));
        }
        return out;
    }

private:
    json::value resolve_reference(json::value const& reference, std::size_t depth)
    {
        auto const* const text = reference.if_string();
        if (!text || !text->starts_with('#')) {
            problem_ = "has a $ref that is not of the form #/definitions/name";
            return {};
        }
        boost::system::error_code error;
        auto const* const found = root_.find_pointer(text->subview(1), error);
        if (!found) {
            problem_ = "refers to " + std::string(*text) + ", which it does not have";
            return {};
        }
        return resolve(*found, true, depth + 1);
    }

    json::value const& root_;
    std::string& problem_;
    std::size_t values_ = 0;
};

class compiled_schema final : public json_schema
{
public:
    explicit compiled_schema(json::value const& from)
    {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(valijson::adapters::BoostJsonAdapter(from), schema_);
    }
    bool accepts(json::value const& value) const override
    {
        try {
            valijson::Validator validator(valijson::Validator::kStrongTypes);
            return validator.validate(schema_, valijson::adapters::BoostJsonAdapter(value), nullptr);
        } catch (std::exception const&) { // it casts before it looks
            return false;
        }
    }

private:
    valijson::Schema schema_;
};

} // namespace

std::shared_ptr<json_schema const> json_schema::read(json::value const& from, std::string& problem)
{
    problem.clear();
    if (!from.is_object() && !from.is_bool()) {
        problem = "must be a JSON Schema: an object";
        return nullptr;
    }
    auto const resolved = resolver(from, problem).resolve(from, true, 0);
    if (!problem.empty()) return nullptr;
    try {
        return std::make_shared<compiled_schema>(resolved);
    } catch (std::exception const& fault) {
        problem = std::string("is no JSON Schema of draft 7: ") + fault.what();
        return nullptr;
    }
}

} // namespace weir::evaluation
