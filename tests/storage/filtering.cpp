#include "tests/storage/filtering.hpp"

namespace weir::storage
{

filter where(std::string_view table, std::string_view column, comparison how,
             std::variant<std::string, double, bool, filter_time> operand, std::string key)
{
    return {.is = filter::kind::condition,
            .condition = {
                .table = table, .column = column, .key = std::move(key), .how = how, .operand = std::move(operand)}};
}

} // namespace weir::storage
