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
        {"* /v1/helicone-sql/*: other security", "it needs a key as all else does; the document leaves that out"},
        {"*.llmSchema: object is any", "always null: weir does not derive it"},
        {"* /v1/api-keys* 200: closed", "as for 200.data, in answers without the envelope"},
        {"patch /v1/api-keys/{apiKeyId} 200: missing", "the answer is empty, as the reference's is: 204"},
        {"patch /v1/api-keys/{apiKeyId} 204: added", "as for 200"},
        {"delete /v1/api-keys/* 200: missing", "the answer is empty, as the reference's is: 204"},
        {"delete /v1/api-keys/* 204: added", "as for 200"},
        {"* /v1/api-keys/{apiKeyId} apiKeyId: number is integer", "ids are whole numbers"},
        {"get /v1/api-keys/provider-keys 200[]: any is object", "the columns of the reference's table"},
        {"post /v1/request/query 200.data[].scores{}: number is object",
         "{value, valueType} is what the reference sends here, and what typed clients read"},
        {"* /v1/prompt/*helicone_template: string is any", "the template as JSON, which the reference sends, too"},
        {"post /v1/prompt/*.description: nullable", "null where nobody has described the prompt"},
        {"post /v1/prompt/*.pretty_name: nullable", "as for description"},
        {"post /v1/prompt/{promptId}/query 200.data.last_used: nullable", "null before the first call with inputs"},
        {"get /v1/prompt/{promptId}/experiments 200.data[].dataset: nullable", "null in experiments without a dataset"},
        {"*/inputs/query 200.data[].source_request: nullable", "inputs may be made without a call"},
        {"*/inputs/query 200.data[].*_body: string is any", "bodies as JSON, which the reference sends, too"},
        {"post /v1/trace/log body: object is any", "what exporters send differs from the document: numbers of 64 bits "
                                                   "are texts, and members without a value absent"},
        {"post /v1/webhooks 200.data: any is array", "always an empty one, as the reference sends it"},
        {"get /v1/webhooks 200.data[]: closed", "as for bodies: the document leaves it open, and nothing else is sent"},
        {"post /v1/experiment/dataset/{datasetId}/inputs/query 200.data[].*_body: string is any",
         "the stored body: JSON, as the reference sends it"},
        {"post /v1/experiment/dataset/{datasetId}/inputs/query 200.data[].source_request: nullable",
         "inputs that were made by hand came from no call"},
        {"post /v1/experiment/dataset/{datasetId}/mutate datasetId: added",
         "it stands in the path; the document forgot it"},
        {"post /v1/helicone-dataset/query 200.data[].meta: anyOf is any", "whatever JSON was given"},
        {"post /v1/helicone-dataset/{datasetId}/request/{requestId} body.*Body: *",
         "any JSON, which the document spells out"},
        {"post /v1/helicone-dataset/{datasetId}/request/{requestId} 200.error: *",
         "the document names the failure first here"},
    };
    return all;
}

} // namespace weir::api
