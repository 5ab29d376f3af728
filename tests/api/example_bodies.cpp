#include "schema_check.hpp"
#include "storage/assets.hpp"
#include "storage/ids.hpp"
#include "storage/vault.hpp"
#include "support.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace asio = boost::asio;
namespace json = boost::json;

/// Each published operation takes the body that its documentation shows. A new one needs a row in the table, and a
/// value for each name between braces.
namespace weir::api::test
{
BOOST_AUTO_TEST_SUITE(example_bodies)

namespace
{

struct example {
    std::string_view method, path;
    std::string_view body = {}; ///< `{name}` in it stands for a value, too
    bool is_refused = false;    ///< with 409: weir does not do that
};

constexpr std::string_view november = R"({"start":"2023-11-01","end":"2023-11-30"})";

constexpr example examples[] = {
    // Recorded calls
    {"POST", "/v1/request/query",
     R"({"filter":"all","offset":0,"limit":10,"sort":{"created_at":"desc"},"isCached":false,
        "includeInputs":false,"isPartOfExperiment":false,"isScored":false})"},
    {"POST", "/v1/request/query", R"({"filter":{"request_response_rmt":{"model":{"equals":"gpt-4o-2024-08-06"}}}})"},
    {"POST", "/v1/request/query", R"({"filter":{"left":{"request_response_rmt":{"status":{"gte":200}}},"operator":"and",
        "right":{"properties":{"a":{"equals":"1"}}}}})"},
    {"POST", "/v1/request/query-clickhouse", R"({"filter":"all","offset":0,"limit":10,"sort":{"created_at":"asc"}})"},
    {"POST", "/v1/request/count/query", R"({"filter":"all"})"},
    {"POST", "/v1/request/query-ids", R"({"requestIds":["{requestId}"]})"},
    {"GET", "/v1/request/{requestId}"},
    {"POST", "/v1/request/{requestId}/feedback", R"({"rating":true})"},
    {"PUT", "/v1/request/{requestId}/property", R"({"key":"string","value":"string"})"},
    {"POST", "/v1/request/{requestId}/assets/{assetId}"},
    {"POST", "/v1/request/{requestId}/score", R"({"scores":{"accuracy":95,"is_polite":true}})"},
    // Evals and what calls add up to
    {"POST", "/v1/evals/query",
     R"({"filter":"all","timeFilter":{november},"offset":0,"limit":10,"timeZoneDifference":0})"},
    {"GET", "/v1/evals/scores"},
    {"POST", "/v1/evals/{requestId}", R"({"name":"string","score":1})"},
    {"POST", "/v1/evals/score-distributions/query", R"({"filter":"all","timeFilter":{november}})"},
    {"POST", "/v1/property/query", "{}"},
    {"POST", "/v1/property/{propertyKey}/search", R"({"searchTerm":"string"})"},
    {"POST", "/v1/property/{propertyKey}/top-costs/query", R"({"timeFilter":{november}})"},
    {"POST", "/v1/dashboard/scores/query",
     R"({"userFilter":"all","timeFilter":{"start":"2024-01-01","end":"2024-01-31"},
        "dbIncrement":"day","timeZoneDifference":0})"},
    {"GET", "/v1/session/has-session"},
    {"POST", "/v1/session/query", R"({"search":"","timeFilter":{"startTimeUnixMs":1699900000000,
        "endTimeUnixMs":1700100000000},"nameEquals":"string","timezoneDifference":0,"filter":"all"})"},
    {"POST", "/v1/session/name/query", R"({"nameContains":"","timezoneDifference":0,"pSize":"p75",
        "useInterquartile":true,"timeFilter":{"startTimeUnixMs":1699900000000,"endTimeUnixMs":1700100000000},
        "filter":"all"})"},
    {"POST", "/v1/session/metrics/query", R"({"nameContains":"","timezoneDifference":0,"pSize":"p75",
        "useInterquartile":true})"},
    {"POST", "/v1/session/{sessionId}/feedback", R"({"rating":true})"},
    {"GET", "/v1/session/{sessionId}/tag"},
    {"POST", "/v1/session/{sessionId}/tag", R"({"tag":"string"})"},
    {"POST", "/v1/user/query", R"({"userIds":["alice"],"timeFilter":{"startTimeUnixSeconds":1699900000,
        "endTimeUnixSeconds":1700100000}})"},
    {"POST", "/v1/user/metrics/query", R"({"filter":"all","offset":0,"limit":10,"timeFilter":{
        "startTimeUnixSeconds":1699900000,"endTimeUnixSeconds":1700100000},"timeZoneDifferenceMinutes":0,
        "sort":{"last_active":"desc"}})"},
    {"POST", "/v1/user/metrics-overview/query", R"({"filter":"all","pSize":"p75","useInterquartile":true})"},
    {"POST", "/v1/customer/query", "{}"},
    {"POST", "/v1/customer/{customerId}/usage/query", "{}"},
    {"GET", "/v1/models"},
    // Calls that are logged
    {"POST", "/v1/trace/custom/log", R"({"providerRequest":{"url":"string","json":{},"meta":{}},
        "providerResponse":{"json":{},"status":200,"headers":{}},"timing":{"startTime":{"seconds":1,"milliseconds":0},
        "endTime":{"seconds":2,"milliseconds":0}}})"},
    {"POST", "/v1/trace/custom/v1/log", R"({"providerRequest":{"url":"string","json":{},"meta":{}},
        "providerResponse":{"json":{},"textBody":"string","status":200,"headers":{}}})"},
    {"POST", "/v1/trace/log", R"({"resourceSpans":[{"resource":{"attributes":[],"droppedAttributesCount":0},
        "scopeSpans":[{"scope":{"name":"string","version":"string"},"spans":[]}]}]})"},
    {"POST", "/v1/trace/log-python"}, // protobuf: no span
    // Prompts
    {"POST", "/v1/prompt/query", R"({"filter":"all"})"},
    {"POST", "/v1/prompt/query", R"({"filter":{"prompt_v2":{"user_defined_id":{"equals":"string"}}}})"},
    {"POST", "/v1/prompt/{promptId}/query", R"({"timeFilter":{november}})"},
    {"DELETE", "/v1/prompt/{promptId}"},
    {"POST", "/v1/prompt/create", R"({"userDefinedId":"string","prompt":{"model":"gpt-4o","messages":[{"role":"user",
        "content":"Write about <helicone-prompt-input key=\"topic\" />"}]},"metadata":{}})"},
    {"PATCH", "/v1/prompt/{promptId}/user-defined-id", R"({"userDefinedId":"another"})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/edit-label", R"({"label":"string"})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/edit-template", R"({"heliconeTemplate":{"model":"gpt-4o"}})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/subversion", R"({"newHeliconeTemplate":{"model":"gpt-4o"},
        "isMajorVersion":false,"metadata":{}})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/subversion-from-ui",
     R"({"newHeliconeTemplate":{"model":"gpt-4o"}})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/promote",
     R"({"previousProductionVersionId":"{productionVersionId}"})"},
    {"POST", "/v1/prompt/version/{promptVersionId}/inputs/query", R"({"limit":10,"random":true})"},
    {"GET", "/v1/prompt/{promptId}/experiments"},
    {"POST", "/v1/prompt/{promptId}/versions/query", R"({"filter":{"prompts_versions":{"minor_version":{"equals":0}}},
        "includeExperimentVersions":false})"},
    {"GET", "/v1/prompt/version/{promptVersionId}"},
    {"DELETE", "/v1/prompt/version/{promptVersionId}"},
    {"POST", "/v1/prompt/{user_defined_id}/compile", R"({"filter":"all","includeExperimentVersions":false,
        "inputs":{"topic":"rivers"}})"},
    {"POST", "/v1/prompt/{user_defined_id}/template", R"({"inputs":{"topic":"rivers"}})"},
    // Datasets
    {"POST", "/v1/experiment/dataset", R"({"datasetName":"string","requestIds":["{requestId}"],
        "datasetType":"experiment","meta":{"promptVersionId":"{promptVersionId}","inputRecordsIds":[]}})"},
    {"POST", "/v1/experiment/dataset/random", R"({"datasetName":"string","filter":"all","offset":0,"limit":10})"},
    {"POST", "/v1/experiment/dataset/random", R"({"datasetName":"string","filter":{"left":{"request":{"prompt_id":{
        "equals":"string"}}},"operator":"and","right":{"prompts_versions":{"major_version":{"equals":1}}}}})"},
    {"POST", "/v1/experiment/dataset/query", R"({"promptVersionId":"{promptVersionId}"})"},
    {"POST", "/v1/experiment/dataset/{datasetId}/row/insert", R"({"inputRecordId":"{inputRecordId}","inputs":{
        "topic":"rivers"}})"},
    {"POST", "/v1/experiment/dataset/{datasetId}/version/{promptVersionId}/row/new",
     R"({"inputs":{"topic":"rivers"}})"},
    {"POST", "/v1/experiment/dataset/{datasetId}/inputs/query"},
    {"POST", "/v1/experiment/dataset/{datasetId}/mutate", R"({"addRequests":[],"removeRequests":[]})"},
    {"POST", "/v1/helicone-dataset", R"({"datasetName":"string","requestIds":["{requestId}"]})"},
    {"POST", "/v1/helicone-dataset/{datasetId}/mutate", R"({"addRequests":["{requestId}"],"removeRequests":[]})"},
    {"POST", "/v1/helicone-dataset/{datasetId}/query", R"({"offset":0,"limit":10})"},
    {"POST", "/v1/helicone-dataset/{datasetId}/count"},
    {"POST", "/v1/helicone-dataset/query", "{}"},
    {"POST", "/v1/helicone-dataset/{datasetId}/request/{requestId}", R"({"requestBody":{},"responseBody":{}})"},
    {"POST", "/v1/helicone-dataset/{datasetId}/delete"},
    // Experiments of the first kind
    {"POST", "/v1/experiment/new-empty", R"({"metadata":{"a":"string"},"datasetId":"{datasetId}"})"},
    {"POST", "/v1/experiment/table/new",
     R"({"datasetId":"{datasetId}","experimentMetadata":{"experiment_name":"string"},
        "promptVersionId":"{promptVersionId}","newHeliconeTemplate":"{}","isMajorVersion":false,
        "promptSubversionMetadata":{},"experimentTableMetadata":{"datasetId":"{datasetId}"}})"},
    {"POST", "/v1/experiment/table/{experimentTableId}/query"},
    {"POST", "/v1/experiment/table/{experimentTableId}/metadata/query"},
    {"POST", "/v1/experiment/tables/query"},
    {"POST", "/v1/experiment/table/{experimentTableId}/cell", R"({"columnId":"{columnId}","rowIndex":7,"value":null})"},
    {"PATCH", "/v1/experiment/table/{experimentTableId}/cell", R"({"cellId":"{cellId}","status":"string",
        "value":"string","metadata":"{}","updateInputs":true})"},
    {"POST", "/v1/experiment/table/{experimentTableId}/column", R"({"columnName":"string","columnType":"experiment",
        "hypothesisId":"{hypothesisId}","promptVersionId":"{promptVersionId}","inputKeys":["topic"]})"},
    {"POST", "/v1/experiment/table/{experimentTableId}/row/new", R"({"promptVersionId":"{promptVersionId}",
        "sourceRequest":"{requestId}","inputs":{"topic":"rivers"}})"},
    {"DELETE", "/v1/experiment/table/{experimentTableId}/row/{rowIndex}"},
    {"POST", "/v1/experiment/table/{experimentTableId}/row/insert/batch", R"({"rows":[{"inputRecordId":
        "{inputRecordId}","inputs":{},"datasetId":"{datasetId}","cells":[{"columnId":"{columnId}","value":"string",
        "metadata":{}}],"sourceRequest":"{requestId}"}]})"},
    {"POST", "/v1/experiment/update-meta", R"({"experimentId":"{firstKindId}","meta":{"a":"string"}})"},
    {"POST", "/v1/experiment", R"({"datasetId":"{datasetId}","promptVersion":"{promptVersionId}","model":"gpt-4o",
        "providerKeyId":"NOKEY","meta":{}})"},
    {"POST", "/v1/experiment/hypothesis", R"({"experimentId":"{firstKindId}","model":"gpt-4o",
        "promptVersion":"{promptVersionId}","providerKeyId":"{providerKeyId}","status":"PENDING"})"},
    {"POST", "/v1/experiment/hypothesis/{hypothesisId}/scores/query"},
    {"POST", "/v1/experiment/query", R"({"filter":{"experiment":{"id":{"equals":"{firstKindId}"}}},"include":{
        "inputs":true,"promptVersion":true,"responseBodies":true,"score":true}})"},
    {"POST", "/v1/experiment/run", R"({"experimentId":"{firstKindId}","hypothesisId":"{hypothesisId}",
        "datasetRowIds":[]})"},
    // Experiments of the second kind
    {"POST", "/v2/experiment/create/empty"},
    {"POST", "/v2/experiment/create/from-request/{requestId}"},
    {"POST", "/v2/experiment/new", R"({"name":"string","originalPromptVersion":"{productionVersionId}"})"},
    {"GET", "/v2/experiment"},
    {"GET", "/v2/experiment/{experimentId}"},
    {"DELETE", "/v2/experiment/{experimentId}"},
    {"POST", "/v2/experiment/{experimentId}/prompt-version", R"({"newHeliconeTemplate":{},"isMajorVersion":false,
        "metadata":{},"parentPromptVersionId":"{promptVersionId}"})"},
    {"DELETE", "/v2/experiment/{experimentId}/prompt-version/{promptVersionId}"},
    {"GET", "/v2/experiment/{experimentId}/prompt-versions"},
    {"GET", "/v2/experiment/{experimentId}/input-keys"},
    {"POST", "/v2/experiment/{experimentId}/add-manual-row", R"({"inputs":{"topic":"rivers"}})"},
    {"POST", "/v2/experiment/{experimentId}/add-manual-rows-batch", R"({"inputs":[{"topic":"rivers"}]})"},
    {"DELETE", "/v2/experiment/{experimentId}/rows", R"({"inputRecordIds":["{experimentRowId}"]})"},
    {"POST", "/v2/experiment/{experimentId}/row/insert/batch", R"({"rows":[{"inputRecordId":"{inputRecordId}",
        "inputs":{"topic":"rivers"},"autoInputs":[]}]})"},
    {"POST", "/v2/experiment/{experimentId}/row/insert/dataset/{datasetId}"},
    {"POST", "/v2/experiment/{experimentId}/row/update", R"({"inputRecordId":"{experimentRowId}","inputs":{}})"},
    {"POST", "/v2/experiment/{experimentId}/run-hypothesis", R"({"promptVersionId":"{promptVersionId}",
        "inputRecordId":"{experimentRowId}"})"},
    {"GET", "/v2/experiment/{experimentId}/{promptVersionId}/scores"},
    {"GET", "/v2/experiment/{experimentId}/{requestId}/{scoreKey}"},
    // Evaluators
    {"POST", "/v1/evaluator", R"({"scoring_type":"LLM-BOOLEAN","name":"string","llm_template":{"model":"gpt-4o",
        "messages":[{"role":"user","content":"string"}],"tools":[{"type":"function","function":{"name":"scorer",
        "parameters":{"type":"object","properties":{"string":{"type":"boolean"}}}}}]}})"},
    {"GET", "/v1/evaluator/{evaluatorId}"},
    {"POST", "/v1/evaluator/query", "{}"},
    {"PUT", "/v1/evaluator/{evaluatorId}", R"({"scoring_type":"string","name":"string"})"},
    {"DELETE", "/v1/evaluator/{evaluatorId}"},
    {"GET", "/v1/evaluator/{evaluatorId}/experiments"},
    {"GET", "/v1/evaluator/{evaluatorId}/onlineEvaluators"},
    {"POST", "/v1/evaluator/{evaluatorId}/onlineEvaluators", R"({"config":{"sampleRate":100,"propertyFilters":[]}})"},
    {"DELETE", "/v1/evaluator/{evaluatorId}/onlineEvaluators/{onlineEvaluatorId}"},
    {"POST", "/v1/evaluator/llm/test", R"({"evaluatorConfig":{"evaluator_scoring_type":"LLM-RANGE",
        "evaluator_llm_template":"{\"messages\":[{}],\"tools\":[{\"function\":{\"parameters\":{\"properties\":{\"string\":{}}}}}]}"},
        "testInput":{testInput},"evaluatorName":"string"})"},
    {"POST", "/v1/evaluator/python/test", R"({"code":"string","testInput":{testInput}})", true},
    {"POST", "/v1/evaluator/lastmile/test", R"({"config":{"name":"string","_type":"relevance","input":{"_type":
        "system-prompt"},"output":{"_type":"output-body","content":"message"}},"testInput":{testInput}})",
     true},
    {"POST", "/v1/evaluator/check/test", R"({"declaration":{"type":"length"},"testInput":{testInput}})"},
    {"GET", "/v1/evaluator/{evaluatorId}/stats"},
    {"GET", "/v1/experiment/{experimentId}/evaluators"},
    {"POST", "/v1/experiment/{experimentId}/evaluators", R"({"evaluatorId":"{evaluatorId}"})"},
    {"POST", "/v1/experiment/{experimentId}/evaluators/run"},
    {"DELETE", "/v1/experiment/{experimentId}/evaluators/{evaluatorId}"},
    {"GET", "/v2/experiment/{experimentId}/evaluators"},
    {"POST", "/v2/experiment/{experimentId}/evaluators", R"({"evaluatorId":"{evaluatorId}"})"},
    {"POST", "/v2/experiment/{experimentId}/evaluators/run"},
    {"DELETE", "/v2/experiment/{experimentId}/evaluators/{evaluatorId}"},
    {"GET", "/v2/experiment/{experimentId}/should-run-evaluators"},
    {"GET", "/v1/experiment/{experimentId}/compare"},
    // SQL
    {"GET", "/v1/helicone-sql/schema"},
    {"POST", "/v1/helicone-sql/execute", R"({"sql":"SELECT model FROM request_response_rmt"})"},
    {"GET", "/v1/helicone-sql/saved-queries"},
    {"POST", "/v1/helicone-sql/saved-query", R"({"name":"string","sql":"SELECT 1"})"},
    {"PUT", "/v1/helicone-sql/saved-query", R"({"id":"{queryId}","name":"string","sql":"SELECT 1"})"},
    // Keys
    {"GET", "/v1/api-keys"},
    {"POST", "/v1/api-keys", R"({"api_key_name":"string","key_permissions":"rw"})"},
    {"PATCH", "/v1/api-keys/{apiKeyId}", R"({"api_key_name":"string"})"},
    {"DELETE", "/v1/api-keys/{apiKeyId}"},
    {"POST", "/v1/api-keys/provider-key", R"({"providerName":"openai","providerKeyName":"string","providerKey":"string",
        "config":{}})"},
    {"GET", "/v1/api-keys/provider-keys"},
    {"GET", "/v1/api-keys/provider-key/{providerKeyId}"},
    {"PATCH", "/v1/api-keys/provider-key/{providerKeyId}", R"({"providerKey":"string","config":{}})"},
    {"DELETE", "/v1/api-keys/provider-key/{providerKeyId}"},
    {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":"{providerKeyId}","proxyKeyName":"string"})"},
    {"POST", "/v1/vault/add", R"({"key":"string","provider":"openai","name":"string"})"},
    {"GET", "/v1/vault/keys"},
    {"GET", "/v1/vault/key/{providerKeyId}"},
    {"PATCH", "/v1/vault/update/{id}", R"({"key":"string","name":"string","active":true})"},
    // Who is told
    {"POST", "/v1/webhooks", R"({"destination":"https://hooks.example","config":{"sampleRate":100,"propertyFilters":[
        {"key":"string","value":"string"}]},"includeData":true})"},
    {"GET", "/v1/webhooks"},
    {"DELETE", "/v1/webhooks/{webhookId}"},
    // Not in the published document
    {"GET", "/v1/alert/query"},
    {"POST", "/v1/alert/create", R"({"name":"string","metric":"response.status","threshold":1,"time_window":"60000",
        "emails":["a@b.example"],"slack_channels":[],"minimum_request_count":1})"},
    {"DELETE", "/v1/alert/{alertId}"},
    {"GET", "/v1/settings/query"},
    {"POST", "/v1/public/compare/models", R"([{"provider":"OPENAI","names":["gpt-4o-2024-08-06"],"parent":"gpt-4o"}])"},
    {"GET", "/v1/public/model-registry/models"},
};

/// A record with one of everything that an example names.
struct everything : stored_record {
    everything()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'003'600)); };
        with.vault = &vault;
        with.links = std::make_shared<signed_links const>("secret");
        with.may_send_to = [](net::origin const&) { return std::string(); };
        with.log_call = [](call_to_log const&) -> asio::awaitable<result<std::string>> { co_return std::string("id"); };
        auto row = full_row();
        row.session_id = row.session_name = "string";
        row.id =
            storage::first_row_id(std::chrono::system_clock::time_point(std::chrono::microseconds(row.created_us)));
        storage::bodies const content{
            .request = "{}", .response = R"({"data":[{"b64_json":"AAEC"}]})", .raw_stream = {}};
        row.asset_count = static_cast<std::int64_t>(storage::count_assets(content));
        add({row}, content);
        values = {{"requestId", row.request_id.text()},
                  {"assetId", storage::asset_id(row.id, 0).text()},
                  {"sessionId", "string"},
                  {"propertyKey", "a"},
                  {"customerId", "alice"},
                  {"november", std::string(november)},
                  {"testInput", R"({"inputs":{"inputs":{},"autoInputs":{}},"inputBody":"{}","outputBody":"{}"})"},
                  {"providerKeyId", made("/v1/api-keys/provider-key", "/id")},
                  {"apiKeyId", made("/v1/api-keys", "/id")},
                  {"queryId", made("/v1/helicone-sql/saved-query", "/data/0/id")},
                  {"alertId", made("/v1/alert/create", "/data")}};
        values["id"] = values["providerKeyId"];
        make_prompt();
        make_datasets();
        make_experiments();
        make_evaluator();
        BOOST_TEST(ask(with, "POST", "/v1/webhooks", R"({"destination":"https://a.example","config":{}})").status ==
                   200);
        values["webhookId"] = "1"; // the answer does not say
    }

    /// Text with a value in place of each `{name}`.
    std::string filled(std::string_view text) const
    {
        std::string whole(text);
        // Of the two kinds of datasets.
        if (text.starts_with("/v1/helicone-dataset/"))
            boost::replace_all(whole, "{datasetId}", values.at("heliconeDatasetId"));
        for (auto const& [name, value] : values) boost::replace_all(whole, "{" + name + "}", value);
        return whole;
    }

    answered send(example const& what) { return ask(with, what.method, filled(what.path), filled(what.body)); }

    storage::vault const vault{storage::vault::master_key{1, 2, 3}};

private:
    /// What the example of a path makes: its id, which stands at that place of the answer.
    std::string made(std::string_view by, std::string_view place)
    {
        auto const* const found =
            std::ranges::find_if(examples, [by](example const& e) { return e.method == "POST" && e.path == by; });
        BOOST_REQUIRE(found != std::end(examples));
        auto const said = send(*found);
        BOOST_TEST_REQUIRE(said.status == 200, said.body);
        return std::string(json::parse(said.body).at_pointer(place).as_string());
    }

    /// A prompt with the version in production and one derived from it.
    void make_prompt()
    {
        values["user_defined_id"] = "mine";
        values["promptId"] = made("/v1/prompt/create", "/data/id");
        BOOST_REQUIRE(db.execute("UPDATE prompt SET user_defined_id='mine'")); // another may have the example's name
        values["productionVersionId"] = made("/v1/prompt/{promptId}/query", "/data/latest_version_id");
        values["promptVersionId"] = values["productionVersionId"];
        values["promptVersionId"] = made("/v1/prompt/version/{promptVersionId}/subversion", "/data/id");
    }

    /// One of each kind, with a row; that of the second kind has the id of its call.
    void make_datasets()
    {
        values["datasetId"] = made("/v1/experiment/dataset", "/data/datasetId");
        values["inputRecordId"] = made("/v1/experiment/dataset/{datasetId}/version/{promptVersionId}/row/new", "/data");
        values["heliconeDatasetId"] = made("/v1/helicone-dataset", "/data/datasetId");
        BOOST_REQUIRE(db.execute("INSERT INTO dataset_row (id,dataset_id,origin_request_id,created_us,request_body,"
                                 "response_body) SELECT r.request_id,d.id,r.request_id,0,'{}','{}' "
                                 "FROM request AS r, dataset AS d WHERE d.type='helicone'"));
    }

    /// One of each kind: of the first with a table, of the second with a column and a row. Runs end at once.
    void make_experiments()
    {
        BOOST_REQUIRE(db.execute_script("CREATE TRIGGER run_at_once AFTER INSERT ON run BEGIN "
                                        "UPDATE run SET status='completed' WHERE id=new.id; END"));
        values["firstKindId"] = made("/v1/experiment", "/data/experimentId");
        values["hypothesisId"] = made("/v1/experiment/hypothesis", "/data/hypothesisId");
        values["experimentTableId"] = made("/v1/experiment/table/new", "/data/tableId");
        values["columnId"] = made("/v1/experiment/table/{experimentTableId}/query", "/data/columns/0/id");
        values["cellId"] = made("/v1/experiment/table/{experimentTableId}/query", "/data/columns/0/cells/0/id");
        values["rowIndex"] = "0";
        values["experimentId"] = made("/v2/experiment/new", "/data/experimentId");
        values["experimentRowId"] = made("/v2/experiment/{experimentId}/add-manual-row", "/data");
        values["scoreKey"] = "accuracy";
        BOOST_REQUIRE(db.execute("UPDATE prompt_version SET experiment_id=(SELECT id FROM experiment_v2) WHERE id=?1",
                                 storage::uuid::parse(values["promptVersionId"])));
    }

    /// One that looks at live traffic.
    void make_evaluator()
    {
        with.evaluate_now = [] {};
        with.ask_judge = [](judge_question const&) -> asio::awaitable<result<std::string>> {
            co_return std::string(R"({"choices":[{"message":{"tool_calls":[{"function":{"arguments":)"
                                  R"("{\"string\":1}"}}]}}]})");
        };
        values["evaluatorId"] = made("/v1/evaluator", "/data/id");
        values["onlineEvaluatorId"] = "1"; // the answer does not say
        BOOST_TEST(ask(with, "POST", "/v1/evaluator/" + values["evaluatorId"] + "/onlineEvaluators", R"({"config":{}})")
                       .status == 200);
    }

    std::map<std::string, std::string> values;
};

} // namespace

BOOST_AUTO_TEST_CASE(each_example_is_taken_and_answered_by_its_schema)
{
    for (auto const& one : examples) BOOST_TEST_CONTEXT(one.method << " " << one.path << " " << one.body)
        {
            everything here;
            auto const said = here.send(one); // which holds the answer against the schema
            bool const went_well = said.status == 200 || said.status == 204;
            BOOST_TEST((one.is_refused ? said.status == 409 : went_well), said.status << " " << said.body);
            BOOST_TEST(here.filled(one.path).find('{') == std::string::npos);
        }
}

BOOST_AUTO_TEST_CASE(each_published_operation_has_an_example)
{
    std::set<std::string> shown;
    for (auto const& one : examples) shown.insert(std::string(one.method) + " " + std::string(one.path));
    for (auto const& path : published_document().at("paths").as_object())
        for (auto const& method : path.value().as_object()) {
            auto name = std::string(method.key());
            for (auto& c : name) c = static_cast<char>(c - 'a' + 'A');
            BOOST_TEST(shown.contains(name + " " + std::string(path.key())), name << " " << path.key());
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
