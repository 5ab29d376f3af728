#include "api/sampling_config.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>

namespace json = boost::json;

namespace weir::api
{
namespace
{

constexpr std::size_t most_filters = 100;

std::optional<failure> read_rate(json::value const& from, sampling_config& to)
{
    if (!from.is_number()) return invalid("Sample rate must be between 0 and 100");
    to.sampleRate = from.to_number<double>();
    if (!(to.sampleRate >= 0 && to.sampleRate <= 100)) return invalid("Sample rate must be between 0 and 100");
    return {};
}

std::optional<failure> read_filters(json::value const& from, sampling_config& to)
{
    auto const* filters = from.if_array();
    if (!filters) return invalid("Property filters must be an array");
    if (filters->size() > most_filters) return invalid("config.propertyFilters: at most 100");
    for (auto const& filter : *filters) {
        auto const* pair = filter.if_object();
        auto const* key = pair ? pair->if_contains("key") : nullptr;
        auto const* value = pair ? pair->if_contains("value") : nullptr;
        if (!key || !value || !key->is_string() || !value->is_string())
            return invalid("Property filters must be an array of objects with key and value properties");
        to.propertyFilters.push_back({std::string(key->get_string()), std::string(value->get_string())});
    }
    return {};
}

} // namespace

result<sampling_config> read_sampling_config(std::vector<std::pair<std::string, json::value>> const& config)
{
    sampling_config read;
    for (auto const& [name, value] : config) {
        std::optional<failure> bad;
        if (name == "sampleRate")
            bad = read_rate(value, read);
        else if (name == "propertyFilters")
            bad = read_filters(value, read);
        if (bad) return *bad;
    }
    return read;
}

} // namespace weir::api
