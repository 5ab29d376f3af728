#pragma once

#include <boost/json/value.hpp>

#include <memory>
#include <string>

namespace weir::evaluation
{

/// A JSON Schema of draft 7, by valijson. Refused are `pattern`, `patternProperties` and `uniqueItems`, which would run
/// without a bound on their time, `multipleOf`, and a schema that refers to itself. References stay within the schema.
/// `format` says nothing, as draft 7 allows.
class json_schema
{
public:
    /// Null on failure, and `problem` says what is wrong.
    static std::shared_ptr<json_schema const> read(boost::json::value const& from, std::string& problem);

    virtual ~json_schema() = default;
    virtual bool accepts(boost::json::value const& value) const = 0;
};

} // namespace weir::evaluation
