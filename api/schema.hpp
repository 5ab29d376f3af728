#pragma once

#include "api/shape.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>

namespace weir::api
{

/// The described types as OpenAPI 3.0 schemas. Objects and words become components, once each, named after the C++ type
/// in CamelCase; the rest stands where it is used.
class schemas
{
public:
    /// The schema of a type: a reference to its component where it has one. Throws std::logic_error when two types
    /// share a component's name.
    boost::json::object of(shape const& what);

    /// The components met so far.
    boost::json::object const& components() const { return components_; }

private:
    boost::json::object reference(shape const& what);
    boost::json::object object_schema(shape const& what);
    boost::json::object nullable_schema(shape const& inner);

    boost::json::object components_;
    std::map<std::string, shape const*> named_;
};

/// helicone_request → HeliconeRequest.
std::string component_name(std::string_view type);

} // namespace weir::api
