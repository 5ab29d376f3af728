#include "api/promptlayer/cells.hpp"

#include "prompts/stored_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace weir::api::promptlayer
{

void append_dataset_cells(std::string const& stored, std::size_t columns, std::string& to)
{
    boost::system::error_code bad;
    auto const values = prompts::parse_stored(stored, bad);
    auto const* array = bad ? nullptr : values.if_array();
    for (std::size_t i = 0; i < columns; ++i) {
        to.append(i > 0 ? "," : "").append(R"({"type":"dataset","value":)");
        to += array && i < array->size() ? json::serialize((*array)[i]) : "null";
        to += '}';
    }
}

} // namespace weir::api::promptlayer
