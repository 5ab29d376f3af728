#include "api/openapi.hpp"

namespace weir::api
{

std::span<difference const> known_differences()
{
    static constexpr difference all[] = {
        {"* 200: the success alone",
         "a failure has a status of its own (docs: the contract's honest statuses), so 200 is never {data:null,error}"},
        {"* default: added", "what every other status carries"},
        {"* body*: closed",
         "unknown members are refused everywhere, as the reference does; its document says so only in part"},
        {"* 200.data*: required", "weir always sends what it knows to be null, too"},
        {"* 200.data*: closed", "weir says of all its answers that they have no other members"},
        {"post /v1/customer/{customerId}/usage/query 200: not nullable", "a customer that is not there is 404"},
        {"*.limit: number is integer", "a part of a row cannot be asked for"},
        {"*.offset: number is integer", "as for limit"},
        {"*.llmSchema: object is any", "always null: weir does not derive it"},
        {"post /v1/request/query 200.data[].scores{}: number is object",
         "{value, valueType} is what the reference sends here, and what typed clients read"},
    };
    return all;
}

} // namespace weir::api
