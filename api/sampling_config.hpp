#pragma once

#include "api/failure.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <utility>
#include <vector>

namespace weir::api
{

struct property_filter {
    std::string key, value;
};
BOOST_DESCRIBE_STRUCT(property_filter, (), (key, value))

/// Which calls something applies to: a share of those that have all these properties.
struct sampling_config {
    double sampleRate = 100; ///< per cent
    std::vector<property_filter> propertyFilters;
};
BOOST_DESCRIBE_STRUCT(sampling_config, (), (sampleRate, propertyFilters))

/// Reads `sampleRate` and `propertyFilters` of a `config`, with the reference's texts for what is wrong. Other members
/// are of no interest.
result<sampling_config> read_sampling_config(std::vector<std::pair<std::string, boost::json::value>> const& config);

} // namespace weir::api
