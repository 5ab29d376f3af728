#include "api/promptlayer/cells.hpp"

#include "api/read_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace weir::api::promptlayer
{

void append_dataset_cells(std::string const& stored, std::size_t columns, std::string& to)
{
    json::parse_options options;
    options.max_depth = max_depth + 1; // what clients may send, in an array
    boost::system::error_code bad;
    auto const values = json::parse(stored, bad, {}, options);
    auto const* array = bad ? nullptr : values.if_array();
    for (std::size_t i = 0; i < columns; ++i) {
        to.append(i > 0 ? "," : "").append(R"({"type":"dataset","value":)");
        to += array && i < array->size() ? json::serialize((*array)[i]) : "null";
        to += '}';
    }
}

} // namespace weir::api::promptlayer
