#include "evaluation/configuration_reader.hpp"

#include "evaluation/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

namespace weir::evaluation
{

void configuration_reader::fail(std::string_view name, std::string_view what)
{
    if (problem_.empty()) problem_ = path_of(name) + ": " + std::string(what);
}

json::value const* configuration_reader::member(std::string_view name) const
{
    auto const* const found = from_.if_contains({name.data(), name.size()});
    return found && !found->is_null() ? found : nullptr;
}

std::optional<std::string> configuration_reader::text(std::string_view name)
{
    auto const* const found = member(name);
    if (!found) return std::nullopt;
    if (auto const* const value = found->if_string()) return std::string(view(*value));
    fail(name, "must be a string");
    return std::nullopt;
}

std::string configuration_reader::needed_text(std::string_view name)
{
    auto const found = text(name);
    if (!found)
        fail(name, "is required");
    else if (found->empty())
        fail(name, "is empty");
    return found.value_or("");
}

std::string configuration_reader::needed_word(std::string_view name, std::initializer_list<std::string_view> words)
{
    auto const given = needed_text(name);
    std::string all;
    for (auto const word : words) {
        if (given == word) return given;
        all += (all.empty() ? "" : ", ") + std::string(word);
    }
    fail(name, "must be one of " + all);
    return given;
}

std::optional<std::int64_t> configuration_reader::positive(std::string_view name)
{
    auto const* const found = member(name);
    if (!found) return std::nullopt;
    if (found->is_int64() && found->get_int64() > 0) return found->get_int64();
    fail(name, "must be a whole number from 1 on");
    return std::nullopt;
}

std::optional<double> configuration_reader::number(std::string_view name)
{
    auto const* const found = member(name);
    if (!found) return std::nullopt;
    if (found->is_number()) return found->to_number<double>();
    fail(name, "must be a number");
    return std::nullopt;
}

std::optional<bool> configuration_reader::flag(std::string_view name)
{
    auto const* const found = member(name);
    if (!found) return std::nullopt;
    if (auto const* const value = found->if_bool()) return *value;
    fail(name, "must be true or false");
    return std::nullopt;
}

json::object configuration_reader::object(std::string_view name)
{
    auto const* const found = member(name);
    if (!found) return {};
    if (auto const* const value = found->if_object()) return *value;
    fail(name, "must be an object");
    return {};
}

std::string configuration_reader::source(std::string_view name) { return needed_text(name); }

std::vector<std::string> configuration_reader::sources(std::string_view name, std::size_t least, std::size_t most)
{
    std::vector<std::string> names;
    auto const* const found = member(name);
    auto const* const array = found ? found->if_array() : nullptr;
    if (!found) fail(name, "is required");
    if (found && !array) fail(name, "must be an array");
    if (!array) return names;
    if (array->size() < least || array->size() > most)
        fail(name, least == most ? "must name " + std::to_string(least) + " columns"
                                 : "must name " + std::to_string(least) + " to " + std::to_string(most) + " columns");
    for (std::size_t i = 0; i < array->size() && is_good(); ++i) {
        auto const* const text = (*array)[i].if_string();
        if (!text || text->empty())
            fail(std::string(name) + "[" + std::to_string(i) + "]", "must be the name of a column");
        else
            names.emplace_back(view(*text));
    }
    return names;
}

variable_mappings configuration_reader::mappings(std::string_view name)
{
    variable_mappings all;
    for (auto const& one : object(name)) {
        if (one.value().is_null()) continue;
        auto const* const text = one.value().if_string();
        if (!text || text->empty()) {
            fail(std::string(name) + "." + std::string(one.key()), "must be the name of a column");
            break;
        }
        all.emplace_back(one.key(), view(*text));
    }
    return all;
}

} // namespace weir::evaluation
